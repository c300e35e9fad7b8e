package store

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
	"modernc.org/sqlite"
)

var errReadOnly = errors.New("the transaction only reads")

// fill works out the row that an object shall have.
func (g *graph) fill(n *node) error {
	l := layouts[n.class.Root]
	n.row = make([]any, len(l.columns))
	if n.old != nil {
		copy(n.row, n.old)
	}
	n.row[0] = n.id
	if n.class.Mixed() {
		n.row[l.at[schema.KindColumn]] = n.class.Name
	}
	if !n.class.Global {
		n.row[l.at[schema.OwnerColumn]], n.row[l.at[schema.GroupColumn]] = n.owner, n.group
	}
	for _, f := range l.plans[n.class.Name].props {
		p := f.prop
		if p.Name == "version" {
			continue
		}
		var value, unit any
		var err error
		if p.Kind == schema.Ref {
			value, err = g.reference(n, p)
		} else if value, unit, err = columnValue(p, n.given); err == nil {
			err = check(n, p, value)
		}
		if err != nil {
			return err
		}
		if value == nil && p.Required && !(p.Kind == schema.Bytes && n.fresh) {
			return Validation("not-null property references a null or transient value: %s.%s of %s must be set", n.class.JavaName, p.Name, n.name())
		}
		n.row[f.column] = value
		if p.Kind == schema.Unit {
			n.row[f.column+1] = unit
		}
	}
	for column, place := range n.places {
		n.row[l.at[column]] = place
	}
	return g.fillDetails(n, l)
}

func (g *graph) fillDetails(n *node, l *layout) error {
	d := n.given.GetDetails()
	if d != nil && d.ExternalInfo != nil {
		n.row[l.at[schema.ExternalColumn]] = g.nodes[d.ExternalInfo].id
	}
	at, ok := l.at[schema.PermsColumn]
	if !ok {
		return nil
	}
	switch {
	case d != nil && d.Permissions != nil:
		n.row[at] = d.Permissions.Perm1 & 0xfff
	case n.fresh:
		n.row[at] = int64(Private)
	}
	return nil
}

func (n *node) name() string {
	if n.fresh {
		return "a new " + n.class.Name
	}
	return fmt.Sprintf("%s:%d", n.class.Name, n.id)
}

// check holds a value to the bounds of its property.
func check(n *node, p *schema.Prop, value any) error {
	f, ok := number(value)
	if !ok {
		return nil
	}
	if math.IsNaN(f) {
		return Validation("%s.%s of %s is not a number", n.class.Name, p.Name, n.name())
	}
	b, bounded := p.Bounds()
	if bounded && (f < b.Min || b.HasMax && f > b.Max) {
		return Validation("%s.%s of %s is %v and must be at least %v%s", n.class.Name, p.Name, n.name(), value, b.Min, upTo(b))
	}
	return nil
}

func upTo(b schema.Bounds) string {
	if b.HasMax {
		return fmt.Sprintf(" and at most %v", b.Max)
	}
	return ""
}

// reference gives the id of what a property refers to, after all checks of it.
func (g *graph) reference(n *node, p *schema.Prop) (any, error) {
	to := n.back[p]
	if given := p.Object(n.given); given != nil {
		to = g.nodes[given]
	}
	if to == nil {
		return nil, nil
	}
	if !to.class.Is(p.Target) && to.class.Root != p.Target.Root {
		return nil, Validation("%v refers to a %s", p, to.class.Name)
	}
	l := layouts[n.class.Root]
	if n.old != nil && n.old[l.at[p.Column]] == to.id {
		return to.id, nil
	}
	group := to.group
	if !to.fresh {
		if err := g.tx.mayUse(n.class, p, to.id); err != nil {
			return nil, err
		}
		h, err := g.tx.head(p.Target.Root, to.id)
		if err != nil {
			return nil, err
		}
		group = h.group
	}
	if !n.class.Global && !p.Target.Global && group != n.group && group != UserGroup {
		return nil, GroupSecurity("%s in group %d cannot refer by %s to %s:%d in group %d: move one of them with Chgrp2",
			n.name(), n.group, p.Name, to.class.Name, to.id, group)
	}
	return to.id, g.place(n, p, to.id)
}

