// Package wirebench measures package wire beside Ice for C++ and Java. It is
// by itself because its types are those of another Slice module Bench than that
// of interop/bench, and a program may hold only one of them.
package wirebench
