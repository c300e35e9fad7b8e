package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Dialer opens connections. Its fields are set before first use.
type Dialer struct {
	// TLS is the client's configuration for ssl and wss. An empty ServerName is
	// filled in with the target's host.
	TLS *tls.Config
	// IPv4 and IPv6 say which addresses may be used; neither means both.
	IPv4, IPv6 bool
	// PreferIPv6 puts IPv6 addresses first; without it IPv4 addresses are.
	PreferIPv6 bool
	// HTTPProxy and SOCKSProxy are host:port of a proxy that all connections go
	// through. SOCKS is version 4, which knows IPv4 addresses only.
	HTTPProxy, SOCKSProxy string
	// SourceAddress is the local address to connect from.
	SourceAddress string
	// RcvSize and SndSize are the sizes to ask for the socket's buffers, in
	// bytes; 0 leaves them to the system.
	RcvSize, SndSize int
	// DialContext replaces the TCP connection (and the use of proxies), with
	// network "tcp" and the unresolved host:port as address.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// keepAlive lets the kernel notice a peer that is gone for good, however idle
// the connection: after a minute at most the probes start.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 8}

// Resolve returns a target for each address of t's host, in the order to try
// them. A target that is resolved already, or that a proxy or DialContext
// resolves, comes back as it is.
func (d *Dialer) Resolve(ctx context.Context, t Target) ([]Target, error) {
	if t.Addr.IsValid() || d.DialContext != nil || d.HTTPProxy != "" {
		return []Target{t}, nil
	}
	ctx, cancel := withTimeout(ctx, t.Timeout)
	defer cancel()
	addrs, err := d.lookup(ctx, t.Host)
	if err != nil {
		return nil, &Error{Step: StepResolve, Target: t, Err: err}
	}
	addrs = d.usable(addrs)
	if len(addrs) == 0 {
		return nil, &Error{Step: StepResolve, Target: t, Err: errors.New("no address of this host may be used"),
			Hint: "see Ice.IPv4 and Ice.IPv6; a SOCKS4 proxy takes IPv4 only"}
	}
	targets := make([]Target, len(addrs))
	for i, a := range addrs {
		targets[i] = t
		targets[i].Addr = a
	}
	return targets, nil
}

func (d *Dialer) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	if host == "" {
		host = "localhost"
	}
	return lookupHost(ctx, "ip", host)
}

// lookupHost asks the resolver; a variable, so that a test can have a host with
// the addresses that it wants.
var lookupHost = net.DefaultResolver.LookupNetIP

// usable drops the addresses that may not be used and sorts the others by
// family, keeping the resolver's order within each.
func (d *Dialer) usable(addrs []netip.Addr) []netip.Addr {
	v4, v6 := d.IPv4 || !d.IPv6, (d.IPv6 || !d.IPv4) && d.SOCKSProxy == ""
	var kept []netip.Addr
	for _, a := range addrs {
		a = a.Unmap()
		if a.Is4() && v4 || a.Is6() && v6 {
			kept = append(kept, a)
		}
	}
	slices.SortStableFunc(kept, func(a, b netip.Addr) int {
		order := cmp.Compare(a.BitLen(), b.BitLen())
		if d.PreferIPv6 {
			return -order
		}
		return order
	})
	return kept
}

