package slice

// Source is the syntax of one file: what the parser read, before any name is
// looked up. Package parser makes it, Resolve turns it into a Model.
type Source struct {
	File  *File
	Nodes []Node // in source order, includes among them

	// Broken holds the names in statements with syntax errors: nobody need
	// hear that they are not defined.
	Broken map[string]bool
	// Repeats reports that including the file again in one translation unit
	// defines everything again, for want of an include guard.
	Repeats bool
	// Incomplete reports that an include of the file was not found.
	Incomplete bool
	// Underscore allows underscores in identifiers, as file metadata does.
	Underscore bool
}

// Node is a piece of syntax that may stand in a file or in a module:
// *IncludeNode, *ModuleNode or one of the definitions.
type Node interface{ syntaxNode() }

// BodyNode is a piece of syntax that may stand in a body: *MemberNode or
// *OperationNode.
type BodyNode interface{ bodyNode() }

// Word is a single identifier as written, without the backslash of an escaped
// one.
type Word struct {
	Text string
	Pos  Pos
}

// ScopedRef is a name that refers to something, "Image", "A::B" or "::A::B",
// without backslashes.
type ScopedRef struct {
	Text string
	Pos  Pos
}

// MetaNode is one string of a metadata list.
type MetaNode struct {
	Text string
	Pos  Pos
}

// TypeNode is a type as written. Exactly one of Builtin and Name is set;
// neither is for void.
type TypeNode struct {
	Builtin *Builtin
	Name    string // as in ScopedRef
	Proxy   bool
	Pos     Pos
}

// Literal is the kind of a value as written.
type Literal int

// The kinds of values.
const (
	IntLiteral Literal = iota
	FloatLiteral
	StringLiteral
	BoolLiteral
	NameLiteral
)

// ValueNode is a constant, default, tag or enumerator value as written. Text
// holds the digits, the unescaped string, "true" or "false", or the name.
type ValueNode struct {
	Kind Literal
	Text string
	Pos  Pos
}

// Header is what the syntax of every definition has.
type Header struct {
	Word
	Metadata []MetaNode
	Doc      string
	Local    bool
}

// IncludeNode stands where a file includes another.
type IncludeNode struct {
	Pos    Pos
	Source *Source
}

// FileMetaNode is metadata of the file, in double brackets.
type FileMetaNode struct {
	Metadata []MetaNode
}

// ModuleNode is one opening of a module.
type ModuleNode struct {
	Header
	Nodes []Node
}

// ClassNode is a class definition or its forward declaration.
type ClassNode struct {
	Header
	Forward    bool
	CompactID  *ValueNode
	Extends    *ScopedRef
	Implements []ScopedRef
	Body       []BodyNode
}

// InterfaceNode is an interface definition or its forward declaration.
type InterfaceNode struct {
	Header
	Forward bool
	Extends []ScopedRef
	Body    []BodyNode
}

// ExceptionNode is an exception definition.
type ExceptionNode struct {
	Header
	Extends *ScopedRef
	Body    []BodyNode
}

// StructNode is a struct definition.
type StructNode struct {
	Header
	Broken bool // a statement in it has a syntax error
	Body   []BodyNode
}

// EnumNode is an enumeration.
type EnumNode struct {
	Header
	Broken      bool // a statement in it has a syntax error
	Enumerators []*EnumeratorNode
}

// EnumeratorNode is one enumerator; Value is nil where it is counted.
type EnumeratorNode struct {
	Word
	Doc   string
	Value *ValueNode
}

// SequenceNode is a sequence definition.
type SequenceNode struct {
	Header
	ElemMetadata []MetaNode
	Elem         TypeNode
}

// DictionaryNode is a dictionary definition.
type DictionaryNode struct {
	Header
	KeyMetadata, ValueMetadata []MetaNode
	Key, Value                 TypeNode
}

// ConstNode is a constant definition.
type ConstNode struct {
	Header
	TypeMetadata []MetaNode
	Type         TypeNode
	Value        *ValueNode
}

// MemberNode is a data member. Its Header's Local is never set.
type MemberNode struct {
	Header
	Tag     *ValueNode // of an optional member
	Type    TypeNode
	Default *ValueNode
}

// OperationNode is an operation.
type OperationNode struct {
	Header
	Mode      Mode
	ReturnTag *ValueNode // of an optional return value
	Return    TypeNode   // neither Builtin nor Name for void
	Params    []*ParamNode
	Throws    []ScopedRef
}

// ParamNode is a parameter.
type ParamNode struct {
	Word
	Metadata []MetaNode
	Out      bool
	Tag      *ValueNode
	Type     TypeNode
}

func (*IncludeNode) syntaxNode()    {}
func (*FileMetaNode) syntaxNode()   {}
func (*ModuleNode) syntaxNode()     {}
func (*ClassNode) syntaxNode()      {}
func (*InterfaceNode) syntaxNode()  {}
func (*ExceptionNode) syntaxNode()  {}
func (*StructNode) syntaxNode()     {}
func (*EnumNode) syntaxNode()       {}
func (*SequenceNode) syntaxNode()   {}
func (*DictionaryNode) syntaxNode() {}
func (*ConstNode) syntaxNode()      {}

func (*MemberNode) bodyNode()    {}
func (*OperationNode) bodyNode() {}
