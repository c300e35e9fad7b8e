package adapter_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/ice"
	at "github.com/slice2go/slice2go/testdata/interop/adaptertest"
)

type locator struct{ servant ice.Servant }

func (l locator) Locate(_ context.Context, c *ice.Current) (ice.Servant, any, error) {
	if c.ID.Name == "missing" {
		return nil, nil, nil
	}
	return l.servant, nil, nil
}

func (locator) Finished(context.Context, *ice.Current, ice.Servant, any) error { return nil }
func (locator) Deactivate(string)                                              {}

// callback is the Callback in Go.
type callback struct{}

func (callback) Twice(_ context.Context, n int32) (int32, error) { return 2 * n, nil }
func (callback) Note(context.Context, string) error              { return nil }

func sameTwice[T any](t *testing.T, want T) func(a, b T, err error) {
	t.Helper()
	return func(a, b T, err error) {
		t.Helper()
		require.NoError(t, err)
		assert.Equal(t, want, a)
		assert.Equal(t, want, b)
	}
}

// checkTester makes the calls that the peers' clients make, in Go.
func checkTester(t *testing.T, comm *ice.Communicator, p at.TesterPrx, transport string) {
	t.Helper()
	ctx := t.Context()
	for _, encoding := range []ice.EncodingVersion{ice.Encoding11, ice.Encoding10} {
		checkEchoes(t, ice.WithEncoding(p, encoding))
		checkClasses(t, ice.WithEncoding(p, encoding), encoding == ice.Encoding11)
	}
	checkOptionals(t, p)
	checkFailures(t, p)

	checked, err := at.CheckedTesterPrx(ctx, p)
	require.NoError(t, err)
	require.NotNil(t, checked)
	name, err := checked.BaseName(ctx)
	require.NoError(t, err)
	assert.Equal(t, "base", name)
	none, err := at.CheckedCallbackPrx(ctx, p)
	require.NoError(t, err)
	assert.Nil(t, none)

	where, err := p.Where(ice.ContextWith(ctx, map[string]string{"a": "1"}))
	require.NoError(t, err)
	assert.Equal(t, at.Counts{"a": 1}, where.Context)
	assert.Equal(t, "idempotent", where.Mode)
	assert.Equal(t, transport, where.Transport)
	where, err = ice.WithFacet(p, "second").Where(ctx)
	require.NoError(t, err)
	assert.Equal(t, "second", where.Facet)
	for _, id := range []ice.Identity{{Category: "default", Name: "x"}, {Category: "located", Name: "y"}} {
		where, err = ice.WithIdentity(p, id).Where(ctx)
		require.NoError(t, err)
		assert.Equal(t, id, ice.Identity{Category: where.Category, Name: where.Name})
	}

	before, err := p.Total(ctx)
	require.NoError(t, err)
	for range 50 {
		require.NoError(t, ice.Oneway(p).Add(ctx, 1))
	}
	batch := ice.BatchOneway(p)
	for range 50 {
		require.NoError(t, batch.Add(ctx, 2))
	}
	require.NoError(t, batch.IceFlushBatch(ctx))
	require.Eventually(t, func() bool {
		n, err := p.Total(ctx)
		return err == nil && n == before+150
	}, 20*time.Second, 10*time.Millisecond)

	checkCallbacks(t, comm, p)
	big := []byte(strings.Repeat("compressible ", 20000))
	got, _, err := ice.WithCompress(p, true).EchoBytes(ctx, big)
	require.NoError(t, err)
	assert.Equal(t, big, got)
}

