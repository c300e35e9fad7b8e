// Package house holds the tree to the rules that CONTRIBUTING.md states: which
// package may import which, how long a file may be, that packages are
// documented.
package house
