// Package icegrid is IceGrid's interface in Go: sessions with a registry,
// queries for objects, and administration.
//
// All other files of the package were written by slice2go from
// slice/definitions/IceGrid; do not edit them.
package icegrid
