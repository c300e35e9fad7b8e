package ice

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

func TestNetworkTrace(t *testing.T) {
	peer.CheckLeaks(t)
	for level, want := range map[string][]string{
		"0": {},
		"1": {"accepted a connection", "closed a connection"},
		"2": {"accepted a connection", "closed a connection", "listening", "no longer listening"},
	} {
		t.Run(level, func(t *testing.T) {
			w := newWorld(t, "Ice.Trace.Network", level)
			require.NoError(t, w.add(newGreeter(hello), "x").IcePing(t.Context()))
			require.NoError(t, w.server.Close())
			for _, text := range want {
				requireLogged(t, w.log, text)
			}
			assert.Equal(t, len(want) > 0, strings.Contains(w.log.String(), "trace=Network"))
		})
	}
}

func TestNetworkTraceOfAClient(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	log := &safeBuffer{}
	comm, err := NewCommunicator(WithLogger(slog.New(slog.NewTextHandler(log, nil))), WithProperty("Ice.Trace.Network", "2"), WithProperty("Ice.Trace.Retry", "2"))
	require.NoError(t, err)
	p, err := comm.StringToProxy(w.add(newGreeter(hello), "x").String())
	require.NoError(t, err)
	require.NoError(t, p.IcePing(t.Context()))
	require.NoError(t, w.adapter.Destroy(t.Context()))
	require.ErrorIs(t, p.IcePing(t.Context()), ErrConnectionRefused)
	require.NoError(t, comm.Close())
	for _, text := range []string{"msg=connecting", "msg=connected", "closed a connection", "no connection", "trace=Retry", "an endpoint failed"} {
		requireLogged(t, log, text)
	}
}

// requireLogged waits for a text in a log: an end is logged a moment after others see it.
func requireLogged(t *testing.T, log *safeBuffer, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), text) }, 20*time.Second, time.Millisecond, text)
}

// Both sides of a call trace its messages, and the bytes that they are.
func TestProtocolTrace(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "Ice.Trace.Protocol", "1", "Ice.Trace.Network", "3")
	p := w.add(newGreeter(hello), "greeter")
	_, err := greet(t.Context(), p, "you")
	require.NoError(t, err)
	require.NoError(t, w.client.Close())
	for _, text := range []string{
		"msg=received trace=Protocol", `type=request size=46 request=1 identity=greeter facet="" operation=greet mode=Normal`,
		"msg=sending trace=Protocol", "type=reply size=35 request=1 status=ok", `type="close connection"`,
		"msg=read trace=Network bytes=46", "msg=wrote trace=Network bytes=35",
	} {
		requireLogged(t, w.log, text)
	}
}

// What the protocol's trace says of each kind of message, and of bytes that are none.
func TestMessageTrace(t *testing.T) {
	message := func(kind wire.MessageType, write func(*wire.Encoder)) []byte {
		e := wire.NewEncoder(nil, wire.Encoding10)
		e.StartMessage(kind, wire.NoCompression)
		if write != nil {
			write(e)
		}
		e.EndMessage(0)
		return e.Data()
	}
	request := func(e *wire.Encoder) {
		h := wire.RequestHeader{Identity: Identity{Name: "name", Category: "cat"}, Facet: "side", Operation: "greet", Mode: byte(Idempotent)}
		h.IceWrite(e)
		e.EmptyEncaps(Encoding11)
	}
	tests := []struct {
		message []byte
		want    string
	}{
		{message(wire.RequestMessage, func(e *wire.Encoder) { e.Int(7); request(e) }), `type=request size=47 request=7 identity=cat/name facet=side operation=greet mode=Idempotent`},
		{message(wire.BatchMessage, func(e *wire.Encoder) { e.Int(1); request(e) }), `type="batch request" size=47 requests=1 identity=cat/name facet=side operation=greet mode=Idempotent`},
		{message(wire.ReplyMessage, func(e *wire.Encoder) {
			(&wire.Reply{RequestID: 7, Status: wire.ReplyUnknownException, Message: "broken"}).IceWrite(e)
		}), `type=reply size=26 request=7 status="unknown exception" message=broken`},
		{message(wire.ReplyMessage, func(e *wire.Encoder) {
			(&wire.Reply{RequestID: 8}).IceWrite(e)
			e.EmptyEncaps(Encoding11)
		}), `type=reply size=25 request=8 status=ok`},
		{message(wire.ValidateMessage, nil), `type="validate connection" size=14`},
		{message(wire.CloseMessage, nil), `type="close connection" size=14`},
		{message(wire.RequestMessage, nil), `type=request size=14 request=0`},
		{[]byte("GET / HTTP/1.1"), "error="},
		{nil, "error="},
	}
	for _, tt := range tests {
		log := &safeBuffer{}
		trace := newTracer(propertiesOf("Ice.Trace.Protocol", "1"), slog.New(slog.NewTextHandler(log, nil)))
		trace.message("sent", tt.message, "127.0.0.1:1")
		assert.Contains(t, log.String(), "msg=sent trace=Protocol remote=127.0.0.1:1 "+tt.want)
	}
}

// Each category heeds its own property, and says nothing without it.
func TestTraceLevels(t *testing.T) {
	properties := []string{"Ice.Trace.Network", "Ice.Trace.Protocol", "Ice.Trace.Locator", "Ice.Trace.Slicing", "Ice.Trace.Retry"}
	for _, on := range append(properties, "") {
		log := &safeBuffer{}
		p := NewProperties()
		if on != "" {
			p.Set(on, "3")
		}
		trace := newTracer(p, slog.New(slog.NewTextHandler(log, nil)))
		trace.moved("read", 14, &Connection{})
		trace.message("sent", nil, "peer")
		trace.located(1, "asked")
		trace.sliced("instance", "::Test::C")
		trace.endpointFailed("tcp", false, errOpenQuote)
		if on == "" {
			assert.Empty(t, log.String())
			continue
		}
		assert.Equal(t, 1, strings.Count(log.String(), "\n"), on)
		assert.Contains(t, log.String(), "trace="+strings.TrimPrefix(on, "Ice.Trace."))
	}
}

// The decoders of a communicator report what they slice only if Ice.Trace.Slicing asks for it.
func TestTraceSlicing(t *testing.T) {
	for _, level := range []string{"0", "1"} {
		comm, err := NewCommunicator(WithProperty("Ice.Trace.Slicing", level))
		require.NoError(t, err)
		d := wire.NewDecoder(nil, wire.Encoding11)
		comm.prepareDecoder(d)
		assert.Equal(t, level == "1", d.Sliced != nil)
		require.NoError(t, comm.Close())
	}
}
