package adapter_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/faultproxy"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	at "github.com/slice2go/slice2go/testdata/interop/adaptertest"
)

// adapterSlice is the definition that the peers of these tests load.
func adapterSlice(t testing.TB) string { return peer.Root(t) + "/testdata/interop/AdapterTest.ice" }

// startTester starts the Tester in Python and returns it with the ports of its endpoints.
func startTester(t testing.TB, args ...string) *peer.Process {
	t.Helper()
	peer.Require(t, "python3")
	return peer.Start(t, peer.PythonCommand(t, "../peers/python/adapter_server.py", append([]string{adapterSlice(t)}, args...)...))
}

// faulty is a Tester of a real peer behind a proxy that makes faults, and beside it.
type faulty struct {
	proxy  *faultproxy.Proxy
	tester at.TesterPrx // through the proxy
	direct at.TesterPrx // past it
}

func newFaulty(t *testing.T, server *peer.Process, options string, properties ...string) *faulty {
	t.Helper()
	port := portOf(t, server, "tcp")
	f := &faulty{proxy: faultproxy.Start(t, port)}
	comm := newCommunicator(t, properties...)
	f.tester = testerAt(t, comm, fmt.Sprintf("tcp -h 127.0.0.1 -p %d %s", f.proxy.Port(), options))
	f.direct = testerAt(t, newCommunicator(t), fmt.Sprintf("tcp -h 127.0.0.1 -p %d", port))
	return f
}

func portOf(t testing.TB, server *peer.Process, protocol string) int {
	t.Helper()
	var port int
	_, err := fmt.Sscan(server.Value(protocol), &port)
	require.NoError(t, err)
	return port
}

func newCommunicator(t testing.TB, properties ...string) *ice.Communicator {
	t.Helper()
	var options []ice.Option
	for i := 0; i < len(properties); i += 2 {
		options = append(options, ice.WithProperty(properties[i], properties[i+1]))
	}
	comm, err := ice.NewCommunicator(options...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, comm.Close()) })
	return comm
}

func testerAt(t testing.TB, comm *ice.Communicator, endpoints string) at.TesterPrx {
	t.Helper()
	p, err := comm.StringToProxy("tester:" + endpoints)
	require.NoError(t, err)
	return at.NewTesterPrx(p)
}

func (f *faulty) total(t *testing.T) int32 {
	t.Helper()
	n, err := f.direct.Total(t.Context())
	require.NoError(t, err)
	return n
}

const (
	greetingSize = 14 // the server's validate message
	addSize      = 14 + 4 + 8 + 1 + 4 + 1 + 1 + 6 + 4
	replySize    = 14 + 4 + 1 + 6
)

// However the bytes arrive, calls work.
func TestFaultsThatHurtNobody(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t)
	for name, fault := range map[string]faultproxy.Fault{
		"single bytes": {Split: 1},
		"odd pieces":   {Split: 13},
		"slow":         {Split: 1000, Delay: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFaulty(t, server, "-t 60000")
			f.proxy.Set(faultproxy.ToServer, fault)
			f.proxy.Set(faultproxy.ToClient, fault)
			ctx := t.Context()
			var futures []*ice.Future[at.TesterEchoIntResult]
			for i := range int32(200) {
				futures = append(futures, f.tester.EchoIntAsync(ctx, i))
			}
			text := strings.Repeat("a long text ", 2000)
			got, _, err := f.tester.EchoString(ctx, text)
			require.NoError(t, err)
			assert.Equal(t, text, got)
			for i, future := range futures {
				r, err := future.Result(ctx)
				require.NoError(t, err)
				assert.Equal(t, int32(i), r.ReturnValue)
			}
			assert.Equal(t, 1, f.proxy.Accepted())
		})
	}
}

