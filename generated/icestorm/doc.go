// Package icestorm is IceStorm's interface in Go: topics that publishers send
// to and subscribers receive from.
//
// All other files of the package were written by slice2go from
// slice/definitions/IceStorm; do not edit them.
package icestorm
