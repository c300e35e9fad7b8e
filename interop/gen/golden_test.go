package gen_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/testdata/gen/byvalue"
	"github.com/slice2go/slice2go/testdata/gen/classes"
	"github.com/slice2go/slice2go/testdata/gen/constants"
	"github.com/slice2go/slice2go/testdata/gen/containers"
	"github.com/slice2go/slice2go/testdata/gen/enums"
	"github.com/slice2go/slice2go/testdata/gen/exceptions"
	"github.com/slice2go/slice2go/testdata/gen/interfaces"
	"github.com/slice2go/slice2go/testdata/gen/optionals"
	"github.com/slice2go/slice2go/testdata/gen/structs"
)

// goldenWorld is a peer and servants in Go for the golden packages.
type goldenWorld struct {
	comm    *ice.Communicator
	adapter *ice.Adapter
	port    string
	routes  []route
}

// route is a way to a servant: its name, and the category of the object at the
// peer that begins it, empty for a servant of ours without any peer.
type route struct{ name, category string }

// goldenFiles are the definitions that the peer loads.
var goldenFiles = []string{"Classes.ice", "Structs.ice", "Enums.ice", "Containers.ice", "Optionals.ice", "Exceptions.ice", "Interfaces.ice", "ByValue.ice"}

// startPython starts a peer that echoes, and hands calls on to our servants.
func startPython(t *testing.T) *goldenWorld {
	peer.Require(t, "python3")
	folder := filepath.Join(peer.Root(t), "testdata", "gen")
	p := peer.Start(t, peer.PythonCommand(t, "../peers/python/gen_echo.py", append([]string{folder}, goldenFiles...)...))
	return newGoldenWorld(t, p, route{"python", "echo"}, route{"python and go", "relay"}, route{"go", ""})
}

// startCpp starts a peer that echoes.
func startCpp(t *testing.T) *goldenWorld {
	folder := filepath.Join(peer.Root(t), "testdata", "gen")
	c := peer.Cpp{Sources: []string{"../peers/cpp/gen_echo.cpp"}, Include: []string{folder}, Args: []string{"-O0"}, Together: true}
	for _, name := range goldenFiles {
		c.Slice = append(c.Slice, filepath.Join(folder, name))
	}
	p := peer.Start(t, peer.Command{Path: peer.BuildCpp(t, c), Args: []string{"--Ice.AcceptClassCycles=1"}})
	return newGoldenWorld(t, p, route{"c++", "echo"})
}

func newGoldenWorld(t *testing.T, p *peer.Process, routes ...route) *goldenWorld {
	comm, err := ice.NewCommunicator(ice.WithProperty("Ice.Default.Host", "127.0.0.1"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, comm.Close()) })
	adapter, err := comm.NewAdapter("Golden", "tcp -p 0")
	require.NoError(t, err)
	for name, s := range map[string]ice.Servant{
		"Classes":    classes.NewGalleryServant(gallery{}),
		"Structs":    structs.NewMirrorServant(mirror{}),
		"Enums":      enums.NewPaletteServant(palette{}),
		"Containers": containers.NewStoreServant(store{}),
		"Optionals":  optionals.NewBoxServant(box{}),
		"Exceptions": exceptions.NewThrowerServant(thrower{}),
		"ByValue":    byvalue.NewMuseumServant(museum{}),
		"Clerk":      byvalue.NewChiefServant(clerk{}),
		"Counter":    byvalue.NewCounterServant(clerk{}),
		"Interfaces": interfaces.NewEverythingServant(everything{adapter}),
		"Sliced":     interfaces.NewSlicedServant(sliced{}),
	} {
		_, err := adapter.Add(s, ice.Identity{Name: name, Category: "go"})
		require.NoError(t, err)
	}
	require.NoError(t, adapter.Activate())
	return &goldenWorld{comm, adapter, p.Value("tcp"), routes}
}

// at is an object of the peer.
func (w *goldenWorld) at(t *testing.T, category, name string) ice.ObjectPrx {
	p, err := w.comm.StringToProxy(category + "/" + name + ":tcp -h 127.0.0.1 -p " + w.port)
	require.NoError(t, err)
	return p
}

