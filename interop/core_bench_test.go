package interop_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/require"
)

// startCoreCpp starts the server in C++, which is fast enough to measure the client against.
func startCoreCpp(t testing.TB, endpoints string, options ...string) *peer.Process {
	t.Helper()
	peer.Require(t, "g++", "ice-cpp", "slice2cpp")
	program := peer.BuildCpp(t, peer.Cpp{
		Slice:   []string{coreSlice(t)},
		Sources: []string{filepath.Join(peer.Root(t), "interop", "peers", "cpp", "core_server.cpp")},
		Args:    []string{"-O2"},
	})
	return peer.Start(t, peer.Command{Path: program, Args: append([]string{endpoints, "--Ice.MessageSizeMax=65536", "--Ice.ThreadPool.Server.Size=2", "--Ice.ThreadPool.Server.SizeMax=4"}, options...)})
}

func BenchmarkCorePing(b *testing.B) {
	server := startCoreCpp(b, "tcp -h 127.0.0.1 -p 0")
	p := coreProxy(b, newCommunicator(b), "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	ctx := context.Background()
	require.NoError(b, p.IcePing(ctx))
	b.ReportAllocs()
	for b.Loop() {
		if err := p.IcePing(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCorePipelined(b *testing.B) {
	server := startCoreCpp(b, "tcp -h 127.0.0.1 -p 0")
	p := coreProxy(b, newCommunicator(b), "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	ctx := context.Background()
	require.NoError(b, p.IcePing(ctx))
	for _, outstanding := range []int{100, 1000} {
		b.Run(fmt.Sprint(outstanding), func(b *testing.B) {
			b.ReportAllocs()
			window := make([]*ice.Future[ice.Void], outstanding)
			i := 0
			for b.Loop() {
				slot := &window[i%outstanding]
				if *slot != nil {
					if err := (*slot).Err(ctx); err != nil {
						b.Fatal(err)
					}
				}
				*slot = p.IcePingAsync(ctx)
				i++
			}
			for _, f := range window {
				if f != nil {
					_ = f.Err(ctx)
				}
			}
		})
	}
}

const mebibyte = 1 << 20

func BenchmarkCoreBytes(b *testing.B) {
	server := startCoreCpp(b, "tcp -h 127.0.0.1 -p 0")
	p := coreProxy(b, newCommunicator(b), "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	ctx := context.Background()
	data := make([]byte, mebibyte)
	b.Run("get", func(b *testing.B) {
		b.SetBytes(mebibyte)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.get(ctx, mebibyte); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("get-ahead", func(b *testing.B) {
		b.SetBytes(mebibyte)
		var window [4]*ice.Future[[]byte]
		i := 0
		for b.Loop() {
			slot := &window[i%len(window)]
			if *slot != nil {
				if err := (*slot).Err(ctx); err != nil {
					b.Fatal(err)
				}
			}
			*slot = ice.Call(ctx, p, &opGet, num(mebibyte))
			i++
		}
		for _, f := range window {
			if f != nil {
				_ = f.Err(ctx)
			}
		}
	})
	b.Run("put", func(b *testing.B) {
		b.SetBytes(mebibyte)
		b.ReportAllocs()
		for b.Loop() {
			if err := p.put(ctx, data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkCorePlainTCP moves the same bytes the same way, without Ice: a request of some bytes, an answer of a mebibyte.
func BenchmarkCorePlainTCP(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer func() { _ = listener.Close() }()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		request, answer := make([]byte, 80), make([]byte, mebibyte)
		for {
			if _, err := io.ReadFull(conn, request); err != nil {
				return
			}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(b, err)
	defer func() { _ = conn.Close() }()
	request, answer := make([]byte, 80), make([]byte, mebibyte)
	b.SetBytes(mebibyte)
	for b.Loop() {
		if _, err := conn.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(conn, answer); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCoreOutstanding says how much memory an invocation holds that waits for its reply.
func BenchmarkCoreOutstanding(b *testing.B) {
	server := startCoreCpp(b, "tcp -h 127.0.0.1 -p 0")
	p := coreProxy(b, newCommunicator(b), "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := p.sleepAsync(ctx, 0).Result(ctx)
	require.NoError(b, err)
	for b.Loop() {
		const n = 10_000
		before, goroutines := heap(), runtime.NumGoroutine()
		futures := make([]*ice.Future[ice.Void], n)
		for i := range futures {
			futures[i] = p.IcePingAsync(ctx)
		}
		b.ReportMetric(float64(heap()-before)/n, "B/call")
		b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/n, "goroutines/call")
		for _, f := range futures {
			f.Cancel()
		}
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
