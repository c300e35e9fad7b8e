package peer

import (
	"net"
	"sync"
	"testing"
)

var (
	portsMu sync.Mutex
	ports   = map[int]bool{}
)

// FreePort returns a TCP port that nothing listens on at 127.0.0.1, and not
// the same one twice. Use it only for what cannot bind port 0 and tell: another
// process may take the port before the peer does.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("peer.FreePort: %v", err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			t.Fatalf("peer.FreePort: %v", err)
		}
		portsMu.Lock()
		taken := ports[port]
		ports[port] = true
		portsMu.Unlock()
		if !taken {
			return port
		}
	}
	t.Fatal("peer.FreePort: the system gives the same ports again and again")
	return 0
}
