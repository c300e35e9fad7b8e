package services

import (
	"context"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// What IAdmin does to groups, and who is in them.

// overGroups returns a call without limits if the caller may change groups: as
// an administrator with a privilege, or as an owner of all of them.
func (a *admin) overGroups(ctx context.Context, privilege string, list omero.ExperimenterGroupList) (*Call, error) {
	call := a.session.Call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range list {
		id, ok := idOf(g)
		if !ok {
			return nil, ApiUsage("the group has no id")
		}
		if have, err := a.session.Server.Accounts.Group(ctx, id); err != nil || have == nil {
			if err == nil {
				err = ApiUsage("No such group: %d", id)
			}
			return nil, err
		}
		if !who.may(privilege) && !who.leads(id) {
			return nil, notAllowed()
		}
		if id == systemGroupID && !who.Admin {
			return nil, notAllowed()
		}
	}
	return call.asServer(), nil
}

func (a *admin) CreateGroup(ctx context.Context, g *omero.ExperimenterGroup) (int64, error) {
	call := a.session.Call(ctx)
	who, err := call.caller(ctx)
	switch {
	case err != nil:
		return 0, err
	case !who.may(privModifyGroup):
		return 0, notAllowed()
	case g == nil || g.Name == nil || g.Name.Val == "":
		return 0, ApiUsage("a new group needs a name")
	}
	if have, err := a.session.Server.Accounts.GroupNamed(ctx, g.Name.Val); err != nil || have != nil {
		if err == nil {
			err = Validation("there is already a group %q", firstLine(g.Name.Val))
		}
		return 0, err
	}
	rights := store.Private
	if d := g.GetDetails(); d != nil && d.Permissions != nil {
		var ok bool
		if rights, ok = groupRights(d.Permissions.Perm1); !ok {
			return 0, ApiUsage("a group must be rw----, rwr---, rwra-- or rwrw--")
		}
	}
	row := omero.NewExperimenterGroup()
	row.Name, row.Description, row.Config, row.Ldap = g.Name, g.Description, g.Config, omero.NewRBool(false)
	details(row).Permissions = &omero.Permissions{Perm1: int64(rights)}
	saved, err := call.asServer().save(ctx, row)
	if err != nil {
		return 0, err
	}
	id, _ := idOf(saved[0])
	return id, nil
}

func (a *admin) UpdateGroup(ctx context.Context, g *omero.ExperimenterGroup) error {
	call, err := a.overGroups(ctx, privModifyGroup, omero.ExperimenterGroupList{g})
	if err != nil {
		return err
	}
	if d := g.GetDetails(); d != nil && d.Permissions != nil {
		if err := a.ChangePermissions(ctx, g, d.Permissions); err != nil {
			return err
		}
	}
	old, err := findOne[*omero.ExperimenterGroup](ctx, call, "select g from ExperimenterGroup g where g.id = :id", args{"id": g.Id.Val})
	if err != nil {
		return err
	}
	was, now := old.Name.GetValue(), g.Name.GetValue()
	if was != now {
		for _, special := range []string{roles.SystemGroupName, roles.UserGroupName, roles.GuestGroupName} {
			if was == special {
				return Validation("cannot change name of special group '%s'", special)
			}
			if now == special {
				return Validation("cannot change name to special group '%s'", special)
			}
		}
		if g.Id.Val == a.session.DefaultGroup() {
			return Validation("cannot rename the current group context '%s'", was)
		}
	}
	old.Name, old.Description = g.Name, g.Description
	_, err = call.save(ctx, old)
	return err
}

func (a *admin) DeleteGroup(ctx context.Context, g *omero.ExperimenterGroup) error {
	call, err := a.overGroups(ctx, privModifyGroup, omero.ExperimenterGroupList{g})
	if err != nil {
		return err
	}
	if id := g.Id.Val; id == systemGroupID || id == userGroupID || id == guestGroupID {
		return Validation("the group %d cannot be deleted", id)
	}
	maps, err := call.ids(ctx, "select m.id from GroupExperimenterMap m where m.parent.id = :id", args{"id": g.Id.Val})
	if err != nil {
		return err
	}
	for _, id := range maps {
		if err := call.remove(ctx, "GroupExperimenterMap", id); err != nil {
			return err
		}
	}
	return call.remove(ctx, "ExperimenterGroup", g.Id.Val)
}

func (a *admin) AddGroups(ctx context.Context, e *omero.Experimenter, list omero.ExperimenterGroupList) error {
	if len(list) == 0 {
		return Validation("Nothing to do.")
	}
	p, err := a.person(ctx, e)
	if err != nil {
		return err
	}
	call, err := a.overGroups(ctx, privModifyMembers, list)
	if err != nil {
		return err
	}
	for _, g := range list {
		if err := a.join(ctx, call, p.ID, g, false); err != nil {
			return err
		}
	}
	return nil
}

// join makes somebody a member of a group, or an owner.
func (a *admin) join(ctx context.Context, call *Call, user int64, g *omero.ExperimenterGroup, owner bool) error {
	id, ok := idOf(g)
	if !ok {
		return ApiUsage("the group has no id")
	}
	have, err := findOne[*omero.GroupExperimenterMap](ctx, call,
		"select m from GroupExperimenterMap m where m.parent.id = :group and m.child.id = :user", args{"group": id, "user": user})
	if err != nil {
		return err
	}
	if have == nil {
		have = omero.NewGroupExperimenterMap()
		have.Parent, have.Child = groupRef(id), userRef(user)
	} else if !owner || have.Owner.GetValue() {
		return nil
	}
	have.Owner = omero.NewRBool(owner)
	_, err = call.save(ctx, have)
	return err
}

func (a *admin) RemoveGroups(ctx context.Context, e *omero.Experimenter, list omero.ExperimenterGroupList) error {
	p, err := a.person(ctx, e)
	if err != nil {
		return err
	}
	call, err := a.overGroups(ctx, privModifyMembers, list)
	if err != nil {
		return err
	}
	left := slices.Clone(p.Member)
	for _, g := range list {
		if id := g.Id.Val; id == systemGroupID || id == userGroupID {
			if p.ID == rootID {
				return Validation("experimenter 'root' may not be removed from the 'system' or 'user' group")
			}
			if p.ID == a.session.UserID {
				return Validation("experimenters may not remove themselves from the 'system' or 'user' group")
			}
		}
		left = slices.DeleteFunc(left, func(id int64) bool { return id == g.Id.Val })
	}
	if len(left) == 0 {
		return Validation("experimenter must remain a member of some group")
	}
	if len(left) == 1 && left[0] == userGroupID {
		return Validation("experimenter cannot be a member of only the 'user' group, a different default group is also required")
	}
	for _, g := range list {
		maps, err := call.ids(ctx, "select m.id from GroupExperimenterMap m where m.parent.id = :group and m.child.id = :user", args{"group": g.Id.Val, "user": p.ID})
		if err != nil {
			return err
		}
		for _, id := range maps {
			if err := call.remove(ctx, "GroupExperimenterMap", id); err != nil {
				return err
			}
		}
	}
	return nil
}

// SetDefaultGroup puts a group first among the user's.
func (a *admin) SetDefaultGroup(ctx context.Context, e *omero.Experimenter, g *omero.ExperimenterGroup) error {
	p, err := a.person(ctx, e)
	if err != nil {
		return err
	}
	id, ok := idOf(g)
	switch {
	case !ok:
		return ApiUsage("the group has no id")
	case id == userGroupID:
		return ApiUsage("the group 'user' cannot be the default one")
	case !slices.Contains(p.Member, id):
		return ApiUsage("Group %d was not found for user %d", id, p.ID)
	}
	if p.ID != a.session.UserID {
		if _, _, err := a.overUser(ctx, e); err != nil {
			return err
		}
	}
	return a.session.Server.Accounts.SetDefaultGroup(ctx, p.ID, id)
}

func (a *admin) SetGroupOwner(ctx context.Context, g *omero.ExperimenterGroup, e *omero.Experimenter) error {
	return a.AddGroupOwners(ctx, g, omero.ExperimenterList{e})
}

func (a *admin) UnsetGroupOwner(ctx context.Context, g *omero.ExperimenterGroup, e *omero.Experimenter) error {
	return a.RemoveGroupOwners(ctx, g, omero.ExperimenterList{e})
}

func (a *admin) AddGroupOwners(ctx context.Context, g *omero.ExperimenterGroup, owners omero.ExperimenterList) error {
	call, err := a.overGroups(ctx, privModifyMembers, omero.ExperimenterGroupList{g})
	if err != nil {
		return err
	}
	for _, e := range owners {
		p, err := a.person(ctx, e)
		if err == nil {
			err = a.join(ctx, call, p.ID, g, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *admin) RemoveGroupOwners(ctx context.Context, g *omero.ExperimenterGroup, owners omero.ExperimenterList) error {
	call, err := a.overGroups(ctx, privModifyMembers, omero.ExperimenterGroupList{g})
	if err != nil {
		return err
	}
	for _, e := range owners {
		p, err := a.person(ctx, e)
		if err != nil {
			return err
		}
		have, err := findOne[*omero.GroupExperimenterMap](ctx, call,
			"select m from GroupExperimenterMap m where m.parent.id = :group and m.child.id = :user", args{"group": g.Id.Val, "user": p.ID})
		if err != nil || have == nil {
			return err
		}
		have.Owner = omero.NewRBool(false)
		if _, err := call.save(ctx, have); err != nil {
			return err
		}
	}
	return nil
}