// onRoutes runs a test on all ways to a servant, in the encodings: the peer's
// servant, a peer that hands every call on to ours, and ours alone.
func (w *goldenWorld) onRoutes(t *testing.T, name string, encodings []ice.EncodingVersion, test func(t *testing.T, ctx context.Context, p ice.ObjectPrx)) {
	ours, err := w.adapter.Proxy(ice.Identity{Name: name, Category: "go"})
	require.NoError(t, err)
	for _, e := range encodings {
		for _, r := range w.routes {
			t.Run(e.String()+" "+r.name, func(t *testing.T) {
				p := ours
				if r.category != "" {
					p = w.at(t, r.category, name)
				}
				ctx := ice.ContextWith(t.Context(), map[string]string{"target": ours.String()})
				test(t, ctx, ice.WithEncoding(p, e))
			})
		}
	}
}

var (
	bothEncodings = []ice.EncodingVersion{ice.Encoding10, ice.Encoding11}
	encoding11    = []ice.EncodingVersion{ice.Encoding11}
)

// twice checks that an echo gave back what it got, twice.
func twice[T any](t *testing.T, call func(context.Context, T) (T, T, error), ctx context.Context, values ...T) {
	t.Helper()
	for _, v := range values {
		a, b, err := call(ctx, v)
		if assert.NoError(t, err) {
			assert.Equal(t, v, a)
			assert.Equal(t, v, b)
		}
	}
}

func TestGeneratedPackages(t *testing.T) {
	peer.CheckLeaks(t)
	w := startPython(t)
	w.testAll(t)
	t.Run("class operations without a proxy parameter", func(t *testing.T) {
		w.onRoutes(t, "Clerk", bothEncodings, testClerk)
		w.onRoutes(t, "Counter", bothEncodings, func(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
			c, err := byvalue.CheckedCounterPrx(ctx, p)
			require.NoError(t, err)
			assert.NoError(t, c.Count(ctx))
			ids, err := c.IceIDs(ctx)
			require.NoError(t, err)
			assert.Equal(t, []string{"::ByValue::Counter", "::ByValue::Plain", "::Ice::Object"}, ids)
		})
	})
}

func TestGeneratedPackagesWithCpp(t *testing.T) {
	peer.CheckLeaks(t)
	w := startCpp(t)
	w.testAll(t)
	// IcePy writes such an instance without its members, so these are not for Python.
	both := &goldenWorld{w.comm, w.adapter, w.port, append([]route{{"go", ""}}, w.routes...)}
	t.Run("interfaces by value", func(t *testing.T) { both.onRoutes(t, "ByValue", bothEncodings, testByValue) })
	t.Run("optional interfaces by value", func(t *testing.T) { both.onRoutes(t, "ByValue", encoding11, testByValueOptional) })
	for _, e := range bothEncodings {
		t.Run("class operations in "+e.String(), func(t *testing.T) { w.testOffice(t, e) })
	}
}

