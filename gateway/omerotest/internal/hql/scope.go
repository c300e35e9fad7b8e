package hql

import (
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
)

// source is a table in a from clause.
type source struct {
	alias    string        // in SQL
	class    *schema.Class // nil for a table of named values
	parent   *source       // that it is joined to
	prop     *schema.Prop  // by which it is
	fetch    bool
	used     bool // by something besides the fetch itself
	implicit map[*schema.Prop]*source
}

// scope is the from clause of a query or a sub-select.
type scope struct {
	t       *translator
	outer   *scope
	names   map[string]*source
	sources []*source
	roots   []*source
	tables  []table
	where   []string
	loads   map[*Load]*source
	aliases map[string]operand
}

// table is one table of the from text.
type table struct {
	source *source
	text   string // with its join and condition
	left   bool
}

func (s *scope) lookup(name string) *source {
	for ; s != nil; s = s.outer {
		if src := s.names[name]; src != nil {
			return src
		}
	}
	return nil
}

func (s *scope) name(at lexer.Position, alias string, src *source) {
	if alias == "" {
		return
	}
	if s.names[alias] != nil {
		s.t.fail(at, "Duplicate definition of alias '%s'", alias)
	}
	s.names[alias] = src
}

func (s *scope) addFrom(items []*FromItem) {
	for _, item := range items {
		src := s.root(item)
		s.name(item.Pos, item.Alias, src)
		s.roots = append(s.roots, src)
		for _, j := range item.Joins {
			s.join(j)
		}
	}
}

// root adds a class, or in a sub-select a collection of an outer alias.
func (s *scope) root(item *FromItem) *source {
	name := strings.Join(item.Path.Names, ".")
	if c := schema.Find(name); c != nil {
		src := s.add(&source{class: c})
		s.tables = append(s.tables, table{source: src, text: quote(c.Table()) + " AS " + quote(src.alias)})
		s.where = append(s.where, s.t.guards(c, src.alias)...)
		return src
	}
	if s.outer != nil && len(item.Path.Names) > 1 && s.lookup(item.Path.Names[0]) != nil {
		parent, p := s.collection(item.Path)
		src := s.add(&source{class: p.Target})
		s.tables = append(s.tables, table{source: src, text: quote(p.Target.Table()) + " AS " + quote(src.alias)})
		s.where = append(s.where, s.t.guards(p.Target, src.alias)...)
		s.where = append(s.where, quote(src.alias)+"."+quote(p.Inverse.Column)+" = "+quote(parent.alias)+"."+quote(schema.IDColumn))
		return src
	}
	s.t.fail(item.Path.Pos, "%s is not mapped", name)
	return nil
}

func (s *scope) add(src *source) *source {
	src.alias = s.t.alias()
	s.sources = append(s.sources, src)
	return src
}

// guards gives the conditions that every row of a table is under: that it is of the class, and that
// the caller may see it.
func (t *translator) guards(c *schema.Class, alias string) []string {
	var out []string
	if kinds := kindsCondition(c, alias); kinds != "" {
		out = append(out, kinds)
	}
	if visible := t.env.Visible(c, alias); visible != "" {
		out = append(out, visible)
	}
	return out
}

func kindsCondition(c *schema.Class, alias string) string {
	if c.Root == c {
		return ""
	}
	var names []string
	for _, k := range c.Concrete() {
		names = append(names, "'"+k.Name+"'")
	}
	return quote(alias) + "." + quote(schema.KindColumn) + " IN (" + strings.Join(names, ", ") + ")"
}

// collection resolves a path that ends in a collection.
func (s *scope) collection(path *Path) (*source, *schema.Prop) {
	o := s.path(path)
	if o.typ != Rows || o.many == nil {
		s.t.fail(path.Pos, "%s is no collection", strings.Join(path.Names, "."))
	}
	return o.source, o.many
}

