package ice

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

// These tests close a connection at every step of its socket. A schedule names the step, how many bytes it moves, what happens to the connection
// before it returns, and whether the socket goes on after it. Whatever the schedule, each call must end once the connection is closed, and what it
// ends with must fit what the peer got.

// schedule is one course of events.
type schedule struct {
	form  string // of the socket
	calls []string
	op    string // what step counts: send or read
	step  int
	take  int // index into takes
	event string
	stall bool // the socket takes nothing any more after the step
	warm  bool // the reading is the callers' already
}

var (
	scheduleForms  = []string{"tcp", "ssl", "ws"}
	scheduleTakes  = []string{"nothing", "a byte", "half", "all but one", "all", "error"}
	scheduleEvents = []string{"nothing", "abort", "reset", "close message", "close now", "close", "cancel", "time out"}
	scheduleCalls  = [][]string{
		{"large", "large", "large"},
		{"small", "small", "large"},
		{"oneway", "large oneway", "oneway"},
		{"lent", "lent oneway", "small"},
		{"batch", "large", "batch"},
		{"compressed", "small", "compressed"},
		{"waited", "waited lent", "large"},
		{"waited", "waited", "waited oneway"},
		{"reply", "large", "reply"},
	}
)

func (s schedule) String() string {
	return fmt.Sprintf("%s, %s: at %s %d take %s and %s, stall %v, warm %v", s.form, strings.Join(s.calls, "+"), s.op, s.step, scheduleTakes[s.take], s.event, s.stall, s.warm)
}

func allSchedules() []schedule {
	var all []schedule
	for _, form := range scheduleForms {
		for _, calls := range scheduleCalls {
			for _, op := range []string{"send", "read"} {
				for step := range 4 {
					for take := range scheduleTakes {
						for _, event := range scheduleEvents {
							for i := range 4 {
								all = append(all, schedule{form, calls, op, step, take, event, i&1 > 0, i&2 > 0})
							}
						}
					}
				}
			}
		}
	}
	return all
}

// scheduledSocket is a socket that follows a schedule, with a peer behind it that answers each request.
type scheduledSocket struct {
	net.Conn // none: what is not defined here must not be called
	form     string

	mu                  sync.Mutex
	changed             *sync.Cond
	armed               bool
	plan                schedule
	sends               int
	reads               int
	stalled             bool
	closed              bool
	failure             error
	act                 func()
	incoming            []byte // that the peer has sent
	taken               []byte // of a message that is not whole yet
	got                 [][]byte
	readLate, writeLate time.Time
}

