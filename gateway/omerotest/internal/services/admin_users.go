package services

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// What IAdmin does to users.

// notAllowed is what OMERO says to those who may not.
func notAllowed() error {
	return Security("Current user is neither admin nor group-leader for the given user(s)/group(s)")
}

// overUser returns a call without limits if the caller may change a user: as an
// administrator, or as an owner of one of the user's groups.
func (a *admin) overUser(ctx context.Context, e *omero.Experimenter) (*Call, *Person, error) {
	call := a.session.Call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return nil, nil, err
	}
	p, err := a.person(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	leads := slices.ContainsFunc(p.Member, func(g int64) bool { return g != userGroupID && who.leads(g) })
	if !who.may(privModifyUser) && !leads {
		return nil, nil, notAllowed()
	}
	return call.asServer(), p, elevation(who, p)
}

// elevation refuses changes to one who may more than the caller.
func elevation(who *Caller, p *Person) error {
	for _, privilege := range p.Privileges {
		if p.Admin && !who.may(privilege) {
			return Security("Cannot change a user who has the privilege %s, which the current user has not", privilege)
		}
	}
	return nil
}

func (a *admin) UpdateSelf(ctx context.Context, e *omero.Experimenter) error {
	if e == nil {
		return ApiUsage("the experimenter is null")
	}
	call := a.look(ctx)
	own, err := findOne[*omero.Experimenter](ctx, call, "select e from Experimenter e where e.id = :id", args{"id": a.session.UserID})
	if err != nil {
		return err
	}
	own.FirstName, own.MiddleName, own.LastName, own.Email, own.Institution = e.FirstName, e.MiddleName, e.LastName, e.Email, e.Institution
	_, err = call.save(ctx, own)
	return err
}

func (a *admin) UpdateExperimenter(ctx context.Context, e *omero.Experimenter) error {
	call, p, err := a.overUser(ctx, e)
	if err != nil {
		if id, ok := idOf(e); ok && id == a.session.UserID {
			return a.UpdateSelf(ctx, e)
		}
		return err
	}
	return a.copyUser(ctx, call, p, e)
}

func (a *admin) copyUser(ctx context.Context, call *Call, p *Person, e *omero.Experimenter) error {
	name := e.OmeName.GetValue()
	for _, special := range []string{roles.RootName, roles.GuestName} {
		switch {
		case name == p.Name:
		case p.Name == special:
			return Validation("cannot change name of special experimenter '%s'", special)
		case name == special:
			return Validation("cannot change name to special experimenter '%s'", special)
		}
	}
	old, err := findOne[*omero.Experimenter](ctx, call, "select e from Experimenter e where e.id = :id", args{"id": p.ID})
	if err != nil {
		return err
	}
	old.OmeName, old.Email, old.Institution = e.OmeName, e.Email, e.Institution
	old.FirstName, old.MiddleName, old.LastName = e.FirstName, e.MiddleName, e.LastName
	_, err = call.save(ctx, old)
	return err
}

func (a *admin) UpdateExperimenterWithPassword(ctx context.Context, e *omero.Experimenter, password *omero.RString) error {
	call, p, err := a.overUser(ctx, e)
	if err != nil {
		return err
	}
	if err := a.copyUser(ctx, call, p, e); err != nil {
		return err
	}
	return a.session.Server.Accounts.SetPassword(ctx, p.ID, password.GetValue())
}

func (a *admin) CreateUser(ctx context.Context, e *omero.Experimenter, group string) (int64, error) {
	g, err := a.LookupGroup(ctx, group)
	if err != nil {
		return 0, err
	}
	return a.CreateExperimenter(ctx, e, g, omero.ExperimenterGroupList{groupRef(userGroupID)})
}

func groupRef(id int64) *omero.ExperimenterGroup { return unloaded(omero.NewExperimenterGroup(), id) }

func userRef(id int64) *omero.Experimenter { return unloaded(omero.NewExperimenter(), id) }

func (a *admin) CreateSystemUser(ctx context.Context, e *omero.Experimenter) (int64, error) {
	return a.CreateRestrictedSystemUserWithPassword(ctx, e, a.allPrivileges(), omero.NewRString(" "))
}

func (a *admin) allPrivileges() (list omero.AdminPrivilegeList) {
	for _, name := range Privileges {
		p := omero.NewAdminPrivilege()
		p.Value = omero.NewRString(name)
		list = append(list, p)
	}
	return list
}

func (a *admin) CreateRestrictedSystemUser(ctx context.Context, e *omero.Experimenter, privileges omero.AdminPrivilegeList) (int64, error) {
	return a.CreateRestrictedSystemUserWithPassword(ctx, e, privileges, omero.NewRString(" "))
}

