package transport

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
)

// maxProxyResponse bounds what an HTTP proxy may answer with.
const maxProxyResponse = 16 << 10

// httpConnect asks an HTTP proxy for a tunnel to hostPort.
func httpConnect(conn net.Conn, hostPort string) error {
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", hostPort, hostPort); err != nil {
		return err
	}
	head, err := readHead(conn, "HTTP/")
	if errors.Is(err, errNotHTTP) {
		return err
	}
	if err != nil {
		return fmt.Errorf("the HTTP proxy did not answer: %w", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), &http.Request{Method: http.MethodConnect})
	if err != nil {
		return fmt.Errorf("the HTTP proxy's answer is not HTTP: %w", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the HTTP proxy refused a connection to %s: %s", hostPort, resp.Status)
	}
	return nil
}

var errNotHTTP = errors.New("the HTTP proxy's answer is not HTTP")

// readHead reads to the end of an HTTP head and not a byte more: what follows is
// the server's, and an Ice server speaks first. A bare line feed ends a line too (RFC 9112, section 2.2).
// What does not begin as it should is refused at once: it need not have an end.
func readHead(r io.Reader, begins string) ([]byte, error) {
	var head []byte
	for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\n\r\n")) && !bytes.HasSuffix(head, []byte("\n\n")); {
		if _, err := io.ReadFull(r, one); err != nil {
			return nil, err
		}
		head = append(head, one[0])
		if n := min(len(head), len(begins)); string(head[:n]) != begins[:n] {
			return nil, fmt.Errorf("%w: it begins with %q", errNotHTTP, head)
		}
		if len(head) > maxProxyResponse {
			return nil, fmt.Errorf("its answer is longer than %d bytes", maxProxyResponse)
		}
	}
	return head, nil
}

// socksConnect asks a SOCKS4 proxy for a connection to an IPv4 address.
func socksConnect(conn net.Conn, to netip.AddrPort) error {
	if !to.Addr().Is4() {
		return errors.New("a SOCKS4 proxy takes IPv4 addresses only")
	}
	ip := to.Addr().As4()
	request := []byte{4, 1, byte(to.Port() >> 8), byte(to.Port()), ip[0], ip[1], ip[2], ip[3], 0}
	if _, err := conn.Write(request); err != nil {
		return err
	}
	var reply [8]byte
	if _, err := io.ReadFull(conn, reply[:]); err != nil {
		return fmt.Errorf("the SOCKS proxy did not answer: %w", err)
	}
	switch {
	case reply[0] != 0:
		return fmt.Errorf("the proxy's answer % x is not SOCKS4", reply)
	case reply[1] != 90:
		return fmt.Errorf("the SOCKS proxy refused a connection to %s (code %d)", to, reply[1])
	}
	return nil
}