func (s *scope) join(j *Join) {
	kind := strings.ToLower(j.Kind)
	left := kind == "left"
	if kind == "right" || kind == "full" || kind == "cross" {
		s.t.notOffered(j.Pos, "a %s join", kind)
	}
	if c := schema.Find(strings.Join(j.Path.Names, ".")); c != nil && s.lookup(j.Path.Names[0]) == nil {
		s.t.fail(j.Path.Pos, "Path expected for join!")
	}
	parent, p := s.joinPath(j.Path)
	if j.Fetch && p.Kind == schema.Counts {
		s.t.plan.Counts = append(s.t.plan.Counts, &Count{Parent: s.loadOf(parent), Prop: p})
		return
	}
	if j.Fetch && s.outer != nil {
		s.t.fail(j.Pos, "fetch may not be used in a sub-select")
	}
	if j.Fetch && j.With != nil {
		s.t.fail(j.Pos, "with-clause not allowed on fetched associations; use filters")
	}
	src := s.add(&source{parent: parent, prop: p, fetch: j.Fetch, class: p.Target})
	s.name(j.Pos, j.Alias, src)
	at := len(s.tables)
	s.tables = append(s.tables, table{source: src, left: left})
	on := s.t.joinOn(src)
	if j.With != nil {
		src.used = true
		on = append(on, s.condition(j.With))
		if len(s.tables) > at+1 {
			s.t.notOffered(j.With.Pos, "an implicit join in a with clause")
		}
	}
	if !j.Fetch {
		src.used = true
	}
	s.tables[at].text = joinText(src, left, on)
}

func (src *source) table() string {
	if src.class == nil {
		return src.prop.MapTable()
	}
	return src.class.Table()
}

func joinText(src *source, left bool, on []string) string {
	word := " JOIN "
	if left {
		word = " LEFT JOIN "
	}
	return word + quote(src.table()) + " AS " + quote(src.alias) + " ON " + strings.Join(on, " AND ")
}

// joinOn gives the conditions of a join.
func (t *translator) joinOn(src *source) []string {
	parent, p := quote(src.parent.alias)+".", src.prop
	mine := quote(src.alias) + "."
	var on []string
	switch p.Kind {
	case schema.Ref:
		on = append(on, mine+quote(schema.IDColumn)+" = "+parent+quote(p.Column))
	case schema.Many:
		on = append(on, mine+quote(p.Inverse.Column)+" = "+parent+quote(schema.IDColumn))
	case schema.Map:
		return []string{mine + `"owner" = ` + parent + quote(schema.IDColumn)}
	}
	return append(on, t.guards(src.class, src.alias)...)
}

// use marks a source, and what it is joined to, as needed.
func (src *source) use() {
	for ; src != nil && !src.used; src = src.parent {
		src.used = true
	}
}

// joinPath resolves the path of a join: an association of an alias, with implicit joins in between.
func (s *scope) joinPath(path *Path) (*source, *schema.Prop) {
	names := path.Names
	src := s.lookup(names[0])
	if src == nil || len(names) < 2 {
		s.t.fail(path.Pos, "Invalid path: '%s'", strings.Join(names, "."))
	}
	for i := 1; ; i++ {
		if src.class == nil {
			s.t.fail(path.Pos, "%s leads through named values", strings.Join(names, "."))
		}
		var p *schema.Prop
		if names[i] == "details" && i+1 < len(names) {
			i++
			p = src.class.Details(names[i])
		} else {
			p = src.class.Find(names[i])
		}
		if p == nil || p.Kind != schema.Ref && p.Kind != schema.Many && p.Kind != schema.Map && p.Kind != schema.Counts {
			s.t.fail(path.Pos, "could not resolve property: %s of: %s", names[i], src.class.JavaName)
		}
		if i == len(names)-1 {
			return src, p
		}
		if p.Kind != schema.Ref {
			s.t.fail(path.Pos, "illegal attempt to dereference collection %s of %s with element property reference [%s]", names[i], src.class.JavaName, names[i+1])
		}
		src = s.implicit(src, p)
	}
}

// implicit joins what a path leads through, once in a scope.
func (s *scope) implicit(src *source, p *schema.Prop) *source {
	src.use()
	if to := src.implicit[p]; to != nil && slices.Contains(s.sources, to) {
		return to
	}
	to := s.add(&source{parent: src, prop: p, class: p.Target, used: true})
	s.tables = append(s.tables, table{source: to, text: joinText(to, false, s.t.joinOn(to))})
	if src.implicit == nil {
		src.implicit = map[*schema.Prop]*source{}
	}
	src.implicit[p] = to
	return to
}

// fromText gives the text of the from clause; only names its sources' tables unless it is nil.
func (s *scope) fromText(only map[*source]bool) string {
	var b strings.Builder
	for _, tb := range s.tables {
		if only != nil && !only[tb.source] {
			continue
		}
		if tb.source.prop == nil && b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(tb.text)
	}
	return b.String()
}

