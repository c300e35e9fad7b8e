// Package definitions holds the Slice files that ship with slice2go, so that
// OMERO's interface and every file of Ice's own can be included without any
// installation of Ice.
//
// The files below omero are written from the facts in testdata/omero by
// internal/fromfacts; change the facts, not the files. The others define what
// Ice 3.7's define, in the same order. Metadata for other languages is left out.
// What is local there describes the API of other languages: it can be named, and
// is any in Go.
package definitions

//go:generate go run ./internal/fromfacts -facts ../../testdata/omero -o .
