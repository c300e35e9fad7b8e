package gen_test

import (
	"context"

	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/testdata/gen/byvalue"
	"github.com/slice2go/slice2go/testdata/gen/classes"
	"github.com/slice2go/slice2go/testdata/gen/containers"
	"github.com/slice2go/slice2go/testdata/gen/enums"
	"github.com/slice2go/slice2go/testdata/gen/exceptions"
	"github.com/slice2go/slice2go/testdata/gen/interfaces"
	"github.com/slice2go/slice2go/testdata/gen/optionals"
	"github.com/slice2go/slice2go/testdata/gen/structs"
)

// Servants for the golden packages that give back what they get, twice.

type (
	museum     struct{}
	clerk      struct{}
	gallery    struct{}
	mirror     struct{}
	palette    struct{}
	store      struct{}
	box        struct{}
	thrower    struct{}
	sliced     struct{}
	hand       struct{} // the operations of classes
	everything struct{ adapter *ice.Adapter }
)

func (museum) EchoShape(_ context.Context, v ice.Value) (ret, again ice.Value, err error) {
	return v, v, nil
}
func (museum) EchoShapes(_ context.Context, v byvalue.Shapes) (ret, again byvalue.Shapes, err error) {
	return v, v, nil
}
func (museum) EchoByName(_ context.Context, v byvalue.ShapesByName) (ret, again byvalue.ShapesByName, err error) {
	return v, v, nil
}
func (museum) EchoPair(_ context.Context, v byvalue.Pair) (ret, again byvalue.Pair, err error) {
	return v, v, nil
}
func (museum) EchoFrame(_ context.Context, v *byvalue.Frame) (ret, again *byvalue.Frame, err error) {
	return v, v, nil
}
func (museum) EchoMaybe(_ context.Context, v ice.Optional[ice.Value]) (ret, again ice.Optional[ice.Value], err error) {
	return v, v, nil
}
func (museum) Lose(_ context.Context, v ice.Value) error {
	return &byvalue.Lost{What: v, Where: ice.Some(v)}
}

func (clerk) Work(_ context.Context, more int32) (string, int32, error) {
	return "worked", more + 1, nil
}
func (clerk) Count(context.Context) error { return nil }

func (gallery) EchoShape(_ context.Context, v classes.AnyShape) (ret, again classes.AnyShape, err error) {
	return v, v, nil
}
func (gallery) EchoNode(_ context.Context, v *classes.Node) (ret, again *classes.Node, err error) {
	return v, v, nil
}
func (gallery) EchoGraph(_ context.Context, v *classes.Graph) (ret, again *classes.Graph, err error) {
	return v, v, nil
}
func (gallery) EchoPair(_ context.Context, v classes.Pair) (ret, again classes.Pair, err error) {
	return v, v, nil
}
func (gallery) EchoCompact(_ context.Context, v classes.AnyCompact) (ret, again classes.AnyCompact, err error) {
	return v, v, nil
}
func (gallery) EchoKept(_ context.Context, v classes.AnyKept) (ret, again classes.AnyKept, err error) {
	return v, v, nil
}
func (gallery) EchoEmpty(_ context.Context, v *classes.Empty) (ret, again *classes.Empty, err error) {
	return v, v, nil
}
func (gallery) EchoObject(_ context.Context, v ice.Value) (ret, again ice.Value, err error) {
	return v, v, nil
}

func (mirror) EchoAll(_ context.Context, v structs.All) (ret, again structs.All, err error) {
	return v, v, nil
}
func (mirror) EchoPoint(_ context.Context, v structs.Point) (ret, again structs.Point, err error) {
	return v, v, nil
}
func (mirror) EchoPoints(_ context.Context, v structs.Points) (ret, again structs.Points, err error) {
	return v, v, nil
}
func (mirror) EchoByKey(_ context.Context, v structs.PointsByKey) (ret, again structs.PointsByKey, err error) {
	return v, v, nil
}

func (palette) EchoColor(_ context.Context, v enums.Color) (ret, again enums.Color, err error) {
	return v, v, nil
}
func (palette) EchoGaps(_ context.Context, v enums.Gaps) (ret, again enums.Gaps, err error) {
	return v, v, nil
}
func (palette) EchoWide(_ context.Context, v enums.Wide) (ret, again enums.Wide, err error) {
	return v, v, nil
}
func (palette) EchoColors(_ context.Context, v enums.Colors) (ret, again enums.Colors, err error) {
	return v, v, nil
}
func (palette) EchoGapsSeq(_ context.Context, v enums.GapsSeq) (ret, again enums.GapsSeq, err error) {
	return v, v, nil
}
func (palette) EchoGapsByColor(_ context.Context, v enums.GapsByColor) (ret, again enums.GapsByColor, err error) {
	return v, v, nil
}
func (palette) EchoNames(_ context.Context, v enums.Names) (ret, again enums.Names, err error) {
	return v, v, nil
}
func (palette) EchoPainted(_ context.Context, v enums.Painted) (ret, again enums.Painted, err error) {
	return v, v, nil
}