// needed gives the sources without which the set of first objects would be
// another: all but left joins that are only fetched.
func (s *scope) needed() map[*source]bool {
	out := map[*source]bool{}
	for _, tb := range s.tables {
		if !tb.left || tb.source.used {
			for src := tb.source; src != nil; src = src.parent {
				out[src] = true
			}
		}
	}
	return out
}

// multiplies says whether the needed tables may give an object several rows.
func (s *scope) multiplies() bool {
	needed := s.needed()
	for _, tb := range s.tables {
		if needed[tb.source] && tb.source.prop != nil && tb.source.prop.Kind != schema.Ref {
			return true
		}
	}
	return len(s.roots) > 1
}

// filter applies the owner and the group of a query's filter to the classes that it is from.
func (s *scope) filter(f *omero.SysFilter) {
	if f == nil {
		return
	}
	for _, src := range s.roots {
		if src.class.Global {
			continue
		}
		if f.OwnerId != nil && f.OwnerId.Val >= 0 {
			s.where = append(s.where, quote(src.alias)+"."+quote(schema.OwnerColumn)+" = "+s.t.bind(f.OwnerId.Val))
		}
		if f.GroupId != nil && f.GroupId.Val >= 0 {
			s.where = append(s.where, quote(src.alias)+"."+quote(schema.GroupColumn)+" = "+s.t.bind(f.GroupId.Val))
		}
	}
}

// loadOf gives the load of a source, making it if the source is not loaded yet.
func (s *scope) loadOf(src *source) *Load {
	for l, of := range s.loads {
		if of == src {
			return l
		}
	}
	l := &Load{Class: src.class, At: unplaced}
	if s.loads == nil {
		s.loads = map[*Load]*source{}
	}
	s.loads[l] = src
	return l
}

// selectItems works out what is selected.
func (s *scope) selectItems(q *Query) []operand {
	t := s.t
	var items []operand
	add := func(o operand, name string) {
		item := &Item{Name: name, Type: o.typ, At: unplaced, Prop: o.prop}
		if o.typ == Object {
			item.Load = s.loadOf(o.source)
			if !slices.Contains(t.plan.Loads, item.Load) {
				t.plan.Loads = append(t.plan.Loads, item.Load)
			}
		}
		items = append(items, o)
		t.plan.Items = append(t.plan.Items, item)
	}
	if q.Select == nil {
		for _, tb := range s.tables {
			if !tb.source.fetch && tb.source.class != nil && (tb.source.prop == nil || s.named(tb.source)) {
				add(sourceOperand(tb.source), "")
			}
		}
	} else {
		list := q.Select.Items
		if q.Select.New != "" {
			t.plan.New, list = strings.ToLower(q.Select.New), q.Select.Inner
		}
		s.aliases = map[string]operand{}
		for i, item := range list {
			o := s.selected(item)
			name := item.Alias
			if name == "" && t.plan.New == "map" {
				name = strconv.Itoa(i)
			}
			add(o, name)
			if t.plan.New == "map" && strings.HasSuffix(name, "_details_permissions") && o.typ == Object {
				t.plan.Items[i].Permissions = true
			}
			if item.Alias != "" {
				s.aliases[item.Alias] = o
			}
		}
	}
	s.fetches(q)
	distinct := q.Select != nil && q.Select.Distinct
	if len(items) == 1 && items[0].typ == Object && t.plan.New == "" {
		collection := slices.ContainsFunc(t.plan.Loads, func(l *Load) bool { return l.Prop != nil && l.Prop.Kind == schema.Many })
		t.plan.Dedupe = distinct || collection && t.paging
	}
	return items
}

func (s *scope) named(src *source) bool {
	for _, named := range s.names {
		if named == src {
			return true
		}
	}
	return src.prop != nil
}

// selected resolves one item; an object that is reached by a path is joined, to be read whole.
func (s *scope) selected(item *SelectItem) operand {
	o := s.expr(item.Value)
	switch {
	case o.typ == Object && o.source == nil && o.ref != nil:
		return sourceOperand(s.implicit(o.from, o.ref))
	case o.typ == Object && o.source == nil:
		o.typ = Long
	case o.typ == Rows && o.many != nil:
		to := s.add(&source{parent: o.source, prop: o.many, class: o.many.Target, used: true})
		o.source.use()
		s.tables = append(s.tables, table{source: to, text: joinText(to, false, s.t.joinOn(to))})
		return sourceOperand(to)
	case o.typ == Rows:
		s.t.notOffered(item.Pos, "selecting this")
	}
	return o
}

