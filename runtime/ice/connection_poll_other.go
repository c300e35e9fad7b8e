//go:build !linux

package ice

import "net"

// poller does nothing here: only Linux has what it needs.
type poller struct{}

func newPoller(net.Conn) *poller { return nil }

func (*poller) due(int, int) bool { return false }

func (*poller) read([]byte) int { return 0 }