func (w *goldenWorld) testAll(t *testing.T) {
	t.Run("structs", func(t *testing.T) {
		w.onRoutes(t, "Structs", bothEncodings, func(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
			m, err := structs.CheckedMirrorPrx(ctx, p)
			require.NoError(t, err)
			points := structs.Points{{X: 1, Y: -2}, {X: math.MaxInt32, Y: math.MinInt32}}
			around := structs.Around{{X: 1}: points, {Y: 1}: points[:1]}
			byKey := structs.PointsByKey{{Name: "a", Number: 2}: points[0], {Name: "a", Number: 2, Flag: true}: points[1]}
			twice(t, m.EchoPoint, ctx, points...)
			twice(t, m.EchoPoints, ctx, nil, points)
			twice(t, m.EchoByKey, ctx, byKey)
			twice(t, m.EchoAll, ctx, structs.All{
				B: true, Y: 200, S: math.MinInt16, I: math.MaxInt32, L: math.MinInt64, F: 1.5, D: -1e-300, T: "µm",
				Points: points, Padded: structs.PaddedSeq{{B: 1, L: 2}, {B: 3, L: -4}},
				Lines: structs.Lines{{From: points[0], To: points[1]}}, Named: structs.NamedSeq{structs.NewNamed()}, ByKey: byKey, Around: around,
			})
		})
	})
	t.Run("enums", func(t *testing.T) {
		w.onRoutes(t, "Enums", bothEncodings, func(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
			m := enums.NewPalettePrx(p)
			twice(t, m.EchoColor, ctx, enums.ColorRed, enums.ColorBlue)
			twice(t, m.EchoGaps, ctx, enums.GapsLow, enums.GapsNext, enums.GapsHigh)
			twice(t, m.EchoWide, ctx, enums.WideSmall, enums.WideLarge)
			twice(t, m.EchoColors, ctx, enums.Colors{enums.ColorGreen, enums.ColorBlue})
			twice(t, m.EchoGapsSeq, ctx, enums.GapsSeq{enums.GapsMiddle, enums.GapsHigh})
			twice(t, m.EchoGapsByColor, ctx, enums.GapsByColor{enums.ColorRed: enums.GapsNext, enums.ColorBlue: enums.GapsLow})
			twice(t, m.EchoNames, ctx, enums.Names{enums.WideLarge: "large", enums.WideSmall: "small"})
			twice(t, m.EchoPainted, ctx, enums.NewPainted())
			_, _, err := m.EchoGaps(ctx, enums.Gaps(3))
			assert.ErrorContains(t, err, "3")
		})
	})
	t.Run("containers", func(t *testing.T) { w.onRoutes(t, "Containers", bothEncodings, testContainers) })
	t.Run("classes", func(t *testing.T) { w.onRoutes(t, "Classes", bothEncodings, testClasses) })
	t.Run("optionals", func(t *testing.T) { w.onRoutes(t, "Optionals", encoding11, testOptionals) })
	t.Run("optionals in 1.0", func(t *testing.T) {
		w.onRoutes(t, "Optionals", bothEncodings[:1], func(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
			a, b, must, err := optionals.NewBoxPrx(p).EchoString(ctx, "must", ice.Some("not sent"))
			require.NoError(t, err)
			assert.False(t, a.IsSet() || b.IsSet())
			assert.Equal(t, "must", must)
		})
	})
	t.Run("exceptions", func(t *testing.T) { w.onRoutes(t, "Exceptions", bothEncodings, testExceptions) })
	t.Run("interfaces", func(t *testing.T) { w.onRoutes(t, "Interfaces", bothEncodings, testInterfaces) })
}

func testContainers(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
	m := containers.NewStorePrx(p)
	twice(t, m.EchoBools, ctx, containers.Bools{true, false, true})
	twice(t, m.EchoBytes, ctx, containers.Bytes{0, 1, 255})
	twice(t, m.EchoShorts, ctx, containers.Shorts{1, math.MinInt16})
	twice(t, m.EchoInts, ctx, containers.Ints{1, math.MinInt32}, make(containers.Ints, 300))
	twice(t, m.EchoLongs, ctx, containers.Longs{1, math.MinInt64})
	twice(t, m.EchoFloats, ctx, containers.Floats{1.5, math.MaxFloat32})
	twice(t, m.EchoDoubles, ctx, containers.Doubles{1.5, math.SmallestNonzeroFloat64})
	twice(t, m.EchoStrings, ctx, containers.Strings{"", "a", "日本"}, nil)
	twice(t, m.EchoStringsSeqSeq, ctx, containers.StringsSeqSeq{{{"a"}, nil, {"b", "c"}}, nil, {{"d"}}})
	twice(t, m.EchoBlobs, ctx, containers.Blobs{{1}, nil, {2, 3}})
	twice(t, m.EchoContext, ctx, containers.Context{"a": "b", "": "empty"})
	twice(t, m.EchoByBool, ctx, containers.ByBool{true: 1, false: 2})
	twice(t, m.EchoByByte, ctx, containers.ByByte{1: 2, 200: -3})
	twice(t, m.EchoByShort, ctx, containers.ByShort{-1: 0.5})
	twice(t, m.EchoByInt, ctx, containers.ByInt{-1: {"x"}, 2: {"y", "z"}})
	twice(t, m.EchoByLong, ctx, containers.ByLong{math.MinInt64: {"k": "v"}})
	twice(t, m.EchoBlobsByName, ctx, containers.BlobsByName{"a": {{1}, {2}}})
	twice(t, m.EchoContexts, ctx, containers.Contexts{{"a": "b"}, {"c": "d"}})
	twice(t, m.EchoByInts, ctx, containers.ByInts{{1: {"one"}}})

	stores, again, err := m.EchoStores(ctx, containers.Stores{m, nil})
	require.NoError(t, err)
	require.Len(t, again, 2)
	assert.Nil(t, stores[1])
	assert.True(t, ice.SameIdentity(m, stores[0]))
	twice(t, stores[0].EchoInts, ctx, containers.Ints{7})
	proxies, _, err := m.EchoProxies(ctx, containers.Proxies{m, nil})
	require.NoError(t, err)
	assert.Nil(t, proxies[1])
	assert.True(t, ice.SameIdentity(m, proxies[0]))
	byName, _, err := m.EchoStoresByName(ctx, containers.StoresByName{"this": ice.WithFacet(m, "f"), "none": nil})
	require.NoError(t, err)
	assert.Contains(t, byName["this"].String(), "-f f")
	assert.Nil(t, byName["none"])
}

