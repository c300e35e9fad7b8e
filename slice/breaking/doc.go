// Package breaking compares two versions of Slice definitions and says what a
// change does to programs that were built with the old ones.
//
// A change breaks the wire if a program of the one version and one of the
// other can no longer talk to each other about it: a call fails, or arrives as
// something else. It breaks the source if the wire stays as it is but Go code that
// uses what slice2go generates has to be changed, or means something else. Otherwise it is safe.
// Where only one direction breaks (an old client with a new server, or a new client
// with an old server) the change breaks the wire all the same, and says which.
//
// What stands on the wire is in the Ice manual's section "The Ice Protocol", in "Data Encoding".
package breaking
