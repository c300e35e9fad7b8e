package syntax

import (
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// lowering makes the tree of the grammar's own. It keeps the first error.
type lowering struct {
	err        error
	positional int
}

func (l *lowering) fail(p lexer.Position, format string, args ...any) {
	if l.err == nil {
		l.err = &Error{at(p), fmt.Sprintf(format, args...)}
	}
}

func (l *lowering) query(q *query) *Query {
	out := &Query{Pos: at(q.Pos)}
	if s := q.Select; s != nil {
		out.Select = &Select{Pos: at(s.Pos), Distinct: s.Distinct}
		items := s.Items
		if s.New != nil {
			name := l.path(s.New.Name)
			out.Select.New, out.Select.NewPos, items = name.String(), at(s.New.Pos), s.New.Items
			if word := strings.ToLower(out.Select.New); word == "map" || word == "list" {
				out.Select.New = word
			}
		}
		for _, i := range items {
			out.Select.Items = append(out.Select.Items, &Item{at(i.Pos), l.expr(i.Expr), i.Alias})
		}
	}
	for _, s := range q.From {
		out.From = append(out.From, l.source(s))
	}
	out.Where, out.Having = l.optional(q.Where), l.optional(q.Having)
	out.GroupBy = l.exprs(q.Group)
	for _, o := range q.Order {
		out.OrderBy = append(out.OrderBy, &Order{l.expr(o.Expr), strings.EqualFold(o.Way, "desc"), strings.ToLower(o.Nulls)})
	}
	return out
}

func (l *lowering) source(s *source) *Source {
	out := &Source{Pos: at(s.Pos), Alias: s.Alias}
	if s.Collection != nil {
		out.Path, out.Collection = l.path(s.Collection), true
	} else {
		out.Path = l.path(s.Path)
	}
	for _, j := range s.Joins {
		kinds := map[string]JoinKind{"": Inner, "inner": Inner, "left": Left, "right": Right, "full": Full}
		kind := kinds[strings.ToLower(j.Kind)]
		if j.Outer && kind == Inner {
			l.fail(j.Pos, "unexpected token: outer: it follows left, right or full")
		}
		out.Joins = append(out.Joins, &Join{at(j.Pos), kind, j.Fetch, l.path(j.Path), j.Alias, l.optional(j.With)})
	}
	return out
}

func (l *lowering) path(p *path) Path {
	out := Path{Pos: at(p.Pos), Parts: []Name{{at(p.First.Pos), p.First.Text}}}
	for _, part := range p.Rest {
		out.Parts = append(out.Parts, Name{at(part.Pos), part.Text})
	}
	return out
}

func (l *lowering) optional(e *expr) Expr {
	if e == nil {
		return nil
	}
	return l.expr(e)
}

func (l *lowering) exprs(list []*expr) (out []Expr) {
	for _, e := range list {
		out = append(out, l.expr(e))
	}
	return out
}

func (l *lowering) expr(e *expr) Expr {
	out := l.and(e.Ands[0])
	for _, a := range e.Ands[1:] {
		y := l.and(a)
		out = &Binary{y.Position(), "or", out, y}
	}
	return out
}

func (l *lowering) and(a *and) Expr {
	out := l.not(a.Nots[0])
	for _, n := range a.Nots[1:] {
		y := l.not(n)
		out = &Binary{y.Position(), "and", out, y}
	}
	return out
}

func (l *lowering) not(n *not) Expr {
	out := l.predicate(n.Predicate)
	if len(n.Nots)%2 == 1 {
		out = &Unary{at(n.Pos), "not", out}
	}
	return out
}

// operators are other spellings.
var operators = map[string]string{"!=": "<>", "^=": "<>"}

func (l *lowering) predicate(p *predicate) Expr {
	pos, x := at(p.Pos), l.concat(p.Left)
	switch {
	case p.Compare != nil:
		op := p.Compare.Op
		if same, ok := operators[op]; ok {
			op = same
		}
		return &Binary{at(p.Compare.Pos), op, x, l.concat(p.Compare.Right)}
	case p.Is != nil:
		return &Is{pos, x, p.Is.Not, strings.ToLower(p.Is.What)}
	case p.Tail == nil:
		return x
	}
	switch tail := p.Tail; {
	case tail.In != nil:
		return &In{pos, x, l.inList(tail.In), tail.Not}
	case tail.Between != nil:
		return &Between{pos, x, l.concat(tail.Between.Low), l.concat(tail.Between.High), tail.Not}
	case tail.Like != nil:
		out := &Like{Pos: pos, X: x, Pattern: l.concat(tail.Like.Pattern), Not: tail.Not}
		if tail.Like.Escape != nil {
			out.Escape = l.concat(tail.Like.Escape)
		}
		return out
	default:
		return &Member{pos, x, l.path(tail.Member), tail.Not}
	}
}

// inList is what stands behind "in". One expression in parentheses is a list
// there.
func (l *lowering) inList(p *primary) Expr {
	if p.Group != nil && len(p.Group.Items) == 1 {
		return &List{at(p.Pos), []Expr{l.expr(p.Group.Items[0])}}
	}
	return l.primary(p)
}

func (l *lowering) concat(c *concat) Expr {
	out := l.sum(c.Left)
	for _, r := range c.Rest {
		out = &Binary{at(r.Pos), r.Op, out, l.sum(r.Right)}
	}
	return out
}

func (l *lowering) sum(s *sum) Expr {
	out := l.product(s.Left)
	for _, r := range s.Rest {
		out = &Binary{at(r.Pos), r.Op, out, l.product(r.Right)}
	}
	return out
}

func (l *lowering) product(p *product) Expr {
	out := l.unary(p.Left)
	for _, r := range p.Rest {
		out = &Binary{at(r.Pos), r.Op, out, l.unary(r.Right)}
	}
	return out
}

func (l *lowering) unary(u *unary) Expr {
	out := l.primary(u.X)
	if strings.Count(strings.Join(u.Signs, ""), "-")%2 == 1 {
		out = &Unary{at(u.Pos), "-", out}
	}
	return out
}

func (l *lowering) primary(p *primary) Expr {
	pos := at(p.Pos)
	switch {
	case p.Number != "":
		return number(pos, p.Number)
	case p.Text != nil:
		text := (*p.Text)[1 : len(*p.Text)-1]
		return &Literal{pos, String, strings.ReplaceAll(text, "''", "'")}
	case p.Const != "":
		word := strings.ToLower(p.Const)
		if word == "null" {
			return &Literal{pos, Null, ""}
		}
		return &Literal{pos, Bool, word}
	case p.Param != "":
		return &Param{Pos: pos, Name: p.Param[1:]}
	case p.Positional:
		l.positional++
		return &Param{Pos: pos, Number: l.positional - 1}
	case p.Exists != nil:
		return &Exists{pos, l.primary(p.Exists)}
	case p.Case != nil:
		return l.caseExpr(pos, p.Case)
	case p.Group != nil:
		return l.group(pos, p.Group)
	default:
		return l.reference(p.Call)
	}
}

// number tells the kinds of numbers apart as Java does.
func number(pos Pos, text string) *Literal {
	digits, suffix := text[:len(text)-1], strings.ToLower(text[len(text)-1:])
	switch {
	case suffix == "l":
		return &Literal{pos, Long, digits}
	case suffix == "f":
		return &Literal{pos, Float, digits}
	case suffix == "d":
		return &Literal{pos, Double, digits}
	case strings.ContainsAny(text, ".eE"):
		return &Literal{pos, Double, text}
	}
	return &Literal{pos, Int, text}
}

func (l *lowering) caseExpr(pos Pos, c *caseExpr) Expr {
	out := &Case{Pos: pos, X: l.optional(c.X), Else: l.optional(c.Else)}
	for _, w := range c.Whens {
		out.Whens = append(out.Whens, When{l.expr(w.When), l.expr(w.Then)})
	}
	return out
}

func (l *lowering) group(pos Pos, g *group) Expr {
	switch {
	case g.Query != nil:
		return &Subquery{l.query(g.Query)}
	case len(g.Items) == 1:
		return l.expr(g.Items[0])
	}
	return &List{pos, l.exprs(g.Items)}
}

func (l *lowering) reference(r *reference) Expr {
	pos, path := at(r.Pos), l.path(r.Path)
	switch {
	case r.Index != nil:
		out := &Index{Pos: pos, X: path, Index: l.expr(r.Index)}
		for _, n := range r.Rest {
			out.Rest = append(out.Rest, Name{at(n.Pos), n.Text})
		}
		return out
	case r.Args == nil:
		return &PathExpr{path}
	case len(path.Parts) > 1:
		l.fail(r.Pos, "%s is not a function: names of functions have no dots", path)
	}
	a := r.Args
	out := &Call{Pos: pos, Name: strings.ToLower(path.String()), Distinct: a.Distinct, Star: a.Star, Spec: strings.ToLower(a.Spec),
		Args: l.exprs(a.Args), As: strings.ToLower(a.As), From: l.optional(a.From)}
	if a.Query != nil {
		out.Args = []Expr{&Subquery{l.query(a.Query)}}
	}
	switch {
	case out.As != "" && (out.Name != "cast" || len(out.Args) != 1):
		l.fail(r.Pos, "only cast(value as type) has an as in it")
	case out.From != nil && out.Name != "trim" && out.Name != "extract":
		l.fail(r.Pos, "only trim and extract have a from in them")
	case out.Spec != "" && out.Name != "trim":
		l.fail(r.Pos, "unexpected token: %s", out.Spec)
	}
	return out
}