func testClasses(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
	m := classes.NewGalleryPrx(p)
	circle := classes.NewCircle()
	circle.Name = "round"
	square := &classes.Square{Shape: classes.Shape{Name: "square"}, Side: 4}
	for _, s := range []classes.AnyShape{circle, square, &classes.Shape{Name: "none"}} {
		a, b, err := m.EchoShape(ctx, s)
		require.NoError(t, err)
		assert.Equal(t, s, a)
		assert.Same(t, a, b, "one instance stays one")
	}
	nothing, _, err := m.EchoShape(ctx, nil)
	require.NoError(t, err)
	assert.Nil(t, nothing)

	one, two := &classes.Node{Id: 1, Shape: square, Circle: circle, Anything: square}, &classes.Node{Id: 2}
	one.Next, two.Next = two, one
	a, b, err := m.EchoNode(ctx, one)
	require.NoError(t, err)
	assert.Same(t, a, b)
	assert.Same(t, a, a.Next.Next, "the circle is closed")
	assert.Same(t, a.Shape, a.Anything)
	assert.Equal(t, 1.5, a.Circle.Radius)

	g := &classes.Graph{
		All: classes.Nodes{one, two, one, nil}, Loose: classes.Shapes{square, circle}, Any: classes.Objects{one, square, nil},
		ByName: classes.ShapesByName{"s": square, "c": circle, "n": nil}, ById: classes.NodesById{7: {two, one}},
		Both: classes.Pair{First: square, Second: two}, More: classes.Pairs{{First: circle}, {Second: one}},
	}
	back, _, err := m.EchoGraph(ctx, g)
	require.NoError(t, err)
	require.Len(t, back.All, 4)
	assert.Same(t, back.All[0], back.All[2])
	assert.Nil(t, back.All[3])
	assert.Same(t, back.All[0], back.Any[0])
	assert.Same(t, back.ByName["s"], back.Loose[0])
	assert.Contains(t, back.ByName, "n")
	assert.Same(t, back.ById[7][0], back.All[1])
	assert.Same(t, back.Both.First, back.Loose[0])
	assert.Same(t, back.More[1].Second, back.All[0])
	pair, _, err := m.EchoPair(ctx, g.Both)
	require.NoError(t, err)
	assert.Equal(t, "square", pair.First.AsShape().Name)

	compact := &classes.CompactChild{Compact: classes.Compact{Text: "c"}, Number: 5}
	gotCompact, _, err := m.EchoCompact(ctx, compact)
	require.NoError(t, err)
	assert.Equal(t, compact, gotCompact)
	kept := &classes.KeptChild{Kept: classes.Kept{Text: "k"}, More: "m"}
	gotKept, _, err := m.EchoKept(ctx, kept)
	require.NoError(t, err)
	assert.Equal(t, kept, gotKept)
	empty, again, err := m.EchoEmpty(ctx, classes.NewEmpty())
	require.NoError(t, err)
	assert.True(t, empty != nil && empty == again)
	object, _, err := m.EchoObject(ctx, square)
	require.NoError(t, err)
	assert.Equal(t, square, object)
}

func testByValue(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
	m, err := byvalue.CheckedMuseumPrx(ctx, p)
	require.NoError(t, err)
	square := &byvalue.Square{Side: 2}
	twice[ice.Value](t, m.EchoShape, ctx, nil, square)
	twice(t, m.EchoShapes, ctx, byvalue.Shapes{square, nil, &byvalue.Square{Side: 3}})
	twice(t, m.EchoByName, ctx, byvalue.ShapesByName{"": nil, "a": square})
	twice(t, m.EchoPair, ctx, byvalue.Pair{First: square, Rest: byvalue.Shapes{nil, square}})
	frame := &byvalue.Frame{Inner: square}
	twice(t, m.EchoFrame, ctx, frame, nil)
	a, _, err := m.EchoFrame(ctx, &byvalue.Frame{Inner: frame})
	require.NoError(t, err)
	assert.Equal(t, frame, a.Inner, "any class is taken")
	var lost *byvalue.Lost
	require.ErrorAs(t, m.Lose(ctx, square), &lost)
	assert.Equal(t, square, lost.What)
}

