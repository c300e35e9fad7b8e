package adapter_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

const plugin = "--Ice.Plugin.IceSSL=IceSSL:createIceSSL"

// Calls go through an HTTP or a SOCKS proxy when Ice's properties name one.
func TestTransportProxies(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t, "--endpoints", "tcp -h 127.0.0.1:ws -h 127.0.0.1")
	for _, kind := range []string{"HTTP", "SOCKS"} {
		for _, protocol := range []string{"tcp", "ws"} {
			t.Run(kind+" "+protocol, func(t *testing.T) {
				port, asked := startForwarder(t, kind)
				comm := newCommunicator(t, "Ice."+kind+"ProxyHost", "127.0.0.1", "Ice."+kind+"ProxyPort", fmt.Sprint(port))
				target := portOf(t, server, protocol)
				require.NoError(t, testerAt(t, comm, fmt.Sprintf("%s -h 127.0.0.1 -p %d", protocol, target)).IcePing(t.Context()))
				assert.Equal(t, fmt.Sprintf("127.0.0.1:%d", target), <-asked)
			})
		}
	}
	comm := newCommunicator(t, "Ice.HTTPProxyHost", "127.0.0.1", "Ice.HTTPProxyPort", fmt.Sprint(peer.FreePort(t)))
	err := testerAt(t, comm, fmt.Sprintf("tcp -h 127.0.0.1 -p %d", portOf(t, server, "tcp"))).IcePing(t.Context())
	require.ErrorIs(t, err, ice.ErrConnectFailed)
	assert.ErrorContains(t, err, "pass the proxy")
}

// A server that is published under a path of a web server, as OMERO's are, is reached over wss.
func TestTransportBehindAReverseProxy(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "openssl")
	certs := peer.Certs(t)
	server := startTester(t, "--endpoints", "ws -h 127.0.0.1")
	backend, err := url.Parse(fmt.Sprintf("http://127.0.0.1:%d", portOf(t, server, "ws")))
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/omero-ws", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(backend) }})
	pair, err := tls.LoadX509KeyPair(certs.Server, certs.ServerKey)
	require.NoError(t, err)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	require.NoError(t, err)
	front := &http.Server{Handler: mux}
	done := make(chan struct{})
	go func() { _ = front.Serve(l); close(done) }()
	t.Cleanup(func() {
		_ = front.Close()
		<-done
	})
	comm := newCommunicator(t, "IceSSL.CAs", certs.CA)
	p := testerAt(t, comm, fmt.Sprintf("wss -h localhost -p %d -r /omero-ws", l.Addr().(*net.TCPAddr).Port))
	got, _, err := p.EchoBytes(t.Context(), make([]byte, 500_000))
	require.NoError(t, err)
	assert.Len(t, got, 500_000)
	conn, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	info := conn.Info()
	assert.Equal(t, "/omero-ws", info.Resource)
	assert.NotEmpty(t, info.TLS.PeerCertificates)
	assert.Equal(t, "ice.zeroc.com", info.Header.Get("Sec-Websocket-Protocol"))
	err = testerAt(t, comm, fmt.Sprintf("wss -h localhost -p %d -r /elsewhere", l.Addr().(*net.TCPAddr).Port)).IcePing(t.Context())
	assert.ErrorContains(t, err, "404")
}

// Both ends are in IPv6, and Ice's properties choose among a host's addresses.
func TestTransportIPv6(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t, "--endpoints", `tcp -h "::1"`)
	target := fmt.Sprintf(`tcp -h "::1" -p %d`, portOf(t, server, "tcp"))
	require.NoError(t, testerAt(t, newCommunicator(t), target).IcePing(t.Context()))
	err := testerAt(t, newCommunicator(t, "Ice.IPv6", "0"), target).IcePing(t.Context())
	assert.ErrorContains(t, err, "Ice.IPv4 and Ice.IPv6")

	ours := startGoServer(t, `tcp -h "::1"`)
	p, err := newCommunicator(t).StringToProxy(ours.proxy(0))
	require.NoError(t, err)
	require.NoError(t, p.IcePing(t.Context()))
}

// A client connects from the address that it is told to.
func TestTransportSourceAddress(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t)
	target := fmt.Sprintf("tcp -h 127.0.0.1 -p %d", portOf(t, server, "tcp"))
	for name, p := range map[string]ice.ObjectPrx{
		"property": testerAt(t, newCommunicator(t, "Ice.Default.SourceAddress", "127.0.0.3"), target),
		"endpoint": testerAt(t, newCommunicator(t), target+" --sourceAddress 127.0.0.3"),
	} {
		conn, err := p.IceConnection(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "127.0.0.3", conn.Info().LocalAddr.(*net.TCPAddr).IP.String(), name)
	}
}