// A call that is cut at any byte ends in an error that says whether it can have run, and never runs twice.
func TestFaultsCutNormalCalls(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t)
	for _, reset := range []bool{false, true} {
		f := newFaulty(t, server, "")
		before := f.total(t)
		for cut := range int64(addSize) {
			f.proxy.Set(faultproxy.ToServer, faultproxy.Fault{Cut: !reset, Reset: reset, After: cut})
			err := f.tester.Add(t.Context(), 1)
			require.ErrorIs(t, err, ice.ErrConnectionLost, "cut after byte %d of the request", cut)
			f.proxy.Clear()
		}
		assert.Equal(t, before, f.total(t), "a request that is not whole does not run")
		before = f.total(t)
		f.proxy.Clear()
		calls := int32(0)
		for cut := int64(greetingSize); cut < greetingSize+replySize; cut++ {
			f.proxy.Set(faultproxy.ToClient, faultproxy.Fault{Cut: !reset, Reset: reset, After: cut})
			err := f.tester.Add(t.Context(), 1)
			require.ErrorIs(t, err, ice.ErrConnectionLost, "cut after byte %d of the reply", cut)
			assert.True(t, ice.MayHaveRun(err))
			f.proxy.Clear()
			calls++
		}
		assert.Equal(t, before+calls, f.total(t), "each ran once, though no reply came")
	}
}

// A request that did not go out, and a call that may run twice, are sent again.
func TestFaultsAreRetriedWhereTheyMayBe(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t)
	for cut := int64(0); cut < greetingSize+replySize; cut += 3 {
		f := newFaulty(t, server, "")
		f.proxy.Set(faultproxy.ToClient, faultproxy.Fault{Cut: true, After: cut, Until: 1})
		_, err := f.tester.Total(t.Context())
		require.NoError(t, err, "an idempotent call whose connection is cut after byte %d is repeated", cut)
		assert.Equal(t, 2, f.proxy.Accepted())
	}
	f := newFaulty(t, server, "")
	before := f.total(t)
	f.proxy.Set(faultproxy.ToClient, faultproxy.Fault{Cut: true, After: 5, Until: 1})
	require.NoError(t, f.tester.Add(t.Context(), 1), "nothing was sent before the greeting")
	assert.Equal(t, before+1, f.total(t))

	none := newFaulty(t, server, "", "Ice.RetryIntervals", "-1")
	none.proxy.Set(faultproxy.ToClient, faultproxy.Fault{Cut: true, After: greetingSize, Until: 1})
	_, err := none.tester.Total(t.Context())
	require.ErrorIs(t, err, ice.ErrConnectionLost, "retries are off")
}

// Many calls over a network that breaks again and again: none runs twice, and none is lost that was answered.
func TestFaultsNeverRunACallTwice(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t)
	f := newFaulty(t, server, "")
	before := f.total(t)
	random := rand.New(rand.NewPCG(1, 2))
	var answered, unknown, refused int32
	for range 60 {
		var futures []*ice.Future[ice.Void]
		for range 20 {
			futures = append(futures, f.tester.AddAsync(t.Context(), 1))
		}
		if n := random.IntN(3); n == 0 {
			f.proxy.Cut()
		} else if n == 1 {
			f.proxy.Reset()
		}
		for _, future := range futures {
			switch err := future.Err(t.Context()); {
			case err == nil:
				answered++
			case ice.MayHaveRun(err):
				unknown++
			default:
				refused++
			}
		}
	}
	ran := f.total(t) - before
	t.Logf("of 1200 calls %d were answered, %d may have run, %d have not; %d ran, over %d connections", answered, unknown, refused, ran, f.proxy.Accepted())
	assert.Equal(t, int32(1200), answered+unknown+refused)
	assert.GreaterOrEqual(t, ran, answered)
	assert.LessOrEqual(t, ran, answered+unknown)
	assert.Positive(t, unknown+refused, "the faults had no effect")
}

// Whichever byte of a reply is changed, the call ends: with an error that is documented, or with another value.
func TestFaultsCorruptReplies(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t)
	f := newFaulty(t, server, "-t 300", "Ice.RetryIntervals", "-1", "Ice.Default.InvocationTimeout", "300", "Ice.Override.ConnectTimeout", "300")
	outcomes := map[string]int{}
	for at := range int64(greetingSize + replySize + 8) {
		for _, bits := range []byte{0x01, 0x80, 0xff} {
			f.proxy.Set(faultproxy.ToClient, faultproxy.Fault{Corrupt: bits, After: at})
			_, _, err := f.tester.EchoInt(t.Context(), 42)
			kind := faultproxy.Ending(err)
			outcomes[kind]++
			assert.NotEqual(t, "other", kind, "byte %d, bits %#x: %v", at, bits, err)
			f.proxy.Clear()
			conn, err := f.tester.IceConnection(t.Context())
			if err == nil {
				conn.Abort()
			}
		}
	}
	t.Log(outcomes)
	assert.Positive(t, outcomes["protocol"])
	assert.Positive(t, outcomes["timeout"])
	_, _, err := f.tester.EchoInt(t.Context(), 42)
	require.NoError(t, err, "the communicator is as good as new")
}

