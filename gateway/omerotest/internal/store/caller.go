package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// The users and groups that every OMERO has.
const (
	RootUser    int64 = 0
	GuestUser   int64 = 1
	SystemGroup int64 = 0
	UserGroup   int64 = 1
	GuestGroup  int64 = 2
	AllGroups   int64 = -1
)

// Privileges are those of an administrator without restrictions.
var Privileges = schema.Find("AdminPrivilege").Entries()

// Caller is who does something: a user, in one group or in all.
type Caller struct {
	UserID     int64
	GroupID    int64 // AllGroups: -1
	SessionID  int64
	EventType  string   // "User" if empty
	Admin      bool     // is in group system
	Privileges []string // of an administrator; see [Privileges]
	MemberOf   []int64
	LeaderOf   []int64
	System     bool // the server itself: no rights are asked for
}

// Can says whether the caller is an administrator with a privilege, "Chown" for
// instance.
func (c Caller) Can(privilege string) bool {
	return c.System || c.Admin && slices.Contains(c.Privileges, privilege)
}

// Leads says whether the caller is an owner of a group.
func (c Caller) Leads(group int64) bool { return slices.Contains(c.LeaderOf, group) }

// System is the server's own caller: user root in group system.
func System() Caller {
	return Caller{UserID: RootUser, GroupID: SystemGroup, EventType: "Internal", Admin: true, Privileges: Privileges, System: true}
}

// NewCaller reads what a user is member and leader of, and whether it is an
// administrator and with which privileges: those are restricted by entries
// "AdminPrivilege:NAME" = "false" of the experimenter's config, as OMERO keeps
// them. The session and the event type are for the caller to fill in.
func (s *Store) NewCaller(ctx context.Context, user, group int64) (Caller, error) {
	c := Caller{UserID: user, GroupID: group}
	err := s.View(ctx, System(), func(tx *Tx) error {
		rows, err := tx.SQL(`SELECT "parent", "owner" FROM "GroupExperimenterMap" WHERE "child" = ? ORDER BY "child_index", "id"`, user)
		if err != nil {
			return err
		}
		for _, row := range rows {
			id := row[0].(int64)
			c.MemberOf = append(c.MemberOf, id)
			if row[1] == int64(1) {
				c.LeaderOf = append(c.LeaderOf, id)
			}
		}
		c.Admin = slices.Contains(c.MemberOf, SystemGroup)
		if !c.Admin {
			return nil
		}
		c.Privileges = slices.Clone(Privileges)
		off, err := tx.SQL(`SELECT "name" FROM "Experimenter_config" WHERE "owner" = ? AND "name" LIKE 'AdminPrivilege:%' AND "value" = 'false'`, user)
		for _, row := range off {
			name := strings.TrimPrefix(row[0].(string), "AdminPrivilege:")
			c.Privileges = slices.DeleteFunc(c.Privileges, func(p string) bool { return p == name })
		}
		return err
	})
	return c, err
}

// Rights are the permissions of a group as three octal digits in hexadecimal
// places: 0x600 is rw----, 0x640 rwr---, 0x650 rwra--, 0x660 rwrw--.
type Rights int64

// The rights that groups are known by.
const (
	Private      Rights = 0x600
	ReadOnly     Rights = 0x640
	ReadAnnotate Rights = 0x650
	ReadWrite    Rights = 0x660
)

func (r Rights) groupRead() bool     { return r&0x040 != 0 }
func (r Rights) groupWrite() bool    { return r&0x020 != 0 }
func (r Rights) groupAnnotate() bool { return r&0x030 != 0 }
func (r Rights) worldRead() bool     { return r&0x004 != 0 }

// String gives the rights as OMERO writes them, "rwra--".
func (r Rights) String() string {
	text := []byte("------")
	for i := range 3 {
		bits := r >> (8 - 4*i)
		if bits&4 != 0 {
			text[2*i] = 'r'
		}
		switch {
		case bits&2 != 0:
			text[2*i+1] = 'w'
		case bits&1 != 0:
			text[2*i+1] = 'a'
		}
	}
	return string(text)
}

