package transport

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

var bg = context.Background()

// stepTimeout bounds what a test lets happen; short where the test waits for it.
const stepTimeout = 20 * time.Second

func TestEchoOverEveryTransport(t *testing.T) {
	peer.CheckLeaks(t)
	server, client := testTLS(t)
	for _, host := range []string{"127.0.0.1", "::1", "localhost"} {
		for _, protocol := range []string{TCP, SSL, WS, WSS} {
			t.Run(protocol+" "+host, func(t *testing.T) {
				addr := startEcho(t, &ListenConfig{TLS: server}, Target{Protocol: protocol, Host: host, Timeout: stepTimeout})
				addr.Resource = "/ice/1?a=b"
				conn, info, err := (&Dialer{TLS: client, RcvSize: 100_000, SndSize: 100_000}).Dial(bg, addr)
				require.NoError(t, err)
				defer func() { assert.NoError(t, conn.Close()) }()

				assert.Equal(t, protocol, info.Protocol)
				assert.False(t, info.Incoming)
				assert.Equal(t, conn.RemoteAddr(), info.RemoteAddr)
				assert.GreaterOrEqual(t, info.RcvSize, 100_000)
				assert.Equal(t, addr.Secure(), info.TLS != nil)
				assert.Equal(t, addr.WebSocket(), info.Header != nil)
				_, plain := conn.(*net.TCPConn)
				assert.Equal(t, protocol == TCP, plain)

				for _, size := range []int{1, 14, 125, 126, 65535, 65536, 1 << 20} {
					sent := bytes.Repeat([]byte{byte(size), 7, 9}, size)[:size]
					got := make([]byte, size)
					done := make(chan error, 1)
					go func() { _, err := io.ReadFull(conn, got); done <- err }()
					buffers := net.Buffers{sent[:size/3], sent[size/3 : size/2], sent[size/2:]}
					if w, ok := conn.(interface {
						WriteBuffers(net.Buffers) (int64, error)
					}); ok {
						n, err := w.WriteBuffers(buffers)
						require.NoError(t, err)
						assert.Equal(t, int64(size), n)
					} else {
						_, err := buffers.WriteTo(conn)
						require.NoError(t, err)
					}
					require.NoError(t, <-done)
					require.True(t, bytes.Equal(sent, got), "%d bytes came back changed", size)
				}
			})
		}
	}
}

func TestCloseIsTheEndOfTheStreamOnTheOtherSide(t *testing.T) {
	peer.CheckLeaks(t)
	server, client := testTLS(t)
	for _, protocol := range []string{TCP, SSL, WS, WSS} {
		t.Run(protocol, func(t *testing.T) {
			l, err := (&ListenConfig{TLS: server}).Listen(bg, Target{Protocol: protocol, Host: "127.0.0.1", Timeout: stepTimeout})
			require.NoError(t, err)
			defer l.Close()
			accepted := make(chan net.Conn, 1)
			go func() {
				raw, err := l.Accept()
				if err == nil {
					if conn, _, err := l.Handshake(bg, raw); err == nil {
						accepted <- conn
						return
					}
				}
				close(accepted)
			}()
			ours, _, err := (&Dialer{TLS: client}).Dial(bg, l.Target())
			require.NoError(t, err)
			theirs := <-accepted
			require.NotNil(t, theirs)
			_, err = theirs.Write([]byte("bye"))
			require.NoError(t, err)
			require.NoError(t, theirs.Close())
			all, err := io.ReadAll(ours)
			require.NoError(t, err)
			assert.Equal(t, "bye", string(all))
			_, err = ours.Read(make([]byte, 1))
			require.ErrorIs(t, err, io.EOF, "reading on must not panic")
			_ = ours.Close()
			_ = ours.Close()
		})
	}
}

func TestDeadlinesHoldOnEveryTransport(t *testing.T) {
	peer.CheckLeaks(t)
	server, client := testTLS(t)
	for _, protocol := range []string{TCP, SSL, WS, WSS} {
		t.Run(protocol, func(t *testing.T) {
			addr := startEcho(t, &ListenConfig{TLS: server}, Target{Protocol: protocol, Host: "127.0.0.1", Timeout: stepTimeout})
			conn, _, err := (&Dialer{TLS: client}).Dial(bg, addr)
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
			_, err = conn.Read(make([]byte, 1))
			assert.True(t, isTimeout(err), "%v", err)
			require.NoError(t, conn.SetWriteDeadline(time.Unix(1, 0)))
			_, err = conn.Write([]byte("x"))
			assert.True(t, isTimeout(err), "%v", err)
		})
	}
}

