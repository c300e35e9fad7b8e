package store

import (
	"strings"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// version is that of the tables' form; a folder with another is refused.
const version = 1

// layout is the table of a root class: its columns in the order in which all
// statements name them.
type layout struct {
	root    *schema.Class
	columns []string
	at      map[string]int
	plans   map[string]*plan // by class name: how rows become objects
	insert  string
	update  string
	selects string // "SELECT … FROM table WHERE id = ?"
}

var layouts = func() map[*schema.Class]*layout {
	out := map[*schema.Class]*layout{}
	for _, root := range schema.Roots() {
		out[root] = newLayout(root)
	}
	return out
}()

func newLayout(root *schema.Class) *layout {
	l := &layout{root: root, at: map[string]int{}, plans: map[string]*plan{}}
	l.add(schema.Columns(root)...)
	names := make([]string, len(l.columns))
	sets := make([]string, 0, len(l.columns))
	for i, c := range l.columns {
		names[i] = quote(c)
		if i > 0 {
			sets = append(sets, quote(c)+" = ?")
		}
	}
	table := quote(root.Name)
	l.insert = "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) + ")"
	l.update = "UPDATE " + table + " SET " + strings.Join(sets, ", ") + " WHERE id = ?"
	l.selects = "SELECT " + strings.Join(names, ", ") + " FROM " + table + " WHERE id = ?"
	for _, c := range root.Concrete() {
		l.plans[c.Name] = newPlan(l, c)
	}
	return l
}

func (l *layout) add(columns ...string) {
	for _, c := range columns {
		l.at[c] = len(l.columns)
		l.columns = append(l.columns, c)
	}
}

// statements gives what makes an empty database.
func statements() []string {
	out := []string{
		`CREATE TABLE "_sequence" ("name" TEXT PRIMARY KEY, "next" INTEGER NOT NULL) WITHOUT ROWID`,
		`CREATE TABLE "_value" ("name" TEXT PRIMARY KEY, "value" BLOB) WITHOUT ROWID`,
	}
	for _, root := range schema.Roots() {
		l := layouts[root]
		var columns []string
		for _, c := range l.columns {
			switch c {
			case schema.IDColumn:
				columns = append(columns, `"id" INTEGER PRIMARY KEY`)
			default:
				columns = append(columns, quote(c)+" "+columnType(root, c))
			}
		}
		out = append(out, "CREATE TABLE "+quote(root.Name)+" ("+strings.Join(columns, ", ")+")")
		out = append(out, indexes(root, l)...)
		for _, p := range root.Maps {
			out = append(out, `CREATE TABLE `+quote(p.MapTable())+
				` ("owner" INTEGER NOT NULL, "place" INTEGER NOT NULL, "name" TEXT, "value" TEXT, PRIMARY KEY ("owner", "place")) WITHOUT ROWID`,
				`CREATE INDEX `+quote("_i_"+p.MapTable())+` ON `+quote(p.MapTable())+` ("name", "value")`)
		}
	}
	return out
}

// columnType gives a column's type. SQLite uses no index to compare columns of
// different types: what refers to an id must be an INTEGER as the id is.
func columnType(root *schema.Class, column string) string {
	if column == schema.KindColumn {
		return "TEXT"
	}
	for _, p := range root.Columns {
		switch {
		case p.Kind == schema.Unit && p.UnitColumn() == column:
			return "TEXT"
		case p.Column != column:
		case p.Kind == schema.String || p.Kind == schema.Strings:
			return "TEXT"
		case p.Kind == schema.Double || p.Kind == schema.Unit:
			return "REAL"
		case p.Kind == schema.Bytes:
			return "BLOB"
		}
	}
	return "INTEGER"
}

// indexes are partial where a column is mostly empty and no collection leads to
// it: an image without an instrument costs that index nothing.
func indexes(root *schema.Class, l *layout) []string {
	var out []string
	done := map[string]bool{}
	index := func(kind, column string, partial bool) {
		if done[column] {
			return
		}
		done[column] = true
		text := "CREATE " + kind + quote("_i_"+root.Name+"_"+column) + " ON " + quote(root.Name) + " (" + quote(column) + ")"
		if partial {
			text += " WHERE " + quote(column) + " IS NOT NULL"
		}
		out = append(out, text)
	}
	for _, p := range root.Columns {
		if p.Unique {
			index("UNIQUE INDEX ", p.Column, true)
		}
	}
	joined := map[string]bool{}
	for _, c := range schema.Classes() {
		for _, p := range c.Props {
			if p.Kind == schema.Many && p.Target.Root == root {
				joined[p.Inverse.Column] = true
			}
		}
	}
	for _, c := range root.Concrete() {
		for _, p := range c.Props {
			if p.Kind == schema.Ref {
				index("INDEX ", p.Column, !joined[p.Column])
			}
		}
	}
	for _, p := range schema.Lookups() {
		if p.Class.Root == root {
			index("INDEX ", p.Column, true)
		}
	}
	for _, column := range []string{schema.OwnerColumn, schema.GroupColumn, schema.CreationColumn, schema.UpdateColumn, schema.ExternalColumn} {
		if _, ok := l.at[column]; ok {
			index("INDEX ", column, true)
		}
	}
	return out
}
