package store

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
)

// plan says how rows of a table become objects of one class.
type plan struct {
	class *schema.Class
	props []planned
	maps  []*schema.Prop
}

type planned struct {
	prop   *schema.Prop
	column int
	mixed  bool // the target's class must be asked for
}

func newPlan(l *layout, c *schema.Class) *plan {
	p := &plan{class: c}
	for _, prop := range c.Props {
		switch {
		case prop.HasColumn():
			p.props = append(p.props, planned{prop, l.at[prop.Column], prop.Kind == schema.Ref && prop.Target.Mixed()})
		case prop.Kind == schema.Map:
			p.maps = append(p.maps, prop)
		}
	}
	return p
}

// kindOf gives the class of the object in a row.
func (l *layout) kindOf(row []any) *schema.Class {
	if !l.root.Mixed() {
		return l.root
	}
	name, _ := row[l.at[schema.KindColumn]].(string)
	return schema.Find(name)
}

// object makes the object of a row: loaded, with unloaded objects where it
// refers to others, its collections not loaded.
func (tx *Tx) object(l *layout, row []any) (omero.AnyIObject, error) {
	c := l.kindOf(row)
	p := l.plans[c.Name]
	v := c.New()
	id := row[0].(int64)
	v.AsIObject().Id = omero.NewRLong(id)
	for _, f := range p.props {
		if row[f.column] == nil {
			continue
		}
		if f.prop.Kind == schema.Ref {
			target, err := tx.classOf(f.prop.Target, row[f.column].(int64))
			if err != nil {
				return nil, err
			}
			f.prop.SetObject(v, target.Ref(row[f.column].(int64)))
			continue
		}
		setValue(f.prop, f.prop.Field(v), row[f.column], row, f.column)
	}
	for _, m := range p.maps {
		if err := tx.readMap(m, v, id); err != nil {
			return nil, err
		}
	}
	return v, tx.details(l, c, row, v)
}

// setValue puts a column's value into a field. A database that others wrote to
// may hold other types; what does not fit is left out.
func setValue(p *schema.Prop, field reflect.Value, value any, row []any, column int) {
	switch p.Kind {
	case schema.String:
		if s, ok := value.(string); ok {
			field.Set(reflect.ValueOf(omero.NewRString(s)))
		}
	case schema.Int:
		if n, ok := value.(int64); ok {
			field.Set(reflect.ValueOf(omero.NewRInt(int32(n))))
		}
	case schema.Long:
		if n, ok := value.(int64); ok {
			field.Set(reflect.ValueOf(omero.NewRLong(n)))
		}
	case schema.Time:
		if n, ok := value.(int64); ok {
			field.Set(reflect.ValueOf(omero.NewRTime(n)))
		}
	case schema.Bool:
		if n, ok := value.(int64); ok {
			field.Set(reflect.ValueOf(omero.NewRBool(n != 0)))
		}
	case schema.Double:
		if f, ok := number(value); ok {
			field.Set(reflect.ValueOf(omero.NewRDouble(f)))
		}
	case schema.Bytes:
		if b, ok := value.([]byte); ok {
			field.SetBytes(slices.Clone(b))
		}
	case schema.Strings:
		if s, ok := value.(string); ok {
			var list []string
			if json.Unmarshal([]byte(s), &list) == nil {
				field.Set(reflect.ValueOf(list))
			}
		}
	case schema.Unit:
		f, ok := number(value)
		symbol, named := row[column+1].(string)
		if !ok || !named {
			return
		}
		unit, ok := p.UnitNamed(symbol)
		if !ok {
			return
		}
		q := reflect.New(field.Type().Elem())
		q.Elem().Field(0).SetFloat(f)
		q.Elem().Field(1).SetInt(unit)
		field.Set(q)
	}
}

func number(value any) (float64, bool) {
	switch n := value.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	}
	return 0, false
}

func (tx *Tx) readMap(p *schema.Prop, v omero.AnyIObject, id int64) error {
	var list []*omero.NamedValue
	err := tx.each(`SELECT "name", "value" FROM `+quote(p.MapTable())+` WHERE "owner" = ? ORDER BY "place"`, []any{id}, func(row []any) error {
		name, _ := row[0].(string)
		value, _ := row[1].(string)
		list = append(list, &omero.NamedValue{Name: name, Value: value})
		return nil
	})
	if err == nil {
		p.Field(v).Set(reflect.ValueOf(list))
	}
	return err
}

// classOf gives the class of an object that is known by a super class.
func (tx *Tx) classOf(c *schema.Class, id int64) (*schema.Class, error) {
	if !c.Mixed() || len(c.Concrete()) == 1 && c.Concrete()[0] == c {
		return c, nil
	}
	h, err := tx.head(c.Root, id)
	if err != nil || h.class == nil {
		return c.Concrete()[0], err
	}
	return h.class, nil
}

// head is what rights and references ask of a stored object.
type head struct {
	class        *schema.Class // nil if there is no such object
	owner, group int64
}

const keptHeads = 10_000 // of a transaction

// head reads a stored object's head, past all rights.
func (tx *Tx) head(root *schema.Class, id int64) (head, error) {
	k := key{root, id}
	if h, ok := tx.heads[k]; ok {
		return h, nil
	}
	query := "SELECT "
	if root.Mixed() {
		query += `"_kind"`
	} else {
		query += "NULL"
	}
	if root.Global {
		query += ", 0, 0"
	} else {
		query += `, "_owner", "_group"`
	}
	var h head
	err := tx.each(query+" FROM "+quote(root.Name)+" WHERE id = ?", []any{id}, func(row []any) error {
		h = head{class: root, owner: row[1].(int64), group: row[2].(int64)}
		if name, ok := row[0].(string); ok {
			h.class = schema.Find(name)
		}
		return nil
	})
	if err != nil {
		return head{}, err
	}
	if len(tx.heads) > keptHeads {
		clear(tx.heads)
	}
	tx.heads[k] = h
	return h, nil
}