func TestSourceAddress(t *testing.T) {
	peer.CheckLeaks(t)
	addr := startEcho(t, &ListenConfig{}, Target{Protocol: TCP, Host: "127.0.0.1"})
	for _, d := range []struct {
		dialer Dialer
		target string
	}{{Dialer{SourceAddress: "127.0.0.2"}, ""}, {Dialer{SourceAddress: "127.0.0.9"}, "127.0.0.2"}} {
		target := addr
		target.SourceAddress = d.target
		conn, info, err := d.dialer.Dial(bg, target)
		require.NoError(t, err)
		assert.Equal(t, "127.0.0.2", info.LocalAddr.(*net.TCPAddr).IP.String())
		require.NoError(t, conn.Close())
	}
	_, _, err := (&Dialer{SourceAddress: "home"}).Dial(bg, addr)
	assert.ErrorContains(t, err, `the source address "home" is no IP address`)
}

func TestResolve(t *testing.T) {
	v4, v6 := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")
	tests := []struct {
		name   string
		dialer Dialer
		host   string
		want   []netip.Addr
	}{
		{"either", Dialer{}, "127.0.0.1", []netip.Addr{v4}},
		{"either", Dialer{}, "::1", []netip.Addr{v6}},
		{"either", Dialer{}, "::ffff:127.0.0.1", []netip.Addr{v4}},
		{"only v4", Dialer{IPv4: true}, "::1", nil},
		{"only v6", Dialer{IPv6: true}, "127.0.0.1", nil},
		{"both", Dialer{IPv4: true, IPv6: true}, "::1", []netip.Addr{v6}},
		{"socks", Dialer{SOCKSProxy: "x:1"}, "::1", nil},
		{"http proxy", Dialer{HTTPProxy: "x:1"}, "no.such.host.invalid", []netip.Addr{{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+tt.host, func(t *testing.T) {
			targets, err := tt.dialer.Resolve(bg, Target{Protocol: TCP, Host: tt.host, Port: 1})
			var got []netip.Addr
			for _, target := range targets {
				got = append(got, target.Addr)
			}
			assert.Equal(t, tt.want, got)
			if tt.want == nil {
				assert.ErrorContains(t, err, "Ice.IPv4")
			}
		})
	}
	mixed := []netip.Addr{v6, v4, netip.MustParseAddr("fd00::1"), netip.MustParseAddr("10.0.0.1")}
	assert.Equal(t, []netip.Addr{mixed[1], mixed[3], mixed[0], mixed[2]}, (&Dialer{}).usable(mixed))
	assert.Equal(t, []netip.Addr{mixed[0], mixed[2], mixed[1], mixed[3]}, (&Dialer{PreferIPv6: true}).usable(mixed))
}

func TestDialTriesEachAddress(t *testing.T) {
	peer.CheckLeaks(t)
	// Nothing listens on the first address, and the server on the second.
	addr := startEcho(t, &ListenConfig{}, Target{Protocol: TCP, Host: "127.0.0.1"})
	addr.Host = "two.example.org"
	resolver := lookupHost
	t.Cleanup(func() { lookupHost = resolver })
	lookupHost = func(_ context.Context, _, host string) ([]netip.Addr, error) {
		assert.Equal(t, "two.example.org", host)
		return []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.1")}, nil
	}
	targets, err := (&Dialer{}).Resolve(bg, addr)
	require.NoError(t, err)
	require.Len(t, targets, 2)
	conn, info, err := (&Dialer{}).Dial(bg, addr)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1", info.RemoteAddr.(*net.TCPAddr).IP.String())
	require.NoError(t, conn.Close())
}

func TestProxies(t *testing.T) {
	peer.CheckLeaks(t)
	server, client := testTLS(t)
	for _, protocol := range []string{TCP, SSL, WS, WSS} {
		t.Run(protocol, func(t *testing.T) {
			addr := startEcho(t, &ListenConfig{TLS: server}, Target{Protocol: protocol, Host: "127.0.0.1", Timeout: stepTimeout})
			for _, kind := range []string{"http", "socks"} {
				proxy, asked := startProxy(t, kind, "")
				d := &Dialer{TLS: client}
				if kind == "http" {
					d.HTTPProxy = proxy
				} else {
					d.SOCKSProxy = proxy
				}
				conn, _, err := d.Dial(bg, addr)
				require.NoError(t, err)
				_, err = conn.Write([]byte("through " + kind))
				require.NoError(t, err)
				got := make([]byte, len("through "+kind))
				_, err = io.ReadFull(conn, got)
				require.NoError(t, err)
				assert.Equal(t, "through "+kind, string(got))
				assert.Equal(t, addr.hostPort(), <-asked)
				require.NoError(t, conn.Close())
			}
		})
	}
}

func TestProxyRefusals(t *testing.T) {
	peer.CheckLeaks(t)
	tests := []struct{ kind, answer, want string }{
		{"http", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "refused a connection to 127.0.0.1:9: 407 Proxy Authentication Required"},
		{"http", "what?\r\n\r\n", "is not HTTP"},
		{"http", "IceP without an end of a line", `is not HTTP: it begins with "I"`},
		{"http", "HTTP/1.1 200", "did not answer"},
		{"http", "HTTP/1.1 200 " + strings.Repeat("x", maxProxyResponse), "longer than 16384 bytes"},
		{"socks", "\x00\x5b\x00\x00\x00\x00\x00\x00", "refused a connection to 127.0.0.1:9 (code 91)"},
		{"socks", "\x05\x00\x00\x00\x00\x00\x00\x00", "is not SOCKS4"},
		{"socks", "\x00", "did not answer"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			proxy, _ := startProxy(t, tt.kind, tt.answer)
			d := &Dialer{HTTPProxy: proxy}
			if tt.kind == "socks" {
				d = &Dialer{SOCKSProxy: proxy}
			}
			_, _, err := d.Dial(bg, Target{Protocol: TCP, Host: "127.0.0.1", Port: 9, Timeout: stepTimeout})
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, StepProxy, e.Step)
			assert.ErrorContains(t, err, tt.want)
			assert.ErrorContains(t, err, proxy)
		})
	}
}

