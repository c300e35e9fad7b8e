package faultproxy

import (
	"errors"
	"testing"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
)

// Ending names the documented kind of error in which a call over a faulty network ended: "none", "protocol", "marshal", "timeout",
// "connection" or "answer", the last for what a server says of a request that it did not understand. What a fault must not end in is "other".
func Ending(err error) string {
	var (
		protocol *ice.ProtocolError
		marshal  *ice.MarshalError
	)
	switch {
	case err == nil:
		return "none"
	case errors.As(err, &protocol):
		return "protocol"
	case errors.As(err, &marshal):
		return "marshal"
	case errors.Is(err, ice.ErrTimeout):
		return "timeout"
	case errors.Is(err, ice.ErrConnectionLost), errors.Is(err, ice.ErrConnectionClosed), errors.Is(err, ice.ErrConnectFailed):
		return "connection"
	case errors.Is(err, ice.ErrNotExist), errors.Is(err, ice.ErrUnknown):
		return "answer"
	}
	return "other"
}

// InTime fails the test if something that a timeout was to end took less than that, or much more. A machine that has much else to do may
// take a while to notice.
func InTime(t testing.TB, timeout, took time.Duration) {
	t.Helper()
	assert.GreaterOrEqual(t, took, timeout, "it ended before its timeout")
	NotLate(t, timeout, took)
}

// NotLate is InTime for what may end by itself before its timeout.
func NotLate(t testing.TB, timeout, took time.Duration) {
	t.Helper()
	assert.Less(t, took, timeout+timeout/2+15*time.Second, "its timeout of %v did not end it", timeout)
}
