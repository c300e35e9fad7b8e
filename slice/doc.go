// Package slice says what Slice definitions mean: modules, types, members,
// operations and constants, resolved, and whether they keep the rules of the
// language (Ice manual, chapter "The Slice Language"). It knows nothing of Go
// names or of the wire.
//
// Package parser makes the syntax (Source) that Resolve turns into a Model. A
// translation unit is an input with everything that it includes; names are
// known in it from their declaration on, as ZeroC's compilers have it. What is
// wrong is collected as Diagnostics, all of it, and printed by a Printer or as
// JSON.
package slice
