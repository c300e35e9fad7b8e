package adapter_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
	at "github.com/slice2go/slice2go/testdata/interop/adaptertest"
)

// tester is the Tester in Go, as interop/peers has it in Python.
type tester struct {
	count   atomic.Int32
	stopped chan struct{}
}

func newTester() *tester { return &tester{stopped: make(chan struct{}, 1)} }

func echo[T any](v T) (T, T, error) { return v, v, nil }

func (*tester) BaseName(context.Context) (string, error)                         { return "base", nil }
func (*tester) EchoBool(_ context.Context, v bool) (bool, bool, error)           { return echo(v) }
func (*tester) EchoByte(_ context.Context, v byte) (byte, byte, error)           { return echo(v) }
func (*tester) EchoShort(_ context.Context, v int16) (int16, int16, error)       { return echo(v) }
func (*tester) EchoInt(_ context.Context, v int32) (int32, int32, error)         { return echo(v) }
func (*tester) EchoLong(_ context.Context, v int64) (int64, int64, error)        { return echo(v) }
func (*tester) EchoFloat(_ context.Context, v float32) (float32, float32, error) { return echo(v) }
func (*tester) EchoDouble(_ context.Context, v float64) (float64, float64, error) {
	return echo(v)
}
func (*tester) EchoString(_ context.Context, v string) (string, string, error) { return echo(v) }
func (*tester) EchoColor(_ context.Context, v at.Color) (at.Color, at.Color, error) {
	return echo(v)
}
func (*tester) EchoPoint(_ context.Context, v at.Point) (at.Point, at.Point, error) {
	return echo(v)
}
func (*tester) EchoNamed(_ context.Context, v at.Named) (at.Named, at.Named, error) {
	return echo(v)
}
func (*tester) EchoBytes(_ context.Context, v []byte) ([]byte, []byte, error)        { return echo(v) }
func (*tester) EchoBools(_ context.Context, v []bool) ([]bool, []bool, error)        { return echo(v) }
func (*tester) EchoInts(_ context.Context, v []int32) ([]int32, []int32, error)      { return echo(v) }
func (*tester) EchoDoubles(_ context.Context, v []float64) (a, b []float64, e error) { return echo(v) }
func (*tester) EchoStrings(_ context.Context, v []string) (a, b []string, e error)   { return echo(v) }
func (*tester) EchoPoints(_ context.Context, v []at.Point) (a, b []at.Point, e error) {
	return echo(v)
}
func (*tester) EchoNameds(_ context.Context, v []at.Named) (a, b []at.Named, e error) {
	return echo(v)
}
func (*tester) EchoColors(_ context.Context, v []at.Color) (a, b []at.Color, e error) {
	return echo(v)
}
func (*tester) EchoNested(_ context.Context, v at.StringSeqSeq) (a, b at.StringSeqSeq, e error) {
	return echo(v)
}
func (*tester) EchoCounts(_ context.Context, v at.Counts) (a, b at.Counts, e error) { return echo(v) }
func (*tester) EchoNames(_ context.Context, v at.Names) (a, b at.Names, e error)    { return echo(v) }
func (*tester) EchoPlaces(_ context.Context, v at.Places) (a, b at.Places, e error) { return echo(v) }
func (*tester) EchoNode(_ context.Context, v at.AnyNode) (a, b at.AnyNode, e error) { return echo(v) }
func (*tester) EchoNodes(_ context.Context, v at.NodeSeq) (a, b at.NodeSeq, e error) {
	return echo(v)
}
func (*tester) EchoSliced(_ context.Context, v at.AnyNode) (a, b at.AnyNode, e error) {
	return echo(v)
}

func (*tester) EchoProxy(ctx context.Context, v ice.ObjectPrx) (ice.ObjectPrx, at.TesterPrx, error) {
	current := ice.CurrentFrom(ctx)
	self, err := current.Adapter.Proxy(current.ID)
	return v, at.NewTesterPrx(self), err
}

func (*tester) EchoOptional(_ context.Context, v ice.Optional[string], p ice.Optional[at.Point], n ice.Optional[int32]) (ice.Optional[string], ice.Optional[at.Point], int32, error) {
	var set int32
	for _, is := range []bool{v.IsSet(), p.IsSet(), n.IsSet()} {
		if is {
			set++
		}
	}
	return v, p, set, nil
}

func (*tester) Fail(_ context.Context, kind string) error {
	switch kind {
	case "plain":
		return &at.Failure{Reason: "plain", Code: 7}
	case "detailed":
		return &at.DetailedFailure{Failure: at.Failure{Reason: "detailed", Code: 8}, Details: []string{"a", "b"}, Hint: ice.Some("try")}
	case "node":
		node := &at.Node{Name: "self", Weight: ice.Some[int32](1)}
		node.Next = node
		return &at.NodeFailure{Failure: at.Failure{Reason: "node", Code: 9}, Node: node}
	case "undeclared":
		return &at.Undeclared{Why: "never said so"}
	case "notexist":
		return &ice.RequestFailedError{Kind: ice.ErrObjectNotExist}
	case "panic":
		panic("the servant fell over")
	case "local":
		return &ice.MarshalError{Offset: -1, Reason: "broken"}
	}
	return errors.New("broken")
}

func (s *tester) FailSliced(ctx context.Context, kind string) error { return s.Fail(ctx, kind) }

func (*tester) Where(ctx context.Context) (at.Origin, error) {
	c := ice.CurrentFrom(ctx)
	o := at.Origin{
		Adapter: c.Adapter.Name(), Name: c.ID.Name, Category: c.ID.Category, Facet: c.Facet, Operation: c.Operation,
		Mode: strings.ToLower(c.Mode.String()), RequestKind: "twoway", Encoding: c.Encoding.String(), Transport: c.Connection.Info().Protocol, Context: at.Counts{},
	}
	if c.Oneway() {
		o.RequestKind = "oneway"
	}
	for k, v := range c.Context {
		n, err := strconv.Atoi(v)
		if err != nil {
			return o, err
		}
		o.Context[k] = int32(n)
	}
	return o, nil
}

func (s *tester) Total(context.Context) (int32, error) { return s.count.Load(), nil }

func (s *tester) Add(_ context.Context, n int32) error {
	s.count.Add(n)
	return nil
}

func (*tester) Sleep(ctx context.Context, milliseconds int32) error {
	select {
	case <-time.After(time.Duration(milliseconds) * time.Millisecond):
	case <-ctx.Done():
	}
	return nil
}

func (*tester) AskBack(ctx context.Context, back at.CallbackPrx, n int32) (int32, error) {
	return back.Twice(ctx, n)
}

func (*tester) AskBackOnConnection(ctx context.Context, name string, n int32) (int32, error) {
	back := ice.CurrentFrom(ctx).Connection.Proxy(ice.Identity{Name: name})
	return at.NewCallbackPrx(back).Twice(ctx, n)
}

func (s *tester) Shutdown(context.Context) error {
	select {
	case s.stopped <- struct{}{}:
	default:
	}
	return nil
}
