package ice

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// An application's dialer gets the addresses as they are in the proxy, one endpoint after the other, again for each retry.
func TestWithDialer(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	w.add(newGreeter(hello), "greeter")
	listening := w.port()
	errNoRoute := errors.New("no route")
	var mu sync.Mutex
	var dialed []string
	refusals := 0
	comm, err := NewCommunicator(WithProperty("Ice.RetryIntervals", "0 1"), WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		dialed = append(dialed, network+" "+address)
		refusals--
		refuse := refusals >= 0
		mu.Unlock()
		if refuse {
			return nil, errNoRoute
		}
		var d net.Dialer
		return d.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", listening))
	}))
	require.NoError(t, err)
	defer func() { assert.NoError(t, comm.Close()) }()
	both := []string{"tcp first.invalid:1", "tcp second.invalid:2"}
	tests := []struct {
		refusals int
		want     []string
		fails    bool
	}{
		{0, both[:1], false},
		{1, both, false},
		{3, append(both[:2:2], both...), false},
		{6, append(append(both[:2:2], both...), both...), true}, // two retries and no more
	}
	p, err := comm.StringToProxy("greeter:tcp -h first.invalid -p 1:tcp -h second.invalid -p 2")
	require.NoError(t, err)
	p = WithEndpointSelection(p, Ordered)
	for _, tt := range tests {
		dialed, refusals = nil, tt.refusals
		got, err := greet(t.Context(), p, "you")
		assert.Equal(t, tt.want, dialed)
		if tt.fails {
			require.ErrorIs(t, err, ErrConnectFailed)
			require.ErrorIs(t, err, errNoRoute)
			assert.False(t, MayHaveRun(err))
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, "hello you", got)
		require.NoError(t, p.iceProxy().IceCachedConnection().Close(t.Context()))
	}
}
