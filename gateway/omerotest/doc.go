// Package omerotest is an OMERO inside the process, as net/http/httptest is a
// web server: for tests of programs that use OMERO, for trying things out, and
// for an afternoon's work. It needs nothing but Go.
//
//	server := omerotest.New(t)
//	session, err := gateway.Connect(ctx, server.Config())
//
// It speaks the real protocol on real ports (tcp, ssl, ws and wss), so that any
// client of OMERO can connect to it. What it holds is in a database in memory,
// or in a folder with [DataFolder].
//
// It is not a whole OMERO. [Operations] tells which of OMERO's operations it
// offers; the others answer with an ApiUsageException that says so. Where it is
// doubtful what OMERO does, RULES.md in this folder says where the rule comes
// from.
//
// Nothing of it is in a program that imports only package gateway.
package omerotest
