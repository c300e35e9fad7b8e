package ice

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
)

// cannedConn is a connection to a server that greets, waits until the test lets it speak, says the same whatever it is asked, and closes.
type cannedConn struct {
	net.Conn
	speak  chan struct{}
	closed chan struct{}
	once   sync.Once
	piece  int // bytes that a read gives at most

	mu       sync.Mutex
	greeting []byte
	says     []byte
}

func newCannedConn(says []byte, piece int) *cannedConn {
	return &cannedConn{
		speak: make(chan struct{}), closed: make(chan struct{}), piece: piece,
		greeting: controlMessage(wire.ValidateMessage), says: says,
	}
}

func (c *cannedConn) Read(b []byte) (int, error) {
	if n := c.take(b, &c.greeting); n > 0 {
		return n, nil
	}
	select {
	case <-c.speak:
	case <-c.closed:
		return 0, net.ErrClosed
	}
	if n := c.take(b, &c.says); n > 0 {
		return n, nil
	}
	return 0, io.EOF
}

func (c *cannedConn) take(b []byte, from *[]byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := copy(b, (*from)[:min(len(*from), c.piece)])
	*from = (*from)[n:]
	return n
}

func (c *cannedConn) Write(b []byte) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
		return len(b), nil
	}
}

func (c *cannedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (*cannedConn) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2} }
func (*cannedConn) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (*cannedConn) SetDeadline(time.Time) error      { return nil }
func (*cannedConn) SetReadDeadline(time.Time) error  { return nil }
func (*cannedConn) SetWriteDeadline(time.Time) error { return nil }

// message gives a message of the protocol as a server may send it.
func message(kind wire.MessageType, body string) []byte {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartMessage(kind, wire.NoCompression)
	e.Blob([]byte(body))
	e.EndMessage(0)
	return e.Data()
}

// serverSeeds are what servers say, well and badly: the client's calls have the numbers from 1 to 5.
func serverSeeds(tb testing.TB) [][]byte {
	var seeds [][]byte
	add := func(messages ...[]byte) { seeds = append(seeds, bytes.Join(messages, nil)) }
	text := func(id, params string) string {
		return id + "\x00\x00\x00\x00" + string(rune(6+len(params))) + "\x00\x00\x00\x01\x01" + params
	}
	large := "\x02\x00\x00\x00\x00\x0b\x10\x01\x00\x01\x01\xff\x00\x10\x01\x00" + string(bytes.Repeat([]byte{7}, 0x11000))
	packed, err := wire.Compress(message(wire.ReplyMessage, text("\x01", "\x01\x06::Test")), 1)
	require.NoError(tb, err)
	add(message(wire.ReplyMessage, text("\x01", "\x02\x0d::Ice::Object\x06::Test")), message(wire.ReplyMessage, text("\x05", "\x00")))
	add(message(wire.ReplyMessage, large))
	add(message(wire.ReplyMessage, text("\x03", "\x01x\x00\x00\x00\x00\x01\x00\x01\x01\x01\x01\x00\x13\x00\x00\x00\x01\x00\x01h\x50\x00\x00\x00\x05\x00\x00\x00\x00")))
	add(message(wire.ReplyMessage, "\x04\x00\x00\x00\x01\x1e\x00\x00\x00\x01\x01\x20\x14::Test::GreeterError\x03bad"))
	add(message(wire.ReplyMessage, "\x05\x00\x00\x00\x02\x04name\x03cat\x01\x01f\x04ping"), message(wire.ReplyMessage, "\x01\x00\x00\x00\x07\x03why"))
	add(message(wire.ValidateMessage, ""), packed, message(wire.CloseMessage, ""))
	add(message(wire.RequestMessage, "\x01\x00\x00\x00\x07greeter\x00\x00\x05greet\x00\x00\x08\x00\x00\x00\x01\x01\x01x"))
	add(message(wire.BatchMessage, "\x02\x00\x00\x00\x07greeter\x00\x00\x04base\x01\x00\x06\x00\x00\x00\x01\x01\x07greeter\x00\x00\x04base\x01\x00\x06\x00\x00\x00\x01\x01"))
	add(message(wire.BatchMessage, "\xff\xff\xff\x7f"), []byte("IceP\x01\x00\x01\x00\x02\x00\xff\xff\xff\x7f"))
	add([]byte("IceP\x01\x00\x01\x00\x02\x02\x16\x00\x00\x00\x00\x00\x01\x00BZh1"), []byte("HTTP/1.1 200 OK\r\n\r\n"))
	return seeds
}