func sourceOperand(src *source) operand {
	return operand{sql: quote(src.alias) + "." + quote(schema.IDColumn), typ: Object, class: src.class, source: src}
}

// fetches adds what is fetched along with the selected objects.
func (s *scope) fetches(q *Query) {
	plan := s.t.plan
	for _, tb := range s.tables {
		src := tb.source
		if !src.fetch || src.class == nil {
			continue
		}
		parent := s.loadOf(src.parent)
		if !slices.Contains(plan.Loads, parent) {
			s.t.fail(q.Pos, "query specified join fetching, but the owner of the fetched association was not present in the select list: %s", src.prop)
		}
		l := s.loadOf(src)
		l.Parent, l.Prop = parent, src.prop
		if !slices.Contains(plan.Loads, l) {
			plan.Loads = append(plan.Loads, l)
		}
	}
	for _, c := range plan.Counts {
		if !slices.Contains(plan.Loads, c.Parent) {
			s.t.fail(q.Pos, "query specified join fetching, but the owner of the fetched association was not present in the select list: %s", c.Prop)
		}
	}
}

func (s *scope) conditions(q *Query) []string {
	where := slices.Clone(s.where)
	if q.Where != nil {
		where = append(where, s.condition(q.Where))
	}
	return where
}

func (s *scope) grouping(q *Query) (group []string, having string) {
	for _, g := range q.Group {
		o := s.expr(g)
		if o.typ == Rows {
			s.t.fail(g.Pos, "this cannot be grouped by")
		}
		group = append(group, o.sql)
	}
	if q.Having != nil {
		having = s.condition(q.Having)
	}
	return group, having
}

func (s *scope) ordering(q *Query) []string {
	var out []string
	for _, item := range q.Order {
		o := s.expr(item.Value)
		if o.typ == Rows {
			s.t.fail(item.Value.Pos, "this cannot be ordered by")
		}
		// PostgreSQL, under OMERO, has nulls behind all values. Where there can be none, an index may give the order.
		text := o.sql
		nulls := strings.ToLower(item.Nulls)
		if item.Desc {
			text += " DESC"
		}
		switch {
		case nulls == "first", nulls == "" && item.Desc && !o.notNull:
			text += " NULLS FIRST"
		case nulls == "last", nulls == "" && !item.Desc && !o.notNull:
			text += " NULLS LAST"
		}
		out = append(out, text)
	}
	return out
}

// subselect translates a query within another. It gives the text and what its columns are.
func (s *scope) subselect(q *Query) (string, []operand) {
	in := &scope{t: s.t, outer: s, names: map[string]*source{}}
	in.addFrom(q.From)
	var items []operand
	var columns []string
	if q.Select == nil {
		for _, src := range in.roots {
			items = append(items, sourceOperand(src))
		}
	} else {
		if q.Select.New != "" {
			s.t.fail(q.Pos, "new %s in a sub-select", q.Select.New)
		}
		in.aliases = map[string]operand{}
		for _, item := range q.Select.Items {
			o := in.expr(item.Value)
			if o.typ == Rows {
				s.t.notOffered(item.Pos, "a collection in a sub-select's select clause")
			}
			items = append(items, o)
			if item.Alias != "" {
				in.aliases[item.Alias] = o
			}
		}
	}
	for _, o := range items {
		columns = append(columns, o.sql)
	}
	where := in.conditions(q)
	group, having := in.grouping(q)
	order := in.ordering(q)
	var b strings.Builder
	b.WriteString("SELECT ")
	if q.Select != nil && q.Select.Distinct {
		b.WriteString("DISTINCT ")
	}
	b.WriteString(strings.Join(columns, ", ") + " FROM " + in.fromText(nil))
	writeClause(&b, " WHERE ", where, " AND ")
	writeClause(&b, " GROUP BY ", group, ", ")
	if having != "" {
		b.WriteString(" HAVING " + having)
	}
	writeClause(&b, " ORDER BY ", order, ", ")
	return b.String(), items
}
