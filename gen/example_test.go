package gen_test

import (
	"fmt"
	"slices"

	"github.com/slice2go/slice2go/gen"
	"github.com/slice2go/slice2go/slice"
)

// A model usually comes from package parser; here is one made by hand, of
// module Demo { interface Printer { void print(string text); } }.
func Example() {
	root := &slice.Module{}
	demo := &slice.Module{Common: slice.Common{Name: "Demo", Scope: root}}
	root.Defs = []slice.Def{demo}
	file := &slice.File{Path: "Printer.ice", Name: "Printer.ice", Input: true}
	file.Defs = []slice.Def{&slice.Interface{
		Common: slice.Common{Name: "Printer", Scope: demo, File: file},
		Operations: []*slice.Operation{{
			Name: "print", Params: []*slice.Param{{Name: "text", Type: slice.Builtins[slice.String]}},
		}},
	}}
	out, diags, err := gen.Generate(&slice.Model{Files: []*slice.File{file}, Root: root}, &gen.Config{}, "example.com/hello")
	if err != nil || diags.HasErrors() {
		fmt.Println(err, diags.Sorted())
		return
	}
	var names []string
	for name := range out.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Println(names, out.Stats.Operations)
	// Output: [demo/doc.go demo/printer.go] 1
}