func checkEchoes(t *testing.T, p at.TesterPrx) {
	ctx := t.Context()
	point := at.Point{X: 1.5, Y: -2.25}
	named := at.Named{Name: "ä", At: point, Color: at.ColorBlue}
	sameTwice(t, true)(p.EchoBool(ctx, true))
	sameTwice(t, byte(255))(p.EchoByte(ctx, 255))
	sameTwice(t, int16(-1<<15))(p.EchoShort(ctx, -1<<15))
	sameTwice(t, int32(1<<31-1))(p.EchoInt(ctx, 1<<31-1))
	sameTwice(t, int64(-1<<63))(p.EchoLong(ctx, -1<<63))
	sameTwice(t, float32(-0.25))(p.EchoFloat(ctx, -0.25))
	sameTwice(t, 1e300)(p.EchoDouble(ctx, 1e300))
	for _, s := range []string{"", "Grüße \U0001F600", strings.Repeat("x", 300), "nul\x00inside"} {
		sameTwice(t, s)(p.EchoString(ctx, s))
	}
	sameTwice(t, at.ColorGreen)(p.EchoColor(ctx, at.ColorGreen))
	sameTwice(t, point)(p.EchoPoint(ctx, point))
	sameTwice(t, named)(p.EchoNamed(ctx, named))
	sameTwice(t, make([]byte, 100_000))(p.EchoBytes(ctx, make([]byte, 100_000)))
	sameTwice(t, []bool{true, false})(p.EchoBools(ctx, []bool{true, false}))
	sameTwice(t, []int32{1, -2})(p.EchoInts(ctx, []int32{1, -2}))
	sameTwice(t, []float64{0.5, 1})(p.EchoDoubles(ctx, []float64{0.5, 1}))
	sameTwice(t, []string{"", "a"})(p.EchoStrings(ctx, []string{"", "a"}))
	sameTwice(t, []at.Point{point, point})(p.EchoPoints(ctx, []at.Point{point, point}))
	sameTwice(t, []at.Named{named, {}})(p.EchoNameds(ctx, []at.Named{named, {}}))
	sameTwice(t, []at.Color{at.ColorRed, at.ColorBlue})(p.EchoColors(ctx, []at.Color{at.ColorRed, at.ColorBlue}))
	got, _, err := p.EchoNested(ctx, [][]string{{"a"}, nil, {"b", "c"}})
	require.NoError(t, err)
	assert.Len(t, got, 3)
	assert.Equal(t, []string{"b", "c"}, got[2])
	sameTwice(t, at.Counts{"a": 1, "": -5})(p.EchoCounts(ctx, at.Counts{"a": 1, "": -5}))
	sameTwice(t, at.Names{3: "drei"})(p.EchoNames(ctx, at.Names{3: "drei"}))
	sameTwice(t, at.Places{at.ColorGreen: point})(p.EchoPlaces(ctx, at.Places{at.ColorGreen: point}))

	other := ice.WithFacet(ice.WithIdentity[ice.ObjectPrx](p, ice.Identity{Category: "other", Name: "one"}), "side")
	back, self, err := p.EchoProxy(ctx, other)
	require.NoError(t, err)
	assert.Equal(t, other.String(), back.String())
	_, err = self.Total(ctx)
	require.NoError(t, err)
	back, _, err = p.EchoProxy(ctx, nil)
	require.NoError(t, err)
	assert.Nil(t, back)
}

func checkClasses(t *testing.T, p at.TesterPrx, optionals bool) {
	ctx := t.Context()
	node := &at.Node{Name: "a", Weight: ice.Some[int32](5)}
	leaf := &at.Leaf{Node: at.Node{Name: "b", Next: node}, Color: at.ColorBlue, Counts: at.Counts{"x": 1}}
	node.Next, node.Other = leaf, leaf
	for name, echo := range map[string]func(context.Context, at.AnyNode) (at.AnyNode, at.AnyNode, error){"compact": p.EchoNode, "sliced": p.EchoSliced} {
		got, same, err := echo(ctx, node)
		require.NoError(t, err, name)
		a := got.AsNode()
		assert.Same(t, got, same)
		assert.Equal(t, "a", a.Name)
		if weight, set := a.Weight.Get(); optionals {
			assert.True(t, set)
			assert.Equal(t, int32(5), weight)
		}
		b, ok := a.Next.(*at.Leaf)
		require.True(t, ok, "%T", a.Next)
		assert.Same(t, b, a.Other)
		assert.Same(t, a, b.Next)
		assert.Equal(t, at.Counts{"x": 1}, b.Counts)
		got, same, err = echo(ctx, nil)
		require.NoError(t, err)
		assert.Nil(t, got)
		assert.Nil(t, same)
	}
	nodes, _, err := p.EchoNodes(ctx, []at.AnyNode{node, nil, node, leaf})
	require.NoError(t, err)
	require.Len(t, nodes, 4)
	assert.Same(t, nodes[0], nodes[2])
	assert.Nil(t, nodes[1])
	assert.Same(t, nodes[0].AsNode().Next, nodes[3])
}