func (a *admin) CreateRestrictedSystemUserWithPassword(ctx context.Context, e *omero.Experimenter, privileges omero.AdminPrivilegeList, password *omero.RString) (int64, error) {
	who, err := a.session.Call(ctx).caller(ctx)
	switch {
	case err != nil:
		return 0, err
	case !who.Admin:
		return 0, Security("only administrators may do this")
	case e == nil:
		return 0, ApiUsage("the experimenter is null")
	}
	names, err := privilegeNames(privileges)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if !who.may(name) {
			return 0, Security("Cannot give the privilege %s, which the current user has not", name)
		}
	}
	e.Config = restricted(e.Config, names)
	return a.CreateExperimenterWithPassword(ctx, e, password, groupRef(systemGroupID), omero.ExperimenterGroupList{groupRef(userGroupID)})
}

// restricted puts what takes all privileges but these among settings.
func restricted(config omero.NamedValueList, privileges []string) omero.NamedValueList {
	var kept omero.NamedValueList
	for _, v := range config {
		if !slices.ContainsFunc(Privileges, func(p string) bool { return v.Name == PrivilegePrefix+p }) {
			kept = append(kept, v)
		}
	}
	for _, p := range Privileges {
		if !slices.Contains(privileges, p) {
			kept = append(kept, &omero.NamedValue{Name: PrivilegePrefix + p, Value: "false"})
		}
	}
	return kept
}

func (a *admin) CreateExperimenter(ctx context.Context, e *omero.Experimenter, group *omero.ExperimenterGroup, others omero.ExperimenterGroupList) (int64, error) {
	return a.CreateExperimenterWithPassword(ctx, e, omero.NewRString(" "), group, others)
}

func (a *admin) CreateExperimenterWithPassword(ctx context.Context, e *omero.Experimenter, password *omero.RString, group *omero.ExperimenterGroup, others omero.ExperimenterGroupList) (int64, error) {
	if e == nil || e.OmeName == nil || group == nil || group.Id == nil {
		return 0, ApiUsage("a new experimenter needs a name (omeName) and a group that exists")
	}
	all := append(omero.ExperimenterGroupList{group}, others...)
	call, err := a.overGroups(ctx, privModifyUser, slices.DeleteFunc(slices.Clone(all), func(g *omero.ExperimenterGroup) bool {
		id, _ := idOf(g)
		return id == userGroupID && g != group
	}))
	if err != nil {
		return 0, err
	}
	if have, err := a.session.Server.Accounts.Person(ctx, e.OmeName.Val); err != nil || have != nil {
		if err == nil {
			err = Validation("there is already an experimenter %q", firstLine(e.OmeName.Val))
		}
		return 0, err
	}
	row := omero.NewExperimenter()
	row.OmeName, row.FirstName, row.MiddleName, row.LastName = e.OmeName, orEmpty(e.FirstName), e.MiddleName, orEmpty(e.LastName)
	row.Email, row.Institution, row.Config, row.Ldap = e.Email, e.Institution, e.Config, omero.NewRBool(false)
	saved, err := call.save(ctx, row)
	if err != nil {
		return 0, err
	}
	id, _ := idOf(saved[0])
	for _, g := range all {
		if err := a.join(ctx, call, id, g, false); err != nil {
			return 0, err
		}
	}
	return id, a.session.Server.Accounts.SetPassword(ctx, id, password.GetValue())
}

func orEmpty(s *omero.RString) *omero.RString {
	if s == nil {
		return omero.NewRString("")
	}
	return s
}

func (a *admin) DeleteExperimenter(ctx context.Context, e *omero.Experimenter) error {
	call, p, err := a.overUser(ctx, e)
	if err != nil {
		return err
	}
	if p.ID == rootID || p.ID == guestID {
		return Validation("the experimenter '%s' cannot be deleted", p.Name)
	}
	if owned, err := call.ids(ctx, "select o.id from EventLog o where o.event.experimenter.id = :id", args{"id": p.ID}); err != nil || len(owned) > 0 {
		if err == nil {
			err = Validation("the experimenter '%s' cannot be deleted, having done %d things", p.Name, len(owned))
		}
		return err
	}
	maps, err := call.ids(ctx, "select m.id from GroupExperimenterMap m where m.child.id = :id", args{"id": p.ID})
	if err != nil {
		return err
	}
	for _, id := range maps {
		if err := call.remove(ctx, "GroupExperimenterMap", id); err != nil {
			return err
		}
	}
	return call.remove(ctx, "Experimenter", p.ID)
}