// Each way of not getting through says at which step and what to do.
func TestDialErrors(t *testing.T) {
	peer.CheckLeaks(t)
	_, client := testTLS(t)
	says := func(greeting string) Target { return startGreeter(t, greeting) }
	silent := says("")
	with := func(target Target, protocol string, timeout time.Duration) Target {
		target.Protocol, target.Timeout = protocol, timeout
		return target
	}
	short := 50 * time.Millisecond
	tests := []struct {
		name    string
		target  Target
		step    Step
		timeout bool
		want    string
	}{
		{"refused", Target{Protocol: TCP, Host: "127.0.0.1", Port: freePort(t)}, StepConnect, false, "nothing listens there"},
		{"name", Target{Protocol: TCP, Host: "no.such.host.invalid", Port: 1}, StepResolve, false, "no.such.host.invalid"},
		{"protocol", Target{Protocol: "udp", Host: "127.0.0.1", Port: 1}, StepConnect, false, "must be tcp, ssl, ws or wss"},
		{"port", Target{Protocol: TCP, Host: "127.0.0.1", Port: 65536}, StepConnect, false, "65536 is not a port"},
		{"ssl to Ice", with(says("IceP\x01\x00\x01\x00\x03\x00\x0e\x00\x00\x00"), SSL, stepTimeout), StepTLS, false, "the Ice protocol without TLS"},
		{"ssl to HTTP", with(says("HTTP/1.1 400 Bad Request\r\n\r\n"), SSL, stepTimeout), StepTLS, false, "an HTTP response"},
		{"ssl to SSH", with(says("SSH-2.0-x\r\n"), SSL, stepTimeout), StepTLS, false, "an SSH server"},
		{"ssl to noise", with(says("noise"), SSL, stepTimeout), StepTLS, false, "does not speak TLS"},
		{"ssl to silence", with(silent, SSL, short), StepTLS, true, "may not speak TLS on this port"},
		{"no cipher in common", with(says("\x15\x03\x03\x00\x02\x02\x28"), SSL, stepTimeout), StepTLS, false, "anonymous Diffie-Hellman"},
		{"no version in common", with(says("\x15\x03\x01\x00\x02\x02\x46"), SSL, stepTimeout), StepTLS, false, "IceSSL.ProtocolVersionMin"},
		{"ws to silence", with(silent, WS, short), StepWebSocket, true, "does not answer the WebSocket request"},
		{"ws to 404", with(says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), WS, stepTimeout), StepWebSocket, false, "answered 404 Not Found"},
		{"ws to Ice", with(says("IceP\x01\x00\x01\x00\x03\x00\x0e\x00\x00\x00"), WS, stepTimeout), StepWebSocket, false, "without WebSocket"},
		{"wss to silence", with(silent, WSS, short), StepTLS, true, "may not speak TLS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := (&Dialer{TLS: client}).Dial(bg, tt.target)
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, tt.step, e.Step)
			assert.Equal(t, tt.timeout, e.Timeout(), "%v", err)
			assert.ErrorContains(t, err, tt.want)
			assert.ErrorContains(t, err, string(tt.step)+": "+tt.target.String())
		})
	}
	_, _, err := (&Dialer{}).Dial(bg, tests[0].target)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)

	ctx, cancel := context.WithCancel(bg)
	time.AfterFunc(short, cancel)
	_, _, err = (&Dialer{}).Dial(ctx, with(silent, WS, 0))
	require.ErrorIs(t, err, context.Canceled)
}