func checkOptionals(t *testing.T, p at.TesterPrx) {
	for set := range 8 {
		var v ice.Optional[string]
		var point ice.Optional[at.Point]
		var n ice.Optional[int32]
		want := int32(0)
		if set&1 != 0 {
			v = ice.Some("text")
			want++
		}
		if set&2 != 0 {
			point = ice.Some(at.Point{X: 1, Y: 2})
			want++
		}
		if set&4 != 0 {
			n = ice.Some[int32](42)
			want++
		}
		got, same, count, err := p.EchoOptional(t.Context(), v, point, n)
		require.NoError(t, err)
		assert.Equal(t, v, got)
		assert.Equal(t, point, same)
		assert.Equal(t, want, count)
	}
}

func checkFailures(t *testing.T, p at.TesterPrx) {
	ctx := t.Context()
	var plain *at.Failure
	require.ErrorAs(t, p.Fail(ctx, "plain"), &plain)
	assert.Equal(t, &at.Failure{Reason: "plain", Code: 7}, plain)
	var detailed *at.DetailedFailure
	require.ErrorAs(t, p.Fail(ctx, "detailed"), &detailed)
	assert.Equal(t, []string{"a", "b"}, detailed.Details)
	assert.Equal(t, ice.Some("try"), detailed.Hint)
	require.ErrorAs(t, p.Fail(ctx, "detailed"), &plain, "a derived exception is one of its base as well")
	for _, fail := range []func(context.Context, string) error{p.Fail, p.FailSliced} {
		var node *at.NodeFailure
		require.ErrorAs(t, fail(ctx, "node"), &node)
		assert.Same(t, node.Node, node.Node.AsNode().Next)
	}
	require.ErrorIs(t, p.Fail(ctx, "undeclared"), ice.ErrUnknownUser)
	require.ErrorIs(t, p.Fail(ctx, "error"), ice.ErrUnknown)
	require.ErrorIs(t, p.Fail(ctx, "panic"), ice.ErrUnknown)
	require.ErrorIs(t, p.Fail(ctx, "local"), ice.ErrUnknownLocal)
	require.ErrorIs(t, p.Fail(ctx, "notexist"), ice.ErrObjectNotExist)
	require.ErrorIs(t, ice.WithIdentity(p, ice.Identity{Name: "nobody"}).Add(ctx, 1), ice.ErrObjectNotExist)
	require.ErrorIs(t, ice.WithFacet(p, "nothing").Add(ctx, 1), ice.ErrFacetNotExist)
	_, _, err := p.IceInvoke(ctx, "unheard", ice.Normal, nil)
	require.ErrorIs(t, err, ice.ErrOperationNotExist)
}

func checkCallbacks(t *testing.T, comm *ice.Communicator, p at.TesterPrx) {
	ctx := t.Context()
	own, err := comm.NewAdapter("", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	defer func() { assert.NoError(t, own.Destroy(ctx)) }()
	require.NoError(t, own.Activate())
	back, err := own.AddWithUUID(at.NewCallbackServant(callback{}))
	require.NoError(t, err)
	n, err := p.AskBack(ctx, at.NewCallbackPrx(back), 21)
	require.NoError(t, err)
	assert.Equal(t, int32(42), n)

	bidirectional, err := comm.NewAdapter("", "")
	require.NoError(t, err)
	defer func() { assert.NoError(t, bidirectional.Destroy(ctx)) }()
	_, err = bidirectional.Add(at.NewCallbackServant(callback{}), ice.Identity{Name: "back"})
	require.NoError(t, err)
	conn, err := p.IceConnection(ctx)
	require.NoError(t, err)
	conn.SetAdapter(bidirectional)
	n, err = p.AskBackOnConnection(ctx, "back", 21)
	require.NoError(t, err)
	assert.Equal(t, int32(42), n)
	_, err = p.AskBackOnConnection(ctx, "nobody", 21)
	require.Error(t, err)
	conn.SetAdapter(nil)
}