func (a *admin) SetAdminPrivileges(ctx context.Context, e *omero.Experimenter, privileges omero.AdminPrivilegeList) error {
	who, err := a.session.Call(ctx).caller(ctx)
	if err != nil {
		return err
	}
	names, err := privilegeNames(privileges)
	if err != nil {
		return err
	}
	p, err := a.person(ctx, e)
	switch {
	case err != nil:
		return err
	case !who.may(privModifyUser):
		return notAllowed()
	case p.ID == rootID || p.ID == who.ID:
		return Validation("the privileges of the experimenter '%s' cannot be changed", p.Name)
	}
	for _, name := range names {
		if !who.may(name) {
			return Security("Cannot give the privilege %s, which the current user has not", name)
		}
	}
	call := a.look(ctx)
	row, err := findOne[*omero.Experimenter](ctx, call, "select e from Experimenter e where e.id = :id", args{"id": p.ID})
	if err != nil {
		return err
	}
	row.Config = restricted(row.Config, names)
	_, err = call.save(ctx, row)
	return err
}

func (a *admin) ChangePassword(ctx context.Context, password *omero.RString) error {
	if a.session.Joined() {
		return Security("The password cannot be changed in a session that was joined: log in with the password, or call setSecurityPassword")
	}
	return a.session.Server.Accounts.SetPassword(ctx, a.session.UserID, password.GetValue())
}

func (a *admin) ChangePasswordWithOldPassword(ctx context.Context, old, password *omero.RString) error {
	accounts := a.session.Server.Accounts
	p, err := accounts.PersonByID(ctx, a.session.UserID)
	if err != nil {
		return err
	}
	ok, err := accounts.CheckPassword(ctx, p, old.GetValue())
	switch {
	case err != nil:
		return err
	case !ok:
		return Security("Old password is invalid")
	}
	return accounts.SetPassword(ctx, p.ID, password.GetValue())
}

func (a *admin) ChangeUserPassword(ctx context.Context, name string, password *omero.RString) error {
	p, err := a.session.Server.Accounts.Person(ctx, name)
	switch {
	case err != nil:
		return err
	case p == nil:
		return ApiUsage("No such experimenter: %s", firstLine(name))
	}
	if _, _, err := a.overUser(ctx, userRef(p.ID)); err != nil {
		return err
	}
	return a.session.Server.Accounts.SetPassword(ctx, p.ID, password.GetValue())
}

// UploadMyUserPhoto keeps one picture for each user.
func (a *admin) UploadMyUserPhoto(ctx context.Context, name, mimetype string, data ice.ByteSeq) (int64, error) {
	call := a.look(ctx)
	photos, err := a.GetMyUserPhotos(ctx)
	if err != nil {
		return 0, err
	}
	sum := sha1.Sum(data)
	file := omero.NewOriginalFile()
	if len(photos) > 0 {
		file = photos[0]
	}
	file.Name, file.Path, file.Mimetype = omero.NewRString(name), omero.NewRString(name), omero.NewRString(mimetype)
	file.Size, file.Hash = omero.NewRLong(int64(len(data))), omero.NewRString(hex.EncodeToString(sum[:]))
	if len(photos) == 0 {
		annotation := omero.NewFileAnnotation()
		annotation.Ns, annotation.File = omero.NewRString(photoNamespace), file
		link := omero.NewExperimenterAnnotationLink()
		link.Parent, link.Child = userRef(a.session.UserID), annotation
		// The files of accounts are in the group "user", where all can see them.
		details(link).Group, details(annotation).Group, details(file).Group = groupRef(userGroupID), groupRef(userGroupID), groupRef(userGroupID)
		saved, err := call.save(ctx, link)
		if err != nil {
			return 0, err
		}
		file = saved[0].(*omero.ExperimenterAnnotationLink).Child.(*omero.FileAnnotation).File
	} else if _, err := call.save(ctx, file); err != nil {
		return 0, err
	}
	if err := a.session.Server.WriteFile(file.Id.Val, data); err != nil {
		return 0, Resource("the photo cannot be kept: %v", err)
	}
	return file.Id.Val, nil
}

// details are an object's, made if it has none.
func details(o omero.AnyIObject) *omero.Details {
	base := o.AsIObject()
	if base.Details == nil {
		base.Details = omero.NewDetails()
	}
	return base.Details
}

func (a *admin) ChangeExpiredCredentials(context.Context, string, string, string) error {
	return Internal("Passwords do not expire on this server")
}
