package services

import (
	"context"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"
)

// admin is IAdmin: what it tells. What it changes is in other files.
type admin struct{ session *Session }

func newAdmin(s *Session) *admin { return &admin{s} }

const (
	experimenters = "select distinct e from Experimenter e left outer join fetch e.groupExperimenterMap m left outer join fetch m.parent g "
	groups        = "select distinct g from ExperimenterGroup g left outer join fetch g.groupExperimenterMap m left outer join fetch m.child u "
)

// look is a call that sees all accounts, as everybody does in OMERO.
func (a *admin) look(ctx context.Context) *Call { return a.session.Call(ctx).asServer() }

func (a *admin) CanUpdate(ctx context.Context, o omero.AnyIObject) (bool, error) {
	id, ok := idOf(o)
	if !ok {
		return false, ApiUsage("the object has no id")
	}
	found, err := findOne[omero.AnyIObject](ctx, a.session.Call(ctx), "select x from "+classOf(o)+" x where x.id = :id", args{"id": id})
	if err != nil {
		return false, err
	}
	if found == nil {
		return false, Validation("there is no %s %d", classOf(o), id)
	}
	d := found.GetDetails()
	return d != nil && d.Permissions != nil && d.Permissions.CanEdit(), nil
}

func (a *admin) GetExperimenter(ctx context.Context, id int64) (*omero.Experimenter, error) {
	e, err := findOne[*omero.Experimenter](ctx, a.look(ctx), experimenters+"where e.id = :id", args{"id": id})
	if err == nil && e == nil {
		err = ApiUsage("No such experimenter: %d", id)
	}
	return e, err
}

func (a *admin) LookupExperimenter(ctx context.Context, name string) (*omero.Experimenter, error) {
	e, err := findOne[*omero.Experimenter](ctx, a.look(ctx), experimenters+"where e.omeName = :name", args{"name": name})
	if err == nil && e == nil {
		err = ApiUsage("No such experimenter: %s", firstLine(name))
	}
	return e, err
}

func (a *admin) LookupExperimenters(ctx context.Context) (omero.ExperimenterList, error) {
	return findList[*omero.Experimenter](ctx, a.look(ctx), experimenters, nil)
}

func (a *admin) GetGroup(ctx context.Context, id int64) (*omero.ExperimenterGroup, error) {
	g, err := findOne[*omero.ExperimenterGroup](ctx, a.look(ctx), groups+"where g.id = :id", args{"id": id})
	if err == nil && g == nil {
		err = ApiUsage("No such group: %d", id)
	}
	return g, err
}

func (a *admin) LookupGroup(ctx context.Context, name string) (*omero.ExperimenterGroup, error) {
	g, err := findOne[*omero.ExperimenterGroup](ctx, a.look(ctx), groups+"where g.name = :name", args{"name": name})
	if err == nil && g == nil {
		err = ApiUsage("No such group: %s", firstLine(name))
	}
	return g, err
}

func (a *admin) LookupGroups(ctx context.Context) (omero.ExperimenterGroupList, error) {
	return findList[*omero.ExperimenterGroup](ctx, a.look(ctx), groups, nil)
}

func (a *admin) ContainedExperimenters(ctx context.Context, group int64) (omero.ExperimenterList, error) {
	return findList[*omero.Experimenter](ctx, a.look(ctx),
		"select distinct e from Experimenter e join fetch e.groupExperimenterMap m join fetch m.parent g "+
			"where e.id in (select x.child.id from GroupExperimenterMap x where x.parent.id = :id)", args{"id": group}.with(nil))
}

func (a *admin) ContainedGroups(ctx context.Context, experimenter int64) (omero.ExperimenterGroupList, error) {
	return findList[*omero.ExperimenterGroup](ctx, a.look(ctx),
		"select distinct g from ExperimenterGroup g join fetch g.groupExperimenterMap m join fetch m.child u "+
			"where g.id in (select x.parent.id from GroupExperimenterMap x where x.child.id = :id)", args{"id": experimenter}.with(nil))
}

func (a *admin) GetDefaultGroup(ctx context.Context, experimenter int64) (*omero.ExperimenterGroup, error) {
	p, err := a.session.Server.Accounts.PersonByID(ctx, experimenter)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, ApiUsage("No such experimenter: %d", experimenter)
	}
	g, err := findOne[*omero.ExperimenterGroup](ctx, a.look(ctx), "select g from ExperimenterGroup g where g.id = :id", args{"id": p.DefaultGroup})
	if err == nil && g == nil {
		err = Validation("The user %d has no default group.", experimenter)
	}
	return g, err
}

