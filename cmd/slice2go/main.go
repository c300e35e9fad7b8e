// Command slice2go is the Slice compiler for Go: it checks Slice definitions,
// writes Go from them, and shows what they mean.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
