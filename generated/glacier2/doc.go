// Package glacier2 is Glacier2's interface in Go: what a client calls to log
// in through a router, and what a server implements to check who may.
//
// All other files of the package were written by slice2go from
// slice/definitions/Glacier2; do not edit them. Package gateway logs in to
// OMERO with it, which few programs have to do themselves.
package glacier2
