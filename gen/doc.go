// Package gen is the Go mapping of Slice and its back end: it takes a resolved
// [github.com/slice2go/slice2go/slice.Model] and gives Go files, rendered with
// jennifer.
//
// A run has two passes. The first derives every Go name and every fact about
// the wire (derive.go, names.go, types.go); names come from scopes that know
// what is taken, so that they are the same on every run, and two definitions on
// one name are an error that says how to part them. The second pass writes the
// files side by side, one emitter for each construct (emit_*.go), and only reads
// what the first one found.
//
// Generated code says what is on the wire, in order; packages
// runtime/wire and runtime/ice know how. The local operations of OMERO's
// classes follow some twenty patterns, which accessors_*.go find and turn into
// calls of package runtime/model.
//
// [Output] is in memory until [Output.Write] replaces whole files, and
// removes those that an earlier run wrote and this one did not.
package gen
