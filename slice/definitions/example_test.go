package definitions_test

import (
	"fmt"
	"io/fs"
	"log"

	"github.com/slice2go/slice2go/slice/definitions"
)

// Counts the files of OMERO's interface.
func ExampleFS() {
	n := 0
	err := fs.WalkDir(definitions.FS, "omero", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, "files")
	// Output: 232 files
}
