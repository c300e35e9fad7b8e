package interop_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/slice2go/slice2go/interop/faultproxy"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lossy is the core server in C++ behind a network that makes faults, and past it. Each call has a connection and a name of
// its own, so that it meets its fault alone and is counted alone.
type lossy struct {
	network *faultproxy.Proxy
	through corePrx
	direct  corePrx
	calls   int
	took    time.Duration // by the last call
}

// newLossy puts a network between the server's port for the transport and a client with the given options.
func newLossy(t *testing.T, server *peer.Process, transport, endpoint string, opts ...ice.Option) *lossy {
	t.Helper()
	port, err := strconv.Atoi(server.Value(transport))
	require.NoError(t, err)
	l := &lossy{network: faultproxy.Start(t, port)}
	l.through = coreProxy(t, newCommunicator(t, opts...), "peer:%s -h 127.0.0.1 -p %d %s", transport, l.network.Port(), endpoint)
	l.direct = coreProxy(t, newCommunicator(t, opts...), "peer:%s -h 127.0.0.1 -p %d", transport, port)
	l.direct = ice.WithInvocationTimeout(l.direct, time.Minute)
	return l
}

// outcome is how a call ended: its error, how often it ran, and how many connections it took.
type outcome struct {
	err         error
	runs        int32
	connections int
}

// call makes one call on a connection that the fault hits; a connection after that one is spared.
func (l *lossy) call(t *testing.T, d faultproxy.Direction, fault faultproxy.Fault, operation string, mode ice.OperationMode) outcome {
	t.Helper()
	ctx := patient(t)
	l.calls++
	name := fmt.Sprintf("%05d %04d", l.network.Port(), l.calls) // always as long
	before := l.network.Accepted()
	fault.Until = before + 1
	l.network.Set(d, fault)
	p := ice.WithConnectionID(l.through, name)
	start := time.Now()
	o := outcome{err: p.void(ctx, operation, mode, name)}
	l.took = time.Since(start)
	l.network.Cut() // what is on its way still does not arrive any more
	l.network.Clear()
	o.connections = l.network.Accepted() - before
	var err error
	o.runs, err = l.direct.count(ctx, name)
	require.NoError(t, err)
	return o
}

// atMostOnce fails the test if what the client was told does not fit what the server did.
func (o outcome) atMostOnce(t *testing.T, what string) {
	t.Helper()
	switch {
	case o.err == nil:
		assert.EqualValues(t, 1, o.runs, "%s: it was answered", what)
	case ice.MayHaveRun(o.err):
		assert.LessOrEqual(t, o.runs, int32(1), "%s: %v", what, o.err)
	default:
		assert.Zero(t, o.runs, "%s: %v", what, o.err)
	}
}

// The sizes of what goes over a connection: the server's greeting, and a call of mark and its reply.
const (
	greetingSize = 14
	markSize     = 14 + 4 + 6 + 1 + 5 + 1 + 1 + 6 + 11
	markReply    = 14 + 4 + 1 + 6
)

// A connection that ends after any byte of the greeting, of the request or of the reply: the call ends as it may, and runs as often.
func TestFaultMatrixCuts(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0")
	l := newLossy(t, server, "tcp", "")
	for _, reset := range []bool{false, true} {
		end := func(after int) faultproxy.Fault {
			return faultproxy.Fault{Cut: !reset, Reset: reset, After: int64(after)}
		}
		what := func(place string, after int) string { return fmt.Sprintf("%s %d, reset: %v", place, after, reset) }
		for after := range greetingSize {
			o := l.call(t, faultproxy.ToClient, end(after), "mark", ice.Normal)
			require.NoError(t, o.err, what("greeting", after))
			assert.Equal(t, outcome{runs: 1, connections: 2}, o, what("greeting", after))
		}
		for after := range markSize {
			o := l.call(t, faultproxy.ToServer, end(after), "mark", ice.Normal)
			require.ErrorIs(t, o.err, ice.ErrConnectionLost, what("request", after))
			assert.True(t, ice.MayHaveRun(o.err), "it went out whole")
			assert.Zero(t, o.runs, what("request", after))
			o = l.call(t, faultproxy.ToServer, end(after), "markAgain", ice.Idempotent)
			assert.Equal(t, outcome{runs: 1, connections: 2}, o, what("idempotent request", after))
		}
		for after := greetingSize; after < greetingSize+markReply; after++ {
			o := l.call(t, faultproxy.ToClient, end(after), "mark", ice.Normal)
			require.ErrorIs(t, o.err, ice.ErrConnectionLost, what("reply", after))
			assert.True(t, ice.MayHaveRun(o.err))
			assert.EqualValues(t, 1, o.runs, what("reply", after))
			assert.Equal(t, 1, o.connections)
			o = l.call(t, faultproxy.ToClient, end(after), "markAgain", ice.Idempotent)
			assert.Equal(t, outcome{runs: 2, connections: 2}, o, what("reply to an idempotent call", after))
		}
		clean := l.call(t, faultproxy.ToClient, end(greetingSize+markReply), "mark", ice.Normal)
		assert.Equal(t, outcome{runs: 1, connections: 1}, clean, "the sizes above are right")
	}
}