func testByValueOptional(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
	m, square := byvalue.NewMuseumPrx(p), &byvalue.Square{Side: 2}
	var lost *byvalue.Lost
	require.ErrorAs(t, m.Lose(ctx, square), &lost)
	assert.Equal(t, ice.Some[ice.Value](lost.What), lost.Where)
	twice(t, m.EchoFrame, ctx, &byvalue.Frame{Inner: square, Maybe: ice.Some[ice.Value](square)})
	twice(t, m.EchoMaybe, ctx, ice.None[ice.Value](), ice.Some[ice.Value](square), ice.Some[ice.Value](nil))
}

func testClerk(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
	c, err := byvalue.CheckedChiefPrx(ctx, p)
	require.NoError(t, err)
	what, all, err := c.Work(ctx, 3)
	require.NoError(t, err)
	assert.Equal(t, []any{"worked", int32(4)}, []any{what, all})
	b, err := byvalue.CheckedClerkPrx(ctx, p)
	require.NoError(t, err)
	_, _, err = b.Work(ctx, 1)
	assert.NoError(t, err)
}

func testOptionals(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
	m := optionals.NewBoxPrx(p)
	none := optionals.Everything{Before: 1, After: 2}
	e := optionals.NewEverything()
	assert.Equal(t, ice.Some[int16](7), e.S)
	e.Before, e.After = 1, 2
	e.B, e.Y, e.I, e.L, e.F, e.D = ice.Some(true), ice.Some[byte](9), ice.Some[int32](5), ice.Some[int64](6), ice.Some[float32](0.5), ice.Some(0.25)
	e.Size, e.FixedPart = ice.Some(optionals.SizeLarge), ice.Some(optionals.Fixed{A: 1, B: 2})
	e.VariablePart, e.OneByte = ice.Some(optionals.Variable{S: "s"}), ice.Some(optionals.OneByte{B: 3})
	e.Bools, e.Bytes, e.Shorts = ice.Some(optionals.Bools{true}), ice.Some(optionals.Bytes{1, 2}), ice.Some(make(optionals.Shorts, 200))
	e.Strings, e.FixedSeq = ice.Some(optionals.Strings{"a", ""}), ice.Some(optionals.FixedSeq{{A: 1}, {B: 2}})
	e.OneByteSeq, e.VariableSeq = ice.Some(optionals.OneByteSeq{{B: 1}}), ice.Some(optionals.VariableSeq{{S: "v"}})
	e.Sizes, e.Fixes = ice.Some(optionals.Sizes{optionals.SizeLarge}), ice.Some(optionals.Fixes{1: 2, 3: 4})
	e.Variables = ice.Some(optionals.Variables{"a": 1})
	item := &optionals.Item{Name: "plain"}
	special := &optionals.SpecialItem{Item: optionals.Item{Name: "special"}, Remark: ice.Some("remark")}
	e.Item, e.Anything = ice.Some[optionals.AnyItem](special), ice.Some[ice.Value](item)
	e.Items, e.ItemDict = ice.Some(optionals.Items{item, special, nil}), ice.Some(optionals.ItemDict{1: item})
	for _, v := range []*optionals.Everything{&none, e} {
		a, b, err := m.EchoEverything(ctx, v)
		require.NoError(t, err)
		assert.Same(t, a, b)
		assert.Equal(t, v, a)
	}
	e.Proxy, e.Typed = ice.Some[ice.ObjectPrx](p), ice.Some(m)
	a, _, err := m.EchoEverything(ctx, e)
	require.NoError(t, err)
	typed, ok := a.Typed.Get()
	require.True(t, ok)
	assert.True(t, ice.SameIdentity(m, typed))
	assert.True(t, a.Proxy.IsSet())

	twice(t, m.EchoInt, ctx, ice.None[int32](), ice.Some[int32](5))
	twice(t, m.EchoFixed, ctx, ice.None[optionals.Fixed](), ice.Some(optionals.Fixed{A: 1, B: 2}))
	twice(t, m.EchoVariable, ctx, ice.None[optionals.Variable](), ice.Some(optionals.Variable{S: "x"}))
	twice(t, m.EchoItem, ctx, ice.None[optionals.AnyItem](), ice.Some[optionals.AnyItem](special))
	twice(t, m.EchoSize, ctx, ice.None[optionals.Size](), ice.Some(optionals.SizeLarge))
	twice(t, m.EchoBytes, ctx, ice.None[optionals.Bytes](), ice.Some(optionals.Bytes{1}))
	twice(t, m.EchoShorts, ctx, ice.None[optionals.Shorts](), ice.Some(optionals.Shorts{1}))
	twice(t, m.EchoStrings, ctx, ice.None[optionals.Strings](), ice.Some(optionals.Strings{"s"}))
	twice(t, m.EchoItems, ctx, ice.None[optionals.Items](), ice.Some(optionals.Items{item}))
	twice(t, m.EchoFixes, ctx, ice.None[optionals.Fixes](), ice.Some(optionals.Fixes{1: 2}))
	twice(t, m.EchoVariables, ctx, ice.None[optionals.Variables](), ice.Some(optionals.Variables{"x": 2}))
	x, y, must, err := m.EchoString(ctx, "must", ice.Some("may"))
	require.NoError(t, err)
	assert.Equal(t, []any{ice.Some("may"), ice.Some("may"), "must"}, []any{x, y, must})
	n, err := m.Later(ctx, ice.Some("four"), ice.Some("first"), 3)
	require.NoError(t, err)
	assert.Equal(t, ice.Some[int32](7), n)
	n, err = m.Later(ctx, ice.None[string](), ice.None[string](), 3)
	require.NoError(t, err)
	assert.False(t, n.IsSet())

	var refused *optionals.Refused
	require.ErrorAs(t, m.Refuse(ctx, ice.None[int32]()), &refused)
	assert.Equal(t, &optionals.Refused{Reason: "no code"}, refused)
	require.ErrorAs(t, m.Refuse(ctx, ice.Some[int32](8)), &refused)
	assert.Equal(t, ice.Some[int32](8), refused.Code)
	got, _ := refused.Item.Get()
	assert.Equal(t, special, got)
}

