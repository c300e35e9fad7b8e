// Package peer gets the real ZeroC peers for tests: it finds what is
// installed, builds peer programs in C++ and Java, starts and ends peer
// processes, makes certificates, and looks for what a test left behind.
//
// A test asks for what it needs first:
//
//	peer.Require(t, "glacier2router", "python3")
//
// On a machine without it the test is skipped, and says which Debian package is
// missing; with SLICE2GO_REQUIRE_PEERS=1, as in CI, it fails instead.
//
// A peer program prints lines such as "tcp 40123" and then "ready" on its
// standard output, and ends when its standard input is closed. Start waits for
// the ready line and ends the process when the test is over:
//
//	server := peer.Start(t, peer.PythonCommand(t, "testdata/echo.py"))
//	port := server.Value("tcp")
//
// Peers bind 127.0.0.1 on ports of the system's choosing (-p 0) wherever they
// can, so that tests run side by side.
package peer