// Each byte of the request and of the reply is changed: the call ends with a documented error, at most once run.
func TestFaultMatrixCorruption(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0", "--Ice.Warn.UnknownProperties=0", "--Ice.Warn.Dispatch=0")
	l := newLossy(t, server, "tcp", "-t 300",
		ice.WithProperty("Ice.RetryIntervals", "-1"), ice.WithProperty("Ice.Default.InvocationTimeout", "300"))
	// Where a byte says how much follows or whose reply it is, the client can only wait; each of these costs its time-out.
	outcomes := map[string]int{}
	corrupt := func(d faultproxy.Direction, at int, bits byte) {
		o := l.call(t, d, faultproxy.Fault{Corrupt: bits, After: int64(at)}, "mark", ice.Normal)
		what := fmt.Sprintf("direction %d, byte %d, bits %#x", d, at, bits)
		kind := faultproxy.Ending(o.err)
		outcomes[kind]++
		assert.NotEqual(t, "other", kind, "%s: %v", what, o.err)
		faultproxy.NotLate(t, 300*time.Millisecond, l.took)
		assert.LessOrEqual(t, o.runs, int32(1), what)
		if o.err != nil && !ice.MayHaveRun(o.err) {
			assert.Zero(t, o.runs, "%s: %v", what, o.err)
		}
	}
	for _, bits := range []byte{0x01, 0x80} {
		for at := range markSize {
			corrupt(faultproxy.ToServer, at, bits)
		}
		for at := range greetingSize + markReply {
			corrupt(faultproxy.ToClient, at, bits)
		}
	}
	t.Log(outcomes)
	for _, kind := range []string{"protocol", "answer", "connection", "timeout"} {
		assert.Positive(t, outcomes[kind], kind)
	}
}

// A peer that falls silent at some byte is noticed by the time-out that is for it, and the call never runs twice.
func TestFaultMatrixStalls(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0")
	connect := ice.WithProperty("Ice.Override.ConnectTimeout", "200")
	invocation := ice.WithProperty("Ice.Default.InvocationTimeout", "200")
	tests := []struct {
		name     string
		endpoint string
		option   ice.Option
		d        faultproxy.Direction
		after    int
		want     error
		runs     int32
	}{
		{"before the greeting, -t", "-t 200", nil, faultproxy.ToClient, 0, ice.ErrConnectTimeout, 0},
		{"before the greeting, Override", "", connect, faultproxy.ToClient, 0, ice.ErrConnectTimeout, 0},
		{"in the greeting", "", connect, faultproxy.ToClient, greetingSize - 1, ice.ErrConnectTimeout, 0},
		{"in the request", "", invocation, faultproxy.ToServer, markSize / 2, ice.ErrTimeout, 0},
		{"before the reply", "", invocation, faultproxy.ToClient, greetingSize, ice.ErrTimeout, 1},
		{"in the reply's header", "-t 200", nil, faultproxy.ToClient, greetingSize + 3, ice.ErrTimeout, 1},
		{"in the reply", "-t 200", nil, faultproxy.ToClient, greetingSize + markReply - 1, ice.ErrTimeout, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := []ice.Option{ice.WithProperty("Ice.RetryIntervals", "-1")}
			if tt.option != nil {
				opts = append(opts, tt.option)
			}
			l := newLossy(t, server, "tcp", tt.endpoint, opts...)
			o := l.call(t, tt.d, faultproxy.Fault{Stall: true, After: int64(tt.after)}, "mark", ice.Normal)
			require.ErrorIs(t, o.err, tt.want)
			faultproxy.InTime(t, 200*time.Millisecond, l.took)
			assert.Equal(t, tt.runs, o.runs)
			assert.Equal(t, tt.want != ice.ErrConnectTimeout, ice.MayHaveRun(o.err))
		})
	}
}

