package ice

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// What an adapter's proxies carry, by its endpoints and properties.
func TestPublishedEndpoints(t *testing.T) {
	peer.CheckLeaks(t)
	tests := []struct {
		name, endpoints string
		properties      []string
		listens, proxy  string // P stands for the port
	}{
		{"as it listens", "tcp -h 127.0.0.1", nil, "tcp -h 127.0.0.1 -p P -t 60000", "x -t -e 1.1:tcp -h 127.0.0.1 -p P -t 60000"},
		{"with a path", "ws -h 127.0.0.1 -r /ice -t 5000", nil, "ws -h 127.0.0.1 -p P -t 5000 -r /ice", "x -t -e 1.1:ws -h 127.0.0.1 -p P -t 5000 -r /ice"},
		{"in IPv6", `tcp -h "::1"`, nil, `tcp -h "::1" -p P -t 60000`, `x -t -e 1.1:tcp -h "::1" -p P -t 60000`},
		{"default transport and host", "default", []string{"Ice.Default.Host", "127.0.0.1", "Ice.Default.Protocol", "ws"}, "ws -h 127.0.0.1 -p P -t 60000 -r /", "x -t -e 1.1:ws -h 127.0.0.1 -p P -t 60000 -r /"},
		{"of a property", "", []string{"A.Endpoints", "tcp -h 127.0.0.1"}, "tcp -h 127.0.0.1 -p P -t 60000", "x -t -e 1.1:tcp -h 127.0.0.1 -p P -t 60000"},
		{"published", "tcp -h 127.0.0.1", []string{"A.PublishedEndpoints", "ssl -h example.com -p 4064"}, "tcp -h 127.0.0.1 -p P -t 60000", "x -t -e 1.1:ssl -h example.com -p 4064 -t 60000"},
		{"published host", "tcp", []string{"A.PublishedHost", "example.com"}, "tcp -p P -t 60000", "x -t -e 1.1:tcp -h example.com -p P -t 60000"},
		{"adapter id", "tcp -h 127.0.0.1", []string{"A.AdapterId", "Id"}, "tcp -h 127.0.0.1 -p P -t 60000", "x -t -e 1.1 @ Id"},
		{"replica group", "tcp -h 127.0.0.1", []string{"A.AdapterId", "Id", "A.ReplicaGroupId", "Group"}, "tcp -h 127.0.0.1 -p P -t 60000", "x -t -e 1.1 @ Group"},
		{"proxy options", "tcp -h 127.0.0.1", []string{"A.ProxyOptions", "-o -s -e 1.0 -f side"}, "tcp -h 127.0.0.1 -p P -t 60000", "x -f side -o -s -e 1.0:tcp -h 127.0.0.1 -p P -t 60000"},
		{"none", "", nil, "", "x -t -e 1.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var options []Option
			for i := 0; i < len(tt.properties); i += 2 {
				options = append(options, WithProperty(tt.properties[i], tt.properties[i+1]))
			}
			comm, err := NewCommunicator(options...)
			require.NoError(t, err)
			defer func() { require.NoError(t, comm.Close()) }()
			a, err := comm.NewAdapter("A", tt.endpoints)
			require.NoError(t, err)
			port := "0"
			for _, l := range a.listeners {
				port = fmt.Sprint(l.listener.Target().Port)
			}
			assert.Equal(t, strings.ReplaceAll(tt.listens, " P ", " "+port+" "), strings.Join(a.Endpoints(), ":"))
			p, err := a.Proxy(Identity{Name: "x"})
			require.NoError(t, err)
			assert.Equal(t, strings.ReplaceAll(tt.proxy, " P ", " "+port+" "), p.String())
		})
	}
}

// An adapter on all interfaces publishes the addresses of the machine that others can reach.
func TestPublishedEndpointsOfAllInterfaces(t *testing.T) {
	peer.CheckLeaks(t)
	for _, endpoints := range []string{"tcp", "tcp -h *", "tcp -h 0.0.0.0"} {
		comm, err := NewCommunicator(WithProperty("Ice.IPv6", "0"))
		require.NoError(t, err)
		a, err := comm.NewAdapter("A", endpoints)
		require.NoError(t, err)
		published := a.PublishedEndpoints()
		require.NotEmpty(t, published)
		for _, e := range published {
			assert.Contains(t, e, "tcp -h ")
			assert.NotContains(t, e, "0.0.0.0")
		}
		require.NoError(t, a.RefreshPublishedEndpoints())
		assert.Equal(t, published, a.PublishedEndpoints())
		_, err = a.Add(newGreeter(hello), Identity{Name: "greeter"})
		require.NoError(t, err)
		require.NoError(t, a.Activate())
		p, err := a.Proxy(Identity{Name: "greeter"})
		require.NoError(t, err)
		require.NoError(t, p.IcePing(t.Context()), "%s", p)
		require.NoError(t, a.SetPublishedEndpoints("tcp -h example.com -p 1"))
		p, err = a.Proxy(Identity{Name: "greeter"})
		require.NoError(t, err)
		assert.Contains(t, p.String(), "example.com")
		assert.Error(t, a.SetPublishedEndpoints("nothing -h x"))
		require.NoError(t, comm.Close())
	}
}

func TestAdapterProxyErrors(t *testing.T) {
	peer.CheckLeaks(t)
	comm, err := NewCommunicator(WithProperty("B.ProxyOptions", "-?"), WithProperty("C.PublishedEndpoints", "tcp -q"))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	a, err := comm.NewAdapter("A", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	_, err = a.Proxy(Identity{Category: "c"})
	assert.ErrorContains(t, err, "no name")
	_, err = a.IndirectProxy(Identity{Name: "x"})
	assert.ErrorContains(t, err, "A.AdapterId")
	for name, want := range map[string]string{"B": "B.ProxyOptions", "C": "C.PublishedEndpoints"} {
		_, err = comm.NewAdapter(name, "tcp -h 127.0.0.1")
		assert.ErrorContains(t, err, want)
	}
	_, err = comm.NewAdapterWithRouter(t.Context(), "D", nil)
	assert.ErrorContains(t, err, "null")
	require.NoError(t, a.Destroy(t.Context()))
	_, err = a.Proxy(Identity{Name: "x"})
	require.ErrorIs(t, err, ErrAdapterDeactivated)
}

// splitEndpoints and what follows take any text.
func FuzzAdapterEndpoints(f *testing.F) {
	f.Add(`tcp -h "::1" -p 1:ws -r '/a:b'`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, part := range splitEndpoints(text) {
			_, _ = parseEndpoint(part, endpointDefaults{protocol: "tcp"}, true)
		}
	})
}
