// Package manual tries what ZeroC's manual for Ice 3.7 (https://doc.zeroc.com/ice/3.7) says, statement by statement, on this runtime and on Ice for Python.
package manual_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// row is a statement of the manual. ours and python both give what comes out when it is tried; the two must be the same.
type row struct {
	page string // of the manual
	says string
	// python is a program for interop/peers/python/manual.py that leaves the outcome in out; without one the outcome must be want.
	python string
	ours   func(w *world) any
	want   any
	// departs names a row of runtime/ice/DEPARTURES.md that says why the two differ.
	departs string
}

// statementsMin is how many statements there are to be at least, over all subjects.
const statementsMin = 280

var subjects = map[string][]row{}

func TestStatements(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	script := filepath.Join(peer.Root(t), "interop", "peers", "python", "manual.py")
	python := peer.Start(t, peer.PythonCommand(t, script))
	departures := readDepartures(t)
	number, total := 0, 0
	said := map[string]bool{}
	for subject, rows := range subjects {
		for _, r := range rows {
			total++
			assert.False(t, said[r.page+": "+r.says], "said twice: %s: %s", r.page, r.says)
			said[r.page+": "+r.says] = true
			t.Run(subject+"/"+r.page+"/"+r.says, func(t *testing.T) {
				want := canonical(t, r.want)
				if r.python != "" {
					number++
					want = ask(t, python, number, r.python)
				}
				w := &world{t: t}
				defer w.close()
				got := canonical(t, r.ours(w))
				if r.departs == "" {
					assert.Equal(t, want, got, "ZeroC's, and ours")
					return
				}
				assert.NotEqual(t, want, got, "no departure any more: take it out of the table")
				assert.Contains(t, departures, r.departs, "the table of departures has no such row")
			})
		}
	}
	assert.GreaterOrEqual(t, total, statementsMin)
	t.Logf("%d statements, %d beside Ice for Python", total, number)
}

func canonical(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var plain any
	require.NoError(t, json.Unmarshal(text, &plain))
	text, err = json.Marshal(plain)
	require.NoError(t, err)
	return string(text)
}

// ask has Python run a program.
func ask(t *testing.T, python *peer.Process, number int, code string) string {
	t.Helper()
	line, err := json.Marshal([]any{number, strings.ReplaceAll(code, "\n\t\t", "\n")})
	require.NoError(t, err)
	python.Send(string(line))
	prefix := fmt.Sprintf("answer %d: ", number)
	answer := strings.TrimPrefix(python.WaitLine(prefix), prefix)
	require.NotContains(t, answer, `"failed: `, "the program for Python is wrong")
	var v any
	require.NoError(t, json.Unmarshal([]byte(answer), &v))
	return canonical(t, v)
}

// readDepartures gives the ids of the table's rows.
func readDepartures(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peer.Root(t), "runtime", "ice", "DEPARTURES.md"))
	require.NoError(t, err)
	ids := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			ids[strings.TrimSpace(cells[1])] = true
		}
	}
	return ids
}

// world is what a statement is tried in.
type world struct {
	t    *testing.T
	open []*ice.Communicator
	log  safeLog
}

func (w *world) close() {
	for _, c := range w.open {
		assert.NoError(w.t, c.Close())
	}
}

// comm makes a communicator with settings of the form name=value. It lives as long as the statement.
func (w *world) comm(settings ...string) *ice.Communicator {
	w.t.Helper()
	c, err := w.make(settings...)
	require.NoError(w.t, err)
	return c
}

func (w *world) make(settings ...string) (*ice.Communicator, error) {
	options := []ice.Option{ice.WithLogger(slog.New(slog.NewTextHandler(&w.log, nil)))}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		options = append(options, ice.WithProperty(name, value))
	}
	c, err := ice.NewCommunicator(options...)
	if err == nil {
		w.open = append(w.open, c)
	}
	return c, err
}

// proxy makes a proxy of a string.
func (w *world) proxy(text string, settings ...string) ice.ObjectPrx {
	w.t.Helper()
	p, err := w.comm(settings...).StringToProxy(text)
	require.NoError(w.t, err)
	return p
}

// serve makes an active adapter with the object "echo".
func (w *world) serve(e *echo, settings ...string) *ice.Adapter {
	w.t.Helper()
	a := w.adapter(settings...)
	_, err := a.Add(e, ice.Identity{Name: "echo"})
	require.NoError(w.t, err)
	require.NoError(w.t, a.Activate())
	return a
}

// adapter makes an adapter that is not active yet.
func (w *world) adapter(settings ...string) *ice.Adapter {
	w.t.Helper()
	a, err := w.comm(append([]string{"A.Endpoints=tcp -h 127.0.0.1"}, settings...)...).NewAdapter("A", "")
	require.NoError(w.t, err)
	return a
}

