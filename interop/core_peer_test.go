package interop_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/stretchr/testify/require"
)

// corePrx is the proxy of peers/slice/core/Core.ice in the shape of generated code.
type corePrx struct{ ice.Proxy }

func newCorePrx(p ice.ObjectPrx) corePrx         { return corePrx{ice.ProxyOf(p)} }
func (corePrx) IceNew(p ice.Proxy) ice.ObjectPrx { return corePrx{p} }
func str(s string) func(*wire.Encoder)           { return func(e *wire.Encoder) { e.String(s) } }
func num(n int) func(*wire.Encoder)              { return func(e *wire.Encoder) { e.Int(int32(n)) } }
func op(name string, mode ice.OperationMode) *ice.Op[ice.Void] {
	return &ice.Op[ice.Void]{Name: name, Mode: mode}
}

var (
	opSay  = ice.Op[string]{Name: "say", Returns: true, Read: (*wire.Decoder).String}
	opGet  = ice.Op[[]byte]{Name: "get", Returns: true, Read: (*wire.Decoder).Bytes}
	opPut  = ice.Op[ice.Void]{Name: "put"}
	opFail = ice.Op[ice.Void]{Name: "fail", Throws: []string{"::CoreTest::Failure"}}

	opCount   = ice.Op[int32]{Name: "count", Mode: ice.Idempotent, Returns: true, Read: (*wire.Decoder).Int}
	opContext = ice.Op[map[string]string]{Name: "context", Mode: ice.Idempotent, Returns: true, Read: wire.ReadContext}
	opFacet   = ice.Op[string]{Name: "facet", Mode: ice.Idempotent, Returns: true, Read: (*wire.Decoder).String}
	opReflect = ice.Op[ice.ObjectPrx]{Name: "reflect", Returns: true, Read: ice.ReadProxy}
)

func (p corePrx) sayAsync(ctx context.Context, text string) *ice.Future[string] {
	return ice.Call(ctx, p, &opSay, str(text))
}
func (p corePrx) say(ctx context.Context, text string) (string, error) {
	return ice.Await(ctx, p.sayAsync(ice.Awaited(ctx), text))
}
func (p corePrx) get(ctx context.Context, size int) ([]byte, error) {
	return ice.Await(ctx, ice.Call(ice.Awaited(ctx), p, &opGet, num(size)))
}
func (p corePrx) put(ctx context.Context, b []byte) error {
	return ice.AwaitVoid(ctx, ice.Call(ice.Awaited(ctx), p, &opPut, func(e *wire.Encoder) { e.Bytes(b) }))
}
func (p corePrx) fail(ctx context.Context, kind string) error {
	return ice.AwaitVoid(ctx, ice.Call(ice.Awaited(ctx), p, &opFail, str(kind)))
}
func (p corePrx) sleepAsync(ctx context.Context, ms int) *ice.Future[ice.Void] {
	return ice.Call(ctx, p, op("sleep", ice.Normal), num(ms))
}
func (p corePrx) void(ctx context.Context, name string, mode ice.OperationMode, argument string) error {
	return ice.AwaitVoid(ctx, p.voidAsync(ice.Awaited(ctx), name, mode, argument))
}
func (p corePrx) voidAsync(ctx context.Context, name string, mode ice.OperationMode, argument string) *ice.Future[ice.Void] {
	return ice.Call(ctx, p, op(name, mode), str(argument))
}
func (p corePrx) count(ctx context.Context, name string) (int32, error) {
	return ice.Await(ctx, ice.Call(ice.Awaited(ctx), p, &opCount, str(name)))
}

type coreFailure struct{ Reason string }

func (x *coreFailure) Error() string          { return wire.Describe(x) }
func (*coreFailure) IceTypeID() string        { return "::CoreTest::Failure" }
func (*coreFailure) IceUsesClasses() bool     { return false }
func (x *coreFailure) IceWrite(*wire.Encoder) { panic("not sent") }
func (x *coreFailure) IceRead(d *wire.Decoder) {
	d.StartSlice()
	x.Reason = d.String()
	d.EndSlice()
}

type coreSpecial struct {
	coreFailure
	Code int32
}

func (x *coreSpecial) Error() string   { return wire.Describe(x) }
func (*coreSpecial) IceTypeID() string { return "::CoreTest::Special" }
func (x *coreSpecial) Unwrap() error   { return &x.coreFailure }
func (x *coreSpecial) IceRead(d *wire.Decoder) {
	d.StartSlice()
	x.Code = d.Int()
	d.EndSlice()
	x.coreFailure.IceRead(d)
}

func init() {
	wire.RegisterException("::CoreTest::Failure", func() wire.UserException { return new(coreFailure) })
	wire.RegisterException("::CoreTest::Special", func() wire.UserException { return new(coreSpecial) })
}

func coreSlice(t testing.TB) string {
	return filepath.Join(peer.Root(t), "interop", "peers", "slice", "core", "Core.ice")
}

// startCore starts the Python server with the given endpoints and Ice options.
func startCore(t testing.TB, endpoints string, options ...string) *peer.Process {
	t.Helper()
	peer.Require(t, "python3", "ice-slice")
	server := filepath.Join(peer.Root(t), "interop", "peers", "python", "core_server.py")
	args := append([]string{coreSlice(t), endpoints, "--Ice.ThreadPool.Server.Size=8", "--Ice.MessageSizeMax=65536"}, options...)
	return peer.Start(t, peer.PythonCommand(t, server, args...))
}

// newCommunicator gives a communicator that is closed at the end of the test.
func newCommunicator(t testing.TB, opts ...ice.Option) *ice.Communicator {
	t.Helper()
	comm, err := ice.NewCommunicator(append([]ice.Option{ice.WithProperty("Ice.MessageSizeMax", "65536")}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, comm.Close()) })
	return comm
}

func coreProxy(t testing.TB, comm *ice.Communicator, format string, args ...any) corePrx {
	t.Helper()
	p, err := comm.StringToProxy(fmt.Sprintf(format, args...))
	require.NoError(t, err)
	return newCorePrx(p)
}

// patient gives a context that ends a test that hangs.
func patient(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