// Dial connects to t, to each of its addresses in turn until one answers, and
// makes all handshakes. When it fails the error is an *Error, or several of them
// joined.
func (d *Dialer) Dial(ctx context.Context, t Target) (net.Conn, *Info, error) {
	if err := t.check(); err != nil {
		return nil, nil, &Error{Step: StepConnect, Target: t, Err: err}
	}
	targets, err := d.Resolve(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	var failures []error
	for _, target := range targets {
		conn, info, err := d.dialOne(ctx, target)
		if err == nil {
			return conn, info, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(failures) == 1 {
		return nil, nil, failures[0]
	}
	return nil, nil, errors.Join(failures...)
}

func (t Target) check() error {
	switch t.Protocol {
	case TCP, SSL, WS, WSS:
	default:
		return fmt.Errorf("there is no transport %q; it must be tcp, ssl, ws or wss", t.Protocol)
	}
	if t.Port < 0 || t.Port > 65535 {
		return fmt.Errorf("%d is not a port; it must be from 0 to 65535", t.Port)
	}
	return nil
}

func (d *Dialer) dialOne(ctx context.Context, t Target) (_ net.Conn, _ *Info, err error) {
	raw, err := d.connect(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = raw.Close()
		}
	}()
	info := &Info{Protocol: t.Protocol, LocalAddr: raw.LocalAddr(), RemoteAddr: raw.RemoteAddr()}
	info.RcvSize, info.SndSize = bufferSizes(raw)
	conn := raw
	if t.Secure() {
		secure, err := d.secure(ctx, t, raw)
		if err != nil {
			return nil, nil, err
		}
		state := secure.ConnectionState()
		info.TLS, conn = &state, secure
	}
	if t.WebSocket() {
		if conn, err = openWebSocket(ctx, t, raw, conn, info); err != nil {
			return nil, nil, err
		}
	}
	return conn, info, nil
}

// connect makes the TCP connection, through a proxy if there is one.
func (d *Dialer) connect(ctx context.Context, t Target) (net.Conn, error) {
	stepCtx, cancel := withTimeout(ctx, t.Timeout)
	defer cancel()
	if d.DialContext != nil {
		conn, err := d.DialContext(stepCtx, "tcp", t.address())
		if err != nil {
			return nil, &Error{Step: StepConnect, Target: t, Err: err}
		}
		return conn, nil
	}
	dialer, err := d.netDialer(t)
	if err != nil {
		return nil, &Error{Step: StepConnect, Target: t, Err: err}
	}
	address := t.address()
	switch {
	case d.HTTPProxy != "":
		address = d.HTTPProxy
	case d.SOCKSProxy != "":
		address = d.SOCKSProxy
	}
	conn, err := dialer.DialContext(stepCtx, d.network(), address)
	if err != nil {
		e := &Error{Step: StepConnect, Target: t, Err: err}
		if address != t.address() {
			e.Step = StepProxy
		} else if errors.Is(err, syscall.ECONNREFUSED) {
			e.Hint = "nothing listens there: is the server running, and is the port right?"
		}
		return nil, e
	}
	if address == t.address() {
		return conn, nil
	}
	err = bounded(ctx, t.Timeout, conn, func() error {
		if d.HTTPProxy != "" {
			return httpConnect(conn, t.hostPort())
		}
		return socksConnect(conn, netip.AddrPortFrom(t.Addr, uint16(t.Port)))
	})
	if err != nil {
		_ = conn.Close()
		return nil, &Error{Step: StepProxy, Target: t, Err: fmt.Errorf("%s: %w", address, err)}
	}
	return conn, nil
}

func (d *Dialer) network() string {
	switch {
	case d.IPv4 && !d.IPv6:
		return "tcp4"
	case d.IPv6 && !d.IPv4:
		return "tcp6"
	}
	return "tcp"
}

func (d *Dialer) netDialer(t Target) (*net.Dialer, error) {
	dialer := &net.Dialer{KeepAliveConfig: keepAlive, Control: setBuffers(d.RcvSize, d.SndSize)}
	if source := cmp.Or(t.SourceAddress, d.SourceAddress); source != "" {
		addr, err := netip.ParseAddr(source)
		if err != nil {
			return nil, fmt.Errorf("the source address %q is no IP address", source)
		}
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr, 0))
	}
	return dialer, nil
}

func (d *Dialer) secure(ctx context.Context, t Target, raw net.Conn) (*tls.Conn, error) {
	config := &tls.Config{}
	if d.TLS != nil {
		config = d.TLS
	}
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = t.Host
	}
	conn := tls.Client(raw, config)
	ctx, cancel := withTimeout(ctx, t.Timeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		e := &Error{Step: StepTLS, Target: t, Err: err, Hint: Hint(err)}
		if isTimeout(err) {
			e.Hint = "the server does not answer the TLS greeting; it may not speak TLS on this port"
		}
		return nil, e
	}
	return conn, nil
}

func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d)
}

// bounded runs step, which reads and writes conn, and makes its reads and writes
// fail when the time or the context is over.
func bounded(ctx context.Context, timeout time.Duration, conn net.Conn, step func() error) error {
	ctx, cancel := withTimeout(ctx, timeout)
	defer cancel()
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0))
		close(interrupted)
	})
	err := step()
	if !stop() {
		<-interrupted
		if err == nil {
			return conn.SetDeadline(time.Time{}) // the step was done just in time
		}
		return context.Cause(ctx)
	}
	return err
}

// setBuffers sets the sizes of a socket's buffers before it connects or listens,
// which is when they still decide over TCP's window scale.
func setBuffers(rcv, snd int) func(network, address string, c syscall.RawConn) error {
	if rcv <= 0 && snd <= 0 {
		return nil
	}
	return func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) {
			if rcv > 0 {
				failed = setSocketOption(fd, syscall.SO_RCVBUF, rcv)
			}
			if snd > 0 && failed == nil {
				failed = setSocketOption(fd, syscall.SO_SNDBUF, snd)
			}
		})
		return errors.Join(err, failed)
	}
}