func TestCertificatesAreVerified(t *testing.T) {
	peer.CheckLeaks(t)
	server, client := testTLS(t)
	addr := startEcho(t, &ListenConfig{TLS: server}, Target{Protocol: SSL, Host: "127.0.0.1", Timeout: stepTimeout})

	_, _, err := (&Dialer{}).Dial(bg, addr)
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, err, &unknown, "without authorities of its own the system's must be asked")
	assert.ErrorContains(t, err, "IceSSL.CAs")

	other := client.Clone()
	other.ServerName = "other.example"
	_, _, err = (&Dialer{TLS: other}).Dial(bg, addr)
	assert.ErrorContains(t, err, "IceSSL.CheckCertName")

	wantsCert := server.Clone()
	wantsCert.ClientAuth, wantsCert.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12
	addr = startEcho(t, &ListenConfig{TLS: wantsCert}, Target{Protocol: SSL, Host: "127.0.0.1", Timeout: stepTimeout})
	_, _, err = (&Dialer{TLS: client}).Dial(bg, addr)
	assert.ErrorContains(t, err, "IceSSL.CertFile")

	// With TLS 1.3 the verdict comes with the first read.
	wantsCert.MaxVersion = 0
	conn, _, err := (&Dialer{TLS: client}).Dial(bg, addr)
	if err == nil {
		_, err = conn.Read(make([]byte, 1))
		_ = conn.Close()
	}
	assert.Contains(t, Hint(err), "IceSSL.CertFile")
}

func TestListenErrors(t *testing.T) {
	peer.CheckLeaks(t)
	l, err := (&ListenConfig{}).Listen(bg, Target{Protocol: TCP, Host: "127.0.0.1"})
	require.NoError(t, err)
	defer l.Close()
	_, err = (&ListenConfig{}).Listen(bg, l.Target())
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	assert.ErrorContains(t, err, "listens at that port already")
	_, err = (&ListenConfig{}).Listen(bg, Target{Protocol: WSS, Host: "127.0.0.1"})
	assert.ErrorContains(t, err, "IceSSL.CertFile")
	_, err = (&ListenConfig{}).Listen(bg, Target{Protocol: TCP, Host: "192.0.2.77"})
	require.Error(t, err)

	require.NoError(t, l.Close())
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, l.Close(), net.ErrClosed)
}