// details gives an object the details of its row.
func (tx *Tx) details(l *layout, c *schema.Class, row []any, v omero.AnyIObject) error {
	d := omero.NewDetails()
	ref := func(column string) int64 {
		if at, ok := l.at[column]; ok {
			if id, ok := row[at].(int64); ok {
				return id
			}
		}
		return -1
	}
	if id := ref(schema.OwnerColumn); id >= 0 {
		d.Owner = omero.NewExperimenterRef(id)
	}
	group := ref(schema.GroupColumn)
	if group >= 0 {
		d.Group = omero.NewExperimenterGroupRef(group)
	}
	if id := ref(schema.CreationColumn); id >= 0 {
		d.CreationEvent = omero.NewEventRef(id)
	}
	if id := ref(schema.UpdateColumn); id >= 0 {
		d.UpdateEvent = omero.NewEventRef(id)
	}
	if id := ref(schema.ExternalColumn); id >= 0 {
		d.ExternalInfo = omero.NewExternalInfoRef(id)
	}
	var err error
	if at, ok := l.at[schema.PermsColumn]; ok {
		perms, _ := row[at].(int64)
		d.Permissions = tx.permissions(c, row[0].(int64), -1, -1, Rights(perms))
	} else {
		var rights Rights
		if group >= 0 {
			rights, err = tx.GroupRights(group)
		}
		d.Permissions = tx.permissions(c, row[0].(int64), ref(schema.OwnerColumn), group, rights)
	}
	v.AsIObject().Details = d
	return err
}

// Get gives a stored object, loaded but for its collections. An object that
// does not exist is an ApiUsageException, one that the caller must not read a
// SecurityViolation.
func (tx *Tx) Get(c *schema.Class, id int64) (omero.AnyIObject, error) {
	v, err := tx.Find(c, id)
	if err == nil && v == nil {
		return nil, ApiUsage("The requested object (%s,%d) is not available: there is none with this id", c.JavaName, id)
	}
	return v, err
}

// Find is like Get, but gives nil for an object that does not exist.
func (tx *Tx) Find(c *schema.Class, id int64) (omero.AnyIObject, error) {
	l := layouts[c.Root]
	var v omero.AnyIObject
	var kept []any
	if err := tx.each(l.selects, []any{id}, func(row []any) error {
		kept = slices.Clone(row)
		return nil
	}); err != nil || kept == nil {
		return nil, err
	}
	kind := l.kindOf(kept)
	if !kind.Is(c) {
		return nil, nil
	}
	if !c.Global && !tx.sees.object(kept[l.at[schema.OwnerColumn]].(int64), kept[l.at[schema.GroupColumn]].(int64)) {
		return nil, Security("Cannot read %s:Id_%d: user %d may not in group %d", kind.JavaName, id, tx.Caller.UserID, tx.Caller.GroupID)
	}
	if where := tx.Visible(c, "t"); c.Global && where != "" {
		seen, err := tx.SQL("SELECT 1 FROM "+quote(c.Root.Name)+` AS "t" WHERE "t".id = ? AND `+where, id)
		if err != nil {
			return nil, err
		}
		if len(seen) == 0 {
			return nil, Security("Cannot read %s:Id_%d: it is not user %d's", kind.JavaName, id, tx.Caller.UserID)
		}
	}
	v, err := tx.object(l, kept)
	return v, err
}

// FindBy gives the visible objects of a class whose property has a value: a
// string, a number, or an id where the property refers to an object. They are in the order of their ids.
func (tx *Tx) FindBy(c *schema.Class, property string, value any) ([]omero.AnyIObject, error) {
	p := c.Prop(property)
	if p == nil || !p.HasColumn() {
		return nil, ApiUsage("%s has no property %q to find it by", c.Name, property)
	}
	l := layouts[c.Root]
	query := "SELECT " + l.list("t") + ` FROM ` + quote(c.Root.Name) + ` AS "t" WHERE "t".` + quote(p.Column) + " = ?"
	if kinds := Kinds(c, "t"); kinds != "" {
		query += " AND " + kinds
	}
	if where := tx.Visible(c, "t"); where != "" {
		query += " AND " + where
	}
	rows, err := tx.SQL(query+` ORDER BY "t".id`, value)
	if err != nil {
		return nil, err
	}
	out := make([]omero.AnyIObject, 0, len(rows))
	for _, row := range rows {
		v, err := tx.object(l, row)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// list gives the columns of the table under an alias, for a SELECT.
func (l *layout) list(alias string) string {
	var b []byte
	for i, c := range l.columns {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, quote(alias)+"."+quote(c)...)
	}
	return string(b)
}

// Kinds gives the SQL condition that a row of the class's table under an alias is an object of
// the class; "" if all of them are.
func Kinds(c *schema.Class, alias string) string {
	if c.Root == c {
		return ""
	}
	var b []byte
	for i, k := range c.Concrete() {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, "'"+k.Name+"'"...)
	}
	return quote(alias) + "." + quote(schema.KindColumn) + " IN (" + string(b) + ")"
}