// FuzzServer has a server say anything while calls of all kinds are outstanding. Each of them ends, soon; the memory that it takes
// is in proportion to what was said.
func FuzzServer(f *testing.F) {
	var conn *cannedConn // of the run at hand
	comm, err := NewCommunicator(
		WithLogger(slog.New(slog.DiscardHandler)),
		WithProperty("Ice.MessageSizeMax", "128"), WithProperty("Ice.RetryIntervals", "-1"), WithProperty("Ice.ACM.Client.Timeout", "0"),
		WithDialer(func(context.Context, string, string) (net.Conn, error) {
			if conn == nil {
				return nil, net.ErrClosed // what is sent again after a graceful close goes nowhere
			}
			c := conn
			conn = nil
			return c, nil
		}))
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, comm.Close()) })
	a, err := comm.NewAdapter("fuzzed", "")
	require.NoError(f, err)
	_, err = a.Add(newGreeter(hello), Identity{Name: "greeter"})
	require.NoError(f, err)
	for _, seed := range serverSeeds(f) {
		f.Add(byte(0), seed)
		f.Add(byte(3), seed)
	}
	number := 0
	f.Fuzz(func(t *testing.T, piece byte, says []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		size := int(piece)
		if size == 0 {
			size = 1 << 20
		}
		server := newCannedConn(says, size)
		conn = server
		number++
		p, err := comm.StringToProxy("x:tcp -h 127.0.0.1 -p 1")
		require.NoError(t, err)
		p = WithConnectionID(p, strconv.Itoa(number))
		c, err := p.IceConnection(ctx)
		require.NoError(t, err)
		c.SetAdapter(a)
		calls := startCallsOfAllKinds(ctx, p)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		close(server.speak)
		for _, call := range calls {
			call()
		}
		select {
		case <-c.Done():
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			stacks := make([]byte, 1<<20)
			t.Fatalf("it hangs: %s", stacks[:runtime.Stack(stacks, true)])
		}
		runtime.ReadMemStats(&after)
		// A compressed block costs its decompressor some megabytes, for as long as that takes.
		allowed := 4<<20 + 256*len(says) + bytes.Count(says, []byte("BZh"))*8<<20
		require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(allowed), "bytes allocated for %d received", len(says))
	})
}

// startCallsOfAllKinds starts the calls 1 to 5, and gives what waits for them.
func startCallsOfAllKinds(ctx context.Context, p ObjectPrx) []func() {
	ids := p.IceIDsAsync(ctx)
	data := Call(ctx, p, &Op[[]byte]{Name: "data", Returns: true, Read: (*wire.Decoder).Bytes}, nil)
	proxy := Call(ctx, p, &Op[ObjectPrx]{Name: "proxy", Returns: true, Read: ReadProxy}, nil)
	greeting := greetAsync(ctx, p, "you")
	raw := p.IceInvokeAsync(ctx, "raw", Normal, nil)
	return []func(){
		func() { _, _ = ids.Result(ctx) },
		func() { _, _ = data.Result(ctx) },
		func() {
			if found, err := proxy.Result(ctx); err == nil && found != nil {
				_ = found.String()
			}
		},
		func() { _, _ = greeting.Result(ctx) },
		func() { _, _ = raw.Result(ctx) },
	}
}