// Over every transport, wherever the connection ends or a byte changes, the error says truly whether the call can have run.
func TestFaultMatrixTransports(t *testing.T) {
	peer.CheckLeaks(t)
	certs := peer.Certs(t)
	server := startCoreCpp(t, "ssl -h 127.0.0.1 -p 0:ws -h 127.0.0.1 -p 0:wss -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0",
		"--Ice.Plugin.IceSSL=IceSSL:createIceSSL", "--IceSSL.CAs="+certs.CA, "--IceSSL.CertFile="+certs.Server, "--IceSSL.KeyFile="+certs.ServerKey, "--IceSSL.VerifyPeer=0")
	for _, transport := range []string{"ssl", "ws", "wss"} {
		t.Run(transport, func(t *testing.T) {
			l := newLossy(t, server, transport, "-t 1000", ice.WithProperty("IceSSL.CAs", certs.CA), ice.WithProperty("IceSSL.VerifyPeer", "1"),
				ice.WithProperty("Ice.Default.InvocationTimeout", "1000"), ice.WithProperty("Ice.RetryIntervals", "-1"))
			var size [2]int
			for d := range size {
				size[d] = -int(l.network.Passed(faultproxy.Direction(d)))
			}
			require.NoError(t, l.call(t, faultproxy.ToServer, faultproxy.Fault{}, "mark", ice.Normal).err)
			for d := range size {
				size[d] += int(l.network.Passed(faultproxy.Direction(d)))
			}
			outcomes := map[string]int{}
			for d := range size {
				for at := 0; at < size[d]; at += size[d]/25 + 1 {
					for _, fault := range []faultproxy.Fault{{Cut: true}, {Reset: true}, {Corrupt: 0x10}} {
						fault.After = int64(at)
						o := l.call(t, faultproxy.Direction(d), fault, "mark", ice.Normal)
						kind := faultproxy.Ending(o.err)
						outcomes[kind]++
						what := fmt.Sprintf("direction %d, fault %+v", d, fault)
						assert.NotEqual(t, "other", kind, "%s: %v", what, o.err)
						faultproxy.NotLate(t, time.Second, l.took)
						if fault.Corrupt == 0 || transport != "ws" { // a changed request is another one, unless TLS sees it
							o.atMostOnce(t, what)
						}
					}
				}
			}
			t.Log(outcomes)
			assert.Positive(t, outcomes["connection"]+outcomes["protocol"])
		})
	}
}

// A batch that does not arrive whole does not run at all, and is not sent twice.
func TestFaultMatrixBatches(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0")
	l := newLossy(t, server, "tcp", "")
	ctx := patient(t)
	flush := func(name string) *ice.Connection {
		batch := ice.BatchOneway(ice.WithConnectionID(l.through, name))
		for range 3 {
			require.NoError(t, batch.void(ctx, "mark", ice.Normal, name))
		}
		_ = batch.IceFlushBatch(ctx) // says that the bytes are out, and not what becomes of them
		c := batch.IceCachedConnection()
		require.NotNil(t, c)
		return c
	}
	flush("batch whole")
	eventuallyCounted(t, l.direct, "batch whole", 3)
	size := l.network.Passed(faultproxy.ToServer)
	for after := int64(0); after < size; after += 5 {
		name := fmt.Sprintf("batch %05d", after)
		l.network.Set(faultproxy.ToServer, faultproxy.Fault{Cut: true, After: after})
		select {
		case <-flush(name).Done():
		case <-ctx.Done():
			t.Fatal("the connection was not cut: ", name)
		}
		l.network.Clear()
		n, err := l.direct.count(ctx, name)
		require.NoError(t, err)
		assert.Zero(t, n, name)
	}
}

// Many calls over a network that breaks again and again: none runs twice, and none is lost that was answered.
func TestFaultMatrixStorm(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0")
	l := newLossy(t, server, "tcp", "")
	ctx := patient(t)
	random := rand.New(rand.NewPCG(3, 4))
	told := map[string]int{}
	for round := range 40 {
		var futures []*ice.Future[ice.Void]
		for i := range 20 {
			futures = append(futures, l.through.voidAsync(ctx, "mark", ice.Normal, fmt.Sprint(round, " ", i)))
		}
		switch random.IntN(3) {
		case 0:
			l.network.Cut()
		case 1:
			l.network.Reset()
		}
		for i, f := range futures {
			o := outcome{err: f.Err(ctx)}
			var err error
			o.runs, err = l.direct.count(ctx, fmt.Sprint(round, " ", i))
			require.NoError(t, err)
			o.atMostOnce(t, fmt.Sprint("call ", i, " of round ", round))
			told[tellsOf(o.err)]++
		}
	}
	t.Logf("%v over %d connections", told, l.network.Accepted())
	assert.Positive(t, told["may have run"]+told["has not run"], "the faults had no effect")
}

func tellsOf(err error) string {
	switch {
	case err == nil:
		return "answered"
	case ice.MayHaveRun(err):
		return "may have run"
	}
	return "has not run"
}
