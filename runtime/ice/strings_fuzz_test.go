package ice

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzIdentity: what is read can be written in each mode, and is the same when it is read again.
func FuzzIdentity(f *testing.F) {
	for _, seed := range []string{
		"", "a", "a/b", "/b", `a\/b/c`, `a\\b`, `a\qb`, `\`, `a\012\x41\'`, `\u00e9\U0001f600`, "日本/語", "\xff/\xc3", `\377/\xc3`, `a b:@"'`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := StringToIdentity(text)
		if err != nil {
			return
		}
		for _, mode := range []ToStringMode{Unicode, ASCII, Compat} {
			written := IdentityToString(id, mode)
			again, err := StringToIdentity(written)
			require.NoError(t, err, "%q in mode %v of %#v", written, mode, id)
			require.Equal(t, id, again, "%q in mode %v", written, mode)
			require.Equal(t, written, IdentityToString(again, mode))
			if mode == ASCII || mode == Compat {
				for _, c := range []byte(written) {
					require.True(t, c >= 32 && c < 127 || mode == ASCII && c >= 128, "%q in mode %v", written, mode)
				}
			}
		}
	})
}

// fuzzedCommunicators gives a communicator for each way in which proxies are written.
func fuzzedCommunicators(f *testing.F) []*Communicator {
	var all []*Communicator
	for _, mode := range []string{"Unicode", "ASCII", "Compat"} {
		comm, err := NewCommunicator(WithLogger(slog.New(slog.DiscardHandler)), WithProperty("Ice.ToStringMode", mode))
		require.NoError(f, err)
		f.Cleanup(func() { assert.NoError(f, comm.Close()) })
		all = append(all, comm)
	}
	return all
}

// unquotable reports whether an endpoint holds what the string form has no way to say: values are put in double quotes where they
// have a colon, as Ice does it, and nothing is escaped.
func unquotable(e *endpoint) bool {
	for _, value := range []string{e.host, e.source, e.resource, e.mcastInterface} {
		if strings.ContainsAny(value, "\"'* \t\r\n") || strings.HasPrefix(value, "-") {
			return true
		}
	}
	return false
}

// FuzzProxyString: what is read can be written, and is the same proxy when it is read again.
func FuzzProxyString(f *testing.F) {
	comms := fuzzedCommunicators(f)
	for _, seed := range []string{
		"", `""`, "a", "a/b -f x -o -s -e 1.0 -p 1.0", `"a b" -f 'x y' -t @ "c:d"`, "a @ b", `"a@b" -f "@"`, `a -f \u00e9 @ é`, `a\"b -f x\/y @ c\"d`, "a:tcp -h h -p 1 -t infinite -z",
		`a:ws -h h -r "/a:b":wss -h "::1" -p 2 -r /:udp -h 239.1.1.1 -p 1 --ttl 5 --interface 127.0.0.1 -c`, "a:opaque -t 99 -e 1.1 -v abch:default",
		"a:opaque -t 1 -e 1.0 -v CTEyNy4wLjAuMeouAAAQJwAAAA==", `a:tcp -h h --sourceAddress "::1"`, "a -t:xyz -h h:tcp", "a:tcp -h '*' -p 1", "a\x80 @ \xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, comm := range comms {
			p, err := comm.StringToProxy(text)
			if err != nil {
				continue
			}
			written := comm.ProxyToString(p)
			if p == nil {
				require.Empty(t, written)
				continue
			}
			ref := p.iceProxy().ref
			again, err := comm.StringToProxy(written)
			if hasUnquotable(ref.endpoints) {
				continue
			}
			require.NoError(t, err, "%q, written as %q", text, written)
			require.True(t, p.Equal(again), "%q, written as %q, read as %q", text, written, again)
			require.Equal(t, written, again.String())
		}
	})
}

func hasUnquotable(endpoints []*endpoint) bool {
	for _, e := range endpoints {
		if unquotable(e) {
			return true
		}
	}
	return false
}

// FuzzEndpointString: an endpoint is the same when it is written and read again, and when it has travelled.
func FuzzEndpointString(f *testing.F) {
	for _, seed := range []string{
		"tcp", "tcp -h h -p 1 -t 5 -z", "ssl -h h -p 65535 -t infinite", `ws -h h -r "/a:b" -p 0`, `wss -h '::1' --sourceAddress "::1"`, "default -p 2",
		"udp -h h -p 1 -c --ttl -1 -v 1.0 -e 1.0", "opaque -t 99 -v abch -e 1.1", "opaque -t 2 -e 1.0 -v CTEyNy4wLjAuMREnAAD/////AA==", "tcp -h *", "tcp -h -x",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	defaults := endpointDefaults{protocol: "tcp", timeout: 60000}
	f.Fuzz(func(t *testing.T, text string, server bool) {
		e, err := parseEndpoint(text, defaults, server)
		if err != nil {
			return
		}
		w := e.wire()
		travelled, err := endpointFromWire(&w)
		require.NoError(t, err, text)
		// These stay at home.
		travelled.source, travelled.mcastInterface, travelled.mcastTTL, travelled.connect = e.source, e.mcastInterface, e.mcastTTL, e.connect
		require.Equal(t, *e, *travelled, text)
		if unquotable(e) {
			return
		}
		again, err := parseEndpoint(e.String(), defaults, server)
		require.NoError(t, err, "%q, written as %q", text, e)
		require.Equal(t, *e, *again, "%q, written as %q", text, e)
	})
}
