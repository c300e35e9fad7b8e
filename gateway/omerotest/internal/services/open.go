package services

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/faults"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/tables"
)

// Settings are what a server is made with.
type Settings struct {
	// Dir is the folder of the data, empty for data that go with the server.
	Dir                  string
	Log                  *slog.Logger
	Faults               *faults.Set
	Idle, Live, MostIdle time.Duration
	// RootPassword is root's in a new server.
	RootPassword string
	Public       *PublicUser
}

// New opens a server's data. It needs an adapter and a front before it can
// [Server.Start].
func New(ctx context.Context, o Settings) (*Server, error) {
	db, err := store.Open(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Dir: db.Dir(), Log: o.Log, Clock: time.Now, Faults: o.Faults, Accounts: NewAccounts(db), Store: db,
		Idle: o.Idle, Live: o.Live, MostIdle: o.MostIdle, Public: o.Public,
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.openData(ctx, o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) openData(ctx context.Context, o Settings) (err error) {
	if s.Files, err = files.Open(s.Dir, o.Dir != ""); err != nil {
		return err
	}
	if err := closeAll(ctx, s.Store, s.Clock().UnixMilli()); err != nil {
		return err
	}
	root, err := s.Store.NewCaller(ctx, store.RootUser, store.SystemGroup)
	if err != nil {
		return err
	}
	data := &storeData{store: s.Store}
	if data.uuid, err = s.databaseUUID(ctx); err != nil {
		return err
	}
	s.Data, s.Pixels, s.Metadata = data, pixelValues{s}, importedMetadata{s}
	s.tables = tables.New(s.Files, s.Clock)
	fresh := true
	err = s.Store.View(ctx, root, func(tx *store.Tx) error {
		value, err := tx.Value(passwordKey(store.RootUser))
		fresh = value == nil
		return err
	})
	if err != nil || !fresh {
		return err
	}
	return s.Accounts.SetPassword(ctx, store.RootUser, o.RootPassword)
}

// databaseUUID is made once.
func (s *Server) databaseUUID(ctx context.Context) (id string, err error) {
	const name = "database/uuid"
	err = s.Store.Update(ctx, store.System(), func(tx *store.Tx) error {
		value, err := tx.Value(name)
		if err != nil {
			return err
		}
		if value == nil {
			made, err := uuid.NewRandomFromReader(rand.Reader)
			if err != nil {
				return err
			}
			value = []byte(made.String())
			if err := tx.SetValue(name, value); err != nil {
				return err
			}
		}
		id = string(value)
		return nil
	})
	return id, err
}

// Account is a user to be made; see omerotest.User.
type Account struct {
	Name, Password, FirstName, LastName string
	Groups, Leads                       []string
	Admin                               bool
	Privileges                          []string
}

// EnsureGroup makes a group if there is none of that name, and returns its id.
func (s *Server) EnsureGroup(ctx context.Context, name, permissions, description string) (int64, error) {
	have, err := s.Accounts.GroupNamed(ctx, name)
	if err != nil {
		return 0, err
	}
	if have != nil {
		return have.ID, nil
	}
	rights, err := store.RightsFrom(permissions)
	if err != nil {
		return 0, err
	}
	if _, ok := groupRights(int64(rights)); !ok {
		return 0, ApiUsage("a group must be rw----, rwr---, rwra-- or rwrw--, not %s", permissions)
	}
	row := omero.NewExperimenterGroup()
	row.Loaded = true
	row.Name, row.Ldap, row.Description = omero.NewRString(name), omero.NewRBool(false), omero.NewRString(description)
	details(row).Permissions = &omero.Permissions{Perm1: int64(rights)}
	var ids []int64
	err = s.Store.Update(ctx, store.System(), func(tx *store.Tx) error {
		ids, err = tx.SaveIDs(row)
		return err
	})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// EnsureUser makes an account if there is none of that name, and returns its id.
// Its groups must exist.
func (s *Server) EnsureUser(ctx context.Context, a Account) (int64, error) {
	have, err := s.Accounts.Person(ctx, a.Name)
	if err != nil {
		return 0, err
	}
	if have != nil {
		return have.ID, nil
	}
	row := omero.NewExperimenter()
	row.Loaded = true
	row.OmeName, row.FirstName, row.LastName = omero.NewRString(a.Name), omero.NewRString(a.FirstName), omero.NewRString(a.LastName)
	row.Ldap = omero.NewRBool(false)
	groups := slices.Clone(a.Groups)
	if a.Admin {
		groups = append(groups, roles.SystemGroupName)
		if a.Privileges != nil {
			for _, p := range a.Privileges {
				if !slices.Contains(Privileges, p) {
					return 0, ApiUsage("there is no privilege %q", p)
				}
			}
			row.Config = restricted(nil, a.Privileges)
		}
	}
	for _, name := range append(slices.Clone(a.Leads), roles.UserGroupName) {
		if !slices.Contains(groups, name) {
			groups = append(groups, name)
		}
	}
	var links []omero.AnyIObject
	for _, name := range groups {
		g, err := s.Accounts.GroupNamed(ctx, name)
		if err != nil {
			return 0, err
		}
		if g == nil {
			return 0, ApiUsage("there is no group %q", name)
		}
		link := omero.NewGroupExperimenterMap()
		link.Loaded = true
		link.Parent, link.Child, link.Owner = groupRef(g.ID), row, omero.NewRBool(slices.Contains(a.Leads, name))
		links = append(links, link)
	}
	err = s.Store.Update(ctx, store.System(), func(tx *store.Tx) error {
		_, err := tx.SaveIDs(links...)
		return err
	})
	if err != nil {
		return 0, err
	}
	p, err := s.Accounts.Person(ctx, a.Name)
	if err != nil {
		return 0, err
	}
	return p.ID, s.Accounts.SetPassword(ctx, p.ID, a.Password)
}
