package ice

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

// tracer writes what the properties Ice.Trace.* ask for to the communicator's logger, at level Info and with the
// attribute "trace" saying which of them. A level of 0, the default, costs a comparison.
//
//	Ice.Trace.Network   1: connections made and closed; 2: attempts and listening; 3: bytes of each read and write
//	Ice.Trace.Protocol  1: each message sent and received, by type, request, object and operation
//	Ice.Trace.Retry     1: repeated invocations; 2: choice of endpoints as well
//	Ice.Trace.Locator   1: questions to the locator and its answers
//	IceSSL.Trace.Security 1: what TLS has agreed on for a connection
//	Ice.Trace.Slicing   1: instances and exceptions that were sliced because their types are not known here
type tracer struct {
	log                                          *slog.Logger
	network, protocol, retries, locator, slicing int
	security                                     int
}

func newTracer(p *Properties, log *slog.Logger) *tracer {
	return &tracer{
		log:      log,
		network:  p.Int("Ice.Trace.Network", 0),
		protocol: p.Int("Ice.Trace.Protocol", 0),
		retries:  p.Int("Ice.Trace.Retry", 0),
		locator:  p.Int("Ice.Trace.Locator", 0),
		slicing:  p.Int("Ice.Trace.Slicing", 0),
		security: p.Int("IceSSL.Trace.Security", 0),
	}
}

func (t *tracer) say(category, text string, attributes ...slog.Attr) {
	t.log.LogAttrs(context.Background(), slog.LevelInfo, text, printable(append([]slog.Attr{slog.String("trace", category)}, attributes...))...)
}

// printable makes the attributes' texts, which can be a peer's, fit for a log.
func printable(attributes []slog.Attr) []slog.Attr {
	for i, a := range attributes {
		if kind := a.Value.Kind(); kind != slog.KindString && kind != slog.KindAny || a.Value.Any() == nil {
			continue
		}
		text := fmt.Sprint(a.Value.Any())
		if clean := wire.Printable(text); clean != text { // else it stays the error, or the proxy, that it is
			attributes[i].Value = slog.StringValue(clean)
		}
	}
	return attributes
}

// connecting: an attempt begins.
func (t *tracer) connecting(to transport.Target) {
	if t.network >= 2 {
		t.say("Network", "connecting", slog.String("to", to.String()))
	}
}

// connected: a connection of either side is ready, or did not come about.
func (t *tracer) connected(at transport.Target, info *transport.Info, err error) {
	if err == nil && t.security >= 1 && info.TLS != nil {
		t.say("Security", "secured a connection", append(connectionAttributes(info), slog.String("version", tls.VersionName(info.TLS.Version)),
			slog.String("cipher", tls.CipherSuiteName(info.TLS.CipherSuite)), slog.Int("certificates", len(info.TLS.PeerCertificates)))...)
	}
	switch {
	case err != nil && t.network >= 2:
		t.say("Network", "no connection", slog.String("at", at.String()), slog.Any("error", err))
	case err != nil || t.network < 1:
	case info.Incoming:
		t.say("Network", "accepted a connection", connectionAttributes(info)...)
	default:
		t.say("Network", "connected", connectionAttributes(info)...)
	}
}

func connectionAttributes(info *transport.Info) []slog.Attr {
	return []slog.Attr{slog.String("transport", info.Protocol), slog.String("local", info.LocalAddr.String()), slog.String("remote", info.RemoteAddr.String())}
}

// connectionClosed: a connection is over, and why.
func (t *tracer) connectionClosed(c *Connection, err error) {
	if t.network >= 1 {
		t.say("Network", "closed a connection", append(connectionAttributes(c.info), slog.Any("reason", err))...)
	}
}

// listening: an adapter takes connections at an endpoint, or stops to.
func (t *tracer) listening(adapter string, at transport.Target, on bool) {
	if t.network < 2 {
		return
	}
	text := "listening"
	if !on {
		text = "no longer listening"
	}
	t.say("Network", text, slog.String("adapter", adapter), slog.String("at", at.String()))
}