// What a server gets that is no client of its transport ends in an error, within
// the time it allows, and leaves nothing open.
func TestHandshakesOfStrangers(t *testing.T) {
	peer.CheckLeaks(t)
	server, _ := testTLS(t)
	tests := []struct{ name, protocol, sends, want, answer string }{
		{"silence ws", WS, "", "deadline", ""},
		{"silence ssl", SSL, "", "deadline", ""},
		{"Ice on ws", WS, "IceP\x01\x00\x01\x00\x00\x00\x0e\x00\x00\x00\r\n\r\n", "no WebSocket request", ""},
		{"HTTP on ws", WS, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "upgrade", "400 Bad Request"},
		{"long head", WS, "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 2*maxHead), "longer than 16384 bytes", ""},
		{"other subprotocol", WS, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: chat\r\n\r\n", `["chat"]`, "must be ice.zeroc.com"},
		{"Ice on ssl", SSL, "IceP\x01\x00\x01\x00\x00\x00\x0e\x00\x00\x00", "the Ice protocol without TLS", ""},
		{"HTTP on ssl", SSL, "GET / HTTP/1.1\r\n\r\n", "an HTTP request", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			timeout := stepTimeout
			if tt.sends == "" {
				timeout = 50 * time.Millisecond
			}
			l, err := (&ListenConfig{TLS: server}).Listen(bg, Target{Protocol: tt.protocol, Host: "127.0.0.1", Timeout: timeout})
			require.NoError(t, err)
			defer l.Close()
			conn, err := net.Dial("tcp", l.Target().hostPort())
			require.NoError(t, err)
			defer conn.Close()
			_, err = conn.Write([]byte(tt.sends))
			require.NoError(t, err)
			raw, err := l.Accept()
			require.NoError(t, err)
			_, _, err = l.Handshake(bg, raw)
			assert.ErrorContains(t, err, tt.want)
			_ = conn.(*net.TCPConn).CloseWrite()
			answer, _ := io.ReadAll(conn)
			assert.Contains(t, string(answer), tt.answer)
		})
	}
}

func TestTextFramesAreRefused(t *testing.T) {
	peer.CheckLeaks(t)
	l, err := (&ListenConfig{}).Listen(bg, Target{Protocol: WS, Host: "127.0.0.1", Timeout: stepTimeout})
	require.NoError(t, err)
	defer l.Close()
	conn, err := net.Dial("tcp", l.Target().hostPort())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ice.zeroc.com\r\n\r\n")
	require.NoError(t, err)
	raw, err := l.Accept()
	require.NoError(t, err)
	ws, info, err := l.Handshake(bg, raw)
	require.NoError(t, err)
	defer ws.Close()
	assert.True(t, info.Incoming)
	assert.Equal(t, "/", info.Resource)
	_, err = conn.Write([]byte{0x81, 0x81, 0, 0, 0, 0, 'x'})
	require.NoError(t, err)
	for range 3 {
		_, err = ws.Read(make([]byte, 1))
		assert.ErrorContains(t, err, "text frame")
	}
}

func TestDescribe(t *testing.T) {
	for bytes, want := range map[string]string{
		"": "", "xyz": "", "IceP": "the Ice protocol without TLS", "HTTP/1.1": "an HTTP response", "GET /": "an HTTP request", "SSH-2.0": "an SSH server",
		"\x15\x03\x01": "a TLS record", "\x16\x03": "a TLS record", "\x82\x7e": "a WebSocket frame", "220 mail": "a mail or FTP server",
	} {
		assert.Truef(t, strings.HasPrefix(Describe([]byte(bytes)), want), "%q", bytes)
		if want == "" {
			assert.Empty(t, Describe([]byte(bytes)))
		}
	}
}

func TestTargetString(t *testing.T) {
	target := Target{Protocol: WSS, Host: "omero.example", Port: 443, Resource: "omero-ws", Addr: netip.MustParseAddr("192.0.2.7")}
	assert.Equal(t, "wss://omero.example:443/omero-ws (192.0.2.7)", target.String())
	assert.Equal(t, "tcp://[::1]:1", Target{Protocol: TCP, Host: "::1", Port: 1, Addr: netip.IPv6Loopback()}.String())
	for host, want := range map[string]bool{"": true, "*": true, "0.0.0.0": true, "::": true, "127.0.0.1": false, "localhost": false} {
		assert.Equal(t, want, Target{Host: host}.Wildcard(), host)
	}
}

func TestInterfaceAddresses(t *testing.T) {
	v4, err := InterfaceAddresses(true, false)
	require.NoError(t, err)
	for _, a := range v4 {
		assert.True(t, a.Is4())
		assert.False(t, a.IsUnspecified())
	}
	assert.NotEmpty(t, v4)
}

// startEcho answers every connection with what it sends.
func startEcho(t *testing.T, config *ListenConfig, target Target) Target {
	t.Helper()
	l, err := config.Listen(bg, target)
	require.NoError(t, err)
	serve(t, l.Close, func() (net.Conn, error) { return l.Accept() }, func(raw net.Conn) {
		conn, _, err := l.Handshake(bg, raw)
		if err != nil {
			return
		}
		_, _ = io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn})
		_ = conn.Close()
	})
	return l.Target()
}

