package services

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// storeAccounts are the accounts in a store.
type storeAccounts struct{ store *store.Store }

// NewAccounts are the accounts in a store.
func NewAccounts(s *store.Store) Accounts { return &storeAccounts{s} }

// view runs fn with a look at the store as the server sees it.
func (a *storeAccounts) view(ctx context.Context, fn func(tx *store.Tx) error) error {
	return a.store.View(ctx, store.System(), fn)
}

func (a *storeAccounts) Person(ctx context.Context, name string) (p *Person, err error) {
	err = a.view(ctx, func(tx *store.Tx) error {
		rows, err := tx.SQL(`SELECT "id" FROM "Experimenter" WHERE "omeName" = ?`, name)
		if err == nil && len(rows) > 0 {
			p, err = person(tx, rows[0][0].(int64))
		}
		return err
	})
	return p, err
}

func (a *storeAccounts) PersonByID(ctx context.Context, id int64) (p *Person, err error) {
	err = a.view(ctx, func(tx *store.Tx) error {
		p, err = person(tx, id)
		return err
	})
	return p, err
}

// person reads an account.
func person(tx *store.Tx, id int64) (*Person, error) {
	rows, err := tx.SQL(`SELECT e."omeName", m."parent", m."owner" FROM "Experimenter" AS e LEFT JOIN "GroupExperimenterMap" AS m ON m."child" = e."id" `+
		`WHERE e."id" = ? ORDER BY m."child_index", m."id"`, id)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	p := &Person{ID: id, DefaultGroup: userGroupID, Guest: id == guestID}
	p.Name, _ = rows[0][0].(string)
	for _, row := range rows {
		group, ok := row[1].(int64)
		if !ok {
			continue
		}
		p.Member = append(p.Member, group)
		if row[2] == int64(1) {
			p.Leader = append(p.Leader, group)
		}
	}
	if i := slices.IndexFunc(p.Member, func(g int64) bool { return g != userGroupID }); i >= 0 {
		p.DefaultGroup = p.Member[i]
	}
	p.Admin = slices.Contains(p.Member, systemGroupID)
	if !p.Admin {
		return p, nil
	}
	off, err := tx.SQL(`SELECT "name" FROM "Experimenter_config" WHERE "owner" = ? AND "value" = 'false'`, id)
	for _, privilege := range Privileges {
		if !slices.ContainsFunc(off, func(row []any) bool { return row[0] == PrivilegePrefix+privilege }) {
			p.Privileges = append(p.Privileges, privilege)
		}
	}
	return p, err
}

func (a *storeAccounts) group(ctx context.Context, condition string, value any) (g *Group, err error) {
	err = a.view(ctx, func(tx *store.Tx) error {
		rows, err := tx.SQL(`SELECT "id", "name", `+sqlName(schema.PermsColumn)+` FROM "ExperimenterGroup" WHERE `+condition+` = ?`, value)
		if err == nil && len(rows) > 0 {
			g = &Group{ID: rows[0][0].(int64)}
			g.Name, _ = rows[0][1].(string)
			g.Permissions, _ = rows[0][2].(int64)
		}
		return err
	})
	return g, err
}

func (a *storeAccounts) Group(ctx context.Context, id int64) (*Group, error) {
	return a.group(ctx, `"id"`, id)
}

func (a *storeAccounts) GroupNamed(ctx context.Context, name string) (*Group, error) {
	return a.group(ctx, `"name"`, name)
}

// secret is what is kept of a password. One round of a hash is enough here:
// what protects a test server's passwords is that they protect nothing.
type secret struct{ Salt, Hash []byte }

func passwordKey(id int64) string { return fmt.Sprintf("password/%d", id) }

func hash(salt []byte, password string) []byte {
	sum := sha256.Sum256(append(slices.Clone(salt), password...))
	return sum[:]
}

func (a *storeAccounts) CheckPassword(ctx context.Context, p *Person, password string) (ok bool, err error) {
	err = a.view(ctx, func(tx *store.Tx) error {
		value, err := tx.Value(passwordKey(p.ID))
		if err != nil || value == nil {
			return err
		}
		var kept secret
		if err := json.Unmarshal(value, &kept); err != nil {
			return Internal("the password of user %d cannot be read: %v", p.ID, err)
		}
		ok = subtle.ConstantTimeCompare(kept.Hash, hash(kept.Salt, password)) == 1
		return nil
	})
	return ok, err
}

func (a *storeAccounts) SetPassword(ctx context.Context, id int64, password string) error {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	value, err := json.Marshal(secret{salt, hash(salt, password)})
	if err != nil {
		return Internal("the password cannot be kept: %v", err)
	}
	return a.store.Update(ctx, store.System(), func(tx *store.Tx) error { return tx.SetValue(passwordKey(id), value) })
}

// SetDefaultGroup puts a group first in the order that a user's groups have.
func (a *storeAccounts) SetDefaultGroup(ctx context.Context, id, group int64) error {
	return a.store.Update(ctx, store.System(), func(tx *store.Tx) error {
		rows, err := tx.SQL(`SELECT "id", "parent" FROM "GroupExperimenterMap" WHERE "child" = ? ORDER BY "child_index", "id"`, id)
		if err != nil {
			return err
		}
		next := 1
		for _, row := range rows {
			place := next
			if row[1] == group {
				place = 0
			} else {
				next++
			}
			if _, err := tx.Exec(`UPDATE "GroupExperimenterMap" SET "child_index" = ? WHERE "id" = ?`, place, row[0]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *storeAccounts) OpenSession(ctx context.Context, s *Session) (id int64, err error) {
	row := s.Row()
	row.Id, row.Node = nil, unloaded(omero.NewNode(), 0)
	row.Details = nil
	err = a.store.Update(ctx, store.System(), func(tx *store.Tx) error {
		ids, err := tx.SaveIDs(row)
		if err == nil {
			id = ids[0]
		}
		return err
	})
	return id, err
}

func (a *storeAccounts) CloseSession(ctx context.Context, s *Session) error {
	return a.store.Update(ctx, store.System(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE "Session" SET "closed" = ? WHERE "id" = ?`, s.Server.Clock().UnixMilli(), s.ID)
		return err
	})
}

// closeAll notes the end of sessions that were open when the server was killed.
func closeAll(ctx context.Context, s *store.Store, now int64) error {
	return s.Update(ctx, store.System(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE "Session" SET "closed" = ? WHERE "closed" IS NULL`, now)
		return err
	})
}