// moved: n bytes were read or written at once.
func (t *tracer) moved(verb string, n int, c *Connection) {
	if t.network >= 3 && n > 0 {
		t.say("Network", verb, slog.Int("bytes", n), slog.String("remote", c.peer()))
	}
}

// sending: messages go out.
func (t *tracer) sending(c *Connection, messages ...outgoing) {
	for _, o := range messages {
		t.message("sending", o.frame.b, c.peer())
	}
}

// message: a message, header included and not compressed, was sent or received.
func (t *tracer) message(verb string, message []byte, remote string) {
	if t.protocol < 1 {
		return
	}
	t.say("Protocol", verb, append([]slog.Attr{slog.String("remote", remote)}, messageAttributes(message)...)...)
}

// messageAttributes says what a message is, as far as it can be read.
func messageAttributes(message []byte) []slog.Attr {
	header, err := wire.ParseHeader(message, 0)
	if err != nil {
		return []slog.Attr{slog.Any("error", err)}
	}
	attributes := []slog.Attr{slog.String("type", header.Type.String()), slog.Int("size", header.Size)}
	if header.Compression == wire.Compressed {
		return append(attributes, slog.Bool("compressed", true))
	}
	d := wire.AcquireDecoder(message)
	defer d.Release()
	d.Skip(wire.HeaderSize)
	switch header.Type {
	case wire.RequestMessage:
		attributes = append(attributes, slog.Int("request", int(d.Int())))
		attributes = append(attributes, requestAttributes(d)...)
	case wire.BatchMessage:
		attributes = append(attributes, slog.Int("requests", d.BatchCount()))
		attributes = append(attributes, requestAttributes(d)...) // of the first
	case wire.ReplyMessage:
		var reply wire.Reply
		reply.IceRead(d)
		attributes = append(attributes, slog.Int("request", int(reply.RequestID)), slog.String("status", replyName(reply.Status)))
		if reply.Message != "" {
			attributes = append(attributes, slog.String("message", reply.Message))
		}
	}
	return attributes
}

func requestAttributes(d *wire.Decoder) []slog.Attr {
	var h wire.RequestHeader
	h.IceRead(d)
	if d.Err() != nil {
		return nil
	}
	return []slog.Attr{
		slog.String("identity", IdentityToString(h.Identity)), slog.String("facet", h.Facet), slog.String("operation", h.Operation),
		slog.String("mode", OperationMode(h.Mode).String()),
	}
}

func replyName(s wire.ReplyStatus) string {
	names := [...]string{
		"ok", "user exception", "object does not exist", "facet does not exist", "operation does not exist", "unknown local exception",
		"unknown user exception", "unknown exception",
	}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// retry: an invocation failed and is tried again after a delay.
func (t *tracer) retry(v *invocation, err error, delay time.Duration) {
	if t.retries >= 1 {
		t.say("Retry", "retrying an invocation", slog.String("operation", v.operation), slog.String("identity", IdentityToString(v.ref.id)),
			slog.Int("attempt", int(v.attempt)+1), slog.Duration("delay", delay), slog.Any("error", err))
	}
}

// endpointFailed: an endpoint was tried, and another one is next, if there is one.
func (t *tracer) endpointFailed(endpoint string, more bool, err error) {
	if t.retries >= 2 {
		t.say("Retry", "an endpoint failed", slog.String("endpoint", endpoint), slog.Bool("more", more), slog.Any("error", err))
	}
}

// located: what concerns the locator; detail is the level from which it is of interest.
func (t *tracer) located(detail int, text string, attributes ...slog.Attr) {
	if t.locator >= detail {
		t.say("Locator", text, attributes...)
	}
}

// sliced: an instance or exception arrived of which only a base is known here.
func (t *tracer) sliced(what, typeID string) {
	if t.slicing >= 1 {
		t.say("Slicing", "sliced an unknown "+what, slog.String("type", typeID))
	}
}