// startGreeter sends greeting to whoever connects, and reads what they say.
func startGreeter(t *testing.T, greeting string) Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serve(t, l.Close, l.Accept, func(conn net.Conn) {
		defer conn.Close()
		_, _ = io.WriteString(conn, greeting)
		if greeting != "" {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
		_, _ = io.Copy(io.Discard, conn)
	})
	return Target{Protocol: TCP, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
}

// startProxy is an HTTP or SOCKS4 proxy, or with an answer one that gives this
// answer and hangs up. The channel tells what it was asked for.
func startProxy(t *testing.T, kind, answer string) (address string, asked <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	targets := make(chan string, 10)
	serve(t, l.Close, l.Accept, func(client net.Conn) {
		defer client.Close()
		target, accepted, err := readProxyRequest(client, kind)
		if err != nil {
			return
		}
		targets <- target
		if answer != "" {
			_, _ = io.WriteString(client, answer)
			if !strings.HasSuffix(answer, "without an end of a line") { // the connection stays open
				_ = client.(*net.TCPConn).CloseWrite()
			}
			_, _ = io.Copy(io.Discard, client)
			return
		}
		server, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		defer server.Close()
		_, _ = io.WriteString(client, accepted)
		done := make(chan struct{})
		go func() {
			_, _ = io.Copy(server, client)
			_ = server.(*net.TCPConn).CloseWrite()
			close(done)
		}()
		_, _ = io.Copy(client, server)
		_ = client.Close()
		<-done
	})
	return l.Addr().String(), targets
}

// A proxy may end its lines as it likes; what follows its head is the server's, and stays.
func TestHTTPProxyHeads(t *testing.T) {
	for _, head := range []string{
		"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.0 200 OK\n\n", "HTTP/1.1 200 OK\nVia: x\n\n", "HTTP/1.1 200 OK\r\nVia: x\n\r\n", "HTTP/1.1 200 OK\nVia: x\r\n\n",
	} {
		proxy, client := net.Pipe()
		go func() {
			_, _ = readHead(proxy, "")
			_, _ = io.WriteString(proxy, head+"IceP")
			_ = proxy.Close()
		}()
		require.NoError(t, httpConnect(client, "host:1"), "%q", head)
		rest, err := io.ReadAll(client)
		require.NoError(t, err)
		assert.Equal(t, "IceP", string(rest), "%q", head)
		_ = client.Close()
	}
}

func readProxyRequest(client net.Conn, kind string) (target, accepted string, err error) {
	if kind == "http" {
		head, err := readHead(client, "")
		if err != nil {
			return "", "", err
		}
		_, err = fmt.Sscanf(string(head), "CONNECT %s HTTP/1.1", &target)
		return target, "HTTP/1.0 200 Connection established\r\n\r\n", err
	}
	var request [9]byte
	if _, err := io.ReadFull(client, request[:]); err != nil {
		return "", "", err
	}
	if request[0] != 4 || request[1] != 1 || request[8] != 0 {
		return "", "", errors.New("no SOCKS4 request")
	}
	ip := netip.AddrFrom4([4]byte(request[4:8]))
	return netip.AddrPortFrom(ip, uint16(request[2])<<8|uint16(request[3])).String(), "\x00\x5a\x00\x00\x00\x00\x00\x00", nil
}

// serve handles connections until the test is over, and then waits for them.
func serve(t *testing.T, stop func() error, accept func() (net.Conn, error), handle func(net.Conn)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		handled := make(chan struct{})
		count := 0
		for {
			conn, err := accept()
			if err != nil {
				break
			}
			count++
			go func() { handle(conn); handled <- struct{}{} }()
		}
		for range count {
			<-handled
		}
	}()
	t.Cleanup(func() {
		_ = stop()
		<-done
	})
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// testTLS makes a self-signed certificate and configurations that use and trust
// it.
func testTLS(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return server, &tls.Config{RootCAs: pool}
}