// place gives an element that comes into an ordered collection without its
// parent's being loaded the place behind all others.
func (g *graph) place(n *node, p *schema.Prop, parent int64) error {
	if p.Many == nil || !p.Many.Ordered {
		return nil
	}
	column := p.Many.OrderColumn()
	if _, placed := n.places[column]; placed {
		return nil
	}
	k := placeKey{p, parent}
	next, known := g.places[k]
	if !known {
		last, err := g.tx.SQL("SELECT max("+quote(column)+") FROM "+quote(p.Class.Root.Name)+" WHERE "+quote(p.Column)+" = ?", parent)
		if err != nil {
			return err
		}
		if at, ok := last[0][0].(int64); ok {
			next = at + 1
		}
	}
	g.places[k] = next + 1
	if n.places == nil {
		n.places = map[string]int64{}
	}
	n.places[column] = next
	return nil
}

// writeNode stores a row, if it is another than the stored one.
func (g *graph) writeNode(n *node) error {
	l := layouts[n.class.Root]
	tx := g.tx
	if n.fresh {
		return g.insertNode(n, l)
	}
	maps, err := g.changedMaps(n)
	if err != nil {
		return err
	}
	version := n.class.Prop("version")
	if version != nil {
		stored, _ := n.old[l.at[version.Column]].(int64)
		given, _, _ := columnValue(version, n.given)
		if given != nil && given != stored {
			return OptimisticLock("%s:%d has version %d, but version %v of it was given: someone else has changed it since it was read; read it again",
				n.class.Name, n.id, stored, given)
		}
		if given == nil && !(len(maps) == 0 && slices.EqualFunc(n.old, n.row, same)) {
			return OptimisticLock("%s:%d has version %d, but none was given: read it before it is changed", n.class.Name, n.id, stored)
		}
	}
	if len(maps) == 0 && slices.EqualFunc(n.old, n.row, same) {
		return nil
	}
	if err := g.mayEdit(n); err != nil {
		return err
	}
	if version != nil {
		stored, _ := n.old[l.at[version.Column]].(int64)
		n.row[l.at[version.Column]] = stored + 1
	}
	event, err := tx.Event()
	if err != nil {
		return err
	}
	if at, ok := l.at[schema.UpdateColumn]; ok {
		n.row[at] = event
	}
	if _, err := tx.conn.exec(tx.ctx, l.update, append(slices.Clone(n.row[1:]), n.id)...); err != nil {
		return tx.refused(n, err)
	}
	for _, m := range maps {
		if err := g.writeMap(n, m); err != nil {
			return err
		}
	}
	delete(tx.heads, key{n.class.Root, n.id})
	tx.groups = tx.groups || n.class.Name == "ExperimenterGroup"
	return tx.Log("UPDATE", n.class, n.id)
}

func (g *graph) insertNode(n *node, l *layout) error {
	tx := g.tx
	if !tx.Caller.System && systemType(n.class) && !tx.editsSystem(n.class, n.id) {
		return Security("%s is not allowed to create a %s: it is a system type", tx.who(), n.class.JavaName)
	}
	if p := n.class.Prop("version"); p != nil {
		n.row[l.at[p.Column]] = int64(0)
	}
	event, err := tx.Event()
	if err != nil {
		return err
	}
	if at, ok := l.at[schema.CreationColumn]; ok {
		n.row[at], n.row[l.at[schema.UpdateColumn]] = event, event
	}
	if _, err := tx.conn.exec(tx.ctx, l.insert, n.row...); err != nil {
		return tx.refused(n, err)
	}
	for _, m := range l.plans[n.class.Name].maps {
		if m.Field(n.given).Len() > 0 {
			if err := g.writeMap(n, m); err != nil {
				return err
			}
		}
	}
	tx.groups = tx.groups || n.class.Name == "ExperimenterGroup"
	delete(tx.heads, key{n.class.Root, n.id})
	return tx.Log("INSERT", n.class, n.id)
}