func (store) EchoBools(_ context.Context, v containers.Bools) (ret, again containers.Bools, err error) {
	return v, v, nil
}
func (store) EchoBytes(_ context.Context, v containers.Bytes) (ret, again containers.Bytes, err error) {
	return v, v, nil
}
func (store) EchoShorts(_ context.Context, v containers.Shorts) (ret, again containers.Shorts, err error) {
	return v, v, nil
}
func (store) EchoInts(_ context.Context, v containers.Ints) (ret, again containers.Ints, err error) {
	return v, v, nil
}
func (store) EchoLongs(_ context.Context, v containers.Longs) (ret, again containers.Longs, err error) {
	return v, v, nil
}
func (store) EchoFloats(_ context.Context, v containers.Floats) (ret, again containers.Floats, err error) {
	return v, v, nil
}
func (store) EchoDoubles(_ context.Context, v containers.Doubles) (ret, again containers.Doubles, err error) {
	return v, v, nil
}
func (store) EchoStrings(_ context.Context, v containers.Strings) (ret, again containers.Strings, err error) {
	return v, v, nil
}
func (store) EchoStringsSeqSeq(_ context.Context, v containers.StringsSeqSeq) (ret, again containers.StringsSeqSeq, err error) {
	return v, v, nil
}
func (store) EchoBlobs(_ context.Context, v containers.Blobs) (ret, again containers.Blobs, err error) {
	return v, v, nil
}
func (store) EchoStores(_ context.Context, v containers.Stores) (ret, again containers.Stores, err error) {
	return v, v, nil
}
func (store) EchoProxies(_ context.Context, v containers.Proxies) (ret, again containers.Proxies, err error) {
	return v, v, nil
}
func (store) EchoContext(_ context.Context, v containers.Context) (ret, again containers.Context, err error) {
	return v, v, nil
}
func (store) EchoByBool(_ context.Context, v containers.ByBool) (ret, again containers.ByBool, err error) {
	return v, v, nil
}
func (store) EchoByByte(_ context.Context, v containers.ByByte) (ret, again containers.ByByte, err error) {
	return v, v, nil
}
func (store) EchoByShort(_ context.Context, v containers.ByShort) (ret, again containers.ByShort, err error) {
	return v, v, nil
}
func (store) EchoByInt(_ context.Context, v containers.ByInt) (ret, again containers.ByInt, err error) {
	return v, v, nil
}
func (store) EchoByLong(_ context.Context, v containers.ByLong) (ret, again containers.ByLong, err error) {
	return v, v, nil
}
func (store) EchoBlobsByName(_ context.Context, v containers.BlobsByName) (ret, again containers.BlobsByName, err error) {
	return v, v, nil
}
func (store) EchoStoresByName(_ context.Context, v containers.StoresByName) (ret, again containers.StoresByName, err error) {
	return v, v, nil
}
func (store) EchoContexts(_ context.Context, v containers.Contexts) (ret, again containers.Contexts, err error) {
	return v, v, nil
}
func (store) EchoByInts(_ context.Context, v containers.ByInts) (ret, again containers.ByInts, err error) {
	return v, v, nil
}