// Servers are verified unless told otherwise, and each refusal says what to do.
func TestTransportVerification(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "openssl")
	certs := peer.Certs(t)
	start := func(cert, key string, more ...string) string {
		args := append([]string{"--endpoints", "ssl -h 127.0.0.1", plugin, "--IceSSL.VerifyPeer=0"}, more...)
		if cert != "" {
			args = append(args, "--IceSSL.CertFile="+cert, "--IceSSL.KeyFile="+key)
		}
		return fmt.Sprintf("ssl -h 127.0.0.1 -p %d", portOf(t, startTester(t, args...), "ssl"))
	}
	good := start(certs.Server, certs.ServerKey)
	other := start(certs.Other, certs.OtherKey)
	omero := start(certs.Omero, certs.OmeroKey)
	anonymous := start("", "", "--IceSSL.Ciphers=ADH:@SECLEVEL=0", "--IceSSL.ProtocolVersionMax=TLS1_2")
	tests := []struct {
		name, endpoint string
		properties     []string
		want           string // "" for success
	}{
		{"by default", good, nil, "IceSSL.CAs"},
		{"with the authority", good, []string{"IceSSL.CAs", certs.CA}, ""},
		{"of another authority", other, []string{"IceSSL.CAs", certs.CA}, "IceSSL.CAs"},
		{"of another authority, unverified", other, []string{"IceSSL.VerifyPeer", "0"}, ""},
		{"self-signed", omero, []string{"IceSSL.CAs", certs.Omero, "IceSSL.CheckCertName", "0"}, ""},
		{"self-signed, for another name", omero, []string{"IceSSL.CAs", certs.Omero}, "IceSSL.CheckCertName"},
		{"anonymous", anonymous, []string{"IceSSL.VerifyPeer", "0"}, "anonymous Diffie-Hellman"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := testerAt(t, newCommunicator(t, tt.properties...), tt.endpoint).IcePing(t.Context())
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ice.ErrConnectFailed)
			assert.ErrorContains(t, err, tt.want)
		})
	}
	_, err := ice.NewCommunicator(ice.WithProperty("IceSSL.Ciphers", "ADH"))
	assert.ErrorContains(t, err, "anonymous Diffie-Hellman")
}

// A server that asks for a client's certificate gets it, from PEM and from PKCS12, and refuses who has none.
func TestTransportClientCertificates(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "openssl")
	certs := peer.Certs(t)
	python := startTester(t, append([]string{"--endpoints", "ssl -h 127.0.0.1", plugin, "--IceSSL.VerifyPeer=2"}, arguments(secure(certs, true))...)...)
	ours := startGoServer(t, "ssl -h 127.0.0.1", secure(certs, true)...)
	for name, target := range map[string]string{
		"python": fmt.Sprintf("tester:ssl -h 127.0.0.1 -p %d", portOf(t, python, "ssl")),
		"go":     ours.proxy(0),
	} {
		t.Run(name, func(t *testing.T) {
			for _, properties := range [][]string{
				secure(certs, false),
				{"IceSSL.CAs", certs.CA, "IceSSL.CertFile", certs.ClientP12, "IceSSL.Password", peer.CertPassword},
			} {
				p, err := newCommunicator(t, properties...).StringToProxy(target)
				require.NoError(t, err)
				require.NoError(t, p.IcePing(t.Context()))
			}
			p, err := newCommunicator(t, "IceSSL.CAs", certs.CA).StringToProxy(target)
			require.NoError(t, err)
			err = p.IcePing(t.Context())
			require.Error(t, err)
			t.Log(err)
			assert.ErrorContains(t, err, "IceSSL.CertFile")
		})
	}
}

// startForwarder is an HTTP or SOCKS4 proxy; it tells what it was asked for.
func startForwarder(t *testing.T, kind string) (port int, asked <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	targets := make(chan string, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			forward(client, kind, targets)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().(*net.TCPAddr).Port, targets
}

func forward(client net.Conn, kind string, targets chan<- string) {
	defer client.Close()
	reader := bufio.NewReader(client)
	target, accepted := "", "\x00\x5a\x00\x00\x00\x00\x00\x00"
	if kind == "HTTP" {
		request, err := http.ReadRequest(reader)
		if err != nil || request.Method != http.MethodConnect {
			return
		}
		target, accepted = request.Host, "HTTP/1.1 200 OK\r\n\r\n"
	} else {
		var request [9]byte
		if _, err := io.ReadFull(reader, request[:]); err != nil {
			return
		}
		target = netip.AddrPortFrom(netip.AddrFrom4([4]byte(request[4:8])), uint16(request[2])<<8|uint16(request[3])).String()
	}
	targets <- target
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	_, _ = io.WriteString(client, accepted)
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
		close(done)
	}()
	_, _ = io.Copy(server, reader)
	_ = server.Close()
	<-done
}
