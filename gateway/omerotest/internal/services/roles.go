package services

import (
	"slices"

	"github.com/slice2go/slice2go/generated/omero"
)

// Accounts and groups that every OMERO has.
const (
	rootID        int64 = 0
	guestID       int64 = 1
	systemGroupID int64 = 0
	userGroupID   int64 = 1
	guestGroupID  int64 = 2
)

var roles = omero.SysRoles{
	RootId: rootID, RootName: "root", SystemGroupId: systemGroupID, SystemGroupName: "system",
	UserGroupId: userGroupID, UserGroupName: "user", GuestId: guestID, GuestName: "guest",
	GuestGroupId: guestGroupID, GuestGroupName: "guest",
}

// Privileges of administrators.
const (
	privChgrp           = "Chgrp"
	privChown           = "Chown"
	privModifyGroup     = "ModifyGroup"
	privModifyMembers   = "ModifyGroupMembership"
	privModifyUser      = "ModifyUser"
	privReadSession     = "ReadSession"
	privSudo            = "Sudo"
	privWriteScriptRepo = "WriteScriptRepo"
)

// Privileges are all that there are, as enumeration AdminPrivilege has them.
var Privileges = []string{
	privChgrp, privChown, "DeleteFile", "DeleteManagedRepo", "DeleteOwned", "DeleteScriptRepo", privModifyGroup,
	privModifyMembers, privModifyUser, privReadSession, privSudo, "WriteFile", "WriteManagedRepo", "WriteOwned", privWriteScriptRepo,
}

// PrivilegePrefix begins the names of an experimenter's settings that take
// privileges from an administrator: "AdminPrivilege:Sudo" = "false".
const PrivilegePrefix = "AdminPrivilege:"

// may reports whether somebody is an administrator who has a privilege.
func (p *Person) may(privilege string) bool {
	return p.Admin && slices.Contains(p.Privileges, privilege)
}

// leads reports whether somebody is an owner of a group.
func (p *Person) leads(group int64) bool { return slices.Contains(p.Leader, group) }
