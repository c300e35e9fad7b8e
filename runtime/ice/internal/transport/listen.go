package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// ListenConfig opens listeners. Its fields are set before first use.
type ListenConfig struct {
	// TLS is the server's configuration for ssl and wss. It needs a certificate.
	TLS *tls.Config
	// IPv4 and IPv6 say which addresses may be used; neither means both.
	IPv4, IPv6 bool
	// RcvSize and SndSize are the sizes to ask for the sockets' buffers, in
	// bytes; 0 leaves them to the system.
	RcvSize, SndSize int
}

// Listener accepts the connections of one endpoint.
type Listener struct {
	tcp    *net.TCPListener
	target Target
	tls    *tls.Config
	closed chan struct{}
	once   sync.Once
}

// Listen starts listening at t. Port 0 takes a free port.
func (c *ListenConfig) Listen(ctx context.Context, t Target) (*Listener, error) {
	if err := t.check(); err != nil {
		return nil, &Error{Step: StepListen, Target: t, Err: err}
	}
	if t.Secure() && (c.TLS == nil || !hasCertificate(c.TLS)) {
		return nil, &Error{Step: StepListen, Target: t, Err: errors.New("there is no certificate to show to clients"),
			Hint: "set IceSSL.CertFile and IceSSL.KeyFile, or a tls.Config with certificates"}
	}
	host := t.Host
	if t.Wildcard() {
		host = ""
		if a, err := netip.ParseAddr(t.Host); err == nil {
			host = a.String()
		}
	}
	lc := net.ListenConfig{KeepAliveConfig: keepAlive, Control: setBuffers(c.RcvSize, c.SndSize)}
	network := (&Dialer{IPv4: c.IPv4, IPv6: c.IPv6}).network()
	l, err := lc.Listen(ctx, network, net.JoinHostPort(host, strconv.Itoa(t.Port)))
	if err != nil {
		e := &Error{Step: StepListen, Target: t, Err: err}
		if errors.Is(err, syscall.EADDRINUSE) {
			e.Hint = "another program, or this one, listens at that port already"
		}
		return nil, e
	}
	tcp := l.(*net.TCPListener)
	t.Port = tcp.Addr().(*net.TCPAddr).Port
	return &Listener{tcp: tcp, target: t, tls: c.TLS, closed: make(chan struct{})}, nil
}

func hasCertificate(c *tls.Config) bool {
	return len(c.Certificates) > 0 || c.GetCertificate != nil || c.GetConfigForClient != nil
}

// Wildcard reports whether a target to listen at stands for all interfaces.
func (t Target) Wildcard() bool {
	if t.Host == "" || t.Host == "*" {
		return true
	}
	a, err := netip.ParseAddr(t.Host)
	return err == nil && a.IsUnspecified()
}

// Target is where the listener listens, with the port it got.
func (l *Listener) Target() Target { return l.target }

// Close ends the listener, and an Accept that waits.
func (l *Listener) Close() error {
	err := net.ErrClosed
	l.once.Do(func() {
		close(l.closed)
		err = l.tcp.Close()
	})
	return err
}

// Accept waits for a connection. Its handshakes are still to be made, with
// Handshake, so that a slow client holds up no others. While the process is out
// of descriptors or memory Accept waits and tries again; an error that it returns
// is final.
func (l *Listener) Accept() (net.Conn, error) {
	wait := 5 * time.Millisecond
	for {
		conn, err := l.tcp.AcceptTCP()
		if err == nil {
			return conn, nil
		}
		if !shortage(err) {
			return nil, fmt.Errorf("cannot accept connections at %s: %w", l.target, err)
		}
		select {
		case <-l.closed:
			return nil, fmt.Errorf("cannot accept connections at %s: %w", l.target, net.ErrClosed)
		case <-time.After(wait):
		}
		wait = min(2*wait, time.Second)
	}
}

func shortage(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Handshake makes of an accepted connection what the endpoint offers. Each step
// is bounded by the target's timeout. If it fails, the connection is closed.
func (l *Listener) Handshake(ctx context.Context, raw net.Conn) (_ net.Conn, _ *Info, err error) {
	defer func() {
		if err != nil {
			_ = raw.Close()
		}
	}()
	info := &Info{Protocol: l.target.Protocol, Incoming: true, LocalAddr: raw.LocalAddr(), RemoteAddr: raw.RemoteAddr()}
	info.RcvSize, info.SndSize = bufferSizes(raw)
	conn := raw
	if l.target.Secure() {
		secure := tls.Server(raw, l.tls)
		stepCtx, cancel := withTimeout(ctx, l.target.Timeout)
		err := secure.HandshakeContext(stepCtx)
		cancel()
		if err != nil {
			return nil, nil, &Error{Step: StepTLS, Target: l.target, Err: err, Hint: Hint(err)}
		}
		state := secure.ConnectionState()
		info.TLS, conn = &state, secure
	}
	if l.target.WebSocket() {
		if conn, err = acceptWebSocket(ctx, l.target, raw, conn, info); err != nil {
			return nil, nil, err
		}
	}
	return conn, info, nil
}

// InterfaceAddresses lists this machine's addresses as a listener on all
// interfaces would publish them: those of other hosts' concern if there are any,
// else the loopback's. Link-local addresses are left out.
func InterfaceAddresses(v4, v6 bool) ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("cannot list this machine's addresses: %w", err)
	}
	var global, loopback []netip.Addr
	for _, a := range list {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		addr := prefix.Addr().Unmap()
		if addr.Is4() && !v4 || addr.Is6() && !v6 || addr.IsLinkLocalUnicast() {
			continue
		}
		if addr.IsLoopback() {
			loopback = append(loopback, addr)
		} else {
			global = append(global, addr)
		}
	}
	if len(global) > 0 {
		return global, nil
	}
	return loopback, nil
}
