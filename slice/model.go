package slice

// File is one Slice source file that took part in a run.
type File struct {
	Path     string // as opened, for diagnostics: "slice/definitions/omero/API.ice"
	Name     string // as included, slash-separated: "omero/API.ice"
	Input    bool   // named on the command line, not only included
	Embedded bool   // read from the definitions that ship in the binary
	Includes []*File
	Metadata []string   // file metadata: [["cpp:header-ext:hh"]]
	Defs     []Def      // every definition of the file in source order, modules flattened away
	Forwards []*Forward // every forward declaration in source order
	Lines    func(n int) string

	// IncludedAt is the include that first led to a file which is no input.
	IncludedAt Pos
}

// Forward is a forward declaration of a class or interface. It is a Def, but
// never among those of a File or Module.
type Forward struct {
	Common
	Of Def // the *Class or *Interface
}

// Model is what a run means: every file, every definition, resolved.
type Model struct {
	Files []*File // in the order in which they were first read
	Root  *Module // the global scope
}

// Def is a named definition: *Module, *Class, *Interface, *Exception,
// *Struct, *Enum, *Sequence, *Dictionary or *Const.
type Def interface {
	Decl() *Common
}

// Common is what every definition has.
type Common struct {
	Name     string // without the leading backslash of an escaped identifier
	Scope    *Module
	File     *File
	Pos      Pos
	Metadata []string
	Doc      string // the text of the doc comment, without its stars and slashes
	Local    bool
}

// Decl returns c, so that a definition gets it by embedding.
func (c *Common) Decl() *Common { return c }

// ScopedName returns the absolute name, "::omero::model::Image".
func (c *Common) ScopedName() string {
	if c.Scope == nil || c.Scope.Scope == nil {
		return "::" + c.Name
	}
	return c.Scope.ScopedName() + "::" + c.Name
}

// TopModule returns the top-level module that the definition lives in; a
// top-level module's own answer is nil.
func (c *Common) TopModule() *Module {
	m := c.Scope
	for m != nil && m.Scope != nil && m.Scope.Scope != nil {
		m = m.Scope
	}
	if m == nil || m.Scope == nil {
		return nil
	}
	return m
}

// Module is a namespace, merged over all the places that reopen it. The root
// has an empty name and a nil Scope.
type Module struct {
	Common
	Defs []Def // in the order in which they were first seen, submodules included
}

// Type is what a member, parameter or element may have: *Builtin, *Class,
// *Proxy, *Interface (local only), *Struct, *Enum, *Sequence or *Dictionary.
type Type interface {
	// TypeName is the resolved, absolute spelling: "string",
	// "::omero::model::Image", "::omero::api::IQuery*", "Object*".
	TypeName() string
}

// Kind is the kind of a builtin type.
type Kind int

// The builtin types. Object is a class instance of any type, ObjectProxy is
// Object*, LocalObject exists for local definitions only.
const (
	Bool Kind = iota
	Byte
	Short
	Int
	Long
	Float
	Double
	String
	Object
	ObjectProxy
	LocalObject
)

// Builtin is a builtin type; there is one instance per Kind, Builtins[kind].
type Builtin struct {
	Kind Kind
	name string
}

// TypeName returns the Slice keyword. Value and Object are both "Object".
func (b *Builtin) TypeName() string { return b.name }

// Builtins holds the builtin types, indexed by Kind.
var Builtins = [...]*Builtin{
	{Bool, "bool"}, {Byte, "byte"}, {Short, "short"}, {Int, "int"}, {Long, "long"},
	{Float, "float"}, {Double, "double"}, {String, "string"},
	{Object, "Object"}, {ObjectProxy, "Object*"}, {LocalObject, "LocalObject"},
}

// Proxy is the type `I*` or, with Class set, `C*`. Exactly one of the two
// is set.
type Proxy struct {
	Interface *Interface
	Class     *Class
}

// Member is a data member of a class, an exception or a struct.
type Member struct {
	Name     string
	Type     Type
	Optional bool
	Tag      int // of an optional member
	Default  *Value
	Metadata []string
	Doc      string
	Pos      Pos
}

// Value is a constant or default value.
type Value struct {
	// Literal is the value as Go data: bool, int64 (byte, short, int, long),
	// float64, string, or *Enumerator.
	Literal any
	// Const is the constant that the value was given by, if it was.
	Const *Const
	Pos   Pos
}

// Class is a class definition.
type Class struct {
	Common
	Defined    bool // false where the run has forward declarations only
	CompactID  int  // -1 without one
	Base       *Class
	Implements []*Interface
	Members    []*Member
	Operations []*Operation // local in Go, never remote, unless C* is used
	Derived    []*Class     // every class of the run that names this one as its base, in source order
}

// TypeName returns the scoped name.
func (c *Class) TypeName() string { return c.ScopedName() }

// Interface is an interface definition.
type Interface struct {
	Common
	Defined    bool // false where the run has forward declarations only
	Bases      []*Interface
	Operations []*Operation
}

// TypeName returns the scoped name.
func (i *Interface) TypeName() string { return i.ScopedName() }

// TypeName returns the scoped name of the target with a star.
func (p *Proxy) TypeName() string {
	if p.Interface != nil {
		return p.Interface.ScopedName() + "*"
	}
	return p.Class.ScopedName() + "*"
}

// Mode is how an operation may be retried.
type Mode int

// The operation modes; the numbers are those on the wire.
const (
	Normal Mode = iota
	Nonmutating
	Idempotent
)

// Operation is an operation of an interface or class.
type Operation struct {
	Name     string
	Mode     Mode
	Return   *Param   // nil for void; Name is empty
	Params   []*Param // in source order, in parameters first
	Throws   []*Exception
	Metadata []string
	Doc      string
	Pos      Pos
	Parent   Def // *Interface or *Class
}

// Param is a parameter or a return value.
type Param struct {
	Name     string
	Type     Type
	Out      bool
	Optional bool
	Tag      int
	Metadata []string
	Pos      Pos
}

// Exception is a user exception.
type Exception struct {
	Common
	Base    *Exception
	Members []*Member
}

// Struct is a struct definition.
type Struct struct {
	Common
	Members []*Member
}

// TypeName returns the scoped name.
func (s *Struct) TypeName() string { return s.ScopedName() }

// Enum is an enumeration.
type Enum struct {
	Common
	Enumerators []*Enumerator
}

// TypeName returns the scoped name.
func (e *Enum) TypeName() string { return e.ScopedName() }

// Enumerator is one value of an enumeration.
type Enumerator struct {
	Name     string
	Value    int32
	Explicit bool // the value was written, not counted
	Doc      string
	Pos      Pos
	Enum     *Enum
}

// Sequence is a named sequence type.
type Sequence struct {
	Common
	Elem         Type
	ElemMetadata []string
}

// TypeName returns the scoped name.
func (s *Sequence) TypeName() string { return s.ScopedName() }

// Dictionary is a named dictionary type.
type Dictionary struct {
	Common
	Key, Value                 Type
	KeyMetadata, ValueMetadata []string
}

// TypeName returns the scoped name.
func (d *Dictionary) TypeName() string { return d.ScopedName() }

// Const is a named constant.
type Const struct {
	Common
	Type  Type // a *Builtin or an *Enum
	Value *Value
}