func (box) EchoEverything(_ context.Context, v *optionals.Everything) (ret, again *optionals.Everything, err error) {
	return v, v, nil
}
func (box) EchoInt(_ context.Context, v ice.Optional[int32]) (ret, again ice.Optional[int32], err error) {
	return v, v, nil
}
func (box) EchoFixed(_ context.Context, v ice.Optional[optionals.Fixed]) (ret, again ice.Optional[optionals.Fixed], err error) {
	return v, v, nil
}
func (box) EchoVariable(_ context.Context, v ice.Optional[optionals.Variable]) (ret, again ice.Optional[optionals.Variable], err error) {
	return v, v, nil
}
func (box) EchoItem(_ context.Context, v ice.Optional[optionals.AnyItem]) (ret, again ice.Optional[optionals.AnyItem], err error) {
	return v, v, nil
}
func (box) EchoSize(_ context.Context, v ice.Optional[optionals.Size]) (ret, again ice.Optional[optionals.Size], err error) {
	return v, v, nil
}
func (box) EchoTyped(_ context.Context, v ice.Optional[optionals.BoxPrx]) (ret, again ice.Optional[optionals.BoxPrx], err error) {
	return v, v, nil
}
func (box) EchoBytes(_ context.Context, v ice.Optional[optionals.Bytes]) (ret, again ice.Optional[optionals.Bytes], err error) {
	return v, v, nil
}
func (box) EchoShorts(_ context.Context, v ice.Optional[optionals.Shorts]) (ret, again ice.Optional[optionals.Shorts], err error) {
	return v, v, nil
}
func (box) EchoStrings(_ context.Context, v ice.Optional[optionals.Strings]) (ret, again ice.Optional[optionals.Strings], err error) {
	return v, v, nil
}
func (box) EchoItems(_ context.Context, v ice.Optional[optionals.Items]) (ret, again ice.Optional[optionals.Items], err error) {
	return v, v, nil
}
func (box) EchoFixes(_ context.Context, v ice.Optional[optionals.Fixes]) (ret, again ice.Optional[optionals.Fixes], err error) {
	return v, v, nil
}
func (box) EchoVariables(_ context.Context, v ice.Optional[optionals.Variables]) (ret, again ice.Optional[optionals.Variables], err error) {
	return v, v, nil
}

func (box) EchoString(_ context.Context, must string, v ice.Optional[string]) (ret, again ice.Optional[string], mustAgain string, err error) {
	return v, v, must, nil
}

func (box) Refuse(_ context.Context, code ice.Optional[int32]) error {
	if !code.IsSet() {
		return &optionals.Refused{Reason: "no code"}
	}
	item := &optionals.SpecialItem{Item: optionals.Item{Name: "special"}, Remark: ice.Some("remark")}
	return &optionals.Refused{Reason: "refused", Code: code, Item: ice.Some[optionals.AnyItem](item)}
}

func (box) Later(_ context.Context, last, _ ice.Optional[string], plain int32) (ice.Optional[int32], error) {
	s, ok := last.Get()
	if !ok {
		return ice.None[int32](), nil
	}
	return ice.Some(plain + int32(len(s))), nil
}

func (thrower) ThrowBase(_ context.Context, message string) error {
	return &exceptions.Base{Message: message}
}

func (thrower) ThrowDerived(_ context.Context, message string, code int32) error {
	return &exceptions.Derived{Base: exceptions.Base{Message: message}, Code: code}
}

func (thrower) ThrowMostDerived(_ context.Context, message string, code int32, detail *exceptions.Detail) error {
	return &exceptions.MostDerived{Derived: exceptions.Derived{Base: exceptions.Base{Message: message}, Code: code}, Detail: detail}
}

func (thrower) ThrowNothing(context.Context) (int32, error) { return 0, &exceptions.Nothing{} }

func (thrower) ThrowKept(_ context.Context, a, b string) error {
	return &exceptions.Kept{Unwrap_: a, Error_: b}
}

func (thrower) ThrowUndeclared(_ context.Context, message string) error {
	return &exceptions.Base{Message: message}
}

func (sliced) Echo(_ context.Context, o ice.Value) (ice.Value, error) { return o, nil }

func (everything) Name(context.Context) (string, error)   { return "go", nil }
func (everything) GoLeft(context.Context, int32) error    { return nil }
func (everything) Ping(context.Context) error             { return nil }
func (everything) OutOnly(context.Context) (int32, error) { return 11, nil }

func (everything) GoRight(_ context.Context, what string) (ret int32, really bool, how string, err error) {
	return int32(len(what)), true, "WHAT", nil
}

func (everything) Sum(_ context.Context, a, b int64) (int64, error) { return a + b, nil }

func (everything) Divide(_ context.Context, dividend, divisor int32) (quotient, remainder int32, err error) {
	return dividend / divisor, dividend % divisor, nil
}

func (e everything) Itself(ctx context.Context) (ice.ObjectPrx, error) {
	return e.adapter.Proxy(ice.CurrentFrom(ctx).ID)
}

func (everything) AsBase(_ context.Context, b interfaces.BasePrx) (interfaces.BasePrx, error) {
	return b, nil
}

func (everything) AsDiamond(_ context.Context, d interfaces.DiamondPrx) (interfaces.DiamondPrx, interfaces.EverythingPrx, error) {
	return d, interfaces.NewEverythingPrx(d), nil
}

func (hand) Work(_ context.Context, hours int32) (int32, error)     { return 3 * hours, nil }
func (hand) Ping(context.Context) error                             { return nil }
func (hand) Boss(ctx context.Context, w interfaces.WorkerPrx) error { return w.IcePing(ctx) }
