//go:build !unix

package ice

import "net"

// tryWriter would write without waiting; here nothing can, and the connection's writer does all the writing.
type tryWriter struct{}

func (*tryWriter) writeFrame(*frame) (int, error) { return 0, nil }

func newTryWriter(net.Conn) *tryWriter { return nil }

func (*tryWriter) write([]byte) (int, error) { return 0, nil }
