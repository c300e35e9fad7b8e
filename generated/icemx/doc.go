// Package icemx is the interface by which Ice programs, Glacier2 and IceStorm
// give out their metrics.
//
// All other files of the package were written by slice2go from the Metrics.ice
// files in slice/definitions; do not edit them.
package icemx
