package services

import (
	"context"

	"github.com/slice2go/slice2go/generated/omero"
)

// What IAdmin does to single objects. The requests Chown2, Chgrp2 and Chmod2
// are what clients should use.

// one finds the object to change, which the caller must see.
func (a *admin) one(ctx context.Context, o omero.AnyIObject) (call *Call, who *Caller, class string, id int64, err error) {
	call = a.session.Call(ctx)
	if who, err = call.caller(ctx); err != nil {
		return nil, nil, "", 0, err
	}
	id, ok := idOf(o)
	if !ok {
		return nil, nil, "", 0, ApiUsage("the object has no id")
	}
	class = classOf(o)
	found, err := call.ids(ctx, "select x.id from "+class+" x where x.id = :id", args{"id": id})
	if err == nil && len(found) == 0 {
		err = Validation("there is no %s %d", class, id)
	}
	return call, who, class, id, err
}

func (a *admin) ChangeOwner(ctx context.Context, o omero.AnyIObject, name string) error {
	call, who, class, id, err := a.one(ctx, o)
	if err != nil {
		return err
	}
	p, err := a.session.Server.Accounts.Person(ctx, name)
	switch {
	case err != nil:
		return err
	case p == nil:
		return ApiUsage("No such experimenter: %s", firstLine(name))
	case !who.may(privChown):
		return notAllowed()
	}
	return call.Server.Data.Change(ctx, call.asServer().who, class, []int64{id}, Change{Owner: &p.ID})
}

func (a *admin) ChangeGroup(ctx context.Context, o omero.AnyIObject, name string) error {
	call, who, class, id, err := a.one(ctx, o)
	if err != nil {
		return err
	}
	g, err := a.session.Server.Accounts.GroupNamed(ctx, name)
	switch {
	case err != nil:
		return err
	case g == nil:
		return ApiUsage("No such group: %s", firstLine(name))
	case !who.may(privChgrp):
		return notAllowed()
	}
	return call.Server.Data.Change(ctx, call.asServer().who, class, []int64{id}, Change{Group: &g.ID})
}

// ChangePermissions is for groups: all objects have the permissions of their group.
func (a *admin) ChangePermissions(ctx context.Context, o omero.AnyIObject, p *omero.Permissions) error {
	g, ok := o.(*omero.ExperimenterGroup)
	switch {
	case !ok || g == nil:
		return Security("only the permissions of groups can be changed")
	case p == nil:
		return ApiUsage("there are no permissions to set")
	}
	rights, ok := groupRights(p.Perm1)
	if !ok {
		return ApiUsage("a group must be rw----, rwr---, rwra-- or rwrw--")
	}
	call, err := a.overGroups(ctx, privModifyGroup, omero.ExperimenterGroupList{g})
	if err != nil {
		return err
	}
	id, bits := g.Id.Val, int64(rights)
	if id == systemGroupID || id == userGroupID || id == guestGroupID {
		return Validation("the permissions of the group %d cannot be changed", id)
	}
	return call.Server.Data.Change(ctx, call.who, "ExperimenterGroup", []int64{id}, Change{Permissions: &bits})
}

// MoveToCommonSpace puts objects in the group "user", where everybody sees them.
func (a *admin) MoveToCommonSpace(ctx context.Context, objects omero.IObjectList) error {
	group := userGroupID
	for _, o := range objects {
		call, who, class, id, err := a.one(ctx, o)
		if err != nil {
			return err
		}
		if !who.may(privChgrp) {
			return notAllowed()
		}
		if err := call.Server.Data.Change(ctx, call.asServer().who, class, []int64{id}, Change{Group: &group}); err != nil {
			return err
		}
	}
	return nil
}
