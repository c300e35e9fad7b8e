package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dump writes a tree with all its parentheses.
func dump(x Expr) string {
	join := func(list []Expr) string {
		var out []string
		for _, e := range list {
			out = append(out, dump(e))
		}
		return strings.Join(out, ", ")
	}
	not := func(n bool) string {
		if n {
			return "not "
		}
		return ""
	}
	switch x := x.(type) {
	case nil:
		return "nil"
	case *PathExpr:
		return x.Path.String()
	case *Literal:
		return fmt.Sprintf("%d:%s", x.Kind, x.Text)
	case *Param:
		return fmt.Sprintf(":%s%d", x.Name, x.Number)
	case *Unary:
		return "(" + x.Op + " " + dump(x.X) + ")"
	case *Binary:
		return "(" + dump(x.X) + " " + x.Op + " " + dump(x.Y) + ")"
	case *Is:
		return "(" + dump(x.X) + " is " + not(x.Not) + x.What + ")"
	case *In:
		return "(" + dump(x.X) + " " + not(x.Not) + "in " + dump(x.Y) + ")"
	case *Between:
		return "(" + dump(x.X) + " " + not(x.Not) + "between " + dump(x.Low) + " and " + dump(x.High) + ")"
	case *Like:
		return "(" + dump(x.X) + " " + not(x.Not) + "like " + dump(x.Pattern) + " escape " + dump(x.Escape) + ")"
	case *Member:
		return "(" + dump(x.X) + " " + not(x.Not) + "member " + x.Path.String() + ")"
	case *Call:
		out := x.Name + "("
		if x.Distinct {
			out += "distinct "
		}
		if x.Star {
			out += "*"
		}
		out += strings.TrimSpace(x.Spec+" "+join(x.Args)) + map[bool]string{true: " as " + x.As}[x.As != ""]
		if x.From != nil {
			out += " from " + dump(x.From)
		}
		return out + ")"
	case *Case:
		out := "case"
		if x.X != nil {
			out += " " + dump(x.X)
		}
		for _, w := range x.Whens {
			out += " when " + dump(w.When) + " then " + dump(w.Then)
		}
		return out + " else " + dump(x.Else) + " end"
	case *Exists:
		return "exists " + dump(x.X)
	case *Subquery:
		return "(" + dumpQuery(x.Query) + ")"
	case *List:
		return "[" + join(x.Items) + "]"
	case *Index:
		out := x.X.String() + "[" + dump(x.Index) + "]"
		for _, n := range x.Rest {
			out += "." + n.Text
		}
		return out
	}
	panic(fmt.Sprintf("%T", x))
}

