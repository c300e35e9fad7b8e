// Package parser reads Slice: it finds files, preprocesses them, and turns them
// into syntax, with a grammar that is participle's. What the syntax means is
// the business of package slice; Load goes all the way to its model.
//
// A file is read and parsed once in a run, however often it is included. The
// preprocessor goes through all translation units first, one directive after
// the other; the files are then parsed on all processors.
package parser
