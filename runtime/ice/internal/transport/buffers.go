package transport

import (
	"errors"
	"net"
)

// BufferSizes returns the sizes in bytes of the buffers of a connection's socket, zeros if it has none or the system does not say.
func BufferSizes(conn net.Conn) (rcv, snd int) {
	if tcp := socketOf(conn); tcp != nil {
		return bufferSizes(tcp)
	}
	return 0, 0
}

// SetBufferSizes asks for sizes in bytes of the buffers of a connection's socket. Zero leaves one as it is.
func SetBufferSizes(conn net.Conn, rcv, snd int) error {
	tcp := socketOf(conn)
	if tcp == nil {
		return errors.New("the connection has no TCP socket")
	}
	if rcv > 0 {
		if err := tcp.SetReadBuffer(rcv); err != nil {
			return err
		}
	}
	if snd > 0 {
		return tcp.SetWriteBuffer(snd)
	}
	return nil
}

// socketOf returns the TCP connection below TLS and WebSocket, nil if there is none.
func socketOf(conn net.Conn) *net.TCPConn {
	for {
		switch c := conn.(type) {
		case *net.TCPConn:
			return c
		case *wsConn:
			conn = c.conn
		case interface{ NetConn() net.Conn }: // *tls.Conn and wrappers of the application's
			conn = c.NetConn()
		default:
			return nil
		}
	}
}
