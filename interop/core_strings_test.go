package interop_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var coreProxyStrings = []string{
	"", "  ", `""`, "a", "a ", " a", "a/b", "/b", "a/", "a/b/c", `a\/b/c`, `"a b"`, `'a b'`, `"a`, `a"b`, `"a:b"`, `"a@b"`, "a:b",
	`a\tb`, `a\u00e9b`, `é`, `日本/語`, "\U0001F600", `\U0001f600`, `a\012b`, `a\x41b`, `a\'b`, `a\\b`, `a\qb`, `\`, "a\tb", `\400`, `\u12`, `a\"b`,
	"a -f x", `a -f "x y"`, `a -f 'x y'`, "a -f", "a -f x:tcp -p 1", `a -f a\:b`, `a -f x\/y`, `a -f "é"`,
	"a -t", "a -o", "a -O", "a -d", "a -D", "a -s", "a -t x", "a -o -s -f q", "a -x", "a -", "a x", "a -t -o", `a "-t"`,
	"a -e 1.0", "a -e 1.1", "a -e 1.2", "a -e 1.7", "a -e 2.0", "a -e x", "a -e", "a -e 1", "a -p 1.0", "a -p 1.1", "a -p 2.0", "a -p",
	"a @ b", "a@b", "a @b", "a @", `a @ "b c"`, "a @ b c", `a @ b\:c`, "a @ b:tcp", `a @ "b:c"`, `a @ 'b'`, "a @ b@c", "a -t @ b", `a @ "b`, `a @ b\"c`, `a @ é`,
	"a:tcp", "a:tcp -h h", "a:tcp -h h -p 1", "a:tcp -h h -p 65535", "a:tcp -h h -p 65536", "a:tcp -h h -p -1", "a:tcp -h h -p x", "a:tcp -p 0",
	"a:tcp -h h -p 1 -t 5", "a:tcp -h h -p 1 -t infinite", "a:tcp -h h -p 1 -t -1", "a:tcp -h h -p 1 -t 0", "a:tcp -h h -p 1 -t x", "a:tcp -h h -p 1 -t",
	"a:tcp -h h -p 1 -z", "a:tcp -h h -p 1 -z x", "a:tcp -z -t 7 -p 3 -h h", "a:tcp -h", "a:tcp -h * -p 1", `a:tcp -h "::1" -p 1`, "a:tcp -h ::1 -p 1", `a:tcp -h "h" -p 1`,
	"a:tcp -h h -p 1 --sourceAddress 1.2.3.4", `a:tcp -h h -p 1 --sourceAddress "::1"`, "a:tcp -h h -p 1 -q", "a:tcp h", "a: tcp -h h -p 1", "a:tcp -h h -p 1 ", "a:tcp  -h   h",
	"a:ssl -h h -p 1", "a:ws -h h -p 1", "a:ws -h h -p 1 -r /x", `a:ws -h h -p 1 -r "/a:b"`, `a:wss -h h -p 1 -r "/a b"`, "a:wss -h h -p 1 -r /x -t 9 -z", "a:tcp -h h -r /x",
	"a:udp -h h -p 1", "a:udp -h h -p 1 -c", "a:udp -h h -p 1 -z", "a:udp -h 239.1.1.1 -p 1 --ttl 5 --interface 127.0.0.1", "a:udp -h h -p 1 --ttl 300", "a:udp -h h -p 1 -t 5",
	"a -d:udp -h h -p 1", "a:default -h h -p 1", "a:tcp -h h -p 1:ssl -h g -p 2", "a:tcp -h h -p 1::ssl", "a:", "a:tcp:", "a:xyz -h h", "a:tcp -h h -p 1:xyz -h h",
	"a:opaque -t 99 -e 1.1 -v abch", "a:opaque -t 99 -v abch", "a:opaque -t 1 -e 1.0 -v CTEyNy4wLjAuMeouAAAQJwAAAA==", "a:opaque -t 2 -e 1.0 -v CTEyNy4wLjAuMREnAAD/////AA==",
	"a:opaque", "a:opaque -v x", "a:opaque -t 99 -v x@!", "a:opaque -t -1 -v abch", "a:opaque -t 99 -t 98 -v abch", "a:opaque -t 99 -v abch -q 1", "a:opaque -t 99",
	"a -f x -o -s -e 1.0:ssl -p 1 -h h -z", `"a\"b" -t`, `'a'`, `a -f 'x'y`, "a -t:tcp -h h -p 1 -t 1 -t 2", "a -f x -f y", "a:tcp -h h -p 1 -p 2",
	"a:tcp -p 1 -h ' h'", "a:tcp -h 'a:b' -p 1", "a -ff", "a -t -", "a:tcp -", "a:tcp - h",
}

// What Ice accepts we accept, what it rejects we reject, and we print what it prints.
func TestCoreProxyStrings(t *testing.T) {
	for _, mode := range []string{"Unicode", "ASCII", "Compat"} {
		t.Run(mode, func(t *testing.T) {
			peer.CheckLeaks(t)
			peer.Require(t, "python3")
			script := filepath.Join(peer.Root(t), "interop", "peers", "python", "core_strings.py")
			oracle := peer.Start(t, peer.PythonCommand(t, script, "--Ice.ToStringMode="+mode, "--Ice.Plugin.IceSSL=IceSSL:createIceSSL"))
			asked := 0
			ask := func(kind, text string) (string, bool) {
				t.Helper()
				line, err := json.Marshal([]any{asked, kind, text})
				require.NoError(t, err)
				oracle.Send(string(line))
				var answer *string
				prefix := fmt.Sprintf("answer %d: ", asked)
				asked++
				require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(oracle.WaitLine(prefix), prefix)), &answer))
				if answer == nil {
					return "", false
				}
				return *answer, true
			}
			comm := newCommunicator(t, ice.WithProperty("Ice.ToStringMode", mode))
			for _, text := range coreProxyStrings {
				want, accepted := ask("proxy", text)
				p, err := comm.StringToProxy(text)
				if assert.Equal(t, accepted, err == nil, "proxy %q: Ice gives %q, we give error %v and %v", text, want, err, p) && accepted {
					got := comm.ProxyToString(p)
					assert.Equal(t, want, got, "proxy %q", text)
					again, err := comm.StringToProxy(got)
					if strings.ContainsAny(got, "*") || strings.Contains(got, "-h  h") || strings.Contains(got, "/a b") {
						continue // Ice does not quote these, and so does not understand what it prints
					}
					if assert.NoError(t, err, "proxy %q, printed as %q", text, got) && p != nil {
						assert.True(t, p.Equal(again), "proxy %q, printed as %q", text, got)
					}
				}
				name, _, _ := strings.Cut(text, ":")
				want, accepted = ask("identity", name)
				id, err := ice.StringToIdentity(name)
				if assert.Equal(t, accepted, err == nil, "identity %q: Ice gives %q, we give %v", name, want, err) && accepted {
					assert.Equal(t, want, comm.IdentityToString(id), "identity %q", name)
				}
			}
		})
	}
}
