// Command omero is for people who use OMERO. It can show what this project does
// without a server (demo), and be one for an afternoon (serve).
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}
