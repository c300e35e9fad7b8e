package parser_test

import (
	"fmt"
	"os"
	"testing/fstest"

	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/definitions"
)

// Read OMERO's query interface, which ships, and list what it can do.
func Example() {
	model, diags, err := parser.Load(parser.Options{Embedded: definitions.FS}, "omero/api/IQuery.ice")
	if err != nil || diags.HasErrors() {
		fmt.Println(err, diags.Sorted())
		return
	}
	for _, def := range model.Files[0].Defs {
		query := def.(*slice.Interface)
		fmt.Println(query.ScopedName(), "extends", query.Bases[0].ScopedName())
		for _, op := range query.Operations[:2] {
			fmt.Println(op.Name, "returns", op.Return.Type.TypeName())
		}
	}
	// Output:
	// ::omero::api::IQuery extends ::omero::api::ServiceInterface
	// get returns ::omero::model::IObject
	// find returns ::omero::model::IObject
}

// Everything that is wrong with the input is reported in one run.
func ExampleLoad() {
	files := fstest.MapFS{"Demo.ice": {Data: []byte(`module Demo
{
    sequence<string> StringSet;
    interface Printer { void print(StringSte what) throws Jam; };
};
`)}}
	_, diags, err := parser.Load(parser.Options{Embedded: files}, "Demo.ice")
	if err != nil {
		fmt.Println(err)
		return
	}
	printer := slice.Printer{Out: os.Stdout}
	if err := printer.Print(diags); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <embedded>/Demo.ice:4:36: error: `StringSte` is not defined
	//     interface Printer { void print(StringSte what) throws Jam; };
	//                                    ^~~~~~~~~
	// note: did you mean `StringSet`?
	// <embedded>/Demo.ice:4:59: error: `Jam` is not defined
	//     interface Printer { void print(StringSte what) throws Jam; };
	//                                                           ^~~
}