func dumpQuery(q *Query) string {
	var out strings.Builder
	if s := q.Select; s != nil {
		out.WriteString("select ")
		if s.Distinct {
			out.WriteString("distinct ")
		}
		if s.New != "" {
			out.WriteString("new " + s.New + " ")
		}
		for _, i := range s.Items {
			out.WriteString(dump(i.Expr) + map[bool]string{true: " as " + i.Alias}[i.Alias != ""] + "; ")
		}
	}
	for _, s := range q.From {
		fmt.Fprintf(&out, "from %s %s", s.Path, s.Alias)
		if s.Collection {
			out.WriteString(" collection")
		}
		for _, j := range s.Joins {
			fmt.Fprintf(&out, " %s join", j.Kind)
			if j.Fetch {
				out.WriteString(" fetch")
			}
			fmt.Fprintf(&out, " %s %s", j.Path, j.Alias)
			if j.With != nil {
				out.WriteString(" with " + dump(j.With))
			}
		}
		out.WriteString("; ")
	}
	if q.Where != nil {
		out.WriteString("where " + dump(q.Where) + "; ")
	}
	for _, g := range q.GroupBy {
		out.WriteString("group " + dump(g) + "; ")
	}
	if q.Having != nil {
		out.WriteString("having " + dump(q.Having) + "; ")
	}
	for _, o := range q.OrderBy {
		fmt.Fprintf(&out, "order %s %t %s; ", dump(o.Expr), o.Descending, o.Nulls)
	}
	return strings.TrimSuffix(out.String(), "; ")
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"from Image", "from Image "},
		{"FROM ome.model.core.Image", "from ome.model.core.Image "},
		{"select i from Image as i, Dataset d", "select i; from Image i; from Dataset d"},
		{"select distinct i.id, i.name as n from Image i", "select distinct i.id; i.name as n; from Image i"},
		{"select new map(i.id as id, count(*) as n) from Image i", "select new map i.id as id; count(*) as n; from Image i"},
		{"select new LIST(i.id) from Image i", "select new list i.id; from Image i"},
		{"select new omero.Thing(i) from Image i", "select new omero.Thing i; from Image i"},
		{"Select i From Image i Left Outer Join Fetch i.pixels p Join i.datasetLinks dil Where dil.parent.id = :did Order By i.id DESC, lower(i.name) asc nulls last",
			"select i; from Image i left join fetch i.pixels p inner join i.datasetLinks dil; where (dil.parent.id = :did0); order i.id true ; order lower(i.name) false last"},
		{"select i from Image i join i.annotationLinks l with l.details.owner.id = 3 left join fetch l.child fetch all properties",
			"select i; from Image i inner join i.annotationLinks l with (l.details.owner.id = 2:3) left join fetch l.child "},
		{"select i from Image i where i.a or i.b and not i.c = 1", "select i; from Image i; where (i.a or (i.b and (not (i.c = 2:1))))"},
		{"from A a where a.x + 1 * -2 - - 3 || 'q' != 3L % 2.5", "from A a; where ((((a.x + (2:1 * (- 2:2))) - (- 2:3)) || 6:q) <> (3:3 % 5:2.5))"},
		{"from A a where a.x in (1, 2) and a.y not in (:ids) and a.z in :ids and a.w in (select b.id from B b) and a.v in elements(a.o)",
			"from A a; where (((((a.x in [2:1, 2:2]) and (a.y not in [:ids0])) and (a.z in :ids0)) and (a.w in (select b.id; from B b))) and (a.v in elements(a.o)))"},
		{"from A a where a.x is not null and a.links is empty and a.b is true", "from A a; where (((a.x is not null) and (a.links is empty)) and (a.b is true))"},
		{"from A a where a.x between 1 and 2 and a.y not between ? and ?", "from A a; where ((a.x between 2:1 and 2:2) and (a.y not between :0 and :1))"},
		{"from A a where a.n like '%it''s%' escape '!' and a.n not like :p", "from A a; where ((a.n like 6:%it's% escape 6:!) and (a.n not like :p0 escape nil))"},
		{"from A a where a member of b.links and a not member c.d", "from A a; where ((a member b.links) and (a not member c.d))"},
		{"from A a where exists (select 1 from B b where b.a = a) and not exists elements(a.x)",
			"from A a; where (exists (select 2:1; from B b; where (b.a = a)) and (not exists elements(a.x)))"},
		{"select case when a.x > 1 then 'a' else 'b' end, case a.y when 1 then 2 when 3 then 4 end from A a",
			"select case when (a.x > 2:1) then 6:a else 6:b end; case a.y when 2:1 then 2:2 when 2:3 then 2:4 else nil end; from A a"},
		{"select cast(a.x as string), trim(both ' ' from a.n), extract(year from a.t), count(distinct a.x), size(a.links) from A a",
			"select cast(a.x as string); trim(both 6: from a.n); extract(year from a.t); count(distinct a.x); size(a.links); from A a"},
		{"select a.order, a.group.name, a.class from A a where a.class = Image", "select a.order; a.group.name; a.class; from A a; where (a.class = Image)"},
		{"select a.items[0].name, a.items[maxindex(a.items)] from A a", "select a.items[2:0].name; a.items[maxindex(a.items)]; from A a"},
		{"select max(a.x) from A a group by a.y, a.z having max(a.x) >= all (select 1 from B)",
			"select max(a.x); from A a; group a.y; group a.z; having (max(a.x) >= all((select 2:1; from B )))"},
		{"from A a where (a.x, a.y) in ((1, 2))", "from A a; where ([a.x, a.y] in [[2:1, 2:2]])"},
		{"from A a, in (a.links) l", "from A a; from a.links l collection"},
		{"select 1e3, .5, 2., 1f, 1d, 1l, true, null from A", "select 5:1e3; 5:.5; 5:2.; 4:1; 5:1; 3:1; 1:true; 0:; from A "},
		{"select\n\ta\nfrom A a -- no", ""},
	} {
		q, err := Parse(test.text)
		if test.want == "" {
			require.Error(t, err, test.text)
			continue
		}
		if assert.NoError(t, err, test.text) {
			assert.Equal(t, test.want, dumpQuery(q), test.text)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "line 1, column 1: the query is empty"},
		{" \n ", "line 2, column 2: the query is empty"},
		{"select", "line 1, column 1: the select clause is not complete"},
		{"select i from", "line 1, column 14: unexpected end of the query"},
		{"select i frm Image i", "line 1, column 14: unexpected token: Image"},
		{"select nonsense", "line 1, column 16: unexpected end of the query"},
		{"from Image i where i.id = ", "unexpected end of the query"},
		{"from Image i\nwhere i.id == 3", "line 2, column 13: unexpected token: ="},
		{"from Image i where i.name = 'x", `line 1, column 29: unexpected character "'"`},
		{"from Image i; drop table image", `line 1, column 13: unexpected character ";"`},
		{"from Image i where (i.id = 3", "unexpected end of the query"},
		{"delete from Image", "only select statements are queries"},
		{"update Image i set i.name = 'x'", "only select statements are queries"},
		{"from Image i inner outer join i.pixels", "it follows left, right or full"},
		{"select a.b(1) from A a", "a.b is not a function"},
		{"select lower(a as string) from A a", "only cast"},
		{"select lower(a from b) from A a", "only trim and extract"},
		{"from A a where " + strings.Repeat("(", MaxNesting+1), "nested more than 100 deep"},
		{"from A a where " + strings.Repeat("exists ", MaxNesting+1), "nested more than 100 deep"},
		{strings.Repeat(" ", MaxBytes+1), "more than 1048576"},
		{"from A\xff", "not valid UTF-8"},
	} {
		_, err := Parse(test.text)
		var wrong *Error
		require.ErrorAs(t, err, &wrong, "%.60s", test.text)
		assert.ErrorContains(t, err, test.want)
	}
}

