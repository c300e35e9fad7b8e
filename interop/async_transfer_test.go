package interop_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

// fileBytes is a part of the server's file; see Bench.ice.
func fileBytes(offset int64, n int) []byte {
	b := make([]byte, n)
	for k := range b {
		i := offset + int64(k)
		b[k] = byte(i*31 + i>>8)
	}
	return b
}

// block is a part of a file, as a transfer cuts it.
type block struct {
	offset int64
	size   int
}

// blocks cuts a file of the given length.
func blocks(length int64, size int) iter.Seq[block] {
	return func(yield func(block) bool) {
		for at := int64(0); at < length; at += int64(size) {
			if !yield(block{at, int(min(int64(size), length-at))}) {
				return
			}
		}
	}
}

func download(ctx context.Context, echo bench.EchoPrx, to io.Writer, length int64, size, outstanding int) error {
	read := func(ctx context.Context, b block) *ice.Future[[]byte] {
		return echo.ReadAsync(ctx, b.offset, int32(b.size))
	}
	for data, err := range async.Pipeline(ctx, outstanding, blocks(length, size), read) {
		if err != nil {
			return err
		}
		if _, err := to.Write(data); err != nil {
			return err
		}
		ice.Recycle(data)
	}
	return nil
}

func upload(ctx context.Context, echo bench.EchoPrx, from io.ReaderAt, length int64, size, outstanding int) error {
	write := func(ctx context.Context, b block) *ice.Future[ice.Void] {
		data := make([]byte, b.size)
		if _, err := from.ReadAt(data, b.offset); err != nil {
			return ice.Failed[ice.Void](err)
		}
		return echo.WriteAsync(ctx, b.offset, data)
	}
	for _, err := range async.Pipeline(ctx, outstanding, blocks(length, size), write) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestAsyncDownload(t *testing.T) {
	const length = 5<<20 + 12345
	want := sha256.Sum256(fileBytes(0, length))
	peer.CheckLeaks(t)
	s := startEcho(t, "cpp")
	for _, size := range []int{1000, 64 << 10, 1 << 20, 8 << 20} {
		for _, outstanding := range []int{1, 2, 6, 100} {
			sum := sha256.New()
			require.NoError(t, download(t.Context(), s.echo, sum, length, size, outstanding))
			assert.Equal(t, want[:], sum.Sum(nil), "blocks of %d, %d outstanding", size, outstanding)
		}
	}
}

func TestAsyncUpload(t *testing.T) {
	const length = 5<<20 + 12345
	file := fileBytes(0, length)
	peer.CheckLeaks(t)
	s := startEcho(t, "cpp")
	for _, size := range []int{1000, 1 << 20} {
		before := s.calls(t)
		require.NoError(t, upload(t.Context(), s.echo, bytes.NewReader(file), length, size, 6))
		assert.Equal(t, before+(length+size-1)/size, s.calls(t))
	}
	file[3<<20]++
	var raised *bench.BenchError
	err := upload(t.Context(), s.echo, bytes.NewReader(file), length, 64<<10, 6)
	require.ErrorAs(t, err, &raised)
	assert.Contains(t, raised.Reason, fmt.Sprint("wrong bytes at offset ", 3<<20))
}

// The manual's way of holding back a fast sender: the next block is sent when the one before has been. No more
// than one block waits in memory, however slowly the server reads.
func TestAsyncUploadBySent(t *testing.T) {
	const size, count = 1 << 20, 20
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		data := make([]byte, size)
		var calls []*ice.Future[ice.Void]
		send := func() { calls = append(calls, s.echo.PutBytesAsync(ctx, data)) }
		s.stopped(t, func() { calls, _ = s.fillQueue(t, s.echo, 1) })
		for range count {
			_, err := calls[len(calls)-1].Sent(ctx)
			require.NoError(t, err)
			send()
			unsent := 0
			for _, f := range calls {
				if !f.IsSent() {
					unsent++
				}
			}
			assert.LessOrEqual(t, unsent, 1)
		}
		_, err := async.All(ctx, calls...)
		require.NoError(t, err)
	})
}

// The same by callbacks: each sent callback sends the next block.
func TestAsyncUploadBySentCallback(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		before := s.calls(t)
		const length, size = 3 << 20, 100_000
		next, stop := iter.Pull(blocks(length, size))
		defer stop()
		last := make(chan *ice.Future[ice.Void], 1)
		var send func()
		send = func() {
			b, _ := next()
			f := s.echo.PutBytesAsync(ctx, make([]byte, b.size))
			if b.offset+int64(b.size) == length {
				last <- f
				return
			}
			f.OnSentAsync(func(*ice.Future[ice.Void], bool) { send() })
		}
		send()
		require.NoError(t, (<-last).Err(ctx))
		require.NoError(t, s.echo.Ping(ctx))
		assert.LessOrEqual(t, s.calls(t)-before, (length+size-1)/size+1)
	})
}

