package slice_test

import (
	"os"

	"github.com/slice2go/slice2go/slice"
)

// Syntax is plain data, so a tool can make it without a file: here a module
// with a struct whose member has a type that does not exist.
func ExampleResolve() {
	text := "module M { struct S { Nope n; }; };"
	file := &slice.File{Path: "made.ice", Name: "made.ice", Input: true, Lines: func(int) string { return text }}
	word := func(s string, col int32) slice.Header {
		return slice.Header{Word: slice.Word{Text: s, Pos: slice.Pos{File: file, Line: 1, Col: col, EndCol: col + int32(len(s))}}}
	}
	member := &slice.MemberNode{Header: word("n", 28), Type: slice.TypeNode{Name: "Nope", Pos: word("Nope", 23).Pos}}
	module := &slice.ModuleNode{Header: word("M", 8), Nodes: []slice.Node{
		&slice.StructNode{Header: word("S", 19), Body: []slice.BodyNode{member}},
	}}
	_, diags := slice.Resolve([]*slice.Source{{File: file, Nodes: []slice.Node{module}}})
	printer := slice.Printer{Out: os.Stdout}
	_ = printer.Print(diags)
	// Output:
	// made.ice:1:23: error: `Nope` is not defined
	// module M { struct S { Nope n; }; };
	//                       ^~~~
}

// Dump shows a model as JSON lines.
func ExampleDump() {
	file := &slice.File{Path: "made.ice", Name: "made.ice", Input: true}
	at := func(line int32) slice.Pos { return slice.Pos{File: file, Line: line, Col: 1} }
	module := &slice.ModuleNode{Header: slice.Header{Word: slice.Word{Text: "M", Pos: at(1)}}, Nodes: []slice.Node{
		&slice.SequenceNode{Header: slice.Header{Word: slice.Word{Text: "Names", Pos: at(2)}}, Elem: slice.TypeNode{Builtin: slice.Builtins[slice.String]}},
	}}
	model, _ := slice.Resolve([]*slice.Source{{File: file, Nodes: []slice.Node{module}}})
	_ = slice.Dump(os.Stdout, model)
	// Output:
	// {"file":"made.ice","module":"M","kind":"sequence","name":"Names","of":"string"}
}
