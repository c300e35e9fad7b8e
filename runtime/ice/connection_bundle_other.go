//go:build !linux

package ice

import (
	"net"
	"time"
)

// bundler does nothing here: only Linux has what it needs.
type bundler struct{}

func newBundler(net.Conn, time.Duration) *bundler { return nil }

func (*bundler) due(int, int, int) time.Time { return time.Time{} }

func (*bundler) read([]byte) int { return 0 }