// LookupLdapAuthExperimenter is empty: nobody's account is with a directory.
func (a *admin) LookupLdapAuthExperimenter(ctx context.Context, id int64) (string, error) {
	_, err := a.GetExperimenter(ctx, id)
	return "", err
}

func (a *admin) LookupLdapAuthExperimenters(context.Context) (*omero.RList, error) {
	return omero.NewRList(), nil
}

func (a *admin) GetMemberOfGroupIds(ctx context.Context, e *omero.Experimenter) (omero.LongList, error) {
	p, err := a.person(ctx, e)
	if err != nil {
		return nil, err
	}
	return p.Member, nil
}

func (a *admin) GetLeaderOfGroupIds(ctx context.Context, e *omero.Experimenter) (omero.LongList, error) {
	p, err := a.person(ctx, e)
	if err != nil {
		return nil, err
	}
	return p.Leader, nil
}

// person is whom an object is of.
func (a *admin) person(ctx context.Context, e *omero.Experimenter) (*Person, error) {
	if e == nil || e.Id == nil {
		return nil, ApiUsage("the experimenter has no id")
	}
	p, err := a.session.Server.Accounts.PersonByID(ctx, e.Id.Val)
	if err == nil && p == nil {
		err = ApiUsage("No such experimenter: %d", e.Id.Val)
	}
	return p, err
}

func (a *admin) GetCurrentAdminPrivileges(ctx context.Context) (omero.AdminPrivilegeList, error) {
	who, err := a.session.Call(ctx).caller(ctx)
	if err != nil {
		return nil, err
	}
	return a.privileges(ctx, who.Privileges)
}

func (a *admin) GetAdminPrivileges(ctx context.Context, e *omero.Experimenter) (omero.AdminPrivilegeList, error) {
	p, err := a.person(ctx, e)
	if err != nil {
		return nil, err
	}
	return a.privileges(ctx, p.Privileges)
}

// privileges are the enumeration's objects of those names.
func (a *admin) privileges(ctx context.Context, names []string) (omero.AdminPrivilegeList, error) {
	if len(names) == 0 {
		return nil, nil
	}
	return findList[*omero.AdminPrivilege](ctx, a.look(ctx), "select p from AdminPrivilege p where p.value in (:names) order by p.value", args{"names": names}.with(nil))
}

func (a *admin) GetAdminsWithPrivileges(ctx context.Context, privileges omero.AdminPrivilegeList) (omero.ExperimenterList, error) {
	names, err := privilegeNames(privileges)
	if err != nil {
		return nil, err
	}
	admins, err := a.ContainedExperimenters(ctx, systemGroupID)
	if err != nil {
		return nil, err
	}
	var with omero.ExperimenterList
	for _, e := range admins {
		p, err := a.person(ctx, e)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(names, func(name string) bool { return !p.may(name) }) {
			with = append(with, e)
		}
	}
	return with, nil
}

// privilegeNames reads the names of privileges and refuses those that do not exist.
func privilegeNames(list omero.AdminPrivilegeList) ([]string, error) {
	names := make([]string, 0, len(list))
	for _, p := range list {
		if p == nil || p.Value == nil || !slices.Contains(Privileges, p.Value.Val) {
			return nil, ApiUsage("unknown privilege %v", p.GetValue().GetValue())
		}
		names = append(names, p.Value.Val)
	}
	return names, nil
}

func (a *admin) GetMyUserPhotos(ctx context.Context) (omero.OriginalFileList, error) {
	return findList[*omero.OriginalFile](ctx, a.look(ctx),
		"select f from ExperimenterAnnotationLink l, FileAnnotation a join a.file f where l.child.id = a.id and l.parent.id = :id and a.ns = :ns",
		args{"id": a.session.UserID, "ns": photoNamespace}.with(nil))
}

const photoNamespace = "openmicroscopy.org/omero/experimenter/photo"

// SynchronizeLoginCache has nothing to do: accounts are read when they are needed.
func (a *admin) SynchronizeLoginCache(ctx context.Context) error {
	who, err := a.session.Call(ctx).caller(ctx)
	if err == nil && !who.Admin {
		err = Security("only administrators may do this")
	}
	return err
}

// ReportForgottenPassword never was more than this in OMERO either, which tells
// callers to use ResetPasswordRequest.
func (a *admin) ReportForgottenPassword(context.Context, string, string) error {
	return Internal("This method is no longer supported: use ResetPasswordRequest")
}

func (a *admin) GetSecurityRoles(context.Context) (*omero.SysRoles, error) {
	copied := roles
	return &copied, nil
}

func (a *admin) GetEventContext(ctx context.Context) (*omero.SysEventContext, error) {
	return a.session.Call(ctx).EventContext(ctx)
}
