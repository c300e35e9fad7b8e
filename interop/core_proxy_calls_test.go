package interop_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exceptionOf names an error as Ice's Python does.
func exceptionOf(err error) string {
	var noEndpoint *ice.NoEndpointError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &noEndpoint):
		return "NoEndpointException"
	case errors.Is(err, ice.ErrUnsupportedProtocol):
		return "UnsupportedProtocolException"
	case errors.Is(err, ice.ErrUnsupportedEncoding):
		return "UnsupportedEncodingException"
	case errors.Is(err, ice.ErrFixedProxy):
		return "FixedProxyException"
	}
	return err.Error()
}

// A setting of a proxy that its connection cannot carry is an error before anything is sent, as it is in Ice, whether the connection is
// the proxy's own or one that it is fixed to.
func TestProxySettingsThatAConnectionCannotCarry(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	oracle := peer.Start(t, peer.PythonCommand(t, filepath.Join(peer.Root(t), "interop", "peers", "python", "core_calls.py"), "--Ice.Plugin.IceSSL=IceSSL:createIceSSL"))
	comm := newCommunicator(t)
	ctx := patient(t)
	endpoint := fmt.Sprintf(":tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	c, err := coreProxy(t, comm, "peer"+"%s", endpoint).IceConnection(ctx)
	require.NoError(t, err)
	asked := 0
	for _, options := range []string{"", " -s", " -d", " -D", " -o", " -p 2.0", " -p 1.1", " -e 2.0", " -e 1.7", " -e 1.0", " -s -e 2.0"} {
		for _, changes := range [][]proxyChange{
			nil,
			{changed("ice_secure", true, func(p ice.ObjectPrx, b bool) ice.ObjectPrx { return ice.Secure(p, b) }, true)},
			{changed("ice_secure", false, func(p ice.ObjectPrx, b bool) ice.ObjectPrx { return ice.Secure(p, b) }, false)},
			{{"ice_datagram", nil, ice.Datagram[ice.ObjectPrx]}},
			{{"ice_datagram", nil, ice.Datagram[ice.ObjectPrx]}, {"ice_twoway", nil, ice.Twoway[ice.ObjectPrx]}},
			{changed("ice_encodingVersion", "2.0", ice.WithEncoding[ice.ObjectPrx], ice.EncodingVersion{Major: 2})},
			{changed("ice_compress", true, ice.WithCompress[ice.ObjectPrx], true)},
			{changed("ice_timeout", 1000, ice.WithTimeout[ice.ObjectPrx], 1e9)},
			{changed("ice_connectionId", "other", ice.WithConnectionID[ice.ObjectPrx], "other")},
			{changed("ice_preferSecure", true, ice.PreferSecure[ice.ObjectPrx], true)},
			{changed("ice_connectionCached", false, ice.WithConnectionCached[ice.ObjectPrx], false)},
			{changed("ice_endpointSelection", "Ordered", ice.WithEndpointSelection[ice.ObjectPrx], ice.Ordered)},
			{changed("ice_locatorCacheTimeout", 5, ice.WithLocatorCacheTimeout[ice.ObjectPrx], 5e9)},
			{changed("ice_collocationOptimized", false, ice.WithCollocationOptimized[ice.ObjectPrx], false)},
		} {
			for _, how := range []string{"direct", "changed and fixed", "fixed and changed"} {
				fixed, before, after := "", changes, []proxyChange(nil)
				if how != "direct" {
					fixed = "peer" + endpoint
				}
				if how == "fixed and changed" {
					before, after = nil, changes
				}
				want := askCall(t, oracle, asked, "peer"+options+endpoint, fixed, before, after)
				asked++
				p, err := comm.StringToProxy("peer" + options + endpoint)
				require.NoError(t, err)
				for _, change := range before {
					p = change.change(p)
				}
				if fixed != "" {
					p = ice.FixedTo(p, c)
				}
				for _, change := range after {
					p = change.change(p)
				}
				if want == "ok" && fixed != "" && p.(ice.Proxy).IceMode() == ice.ModeBatchDatagram {
					want = "NoEndpointException" // Ice finds out when the batch is flushed
				}
				got := exceptionOf(p.IcePing(ctx))
				assert.Equal(t, want, got, "%s: %q after %v", how, options, changes)
			}
		}
	}
	require.NoError(t, c.Err())
}

func askCall(t *testing.T, oracle *peer.Process, number int, text, fixed string, before, after []proxyChange) string {
	t.Helper()
	list := func(changes []proxyChange) [][]any {
		asked := make([][]any, len(changes))
		for i, c := range changes {
			asked[i] = []any{c.method, append([]any{}, c.arguments...)}
		}
		return asked
	}
	line, err := json.Marshal([]any{number, text, fixed, list(before), list(after)})
	require.NoError(t, err)
	oracle.Send(string(line))
	prefix := fmt.Sprintf("answer %d: ", number)
	return strings.TrimPrefix(oracle.WaitLine(prefix), prefix)
}

// A proxy that asks for a secure connection is not sent in the clear because a router is on the way.
func TestSecureProxyThroughPlainRouter(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		r := newRouted(t, startRouter(t))
		_, err := r.router.CreateSession(ctx, "anybody", "secret")
		require.NoError(t, err)
		echo := r.proxy(t, s)
		var refused *ice.NoEndpointError
		require.ErrorAs(t, ice.Secure(echo).Ping(ctx), &refused, "before there is a connection")
		require.NoError(t, echo.Ping(ctx))
		require.ErrorAs(t, ice.Secure(echo).Ping(ctx), &refused, "with the connection there")
		require.ErrorAs(t, ice.Datagram(echo).Ping(ctx), &refused)
		require.ErrorIs(t, ice.WithEncoding(echo, ice.EncodingVersion{Major: 2}).Ping(ctx), ice.ErrUnsupportedEncoding)
		require.NoError(t, ice.Secure(echo, false).Ping(ctx))
		require.NoError(t, ice.Twoway(ice.Datagram(echo)).Ping(ctx))
	})
}
