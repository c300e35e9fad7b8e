// Package gen holds the tests of generated code against real peers: every
// construct through Python and C++ and back, every Slice file of Debian's Ice, and a
// module of somebody else that is generated, built and run.
package gen