// client makes a client's proxy for an object of an adapter.
func (w *world) client(a *ice.Adapter, object string, settings ...string) ice.ObjectPrx {
	w.t.Helper()
	p, err := a.Proxy(id(object))
	require.NoError(w.t, err)
	return w.proxy(p.String(), settings...)
}

func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	w.t.Cleanup(cancel)
	return ctx
}

// call calls an operation without parameters, and names how it ends.
func (w *world) call(p ice.ObjectPrx, operation string, mode ...ice.OperationMode) string {
	return name(w.invoke(w.ctx(), p, operation, mode...))
}

func (w *world) invoke(ctx context.Context, p ice.ObjectPrx, operation string, mode ...ice.OperationMode) error {
	m := ice.Normal
	if len(mode) > 0 {
		m = mode[0]
	}
	_, _, err := ice.ProxyOf(p).IceInvoke(ctx, operation, m, nil)
	return err
}

func id(text string) ice.Identity {
	category, name, ok := strings.Cut(text, "/")
	if !ok {
		return ice.Identity{Name: text}
	}
	return ice.Identity{Category: category, Name: name}
}

// name is what an error is called, whatever the language.
func name(err error) string {
	var parse *ice.ParseError
	var twice *ice.AlreadyRegisteredError
	var none *ice.NoEndpointError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &parse):
		return "Parse"
	case errors.As(err, &twice):
		return "AlreadyRegistered"
	}
	for _, k := range []struct {
		err  error
		name string
	}{
		{ice.ErrObjectNotExist, "ObjectNotExist"}, {ice.ErrFacetNotExist, "FacetNotExist"}, {ice.ErrOperationNotExist, "OperationNotExist"},
		{ice.ErrUnknownLocal, "UnknownLocal"}, {ice.ErrUnknownUser, "UnknownUser"}, {ice.ErrUnknown, "Unknown"}, {ice.ErrTwowayOnly, "TwowayOnly"},
		{ice.ErrNotRegistered, "NotRegistered"}, {ice.ErrCommunicatorDestroyed, "CommunicatorDestroyed"}, {ice.ErrAdapterDeactivated, "ObjectAdapterDeactivated"},
		{ice.ErrCanceled, "InvocationCanceled"}, {ice.ErrConnectTimeout, "ConnectTimeout"}, {ice.ErrConnectionRefused, "ConnectionRefused"},
		{ice.ErrConnectionLost, "ConnectionLost"}, {ice.ErrConnectionClosed, "ConnectionManuallyClosed"}, {ice.ErrTimeout, "InvocationTimeout"},
		{ice.ErrFixedProxy, "FixedProxy"},
	} {
		if errors.Is(err, k.err) {
			return k.name
		}
	}
	if errors.As(err, &none) {
		return "NoEndpoint"
	}
	return "error: " + err.Error()
}

// echo is a servant that keeps what it is called for, and does what some operations are named for.
type echo struct {
	label string
	gate  chan struct{} // closed when the operation wait may end

	mu       sync.Mutex
	calls    []string
	contexts []map[string]string
}

func (e *echo) IceIDs() []string { return []string{"::Ice::Object"} }

func (e *echo) IceDispatch(ctx context.Context, r *ice.IncomingRequest) error {
	current := r.Current()
	e.mu.Lock()
	e.calls = append(e.calls, current.Operation)
	e.contexts = append(e.contexts, current.Context)
	e.mu.Unlock()
	failed := func(kind error, operation string) error {
		return &ice.RequestFailedError{Kind: kind, ID: current.ID, Facet: current.Facet, Operation: operation}
	}
	switch current.Operation {
	case "label":
		return failed(ice.ErrObjectNotExist, e.label)
	case "objectNotExist":
		return failed(ice.ErrObjectNotExist, "")
	case "facetNotExist":
		return failed(ice.ErrFacetNotExist, "")
	case "operationNotExist":
		return failed(ice.ErrOperationNotExist, "")
	case "unknown":
		return errors.New("x")
	case "unknownLocal":
		return &ice.UnknownError{Kind: ice.ErrUnknownLocal, Reason: "x"}
	case "unknownUser":
		return &ice.UnknownError{Kind: ice.ErrUnknownUser, Reason: "x"}
	case "local":
		return &ice.InvocationError{Kind: ice.ErrTimeout}
	case "wait":
		select {
		case <-e.gate:
		case <-ctx.Done():
		}
	case "close":
		current.Connection.Abort()
	}
	return nil
}

// called gives the operations so far.
func (e *echo) called() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string{}, e.calls...)
}

// label calls an object's operation label, and gives which servant got it.
func (w *world) label(p ice.ObjectPrx) string {
	err := w.invoke(w.ctx(), p, "label")
	var failed *ice.RequestFailedError
	if errors.As(err, &failed) && failed.Operation != "label" {
		return failed.Operation
	}
	return name(err)
}

// safeLog is a log that many goroutines write.
type safeLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// warned reports whether something was warned of.
func (l *safeLog) warned() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), "level=WARN")
}
