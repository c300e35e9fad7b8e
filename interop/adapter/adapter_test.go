package adapter_test

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/faultproxy"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	at "github.com/slice2go/slice2go/testdata/interop/adaptertest"
)

// goServer is a Tester in Go.
type goServer struct {
	*tester
	comm    *ice.Communicator
	adapter *ice.Adapter
}

// startGoServer starts a Tester as the Python one is: with a facet, a default servant and a servant locator.
func startGoServer(t testing.TB, endpoints string, properties ...string) *goServer {
	t.Helper()
	// What is provoked is logged, and is not for the test's reader.
	options := []ice.Option{ice.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))), ice.WithProperty("Ice.MessageSizeMax", "102400")}
	for i := 0; i < len(properties); i += 2 {
		options = append(options, ice.WithProperty(properties[i], properties[i+1]))
	}
	comm, err := ice.NewCommunicator(options...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, comm.Close()) })
	s := &goServer{tester: newTester(), comm: comm}
	s.adapter, err = comm.NewAdapter("Test", endpoints)
	require.NoError(t, err)
	servant := at.NewTesterServant(s.tester)
	_, err = s.adapter.Add(servant, ice.Identity{Name: "tester"})
	require.NoError(t, err)
	_, err = s.adapter.AddFacet(servant, ice.Identity{Name: "tester"}, "second")
	require.NoError(t, err)
	require.NoError(t, s.adapter.AddDefault(servant, "default"))
	require.NoError(t, s.adapter.AddLocator(locator{servant}, "located"))
	require.NoError(t, s.adapter.Activate())
	return s
}

// proxy is the string form of a proxy for the tester at the n-th endpoint.
func (s *goServer) proxy(n int) string { return "tester:" + s.adapter.Endpoints()[n] }

// secure are the IceSSL properties of a server or client with certificates.
func secure(certs *peer.CertFiles, server bool) []string {
	cert, key := certs.Client, certs.ClientKey
	if server {
		cert, key = certs.Server, certs.ServerKey
	}
	return []string{"IceSSL.CAs", certs.CA, "IceSSL.CertFile", cert, "IceSSL.KeyFile", key}
}

// arguments makes command line options of properties.
func arguments(properties []string) []string {
	var args []string
	for i := 0; i < len(properties); i += 2 {
		args = append(args, "--"+properties[i]+"="+properties[i+1])
	}
	return args
}

const allEndpoints = "tcp -h 127.0.0.1:ssl -h 127.0.0.1:ws -h 127.0.0.1 -r /ice:wss -h 127.0.0.1 -r /ice"

// Clients in Python and C++ call a Go server: each kind of parameter, exceptions, classes, oneway, batch, callbacks,
// over each transport.
func TestZeroCClientsCallAGoServer(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3", "openssl", "slice2cpp", "g++", "ice-cpp")
	certs := peer.Certs(t)
	server := startGoServer(t, allEndpoints, secure(certs, true)...)
	clients := map[string]peer.Command{
		"python": peer.PythonCommand(t, "../peers/python/adapter_client.py", adapterSlice(t)),
		"cpp": {Path: peer.BuildCpp(t, peer.Cpp{
			Slice: []string{adapterSlice(t)}, Sources: []string{peer.Root(t) + "/interop/peers/cpp/adapter_client.cpp"},
		})},
	}
	for n, transport := range []string{"tcp", "ssl", "ws", "wss"} {
		for name, command := range clients {
			t.Run(transport+" "+name, func(t *testing.T) {
				command.Args = append(append(command.Args[:len(command.Args):len(command.Args)], server.proxy(n)),
					append(arguments(secure(certs, false)), "--Ice.Plugin.IceSSL=IceSSL:createIceSSL", "--Ice.MessageSizeMax=102400")...)
				command.Ready = "checks "
				client := peer.Start(t, command)
				verdict := client.WaitLine("checks ")
				assert.True(t, strings.HasSuffix(verdict, "failed 0"), client.Output())
				t.Log(verdict)
			})
		}
	}
}

// The Go client calls what it serves: the same checks in Go, against Python and against Go.
func TestGoClientCallsTesters(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3", "openssl")
	certs := peer.Certs(t)
	python := startTester(t, append([]string{"--endpoints", allEndpoints, "--Ice.Plugin.IceSSL=IceSSL:createIceSSL"}, arguments(secure(certs, true))...)...)
	server := startGoServer(t, allEndpoints, secure(certs, true)...)
	comm := newCommunicator(t, append(secure(certs, false), "Ice.MessageSizeMax", "102400")...)
	for n, transport := range []string{"tcp", "ssl", "ws", "wss"} {
		t.Run("python "+transport, func(t *testing.T) {
			p := testerAt(t, comm, fmt.Sprintf("%s -h 127.0.0.1 -p %d", transport, portOf(t, python, transport)))
			checkTester(t, comm, p, transport)
		})
		t.Run("go "+transport, func(t *testing.T) {
			p, err := comm.StringToProxy(server.proxy(n))
			require.NoError(t, err)
			checkTester(t, comm, at.NewTesterPrx(p), transport)
		})
	}
}

// A client that compresses its requests gets compressed replies.
func TestCompressedReplies(t *testing.T) {
	peer.CheckLeaks(t)
	server := startGoServer(t, "tcp -h 127.0.0.1")
	var port int
	_, err := fmt.Sscanf(server.proxy(0), "tester:tcp -h 127.0.0.1 -p %d", &port)
	require.NoError(t, err)
	proxy := faultproxy.Start(t, port)
	p := testerAt(t, newCommunicator(t), fmt.Sprintf("tcp -h 127.0.0.1 -p %d", proxy.Port()))
	text := strings.Repeat("compressible ", 20000)
	for _, compress := range []bool{false, true} {
		before := [2]int64{proxy.Passed(faultproxy.ToServer), proxy.Passed(faultproxy.ToClient)}
		got, same, err := ice.WithCompress(p, compress).EchoString(t.Context(), text)
		require.NoError(t, err)
		assert.Equal(t, text, got)
		assert.Equal(t, text, same)
		if sent, received := proxy.Passed(faultproxy.ToServer)-before[0], proxy.Passed(faultproxy.ToClient)-before[1]; compress {
			assert.Less(t, sent, int64(len(text)/10))
			assert.Less(t, received, int64(len(text)/10))
		} else {
			assert.Greater(t, received, int64(len(text)))
		}
	}
}