func (g *graph) mayEdit(n *node) error {
	tx := g.tx
	if tx.Caller.System {
		return nil
	}
	if n.class.Immutable && !n.class.Enum {
		return Security("%s:%d cannot be changed: objects of its class never are", n.class.Name, n.id)
	}
	if n.class.Global {
		if systemType(n.class) && !tx.editsSystem(n.class, n.id) {
			return Security("Updating %s:%d not allowed to %s: it is a system type", n.class.JavaName, n.id, tx.who())
		}
		return nil
	}
	h, err := tx.head(n.class.Root, n.id)
	if err != nil {
		return err
	}
	rights, err := tx.GroupRights(h.group)
	if err != nil {
		return err
	}
	if !tx.permissions(n.class, n.id, h.owner, h.group, rights).CanEdit() {
		return Security("Updating %s:%d not allowed to %s: it belongs to user %d in a group with permissions %v", n.class.JavaName, n.id, tx.who(), h.owner, rights)
	}
	return nil
}

func (g *graph) changedMaps(n *node) ([]*schema.Prop, error) {
	var out []*schema.Prop
	for _, m := range layouts[n.class.Root].plans[n.class.Name].maps {
		old := n.class.New()
		if err := g.tx.readMap(m, old, n.id); err != nil {
			return nil, err
		}
		if !slices.EqualFunc(pairs(m, old), pairs(m, n.given), func(a, b *omero.NamedValue) bool { return *a == *b }) {
			out = append(out, m)
		}
	}
	return out, nil
}

func pairs(m *schema.Prop, v omero.AnyIObject) []*omero.NamedValue {
	list := m.Field(v).Interface().([]*omero.NamedValue)
	return slices.DeleteFunc(slices.Clone(list), func(p *omero.NamedValue) bool { return p == nil })
}

func (g *graph) writeMap(n *node, m *schema.Prop) error {
	tx, table := g.tx, quote(m.MapTable())
	if !n.fresh {
		if _, err := tx.conn.exec(tx.ctx, "DELETE FROM "+table+` WHERE "owner" = ?`, n.id); err != nil {
			return tx.failed(err, "write "+m.String())
		}
	}
	for i, pair := range pairs(m, n.given) {
		if _, err := tx.conn.exec(tx.ctx, "INSERT INTO "+table+" VALUES (?, ?, ?, ?)", n.id, i, pair.Name, pair.Value); err != nil {
			return tx.failed(err, "write "+m.String())
		}
	}
	return nil
}

// refused tells a value that must be unique and is not from a failing database.
func (tx *Tx) refused(n *node, err error) error {
	const constraintUnique = 2067
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == constraintUnique {
		text := e.Error()
		what := strings.Trim(strings.TrimSpace(strings.Split(text[strings.LastIndex(text, ":")+1:], "(")[0]), `"'`)
		if _, after, ok := strings.Cut(text, "UNIQUE constraint failed: "); ok {
			what = strings.TrimSpace(strings.Split(after, "(")[0])
		}
		return Validation("%s must be unique, and what %s has exists already", what, n.name())
	}
	return tx.failed(err, "write "+n.name())
}

// Event gives the id of the event that all writes of the transaction belong to.
// It is made at the first write.
func (tx *Tx) Event() (int64, error) {
	if tx.event >= 0 {
		return tx.event, nil
	}
	if !tx.write {
		return 0, Internal(errReadOnly, "make an event")
	}
	kind := tx.Caller.EventType
	if kind == "" {
		kind = "User"
	}
	kindID, err := tx.sqlInt(`SELECT "id" FROM "EventType" WHERE "value" = ?`, kind)
	if err != nil {
		return 0, err
	}
	if kindID == 0 {
		return 0, Validation("there is no event type %q", kind)
	}
	event := schema.Find("Event")
	id, err := tx.nextID(event)
	if err != nil {
		return 0, err
	}
	group := tx.Caller.GroupID
	if group == AllGroups {
		group = UserGroup
	}
	_, err = tx.conn.exec(tx.ctx, `INSERT INTO "Event" ("id", "time", "experimenter", "experimenterGroup", "type", "session") VALUES (?, ?, ?, ?, ?, ?)`,
		id, time.Now().UnixMilli(), tx.Caller.UserID, group, kindID, tx.Caller.SessionID)
	if err != nil {
		return 0, tx.failed(err, "make an event")
	}
	tx.event = id
	return id, nil
}

