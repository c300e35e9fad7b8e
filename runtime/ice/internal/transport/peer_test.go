package transport

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// A ZeroC server greets with a validate message whatever the transport is, and answers a ping.
func TestZeroCServer(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3", "openssl")
	certs := peer.Certs(t)
	server := peer.Start(t, peer.PythonCommand(t, peer.Root(t)+"/interop/peers/python/adapter_server.py", peer.Root(t)+"/testdata/interop/AdapterTest.ice",
		"--endpoints", "tcp -h 127.0.0.1:ssl -h 127.0.0.1:ws -h 127.0.0.1 -r /ice:wss -h 127.0.0.1 -r /ice",
		"--Ice.Plugin.IceSSL=IceSSL:createIceSSL", "--IceSSL.CertFile="+certs.Server, "--IceSSL.KeyFile="+certs.ServerKey, "--IceSSL.CAs="+certs.CA, "--IceSSL.VerifyPeer=2"))
	config := clientConfig(t, certs)
	for _, protocol := range []string{TCP, SSL, WS, WSS} {
		t.Run(protocol, func(t *testing.T) {
			port, err := strconv.Atoi(server.Value(protocol))
			require.NoError(t, err)
			ping(t, &Dialer{TLS: config}, Target{Protocol: protocol, Host: "127.0.0.1", Port: port, Resource: "/ice", Timeout: stepTimeout})
		})
	}
	t.Run("without the client's certificate", func(t *testing.T) {
		port, err := strconv.Atoi(server.Value(SSL))
		require.NoError(t, err)
		anonymous := config.Clone()
		anonymous.Certificates = nil
		conn, _, err := (&Dialer{TLS: anonymous}).Dial(bg, Target{Protocol: SSL, Host: "127.0.0.1", Port: port, Timeout: stepTimeout})
		if err == nil {
			_, err = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
		assert.Contains(t, Hint(err), "IceSSL.CertFile")
	})
	t.Run("behind a reverse proxy", func(t *testing.T) {
		backend, err := url.Parse("http://127.0.0.1:" + server.Value(WS))
		require.NoError(t, err)
		reverse := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(backend)
			r.Out.URL.Path = "/ice"
		}}
		mux := http.NewServeMux()
		mux.Handle("/omero-ws", reverse)
		pair, err := tls.LoadX509KeyPair(certs.Server, certs.ServerKey)
		require.NoError(t, err)
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
		require.NoError(t, err)
		front := &http.Server{Handler: mux}
		done := make(chan struct{})
		go func() { _ = front.Serve(l); close(done) }()
		defer func() {
			_ = front.Close()
			<-done
		}()
		target := Target{Protocol: WSS, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Resource: "/omero-ws", Timeout: stepTimeout}
		ping(t, &Dialer{TLS: config}, target)
		target.Resource = "/elsewhere"
		_, _, err = (&Dialer{TLS: config}).Dial(bg, target)
		assert.ErrorContains(t, err, "404")
		assert.ErrorContains(t, err, "reverse proxy")
	})
}

// ping makes a connection and has the object "tester" answer ice_ping.
func ping(t *testing.T, d *Dialer, target Target) {
	t.Helper()
	conn, info, err := d.Dial(bg, target)
	require.NoError(t, err)
	defer func() { assert.NoError(t, conn.Close()) }()
	if target.Secure() {
		require.NotNil(t, info.TLS)
		assert.NotEmpty(t, info.TLS.PeerCertificates)
	}
	greeting := make([]byte, 14)
	_, err = io.ReadFull(conn, greeting)
	require.NoError(t, err)
	assert.Equal(t, "IceP\x01\x00\x01\x00\x03\x00\x0e\x00\x00\x00", string(greeting))
	body := "\x01\x00\x00\x00\x06tester\x00\x00\x08ice_ping\x01\x00\x06\x00\x00\x00\x01\x01"
	_, err = io.WriteString(conn, "IceP\x01\x00\x01\x00\x00\x00"+string(rune(14+len(body)))+"\x00\x00\x00"+body)
	require.NoError(t, err)
	reply := make([]byte, 25)
	_, err = io.ReadFull(conn, reply)
	require.NoError(t, err)
	assert.Equal(t, "\x01\x00\x00\x00\x00\x06\x00\x00\x00\x01\x01", string(reply[14:]))
}

func clientConfig(t *testing.T, certs *peer.CertFiles) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certs.Client, certs.ClientKey)
	require.NoError(t, err)
	pem, err := os.ReadFile(certs.CA)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pem))
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}
}
