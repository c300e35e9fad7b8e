package ice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
)

// adapterListener accepts the connections of one of an adapter's endpoints.
type adapterListener struct {
	adapter  *Adapter
	endpoint *endpoint // with the port that it got
	listener *transport.Listener
	begun    sync.Once
	ended    sync.Once
}

// greetingTimeout bounds what an accepted client may take for its handshakes if its endpoint has no timeout.
const greetingTimeout = time.Minute

// listen starts listening at endpoints, which are separated by colons.
func (a *Adapter) listen(endpoints string) error {
	config := newListenConfig(a.comm.properties, a.comm.tls, a.name)
	for _, text := range splitEndpoints(endpoints) {
		e, err := parseEndpoint(text, a.comm.endpointDefaults, true)
		if err != nil {
			return err
		}
		if e.opaque() || e.datagram() {
			return fmt.Errorf("an adapter cannot listen at the endpoint %q: only tcp, ssl, ws and wss are served here", text)
		}
		l, err := config.Listen(a.ctx, e.target())
		if err != nil {
			return err
		}
		bound := *e
		bound.port = l.Target().Port
		a.listeners = append(a.listeners, &adapterListener{adapter: a, endpoint: &bound, listener: l})
		a.comm.trace.listening(a.name, l.Target(), true)
	}
	return nil
}

// splitEndpoints splits at colons that are not in quotes.
func splitEndpoints(s string) []string {
	var parts []string
	start, quoted := 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case c == '"' || c == '\'':
			quoted = c
		case c == ':':
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return append(parts, s[start:])
}

// start begins to accept. It has no effect the second time.
func (l *adapterListener) start() {
	l.begun.Do(func() {
		l.adapter.serving.Add(1)
		go l.accept()
	})
}

func (l *adapterListener) stop() {
	l.begun.Do(func() {}) // it shall not start any more
	l.ended.Do(func() {
		_ = l.listener.Close()
		l.adapter.comm.trace.listening(l.adapter.name, l.listener.Target(), false)
	})
}

// accept takes connections until the listener is closed. While the adapter is held, they wait in the system's queue.
func (l *adapterListener) accept() {
	a := l.adapter
	defer a.serving.Done()
	for a.waitToAccept() {
		raw, err := l.listener.Accept()
		if err != nil {
			if a.ctx.Err() == nil {
				a.comm.log.Error("an adapter cannot accept connections any more", "adapter", a.name, "error", err)
			}
			return
		}
		if !a.admit() {
			// Closed without a word of protocol: the client takes it for a server that is not there, and may try another.
			a.comm.log.Warn("a connection is refused: the adapter has as many as it may", "adapter", a.name,
				"limit", a.limits.connections, "remote", raw.RemoteAddr().String())
			_ = raw.Close()
			continue
		}
		a.serving.Add(1)
		go l.open(raw)
	}
}

// waitToAccept waits while the adapter is held. It returns false when it is deactivated.
func (a *Adapter) waitToAccept() bool {
	for {
		a.mu.Lock()
		state, changed := a.state, a.changed
		a.mu.Unlock()
		switch state {
		case adapterActive:
			return true
		case adapterHeld:
			<-changed
		default:
			return false
		}
	}
}

// admit counts a connection whose handshakes begin, unless there are too many.
func (a *Adapter) admit() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.limits.connections > 0 && len(a.connections)+a.opening >= a.limits.connections {
		return false
	}
	a.opening++
	return true
}

// open makes the handshakes of an accepted connection and sets it going.
func (l *adapterListener) open(raw net.Conn) {
	a := l.adapter
	defer a.serving.Done()
	err := l.greet(raw)
	a.mu.Lock()
	a.opening--
	a.mu.Unlock()
	if err != nil && a.ctx.Err() == nil && a.comm.properties.Int("Ice.Warn.Connections", 0) > 0 {
		a.comm.log.Warn("an incoming connection failed", "adapter", a.name, "remote", raw.RemoteAddr().String(), "error", err)
	}
}

func (l *adapterListener) greet(raw net.Conn) error {
	a := l.adapter
	timeout := l.listener.Target().Timeout
	if t := a.limits.connect; t > 0 {
		timeout = t
	}
	if timeout <= 0 {
		timeout = greetingTimeout
	}
	ctx, cancel := context.WithTimeout(a.ctx, 3*timeout) // TLS, WebSocket, and the greeting
	defer cancel()
	conn, info, err := l.listener.Handshake(ctx, raw)
	a.comm.trace.connected(l.listener.Target(), info, err)
	if err != nil {
		return err
	}
	c, err := newIncomingConnection(ctx, a.comm, conn, info, l.endpoint, a)
	if err != nil {
		return err
	}
	a.mu.Lock()
	late := a.state >= adapterDeactivating
	if !late {
		a.connections[c] = struct{}{}
	}
	a.mu.Unlock()
	if late || !a.comm.connections.add(c) {
		c.closeGracefully()
		<-c.done
		err = ErrAdapterDeactivated
	}
	if c.Err() != nil {
		// It may have ended before it was known here, so that nobody takes it out again.
		a.connectionClosed(c)
		a.comm.connections.remove(c)
	}
	return err
}

// connectionClosed is told when a connection ends that this adapter serves.
func (a *Adapter) connectionClosed(c *Connection) {
	a.mu.Lock()
	delete(a.connections, c)
	a.mu.Unlock()
}

// Endpoints returns the endpoints at which the adapter listens, with the ports that it got. "-h" is missing where it
// listens on all interfaces.
func (a *Adapter) Endpoints() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]string, len(a.listeners))
	for i, l := range a.listeners {
		list[i] = l.endpoint.String()
	}
	return list
}

var errNoInterface = errors.New("this machine has no network address that others could reach; set PublishedEndpoints")

// expand gives the endpoints that clients can use for those that the adapter listens at: one for each address of the
// machine where it listens on all interfaces.
func (a *Adapter) expand() ([]*endpoint, error) {
	var list []*endpoint
	host := a.property("PublishedHost")
	for _, l := range a.listeners {
		t := l.listener.Target()
		switch {
		case host != "":
			e := *l.endpoint
			e.host = host
			list = append(list, &e)
		case !t.Wildcard():
			list = append(list, l.endpoint)
		default:
			v4, v6 := a.comm.properties.Bool("Ice.IPv4", true), a.comm.properties.Bool("Ice.IPv6", true)
			addrs, err := transport.InterfaceAddresses(v4, v6 && t.Host != "0.0.0.0")
			if err != nil {
				return nil, err
			}
			if len(addrs) == 0 {
				return nil, errNoInterface
			}
			for _, addr := range addrs {
				e := *l.endpoint
				e.host = addr.String()
				list = append(list, &e)
			}
		}
	}
	return list, nil
}

// property is one of the adapter's own properties.
func (a *Adapter) property(suffix string) string { return a.comm.properties.Get(a.name + "." + suffix) }
