//go:build !unix

package ice

import "net"

// newTryWriter gives nil: here nothing can write without waiting, and the connection's writer does all the writing.
func newTryWriter(net.Conn) tryWriter { return nil }