// Log enters what was done to an object in the event's log: INSERT, UPDATE,
// DELETE or what OMERO else has there.
func (tx *Tx) Log(action string, c *schema.Class, id int64) error {
	if c.Name == "Event" || c.Name == "EventLog" {
		return nil
	}
	event, err := tx.Event()
	if err != nil {
		return err
	}
	log, err := tx.nextID(schema.Find("EventLog"))
	if err != nil {
		return err
	}
	_, err = tx.conn.exec(tx.ctx, `INSERT INTO "EventLog" ("id", "entityId", "entityType", "action", "event") VALUES (?, ?, ?, ?, ?)`,
		log, id, c.JavaName, action, event)
	if err != nil {
		return tx.failed(err, "write the event log")
	}
	return nil
}

// Delete deletes an object, if nothing refers to it.
func (tx *Tx) Delete(c *schema.Class, id int64) error {
	h, err := tx.head(c.Root, id)
	if err != nil {
		return err
	}
	if h.class == nil || !h.class.Is(c) {
		return ApiUsage("there is no %s:%d to delete", c.Name, id)
	}
	if err := tx.mayDelete(h, id); err != nil {
		return err
	}
	for _, p := range c.Referrers {
		found, err := tx.SQL("SELECT id FROM "+quote(p.Class.Root.Name)+" WHERE "+quote(p.Column)+" = ? LIMIT 1", id)
		if err != nil {
			return err
		}
		if len(found) > 0 && (p.Class.Root == p.Class || !p.Class.Mixed() || tx.refersTo(p, found[0][0].(int64), id)) {
			return Validation("%s:%d cannot be deleted: %s:%v refers to it by %s", h.class.Name, id, p.Class.Name, found[0][0], p.Name)
		}
	}
	return tx.Remove(h.class, id)
}

// refersTo says whether a row is of the class that declares the property:
// classes of one table may use one column for different targets.
func (tx *Tx) refersTo(p *schema.Prop, row, _ int64) bool {
	h, err := tx.head(p.Class.Root, row)
	return err != nil || h.class.Is(p.Class)
}

func (tx *Tx) mayDelete(h head, id int64) error {
	if tx.Caller.System {
		return nil
	}
	if h.class.Global {
		if systemType(h.class) && !tx.editsSystem(h.class, id) {
			return Security("Deleting %s:%d not allowed to %s: it is a system type", h.class.JavaName, id, tx.who())
		}
		return nil
	}
	if !tx.Caller.Admin && !tx.readable(h) {
		return Security("Cannot read %s:Id_%d", h.class.JavaName, id)
	}
	rights, err := tx.GroupRights(h.group)
	if err != nil {
		return err
	}
	if !tx.permissions(h.class, id, h.owner, h.group, rights).CanDelete() {
		return Security("Deleting %s:%d not allowed to %s: it belongs to user %d in a group with permissions %v", h.class.JavaName, id, tx.who(), h.owner, rights)
	}
	return nil
}

// Remove deletes an object's row, past all rights and references, and logs it. It is for
// services that delete whole graphs and have asked before.
func (tx *Tx) Remove(c *schema.Class, id int64) error {
	if !tx.write {
		return Internal(errReadOnly, "delete")
	}
	for _, m := range c.Root.Maps {
		if _, err := tx.conn.exec(tx.ctx, "DELETE FROM "+quote(m.MapTable())+` WHERE "owner" = ?`, id); err != nil {
			return tx.failed(err, "delete "+m.String())
		}
	}
	if _, err := tx.conn.exec(tx.ctx, "DELETE FROM "+quote(c.Root.Name)+" WHERE id = ?", id); err != nil {
		return tx.failed(err, fmt.Sprintf("delete %s:%d", c.Name, id))
	}
	delete(tx.heads, key{c.Root, id})
	tx.groups = tx.groups || c.Name == "ExperimenterGroup"
	return tx.Log("DELETE", c, id)
}

// newOf gives a new value of a pointer type.
func newOf[T any]() any { return reflect.New(reflect.TypeFor[T]().Elem()).Interface() }
