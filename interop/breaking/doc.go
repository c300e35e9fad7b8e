// Package breaking proves the rules of slice2go breaking: clients and servers
// of ZeroC's Python, built from the two versions of the definitions, talk to each
// other. Where a rule says that the wire breaks, they do not get what two programs of
// the same version get; where it says that it does not, they do.
package breaking