// A peer that stops in the middle is noticed within the time-out that is for it.
func TestFaultsStall(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t)
	tests := []struct {
		name       string
		options    string
		properties []string
		direction  faultproxy.Direction
		after      int64
		call       func(context.Context, at.TesterPrx) error
		want       error
		alive      bool // whether the connection goes on when the peer does
	}{
		{"before the greeting", "-t 200", nil, faultproxy.ToClient, 0, add, ice.ErrConnectTimeout, false},
		{"in the greeting", "", []string{"Ice.Override.ConnectTimeout", "200"}, faultproxy.ToClient, 5, add, ice.ErrConnectTimeout, false},
		{"before the reply", "", []string{"Ice.Default.InvocationTimeout", "200"}, faultproxy.ToClient, greetingSize, add, ice.ErrTimeout, true},
		{"in the reply", "-t 200", nil, faultproxy.ToClient, greetingSize + 5, add, ice.ErrTimeout, false},
		{"while sending", "-t 200", nil, faultproxy.ToServer, 10, sendMuch, ice.ErrTimeout, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFaulty(t, server, tt.options, append(tt.properties, "Ice.MessageSizeMax", "102400", "Ice.RetryIntervals", "-1")...)
			f.proxy.Set(tt.direction, faultproxy.Fault{Stall: true, After: tt.after})
			start := time.Now()
			err := tt.call(t.Context(), f.tester)
			require.ErrorIs(t, err, tt.want)
			faultproxy.InTime(t, 200*time.Millisecond, time.Since(start))
			f.proxy.Clear()
			require.NoError(t, f.tester.IcePing(t.Context()))
			accepted := 2
			if tt.alive {
				accepted = 1
			}
			assert.Equal(t, accepted, f.proxy.Accepted())
		})
	}
	t.Run("a deadline of the caller's", func(t *testing.T) {
		f := newFaulty(t, server, "")
		f.proxy.Set(faultproxy.ToClient, faultproxy.Fault{Stall: true, After: greetingSize})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := f.tester.Add(ctx, 1)
		faultproxy.NotLate(t, 200*time.Millisecond, time.Since(start))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, ice.ErrTimeout)
		f.proxy.Clear()
		require.NoError(t, f.tester.IcePing(t.Context()))
		assert.Equal(t, 1, f.proxy.Accepted())
	})
}

func add(ctx context.Context, p at.TesterPrx) error { return p.Add(ctx, 1) }

// sendMuch sends more than any socket's buffer takes.
func sendMuch(ctx context.Context, p at.TesterPrx) error {
	_, _, err := p.EchoBytes(ctx, make([]byte, 64<<20))
	return err
}

// The greeting of something that is no Ice server is told for what it is.
func TestFaultsOfTheWrongServer(t *testing.T) {
	peer.CheckLeaks(t)
	server := startTester(t, "--endpoints", "tcp -h 127.0.0.1:ws -h 127.0.0.1")
	comm := newCommunicator(t, "Ice.Override.ConnectTimeout", "500", "Ice.RetryIntervals", "-1")
	err := testerAt(t, comm, fmt.Sprintf("ssl -h 127.0.0.1 -p %d", portOf(t, server, "tcp"))).IcePing(t.Context())
	assert.ErrorContains(t, err, "the Ice protocol without TLS")
	err = testerAt(t, comm, fmt.Sprintf("ws -h 127.0.0.1 -p %d", portOf(t, server, "tcp"))).IcePing(t.Context())
	assert.ErrorContains(t, err, "without WebSocket")
	err = testerAt(t, comm, fmt.Sprintf("tcp -h 127.0.0.1 -p %d", portOf(t, server, "ws"))).IcePing(t.Context())
	require.ErrorIs(t, err, ice.ErrConnectTimeout, "a WebSocket server waits for its client to speak")
	err = testerAt(t, comm, fmt.Sprintf("tcp -h 127.0.0.1 -p %d", peer.FreePort(t))).IcePing(t.Context())
	require.ErrorIs(t, err, ice.ErrConnectionRefused)
}