func testExceptions(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
	m := exceptions.NewThrowerPrx(p)
	var base *exceptions.Base
	require.ErrorAs(t, m.ThrowBase(ctx, "b"), &base)
	assert.Equal(t, "b", base.Message)
	assert.ErrorContains(t, base, "::Exceptions::Base")

	err := m.ThrowDerived(ctx, "d", 7)
	var derived *exceptions.Derived
	require.ErrorAs(t, err, &derived)
	assert.Equal(t, int32(7), derived.Code)
	require.ErrorAs(t, err, &base, "a derived exception is caught as its base")
	assert.Equal(t, "d", base.Message)

	err = m.ThrowMostDerived(ctx, "m", 8, &exceptions.Detail{Text: "detail"})
	var most *exceptions.MostDerived
	require.ErrorAs(t, err, &most)
	assert.Equal(t, "detail", most.Detail.Text)
	assert.True(t, errors.As(err, &derived) && errors.As(err, &base))
	assert.Equal(t, int32(42), exceptions.NewMostDerived().Code)

	_, err = m.ThrowNothing(ctx)
	var nothing *exceptions.Nothing
	assert.ErrorAs(t, err, &nothing)
	var kept *exceptions.Kept
	require.ErrorAs(t, m.ThrowKept(ctx, "a", "b"), &kept)
	assert.Equal(t, "a", kept.Unwrap_)
	assert.Equal(t, "b", kept.Error_)
	var unknown *ice.UnknownError
	assert.ErrorAs(t, m.ThrowUndeclared(ctx, "u"), &unknown)
}

