package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// seeder writes the rows that are there before anyone can log in.
type seeder struct {
	ctx  context.Context
	tx   *sql.Tx
	next map[string]int64
	err  error
}

// seed writes what every OMERO has from the start: the enumerations, the users
// root and guest, the groups system, user and guest, and the session in which
// they were made.
func seed(ctx context.Context, tx *sql.Tx) error {
	s := &seeder{ctx: ctx, tx: tx, next: map[string]int64{}}
	now := time.Now().UnixMilli()
	types := s.enumerations()
	s.row("Node", 0, "version", 0, "uuid", "00000000-0000-0000-0000-000000000000", "conn", "NONE", "up", now)
	s.row("Experimenter", RootUser, "version", 0, "omeName", "root", "firstName", "root", "lastName", "root", "ldap", 0)
	s.row("Experimenter", GuestUser, "version", 0, "omeName", "guest", "firstName", "Guest", "lastName", "Account", "ldap", 0)
	for id, name := range []string{"system", "user", "guest"} {
		rights := []Rights{Private, 0x644, Private}[id] // everyone reads what is in user: scripts live there
		s.row("ExperimenterGroup", int64(id), "version", 0, "name", name, "ldap", 0, schema.PermsColumn, int64(rights))
	}
	for id, m := range [][3]int64{{SystemGroup, RootUser, 1}, {UserGroup, RootUser, 0}, {GuestGroup, GuestUser, 0}} {
		s.row("GroupExperimenterMap", int64(id), "version", 0, "parent", m[0], "child", m[1], "owner", m[2], "child_index", int64(id)%2)
	}
	s.row("Session", 0, schema.KindColumn, "Session", "version", 0, "node", 0, "uuid", "bootstrap", "owner", RootUser,
		"timeToIdle", 0, "timeToLive", 0, "started", now, "closed", now, "defaultEventType", "Bootstrap")
	s.row("Event", 0, "time", now, "status", "BOOTSTRAP", "experimenter", RootUser, "experimenterGroup", SystemGroup, "type", types["Bootstrap"], "session", 0)
	s.row("DBPatch", 1, "currentVersion", "OMERO5.4", "currentPatch", 0, "previousVersion", "OMERO5.4", "previousPatch", 0,
		"finished", now, "message", "Database ready.")
	for name, next := range s.next {
		s.exec(`INSERT INTO "_sequence" VALUES (?, ?)`, name, next)
	}
	return s.err
}

func (s *seeder) enumerations() (eventTypes map[string]int64) {
	eventTypes = map[string]int64{}
	for _, c := range schema.Classes() {
		for i, value := range c.Entries() {
			id := int64(i + 1)
			if c.Name == "PixelsType" {
				s.row(c.Name, id, "value", value, "bitSize", int64(schema.PixelsBits[value]))
				continue
			}
			s.row(c.Name, id, "value", value)
			if c.Name == "EventType" {
				eventTypes[value] = id
			}
		}
	}
	return eventTypes
}

func (s *seeder) row(table string, id int64, pairs ...any) {
	columns, args := []string{`"id"`}, []any{id}
	for i := 0; i < len(pairs); i += 2 {
		columns, args = append(columns, quote(pairs[i].(string))), append(args, pairs[i+1])
	}
	s.exec("INSERT INTO "+quote(table)+" ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
	s.next[table] = max(s.next[table], id+1)
}

func (s *seeder) exec(query string, args ...any) {
	if s.err == nil {
		_, s.err = s.tx.ExecContext(s.ctx, query, args...)
	}
}