// Long lists, as clients make them from thousands of ids, are read at once.
func TestParseLong(t *testing.T) {
	q, err := Parse("from Image i where i.id in (" + strings.Repeat("123456, ", 50000) + "1)")
	require.NoError(t, err)
	assert.Len(t, q.Where.(*In).Y.(*List).Items, 50001)
	_, err = Parse("from A a where " + strings.Repeat("not ", 10000) + "a.x")
	require.NoError(t, err)
	_, err = Parse("from A a where " + strings.Repeat("- ", 10000) + "a.x = 1" + strings.Repeat(" or a.x = 1", 10000))
	require.NoError(t, err)
}

func TestPositions(t *testing.T) {
	q, err := Parse("select i\nfrom Image i\nwhere i.näme = :n and i.sub.where > 3")
	require.NoError(t, err)
	and := q.Where.(*Binary)
	assert.Equal(t, Pos{28, 3, 7}, and.Position())
	sub := and.Y.(*Binary).X.(*PathExpr).Parts
	assert.Equal(t, 25, sub[1].Pos.Column)
	assert.Equal(t, "where", sub[2].Text)
}

func FuzzParse(f *testing.F) {
	f.Add("select i from Image i left outer join fetch i.pixels where i.id in (:ids) and i.name like '%x' order by i.id")
	f.Add("select new map(count(distinct a.id) as n) from A a where exists (select 1 from B b where b = a) group by a.x having n > 1.5e3")
	f.Add("select case when a.x is null then 'x' else cast(a.y as string) end from A a where a.class = Image")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			var wrong *Error
			require.ErrorAs(t, err, &wrong)
			return
		}
		dumpQuery(q)
	})
}