func testInterfaces(t *testing.T, ctx context.Context, p ice.ObjectPrx) {
	m, err := interfaces.CheckedEverythingPrx(ctx, p)
	require.NoError(t, err)
	require.NotNil(t, m)
	left, err := interfaces.CheckedLeftPrx(ctx, m)
	require.NoError(t, err)
	require.NoError(t, left.GoLeft(ctx, 3))
	other, err := interfaces.CheckedSlicedPrx(ctx, m)
	require.NoError(t, err)
	assert.Nil(t, other, "it is not one")

	name, err := m.Name(ctx)
	require.NoError(t, err)
	assert.Contains(t, []string{"python", "c++", "go"}, name)
	n, really, how, err := m.GoRight(ctx, "what")
	require.NoError(t, err)
	assert.Equal(t, []any{int32(4), true, "WHAT"}, []any{n, really, how})
	result, err := m.GoRightAsync(ctx, "what").Result(ctx)
	require.NoError(t, err)
	assert.Equal(t, interfaces.RightGoRightResult{ReturnValue: 4, Really: true, How: "WHAT"}, result)
	sum, err := m.Sum(ctx, 2, 3)
	require.NoError(t, err)
	assert.Equal(t, int64(5), sum)
	one, err := m.OutOnly(ctx)
	require.NoError(t, err)
	assert.Equal(t, int32(11), one)
	q, r, err := m.Divide(ctx, 7, 3)
	require.NoError(t, err)
	assert.Equal(t, []int32{2, 1}, []int32{q, r})
	require.NoError(t, m.Ping(ctx))
	require.NoError(t, ice.Oneway(m).Ping(ctx), "a changed proxy keeps its type")

	self, err := m.Itself(ctx)
	require.NoError(t, err)
	assert.NotNil(t, self)
	base, err := m.AsBase(ctx, m)
	require.NoError(t, err)
	assert.True(t, ice.SameIdentity(m, base))
	diamond, all, err := m.AsDiamond(ctx, m)
	require.NoError(t, err)
	assert.True(t, ice.SameIdentity(diamond, all))
	none, err := m.AsBase(ctx, nil)
	require.NoError(t, err)
	assert.Nil(t, none)
}

// testOffice has class operations called through proxies of classes: ours on
// the peer's servants, and the peer's on ours.
func (w *goldenWorld) testOffice(t *testing.T, e ice.EncodingVersion) {
	ctx := t.Context()
	office, err := interfaces.CheckedOfficePrx(ctx, ice.WithEncoding(w.at(t, "echo", "Office"), e))
	require.NoError(t, err)
	worker, err := office.Hire(ctx)
	require.NoError(t, err)
	done, err := worker.Work(ctx, 8)
	require.NoError(t, err)
	assert.Equal(t, int32(80), done)
	id, err := worker.IceID(ctx)
	require.NoError(t, err)
	assert.Equal(t, "::Interfaces::Worker", id)

	none, err := office.Promote(ctx, nil)
	require.NoError(t, err)
	assert.Nil(t, none)
	foreman, err := office.Promote(ctx, worker)
	require.NoError(t, err)
	done, err = foreman.Work(ctx, 8)
	require.NoError(t, err)
	assert.Equal(t, int32(8), done)
	require.NoError(t, foreman.Ping(ctx))
	checked, err := interfaces.CheckedForemanPrx(ctx, worker)
	require.NoError(t, err)
	assert.Nil(t, checked, "a worker is no foreman")

	for _, s := range []ice.Servant{interfaces.NewWorkerServant(hand{}), interfaces.NewForemanServant(hand{})} {
		p, err := w.adapter.AddWithUUID(s)
		require.NoError(t, err)
		ours := ice.WithEncoding(interfaces.NewWorkerPrx(p), e)
		require.NoError(t, foreman.Boss(ice.ContextWith(ctx, map[string]string{"hours": "5", "done": "15"}), ours))
	}
	var unknown *ice.UnknownError
	assert.ErrorAs(t, foreman.Boss(ice.ContextWith(ctx, map[string]string{"hours": "5", "done": "14"}), worker), &unknown)
}

func TestGeneratedConstants(t *testing.T) {
	assert.Equal(t, "a \"quoted\" \\ line\n\tand more", constants.Text)
	assert.Equal(t, "µm – å 😀", constants.Unicode)
	assert.Equal(t, int64(math.MaxInt64), constants.Big)
	assert.Equal(t, int32(0o755), constants.Octal)
	d := constants.NewDefaults()
	assert.Equal(t, constants.Defaults{
		A: true, B: 200, C: -32768, D: math.MaxInt32, E: math.MaxInt64, F: 0.5, G: 6.02214076e23, H: constants.Text, I: constants.LevelHigh,
	}, d)
	c := constants.NewClassDefaults()
	assert.Equal(t, d, c.Nested)
	assert.Equal(t, "Ann", c.Name)
	assert.Equal(t, ice.Some[int32](3), c.Count)
	assert.False(t, c.None.IsSet())
	assert.Equal(t, "no reason", constants.NewExceptionDefaults().Reason)
}
