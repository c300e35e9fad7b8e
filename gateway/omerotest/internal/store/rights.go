package store

import (
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
)

// The places of what is forbidden in Permissions.restrictions.
const (
	noLink = iota
	noEdit
	noDelete
	noAnnotate
	noChgrp
	noChown
	restrictions
)

// Permissions gives the permissions of an object as the caller sees them: the
// group's rights, and what of linking, editing, deleting, annotating and moving is
// forbidden to the caller.
func (tx *Tx) Permissions(c *schema.Class, id int64) (*omero.Permissions, error) {
	h, err := tx.head(c.Root, id)
	if err != nil {
		return nil, err
	}
	if h.class == nil {
		return nil, ApiUsage("there is no %s:%d", c.Name, id)
	}
	if c.Global {
		return tx.permissions(h.class, id, -1, -1, 0), nil
	}
	rights, err := tx.GroupRights(h.group)
	return tx.permissions(h.class, id, h.owner, h.group, rights), err
}

func (tx *Tx) permissions(c *schema.Class, id, owner, group int64, rights Rights) *omero.Permissions {
	no := make([]bool, restrictions)
	caller := tx.Caller
	if c.Global {
		system := systemType(c)
		no[noEdit] = system && !tx.editsSystem(c, id)
		no[noDelete] = no[noEdit]
		no[noLink] = no[noEdit]
		no[noAnnotate] = false
		no[noChgrp], no[noChown] = true, true
	} else {
		mine := owner == caller.UserID
		leads := caller.Leads(group)
		write, remove := "WriteOwned", "DeleteOwned"
		if c.Name == "OriginalFile" {
			write, remove = "WriteFile", "DeleteFile"
		}
		edit := mine || leads || caller.Can(write) || tx.member(group) && rights.groupWrite()
		no[noEdit], no[noLink] = !edit, !edit && group != UserGroup
		no[noDelete] = !(mine || leads || caller.Can(remove) || tx.member(group) && rights.groupWrite())
		no[noAnnotate] = !(edit || group == UserGroup || tx.member(group) && rights.groupAnnotate())
		no[noChgrp] = !(mine || caller.Can("Chgrp"))
		no[noChown] = !(leads || caller.Can("Chown"))
	}
	return &omero.Permissions{Restrictions: no, Perm1: int64(rights)}
}

func (tx *Tx) member(group int64) bool {
	for _, id := range tx.Caller.MemberOf {
		if id == group {
			return true
		}
	}
	return false
}

// systemType says whether only administrators write objects of a global class.
func systemType(c *schema.Class) bool { return c.Global && c.Name != "Namespace" }

// editsSystem says whether the caller may write an object of a system type.
func (tx *Tx) editsSystem(c *schema.Class, id int64) bool {
	caller := tx.Caller
	switch c.Name {
	case "Experimenter":
		return caller.Can("ModifyUser")
	case "ExperimenterGroup":
		return caller.Can("ModifyGroup")
	case "GroupExperimenterMap":
		return caller.Can("ModifyGroupMembership")
	}
	return caller.System || caller.Admin && len(caller.Privileges) == len(Privileges)
}

// mayUse checks that the caller may make an object refer to another.
func (tx *Tx) mayUse(from *schema.Class, p *schema.Prop, id int64) error {
	h, err := tx.head(p.Target.Root, id)
	if err != nil {
		return err
	}
	if h.class == nil || !h.class.Is(p.Target) {
		return Validation("%v refers to %s:%d, which does not exist", p, p.Target.Name, id)
	}
	if tx.Caller.System || p.Target.Global {
		return nil
	}
	if !tx.Caller.Admin && !tx.readable(h) {
		return Security("Cannot read %s:Id_%d, to which %v is to refer", h.class.JavaName, id, p)
	}
	rights, err := tx.GroupRights(h.group)
	if err != nil {
		return err
	}
	allowed := tx.permissions(h.class, id, h.owner, h.group, rights)
	switch {
	case annotates(from):
		if !allowed.CanAnnotate() {
			return Security("%s may not annotate %s:%d with %s: it belongs to user %d in a group with permissions %v",
				tx.who(), h.class.Name, id, from.Name, h.owner, rights)
		}
	case p.Many != nil || from.Link:
		if !allowed.CanLink() {
			return Security("%s may not link %s to %s:%d: it belongs to user %d in a group with permissions %v",
				tx.who(), from.Name, h.class.Name, id, h.owner, rights)
		}
	}
	return nil
}

// readable says whether the caller could read an object in some of its groups,
// whichever group it is in now.
func (tx *Tx) readable(h head) bool {
	if tx.sees.object(h.owner, h.group) {
		return true
	}
	rights, err := tx.GroupRights(h.group)
	return err == nil && (tx.Caller.Leads(h.group) || tx.member(h.group) && (rights.groupRead() || h.owner == tx.Caller.UserID) || rights.worldRead())
}

func (tx *Tx) who() string {
	return "user " + joinIDs([]int64{tx.Caller.UserID})
}

// annotates says whether objects of a class are added to others' in a
// read-annotate group: annotations, regions of interest and rendering settings.
func annotates(c *schema.Class) bool {
	switch c.Root.Name {
	case "Annotation", "Roi", "Shape", "RenderingDef", "ChannelBinding", "Thumbnail", "ProjectionDef", "CodomainMapContext":
		return true
	}
	return c.Link && c.Prop("child").Target.Name == "Annotation"
}
