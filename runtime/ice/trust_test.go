package ice

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// The arguments of a login and the entries of a context are in no trace, no error and no text that an interceptor sees, however the call ends.
func TestCallsDoNotTellSecrets(t *testing.T) {
	peer.CheckLeaks(t)
	const secret = "pa55word-of-the-test"
	w := newWorld(t, "Ice.Trace.Network", "3", "Ice.Trace.Protocol", "1", "Ice.Warn.Dispatch", "2")
	gone := make(chan struct{})
	defer close(gone)
	outcomes := map[string]func() error{
		"ok":      func() error { return nil },
		"fails":   func() error { return errors.New("no") },
		"missing": func() error { return ErrObjectNotExist },
		"hangs":   func() error { <-gone; return nil },
	}
	log := &safeBuffer{}
	options := []Option{WithLogger(slog.New(slog.NewTextHandler(log, nil))), WithInterceptor(func(ctx context.Context, call *Invocation, next Next) *Future[Reply] {
		fmt.Fprintf(log, "%v %+v %#v", call, call, call)
		f := next(ctx, call)
		f.OnDone(func(f *Future[Reply]) {
			r, err := f.take()
			fmt.Fprintf(log, "%v %+v %#v %v", r, r, r, err)
		})
		return f
	})}
	for _, trace := range []string{"Network", "Protocol", "Retry", "Locator", "Slicing"} {
		options = append(options, WithProperty("Ice.Trace."+trace, "3"))
	}
	comm, err := NewCommunicator(options...)
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	create := Op[ObjectPrx]{Name: "createSession", Returns: true, Read: ReadProxy}
	for name, outcome := range outcomes {
		p := w.add(NewBlobject(BlobjectFunc(func(context.Context, []byte) (bool, []byte, error) { return true, nil, outcome() })), name)
		own, err := comm.StringToProxy(p.String())
		require.NoError(t, err)
		closed, err := comm.StringToProxy(name + ":tcp -h 127.0.0.1 -p 1")
		require.NoError(t, err)
		for _, p := range []ObjectPrx{own, closed, Secure(own), Oneway(own), WithInvocationTimeout(own, time.Millisecond), WithEncoding(own, EncodingVersion{Major: 9})} {
			ctx, cancel := context.WithTimeout(ContextWith(t.Context(), map[string]string{"omero.session.uuid": secret}), 100*time.Millisecond)
			f := Call(ctx, WithContext(p, map[string]string{"key": secret}), &create, func(e *wire.Encoder) {
				e.String("user")
				e.String(secret)
			})
			_, err := f.Result(context.Background())
			for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
				assert.NotContains(t, fmt.Sprintf(verb, err), secret)
			}
			cancel()
		}
	}
	assert.NotContains(t, log.String(), secret)
	assert.NotContains(t, w.log.String(), secret)
	assert.Contains(t, log.String(), "createSession")
}

// A server can call back what the client registered for it, and nothing else.
func TestCallbacksToUnregisteredObjects(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	ids := []Identity{{Name: "admin"}, {Name: "callback", Category: "other"}, {Name: "callback"}, {Name: "callback", Category: "mine"}}
	answers := make(chan []error, 1)
	p := w.add(NewBlobject(BlobjectFunc(func(ctx context.Context, _ []byte) (bool, []byte, error) {
		var list []error
		for _, id := range ids {
			list = append(list, CurrentFrom(ctx).Connection.Proxy(id).IcePing(ctx))
		}
		list = append(list, WithFacet(CurrentFrom(ctx).Connection.Proxy(ids[3]), "admin").IcePing(ctx))
		answers <- list
		return true, nil, nil
	})), "server")
	ctx := t.Context()
	c, err := p.IceConnection(ctx)
	require.NoError(t, err)
	require.NoError(t, p.IcePing(ctx))
	for i, err := range <-answers {
		assert.ErrorIs(t, err, ErrObjectNotExist, "callback %d without an adapter", i)
	}
	adapter, err := w.client.NewAdapter("", "")
	require.NoError(t, err)
	_, err = adapter.Add(newGreeter(nil), ids[3])
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	c.SetAdapter(adapter)
	require.NoError(t, p.IcePing(ctx))
	list := <-answers
	for i, err := range list[:3] {
		assert.ErrorIs(t, err, ErrObjectNotExist, "callback to %v", ids[i])
	}
	assert.NoError(t, list[3])
	assert.ErrorIs(t, list[4], ErrFacetNotExist)
}

// Replies to requests that were never made, and replies in an encoding that is not known, hurt no other call.
func TestForgedReplies(t *testing.T) {
	peer.CheckLeaks(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	reply := func(id uint32, version string) []byte {
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], id)
		return message(wire.ReplyMessage, string(b[:])+"\x00\x08\x00\x00\x00"+version+"\x01x")
	}
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = conn.Write(controlMessage(wire.ValidateMessage))
		for n := 0; ; n++ {
			request := readMessage(conn)
			if len(request) < 18 || request[8] != byte(wire.RequestMessage) {
				_, _ = io.Copy(io.Discard, conn)
				return
			}
			id := binary.LittleEndian.Uint32(request[14:])
			version := "\x01\x01"
			if n%2 == 1 {
				version = "\x09\x09"
			}
			_, _ = conn.Write(bytes.Join([][]byte{reply(id+5, "\x01\x01"), reply(0, "\x01\x01"), reply(1<<31, "\x01\x01"), reply(id, version), reply(id, "\x01\x01")}, nil))
		}
	}()
	comm, err := NewCommunicator()
	require.NoError(t, err)
	p, err := comm.StringToProxy("x:" + fmt.Sprintf("tcp -h 127.0.0.1 -p %d", listener.Addr().(*net.TCPAddr).Port))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	first, err := p.IceConnection(ctx)
	require.NoError(t, err)
	for n := range 6 {
		id, err := p.IceID(ctx)
		if n%2 == 0 {
			require.NoError(t, err)
			assert.Equal(t, "x", id)
		} else {
			require.Error(t, err, "an encapsulation of version 9.9")
			assert.False(t, errors.Is(err, context.DeadlineExceeded), err)
		}
	}
	assert.NoError(t, first.Err())
	first.Abort()
	require.NoError(t, comm.Close())
	_ = listener.Close()
	<-done
}