// A transfer that is given up, or fails, leaves nothing outstanding on a server that does not answer.
func TestAsyncTransferGivenUp(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		var calls []*ice.Future[[]byte]
		get := func(ctx context.Context, n int32) *ice.Future[[]byte] {
			f := s.echo.GetBytesAsync(ctx, n)
			calls = append(calls, f)
			return f
		}
		sizes := func(yield func(int32) bool) {
			for yield(1000) {
			}
		}
		for data, err := range async.Pipeline(t.Context(), 5, sizes, get) {
			require.NoError(t, err)
			require.Len(t, data, 1000)
			if len(calls) > 20 {
				break
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.stopped(t, func() {
			for _, err := range async.Pipeline(ctx, 5, func(yield func(int32) bool) {
				for i := range int32(100) {
					if i == 5 {
						cancel()
					}
					if !yield(i) {
						return
					}
				}
			}, get) {
				require.ErrorIs(t, err, context.Canceled)
			}
			for i, f := range calls {
				assert.True(t, f.IsDone(), "call %d", i)
			}
		})
	})
}

// BenchmarkTransfer downloads and uploads 256 MiB, which the server has ready, in blocks of several sizes, six of them
// outstanding: from ZeroC's server, and from a C program that does no more for the protocol than it must, so that
// what it moves is what our side can. Beside that stands as much over a plain TCP connection to a C program.
func BenchmarkTransfer(b *testing.B) {
	const length = 256 << 20
	run := func(name string, move func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(length)
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, move())
			}
		})
	}
	s := startEcho(b, "cpp")
	tcp := dialLimits(b)
	servers := []struct {
		name string
		echo bench.EchoPrx
	}{{"least", leastServer(b, s.comm)}, {"cpp", s.echo}}
	sizes := []int{64 << 10, 256 << 10, 512 << 10, 1 << 20, 4 << 20}
	run("download/tcp", func() error { return tcpDownload(tcp, length) })
	for _, server := range servers {
		for _, size := range sizes {
			get := func(ctx context.Context, k block) *ice.Future[[]byte] {
				return server.echo.GetBytesAsync(ctx, int32(k.size))
			}
			run(fmt.Sprintf("download/%s/%dK", server.name, size>>10), func() error {
				for data, err := range async.Pipeline(b.Context(), 6, blocks(length, size), get) {
					if err != nil {
						return err
					}
					ice.Recycle(data)
				}
				return nil
			})
		}
	}
	run("upload/tcp", func() error { return tcpUpload(tcp, length) })
	for _, server := range servers {
		for _, size := range sizes {
			data := make([]byte, size)
			put := func(ctx context.Context, k block) *ice.Future[ice.Void] {
				return server.echo.PutBytesAsync(ice.Lend(ctx), data[:k.size])
			}
			run(fmt.Sprintf("upload/%s/%dK", server.name, size>>10), func() error {
				for _, err := range async.Pipeline(b.Context(), 6, blocks(length, size), put) {
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
}

// leastServer starts bench/limits/ice.c.
func leastServer(b testing.TB, comm *ice.Communicator) bench.EchoPrx {
	port := startLimit(b, "ice.c")
	p, err := comm.StringToProxy("least:tcp -h 127.0.0.1 -p " + port)
	require.NoError(b, err)
	return bench.NewEchoPrx(p)
}

// The server that does the least is understood, and understands.
func TestLeastServer(t *testing.T) {
	peer.CheckLeaks(t)
	comm, err := ice.NewCommunicator(ice.WithProperty("Ice.MessageSizeMax", "4096"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, comm.Close()) })
	least := leastServer(t, comm)
	for _, size := range []int32{0, 1, 1000, 64 << 10, 1 << 20} {
		data, err := least.GetBytes(t.Context(), size)
		require.NoError(t, err)
		require.Len(t, data, int(size))
		require.NoError(t, least.PutBytes(t.Context(), data))
	}
	require.NoError(t, least.Ping(t.Context()))
}

// dialLimits starts bench/limits/limits.c, the fastest peer there is, and connects to it.
func dialLimits(b testing.TB) net.Conn {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", startLimit(b, "limits.c")))
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	return conn
}

// startLimit builds and starts a program of bench/limits and gives its port.
func startLimit(b testing.TB, source string) string {
	peer.Require(b, "g++")
	program := filepath.Join(b.TempDir(), "limit")
	peer.Run(b, "gcc", "-O2", "-o", program, "bench/limits/"+source, "-lpthread")
	return peer.Start(b, peer.Command{Path: program, Args: []string{"serve"}}).Lines()[0]
}

const tcpBlock = 1 << 20

// tcpRequest is a message to limits.c: operation 1 has blocks sent, operation 2 announces them.
func tcpRequest(operation byte, count int) []byte {
	m := make([]byte, 25)
	m[0] = operation
	binary.LittleEndian.PutUint32(m[1:], tcpBlock)
	binary.LittleEndian.PutUint32(m[5:], uint32(count))
	return m
}

func tcpDownload(conn net.Conn, length int) error {
	const outstanding = 6
	buf := make([]byte, tcpBlock)
	for range outstanding {
		if _, err := conn.Write(tcpRequest(1, 1)); err != nil {
			return err
		}
	}
	for i := range length / tcpBlock {
		if _, err := io.ReadFull(conn, buf); err != nil {
			return err
		}
		if i < length/tcpBlock-outstanding {
			if _, err := conn.Write(tcpRequest(1, 1)); err != nil {
				return err
			}
		}
	}
	return nil
}

func tcpUpload(conn net.Conn, length int) error {
	buf := make([]byte, tcpBlock)
	if _, err := conn.Write(tcpRequest(2, length/tcpBlock)); err != nil {
		return err
	}
	for range length / tcpBlock {
		if _, err := conn.Write(buf); err != nil {
			return err
		}
	}
	_, err := io.ReadFull(conn, buf[:25])
	return err
}
