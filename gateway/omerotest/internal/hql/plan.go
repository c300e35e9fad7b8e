package hql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
)

// Type is what an expression yields.
type Type int

// The types of expressions.
const (
	Unknown Type = iota // of null, and of a parameter that is null
	Text
	Int
	Long
	Double
	Boolean   // 0 or 1
	Timestamp // milliseconds since 1970
	Blob
	Object    // an id
	Quantity  // a value; its unit is in the next column
	ClassName // the simple name of a class
	Rows      // a collection or a sub-select of several columns: no value
)

// Env is what translation asks of the store.
type Env interface {
	// Visible gives the condition under which a row of the class's table under an alias may be read; "" for always.
	Visible(c *schema.Class, alias string) string
}

// Plan is a translated query.
type Plan struct {
	SQL    string
	Args   []any
	Items  []*Item
	New    string // "map" or "list" if the items are the entries of one
	Loads  []*Load
	Counts []*Count
	Dedupe bool // an object is given once, where its first row is
}

// Item is one expression of the select clause.
type Item struct {
	Name        string
	Type        Type
	At          int          // its column
	Load        *Load        // of an object
	Prop        *schema.Prop // of a quantity
	Permissions bool         // of an object in a map: only its permissions are asked for
}

// Load is objects that come with the rows: all columns of a table from At on.
type Load struct {
	Class  *schema.Class
	At     int
	Parent *Load        // that leads to it by Prop; nil for an item
	Prop   *schema.Prop // Ref or Many
}

// Count is a fetched count per owner.
type Count struct {
	Parent *Load
	Prop   *schema.Prop // of kind Counts
}

// Options are what comes with a query besides its text.
type Options struct {
	Params map[string]omero.AnyRType
	Filter *omero.SysFilter
}

// Compile translates a query that was parsed from a text.
func Compile(text string, q *Query, env Env, options Options) (plan *Plan, err error) {
	t := &translator{text: text, env: env, params: options.Params, plan: &Plan{}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			plan, err = nil, e
		}
	}()
	t.compile(q, options.Filter)
	return t.plan, nil
}

// translator turns one query into one statement. It gives up by a panic with an
// *Error, which Compile catches: translation is a deep recursion of small functions.
type translator struct {
	text    string
	env     Env
	params  map[string]omero.AnyRType
	plan    *Plan
	args    []any
	aliases int
	paging  bool // the filter limits how much is given
}

func (t *translator) fail(at lexer.Position, format string, args ...any) {
	panic(&Error{Query: t.text, Line: max(at.Line, 1), Column: max(at.Column, 1), Text: fmt.Sprintf(format, args...)})
}

func (t *translator) notOffered(at lexer.Position, format string, args ...any) {
	t.fail(at, "%s is not offered here", fmt.Sprintf(format, args...))
}

// bind gives the place holder of a value.
func (t *translator) bind(value any) string {
	t.args = append(t.args, value)
	return "?" + strconv.Itoa(len(t.args))
}

func (t *translator) alias() string {
	t.aliases++
	return "t" + strconv.Itoa(t.aliases-1)
}

func quote(name string) string { return `"` + name + `"` }

func (t *translator) compile(q *Query, filter *omero.SysFilter) {
	limit := t.limit(filter)
	t.paging = limit != ""
	s := &scope{t: t, names: map[string]*source{}}
	s.addFrom(q.From)
	s.filter(filter)
	items := s.selectItems(q)
	where := s.conditions(q)
	group, having := s.grouping(q)
	order := s.ordering(q)

	columns := t.columns(s, items)
	var b strings.Builder
	b.WriteString("SELECT ")
	if q.Select != nil && q.Select.Distinct && !t.plan.Dedupe {
		b.WriteString("DISTINCT ")
	}
	b.WriteString(strings.Join(columns, ", "))
	b.WriteString(" FROM " + s.fromText(nil))
	if limit != "" && t.plan.Dedupe {
		where = append(where, s.page(where, order, limit))
		limit = ""
	}
	writeClause(&b, " WHERE ", where, " AND ")
	writeClause(&b, " GROUP BY ", group, ", ")
	if having != "" {
		b.WriteString(" HAVING " + having)
	}
	writeClause(&b, " ORDER BY ", order, ", ")
	b.WriteString(limit)
	t.plan.SQL, t.plan.Args = b.String(), t.args
}

func writeClause(b *strings.Builder, word string, parts []string, between string) {
	if len(parts) > 0 {
		b.WriteString(word + strings.Join(parts, between))
	}
}

// page gives the condition that a row's first object is on the page. OMERO
// counts objects, not rows, when collections are fetched; so must the limit.
func (s *scope) page(where, order []string, limit string) string {
	root := s.t.plan.Items[0].Load
	first := s.loads[root]
	var b strings.Builder
	id := quote(first.alias) + "." + quote(schema.IDColumn)
	b.WriteString(id + " IN (SELECT " + id + " FROM " + s.fromText(s.needed()))
	writeClause(&b, " WHERE ", where, " AND ")
	if s.multiplies() {
		b.WriteString(" GROUP BY " + id)
	}
	writeClause(&b, " ORDER BY ", order, ", ")
	b.WriteString(limit + ")")
	return b.String()
}

func (t *translator) limit(f *omero.SysFilter) string {
	if f == nil {
		return ""
	}
	limit, offset := int64(-1), int64(0)
	if f.Limit != nil {
		limit = int64(max(f.Limit.Val, 0))
	}
	if f.Offset != nil {
		offset = int64(max(f.Offset.Val, 0))
	}
	if limit < 0 && offset == 0 {
		return ""
	}
	return " LIMIT " + t.bind(limit) + " OFFSET " + t.bind(offset)
}

// columns gives the columns to select: those of the items first, then those of
// what is fetched along.
func (t *translator) columns(s *scope, items []operand) []string {
	var out []string
	load := func(l *Load, alias string) {
		l.At = len(out)
		for _, c := range schema.Columns(l.Class.Root) {
			out = append(out, quote(alias)+"."+quote(c))
		}
	}
	for i, o := range items {
		item := t.plan.Items[i]
		switch {
		case item.Load != nil && item.Load.At == unplaced:
			load(item.Load, s.loads[item.Load].alias)
		case item.Load != nil:
		case o.typ == Quantity:
			item.At = len(out)
			out = append(out, o.sql, o.unit)
		default:
			item.At = len(out)
			out = append(out, o.sql)
		}
	}
	for _, l := range t.plan.Loads {
		if l.Parent != nil {
			load(l, s.loads[l].alias)
		}
	}
	return out
}

// unplaced is the column of a load that has none yet.
const unplaced = -1
