package syntax

// Pos is a place in the text of a query. Line and Column count from 1, Column
// in characters; Offset counts bytes from 0.
type Pos struct{ Offset, Line, Column int }

// Query is a select statement.
type Query struct {
	Pos     Pos
	Select  *Select // nil if there is no select clause
	From    []*Source
	Where   Expr // nil if there is none, as with all below
	GroupBy []Expr
	Having  Expr
	OrderBy []*Order
}

// Select is the select clause.
type Select struct {
	Pos      Pos
	Distinct bool
	// New is "map", "list" or a class's name in "select new map(…)", else "".
	New    string
	NewPos Pos
	Items  []*Item
}

// Item is one thing that is selected.
type Item struct {
	Pos   Pos
	Expr  Expr
	Alias string
}

// Source is a class, or a collection of an object of an outer query, that the
// query ranges over, with the joins that follow it.
type Source struct {
	Pos        Pos
	Path       Path
	Alias      string
	Collection bool // in (o.things) x
	Joins      []*Join
}

// JoinKind says which rows a join keeps.
type JoinKind int

// The kinds of joins. Inner is what "join" alone means.
const (
	Inner JoinKind = iota
	Left
	Right
	Full
)

// String returns the keyword.
func (k JoinKind) String() string { return [...]string{"inner", "left", "right", "full"}[k] }

// Join is a join along a path.
type Join struct {
	Pos   Pos
	Kind  JoinKind
	Fetch bool
	Path  Path
	Alias string
	With  Expr // nil if there is none
}

// Order is one expression of order by.
type Order struct {
	Expr       Expr
	Descending bool
	Nulls      string // "first", "last" or ""
}

// Expr is an expression: one of the pointer types below.
type Expr interface {
	// Position returns where the expression begins.
	Position() Pos
}

// Path is a name with dots, such as i.details.owner.id.
type Path struct {
	Pos   Pos
	Parts []Name
}

// Name is one name of a path.
type Name struct {
	Pos  Pos
	Text string
}

// String returns the path with its dots.
func (p Path) String() string {
	text := ""
	for i, part := range p.Parts {
		if i > 0 {
			text += "."
		}
		text += part.Text
	}
	return text
}

// LiteralKind says what a literal is.
type LiteralKind int

// The kinds of literals.
const (
	Null LiteralKind = iota
	Bool
	Int
	Long
	Float
	Double
	String
)

type (
	// PathExpr is a path as an expression: a property, an alias, a class or an
	// enumerator.
	PathExpr struct{ Path }

	// Literal is a value. Text is "true" or "false" of a Bool, the digits of a
	// number without its suffix, and what a String stands for.
	Literal struct {
		Pos  Pos
		Kind LiteralKind
		Text string
	}

	// Param is a named parameter, or the positional one of this Number, from 0,
	// if Name is empty.
	Param struct {
		Pos    Pos
		Name   string
		Number int
	}

	// Unary is an operator with one operand: "not" or "-".
	Unary struct {
		Pos Pos
		Op  string
		X   Expr
	}

	// Binary is an operator with two operands: or, and, =, <>, <, <=, >, >=, +,
	// -, *, /, % or ||.
	Binary struct {
		Pos  Pos // of the operator
		Op   string
		X, Y Expr
	}

	// Is is "x is null", or What is "empty", "true" or "false".
	Is struct {
		Pos  Pos
		X    Expr
		Not  bool
		What string
	}

	// In is "x in …". Y is a *List, a *Subquery, a *Param or a path.
	In struct {
		Pos  Pos
		X, Y Expr
		Not  bool
	}

	// Between is "x between low and high".
	Between struct {
		Pos          Pos
		X, Low, High Expr
		Not          bool
	}

	// Like is "x like pattern escape escape"; Escape may be nil.
	Like struct {
		Pos                Pos
		X, Pattern, Escape Expr
		Not                bool
	}

	// Member is "x member of path".
	Member struct {
		Pos  Pos
		X    Expr
		Path Path
		Not  bool
	}

	// Call is a function. Name is in lower case. All but Args are for the few
	// functions with a syntax of their own.
	Call struct {
		Pos      Pos
		Name     string
		Distinct bool   // count(distinct x)
		Star     bool   // count(*)
		Spec     string // "leading", "trailing" or "both" of trim
		Args     []Expr
		As       string // the type of cast
		From     Expr   // of trim and extract
	}

	// Case is a case expression. X is nil in "case when condition then …".
	Case struct {
		Pos   Pos
		X     Expr
		Whens []When
		Else  Expr // or nil
	}

	// Exists is "exists (select …)" or "exists elements(…)".
	Exists struct {
		Pos Pos
		X   Expr
	}

	// Subquery is a query in parentheses.
	Subquery struct{ *Query }

	// List is "(a, b)". One expression in parentheses is no List.
	List struct {
		Pos   Pos
		Items []Expr
	}

	// Index is an element of an indexed collection, and a path from there.
	Index struct {
		Pos   Pos
		X     Path
		Index Expr
		Rest  []Name
	}
)

// When is a branch of a Case.
type When struct{ When, Then Expr }

// Position implements Expr, as do the methods that follow.
func (x *PathExpr) Position() Pos { return x.Pos }

func (x *Literal) Position() Pos  { return x.Pos }
func (x *Param) Position() Pos    { return x.Pos }
func (x *Unary) Position() Pos    { return x.Pos }
func (x *Binary) Position() Pos   { return x.X.Position() }
func (x *Is) Position() Pos       { return x.Pos }
func (x *In) Position() Pos       { return x.Pos }
func (x *Between) Position() Pos  { return x.Pos }
func (x *Like) Position() Pos     { return x.Pos }
func (x *Member) Position() Pos   { return x.Pos }
func (x *Call) Position() Pos     { return x.Pos }
func (x *Case) Position() Pos     { return x.Pos }
func (x *Exists) Position() Pos   { return x.Pos }
func (x *Subquery) Position() Pos { return x.Pos }
func (x *List) Position() Pos     { return x.Pos }
func (x *Index) Position() Pos    { return x.Pos }
