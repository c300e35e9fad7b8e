// Package generatedtest holds what slice2go generates against the bytes of ZeroC's Ice. It has a package of its own because a
// program registers each class once, and the tests of package wire have the same classes written by hand.
package generatedtest