// RightsFrom reads rights as OMERO writes them, "rwra--".
func RightsFrom(text string) (Rights, error) {
	var r Rights
	if len(text) != 6 {
		return 0, ApiUsage("permissions are six letters such as rwra--, not %q", text)
	}
	for i, letter := range []byte(text) {
		shift := 8 - 4*(i/2)
		switch {
		case letter == '-':
		case i%2 == 0 && (letter == 'r' || letter == 'R'):
			r |= 4 << shift
		case i%2 == 1 && (letter == 'w' || letter == 'W'):
			r |= 2 << shift
		case i%2 == 1 && (letter == 'a' || letter == 'A'):
			r |= 1 << shift
		default:
			return 0, ApiUsage("permissions are six letters such as rwra--, not %q", text)
		}
	}
	return r, nil
}

// visibility is what a caller may read, worked out once for a transaction.
type visibility struct {
	all  bool    // every object
	full []int64 // groups of which every object is visible
	own  []int64 // groups of which only the caller's own objects are
	user int64
}

func (tx *Tx) workOutVisibility() error {
	c := tx.Caller
	v := visibility{user: c.UserID}
	switch {
	case c.System, c.Admin && c.GroupID == AllGroups:
		v.all = true
	case c.Admin:
		v.full = []int64{c.GroupID}
		if c.GroupID != UserGroup {
			v.full = append(v.full, UserGroup)
		}
	default:
		rights, err := tx.groupRights()
		if err != nil {
			return err
		}
		for id, r := range rights {
			if c.GroupID != AllGroups && c.GroupID != id && id != UserGroup {
				continue
			}
			member := slices.Contains(c.MemberOf, id)
			switch {
			case id == UserGroup, c.Leads(id), member && r.groupRead(), r.worldRead():
				v.full = append(v.full, id)
			case member:
				v.own = append(v.own, id)
			}
		}
		slices.Sort(v.full)
		slices.Sort(v.own)
	}
	tx.sees = v
	return nil
}

// object says whether an object of a user in a group is visible.
func (v visibility) object(owner, group int64) bool {
	return v.all || slices.Contains(v.full, group) || owner == v.user && slices.Contains(v.own, group)
}

// Visible gives the SQL condition under which the caller may read a row of the
// class's table that goes by an alias; "" if it may read all. The condition holds
// numbers only, no parameters. The unary plus keeps SQLite from choosing an index on
// groups or owners over one that finds fewer rows.
func (tx *Tx) Visible(c *schema.Class, alias string) string {
	v := tx.sees
	if v.all {
		return ""
	}
	a := quote(alias) + "."
	if c.Root.Name == "Session" {
		if tx.Caller.Can("ReadSession") {
			return ""
		}
		me := strconv.FormatInt(v.user, 10)
		return "(" + a + `"owner" = ` + me + ` OR EXISTS (SELECT 1 FROM "ShareMember" AS "_e" WHERE "_e"."parent" = ` + a + `"id" AND "_e"."child" = ` + me + "))"
	}
	if c.Root.Name == "EventLog" {
		// OMERO shows all logs to everyone; here nobody learns from them what happens in a private group.
		if tx.Caller.Admin {
			return ""
		}
		return `EXISTS (SELECT 1 FROM "Event" AS "_e" WHERE "_e"."id" = ` + a + `"event" AND (` +
			v.condition(`+"_e"."experimenterGroup"`, `+"_e"."experimenter"`) + `))`
	}
	if c.Global {
		return ""
	}
	return "(" + v.condition("+"+a+quote(schema.GroupColumn), "+"+a+quote(schema.OwnerColumn)) + ")"
}

func (v visibility) condition(group, owner string) string {
	var parts []string
	if len(v.full) > 0 {
		parts = append(parts, group+" IN ("+joinIDs(v.full)+")")
	}
	if len(v.own) > 0 {
		parts = append(parts, owner+" = "+strconv.FormatInt(v.user, 10)+" AND "+group+" IN ("+joinIDs(v.own)+")")
	}
	if len(parts) == 0 {
		return "0"
	}
	return strings.Join(parts, " OR ")
}

func joinIDs(ids []int64) string {
	b := make([]byte, 0, 8*len(ids))
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(b)
}

func quote(name string) string { return `"` + name + `"` }
