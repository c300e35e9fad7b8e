// Package definitions holds the Slice files that ship with slice2go, so that
// OMERO's interface and what a client needs of Ice's own can be included
// without any installation of Ice.
//
// The files below omero are written from the facts in testdata/omero by
// internal/fromfacts; change the facts, not the files. Those below Ice,
// Glacier2, IceStorm and IceGrid are written by hand and define what goes over
// the wire: ZeroC's local types, and metadata for other languages, are left out.
package definitions

//go:generate go run ./internal/fromfacts -facts ../../testdata/omero -o .