func newScheduledSocket(form string) *scheduledSocket {
	s := &scheduledSocket{form: form}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// taking gives how many of n bytes the step moves, and what to do before it returns.
func (s *scheduledSocket) taking(op string, step, n int) (int, func(), error) {
	if !s.armed || op != s.plan.op || step != s.plan.step {
		return n, nil, nil
	}
	s.stalled = s.plan.stall
	switch scheduleTakes[s.plan.take] {
	case "nothing":
		n = 0
	case "a byte":
		n = min(n, 1)
	case "half":
		n /= 2
	case "all but one":
		n--
	case "error":
		return 0, s.act, syscall.ECONNRESET
	}
	return n, s.act, nil
}

// send moves bytes to the peer. Without waiting it may take none.
func (s *scheduledSocket) send(b []byte, wait bool) (int, error) {
	total := 0
	for {
		s.mu.Lock()
		for s.stalled && wait && !s.closed && s.failure == nil && !late(s.writeLate) {
			s.changed.Wait()
		}
		switch {
		case s.closed:
			s.mu.Unlock()
			return total, net.ErrClosed
		case s.failure != nil:
			s.mu.Unlock()
			return total, s.failure
		case wait && late(s.writeLate):
			s.mu.Unlock()
			return total, os.ErrDeadlineExceeded
		case s.stalled:
			s.mu.Unlock()
			return total, nil
		}
		n, act, err := s.taking("send", s.sends, len(b)-total)
		if s.armed {
			s.sends++
		}
		s.deliver(b[total : total+n])
		total += n
		s.mu.Unlock()
		if act != nil {
			act()
		}
		if err != nil || total == len(b) || !wait {
			return total, err
		}
	}
}

// deliver has the peer take bytes in, and answer what is whole.
func (s *scheduledSocket) deliver(b []byte) {
	s.taken = append(s.taken, b...)
	for len(s.taken) >= wire.HeaderSize {
		size := int(binary.LittleEndian.Uint32(s.taken[10:]))
		if len(s.taken) < size {
			return
		}
		m := slices.Clone(s.taken[:size])
		s.taken = s.taken[size:]
		if m[9] == byte(wire.Compressed) {
			whole, err := wire.Decompress(m, wire.MaxSize)
			if err != nil {
				s.failure = err
				return
			}
			m = whole
		}
		s.got = append(s.got, m)
		switch {
		case m[8] == byte(wire.CloseMessage):
			s.failure = io.EOF // the peer closes its end
		case m[8] == byte(wire.RequestMessage) && binary.LittleEndian.Uint32(m[wire.HeaderSize:]) != 0:
			s.incoming = append(s.incoming, replyTo(m)...)
		}
		s.changed.Broadcast()
	}
}

func (s *scheduledSocket) Read(b []byte) (int, error) {
	for {
		s.mu.Lock()
		for len(s.incoming) == 0 && !s.closed && s.failure == nil && !late(s.readLate) {
			s.changed.Wait()
		}
		switch {
		case s.closed:
			s.mu.Unlock()
			return 0, net.ErrClosed
		case late(s.readLate):
			s.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		case len(s.incoming) == 0:
			s.mu.Unlock()
			return 0, s.failure
		}
		n, act, err := s.taking("read", s.reads, min(len(b), len(s.incoming)))
		if s.armed {
			s.reads++
		}
		copy(b, s.incoming[:n])
		s.incoming = s.incoming[n:]
		s.mu.Unlock()
		if act != nil {
			act()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (s *scheduledSocket) Write(b []byte) (int, error) { return s.send(b, true) }

func (s *scheduledSocket) write(b []byte) (int, error) { return s.send(b, false) }

func (s *scheduledSocket) writeFrame(f *frame) (int, error) {
	total := 0
	for _, piece := range f.appendTo(nil) {
		n, err := s.send(piece, false)
		total += n
		if err != nil || n < len(piece) {
			return total, err
		}
	}
	return total, nil
}

// late reports whether a deadline has passed. Only those count that are set to interrupt.
func late(t time.Time) bool { return !t.IsZero() && t.Before(time.Unix(1000, 0)) }

func (s *scheduledSocket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	s.readLate = t
	s.changed.Broadcast()
	s.mu.Unlock()
	return nil
}

func (s *scheduledSocket) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	s.writeLate = t
	s.changed.Broadcast()
	s.mu.Unlock()
	return nil
}

func (s *scheduledSocket) Close() error {
	s.mu.Lock()
	s.closed = true
	s.changed.Broadcast()
	s.mu.Unlock()
	return nil
}

// fail has the peer's end fail, or send bytes.
func (s *scheduledSocket) fail(err error, send []byte) {
	s.mu.Lock()
	s.failure = err
	s.incoming = append(s.incoming, send...)
	s.changed.Broadcast()
	s.mu.Unlock()
}

// received reports whether the peer got a whole request that holds the text.
func (s *scheduledSocket) received(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.got, func(m []byte) bool { return strings.Contains(string(m), text) })
}

// scheduledConnection makes a connection over the socket.
func scheduledConnection(comm *Communicator, s *scheduledSocket) *Connection {
	c := newConnection(comm, s, &transport.Info{Protocol: s.form}, nil, connectionKey{}, false)
	if s.form == "tcp" {
		c.try, c.lending.able = s, true
	}
	comm.connections.mu.Lock()
	comm.connections.all[c] = struct{}{}
	comm.connections.mu.Unlock()
	c.run(nil)
	return c
}

const scheduleSmall, scheduleLarge = 10, copyMax + 5000

// run follows the schedule and gives what went wrong.
func (s schedule) run(t *testing.T, comm *Communicator) error {
	socket := newScheduledSocket(s.form)
	c := scheduledConnection(comm, socket)
	p := c.Proxy(Identity{Name: "x"})
	if s.warm {
		for range 2 * leadAfter {
			require.NoError(t, p.IcePing(t.Context()))
		}
	}
	var mu sync.Mutex
	var futures []*Future[Void]
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	happened := make(chan struct{})
	acting := false
	socket.mu.Lock()
	socket.armed, socket.plan = true, s
	socket.act = func() {
		if acting { // a step comes once, but a closed socket may be asked again
			return
		}
		acting = true
		defer close(happened)
		closed := &ConnectionError{Kind: ErrConnectionClosed, Err: errManual}
		switch s.event {
		case "abort":
			c.Abort()
		case "reset":
			socket.fail(syscall.ECONNRESET, nil)
			if s.op == "send" && !s.stall {
				select { // the reader finds out first
				case <-c.done:
				case <-time.After(time.Millisecond):
				}
			}
		case "close message":
			socket.fail(nil, controlMessage(wire.CloseMessage))
			if s.op == "send" {
				select {
				case <-c.done:
				case <-time.After(time.Millisecond):
				}
			}
		case "close now":
			c.closeNow(closed)
		case "close":
			c.closeGracefully()
		case "cancel":
			cancel()
			mu.Lock()
			defer mu.Unlock()
			for _, f := range futures {
				f.Cancel()
			}
		case "time out":
			c.die(&ConnectionError{Kind: ErrCloseTimeout})
		}
	}
	socket.mu.Unlock()

	var waits sync.WaitGroup
	type outcome struct {
		what string
		mark string
		f    *Future[Void]
	}
	var outcomes []outcome
	for i, call := range s.calls {
		what, size := call, scheduleSmall
		if strings.Contains(call, "large") || strings.Contains(call, "lent") {
			size = scheduleLarge
		}
		mark := fmt.Sprintf("<call %d>", i)
		data := []byte(mark + strings.Repeat("x", size))
		q := p
		switch {
		case strings.Contains(call, "oneway"):
			q = Oneway(p)
		case strings.Contains(call, "batch"):
			q = BatchOneway(p)
		case strings.Contains(call, "compressed"):
			q = WithCompress(p, true)
			data = append(data, make([]byte, 1000)...)
		case call == "reply":
			b := make([]byte, 200)
			copy(b, okReply(77))
			c.post(&frame{b: b[:25]}, nil)
			continue
		}
		callCtx := ctx
		if strings.Contains(call, "lent") {
			callCtx = Lend(callCtx)
		}
		if strings.Contains(call, "waited") {
			f := putAsync(Awaited(callCtx), q, data)
			outcomes = append(outcomes, outcome{what, mark, f})
			waits.Add(1)
			go func() {
				defer waits.Done()
				_ = AwaitVoid(ctx, f)
				data[0]++ // it is the caller's again
			}()
			continue
		}
		f := putAsync(callCtx, q, data)
		if strings.Contains(call, "batch") && f.Err(context.Background()) == nil {
			f = c.FlushBatchAsync(ctx)
		}
		mu.Lock()
		futures = append(futures, f)
		mu.Unlock()
		outcomes = append(outcomes, outcome{what, mark, f})
		if strings.Contains(call, "lent") {
			f.OnDone(func(*Future[Void]) { data[0]++ })
		}
	}
	// What can go on does; what is stuck then waits for the end.
	settled, stop := context.WithTimeout(t.Context(), 3*time.Millisecond)
	defer stop()
	for _, o := range outcomes {
		select {
		case <-o.f.Done():
		case <-settled.Done():
		}
	}
	c.Abort()
	patience, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	for _, o := range outcomes {
		select {
		case <-o.f.Done():
		case <-patience.Done():
			return fmt.Errorf("the call %q is never done", o.what)
		}
		err := o.f.Err(context.Background())
		arrived := socket.received(o.mark)
		switch {
		case err == nil && !arrived:
			return fmt.Errorf("the call %q succeeded, and the peer did not get it", o.what)
		case err != nil && arrived && !MayHaveRun(err) && s.event != "close message": // with which the peer says that nothing ran
			return fmt.Errorf("the call %q says that it cannot have run, and the peer got it: %w", o.what, err)
		}
	}
	waits.Wait()
	return nil
}

// Once a connection is closed, every call on it is done: at whatever step of its socket that happens.
func TestClosedConnectionEndsEveryCall(t *testing.T) {
	peer.CheckLeaks(t)
	lendable(t)
	all := allSchedules()
	count := 3000
	if os.Getenv("SLICE2GO_SCHEDULES") == "all" {
		count = len(all)
	}
	rng := rand.New(rand.NewPCG(13, 1))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	comm, err := NewCommunicator(WithProperty("Ice.RetryIntervals", "-1"), WithProperty("Ice.Override.CloseTimeout", "1000"))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	failures := 0
	for _, s := range all[:count] {
		if err := s.run(t, comm); err != nil {
			t.Errorf("%v: %v", s, err)
			if failures++; failures == 20 {
				t.Fatal("and so on")
			}
		}
	}
}
