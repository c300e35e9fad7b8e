package interop_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a servant returns reaches a client of Ice as the exception that Ice has for it, bare, wrapped, and from a call that the servant made in
// turn.
func TestAnswersOfServants(t *testing.T) {
	peer.CheckLeaks(t)
	comm := newCommunicator(t, ice.WithProperty("Ice.Warn.Dispatch", "0"))
	adapter, err := comm.NewAdapter("", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	ctx := patient(t)
	nested := func(text string, change func(ice.ObjectPrx) ice.ObjectPrx) error {
		p, err := comm.StringToProxy(text)
		if err != nil {
			return err
		}
		if change != nil {
			p = change(p)
		}
		_, err = p.IceID(ctx)
		return err
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	var wanted []string
	for i, c := range []struct {
		err  func() error
		want string
	}{
		{func() error { return nil }, "ok"},
		{func() error { return ice.ErrObjectNotExist }, "ObjectNotExistException"},
		{func() error { return ice.ErrFacetNotExist }, "FacetNotExistException"},
		{func() error { return ice.ErrOperationNotExist }, "OperationNotExistException"},
		{func() error { return fmt.Errorf("no row: %w", ice.ErrObjectNotExist) }, "ObjectNotExistException"},
		{func() error { return &ice.RequestFailedError{Kind: ice.ErrFacetNotExist} }, "FacetNotExistException"},
		{func() error { return errors.Join(errors.New("x"), ice.ErrOperationNotExist) }, "OperationNotExistException"},
		{func() error { return ice.ErrTimeout }, "UnknownLocalException"},
		{func() error { return ice.ErrCommunicatorDestroyed }, "UnknownLocalException"},
		{func() error { return fmt.Errorf("asking the store: %w", ice.ErrConnectionLost) }, "UnknownLocalException"},
		{func() error { return nested("a:tcp -h 127.0.0.1 -p 1", nil) }, "UnknownLocalException"}, // refused
		{func() error { return nested("a", nil) }, "UnknownLocalException"},                       // no endpoint
		{func() error { return nested("a -x", nil) }, "UnknownLocalException"},                    // cannot be parsed
		{func() error { return nested("a:tcp -h 127.0.0.1 -p 1", ice.Oneway[ice.ObjectPrx]) }, "UnknownLocalException"},
		{func() error { return nested("a -p 2.0:tcp -h 127.0.0.1 -p 1", nil) }, "UnknownLocalException"},
		{func() error { return ice.Completed(1).Err(cancelled) }, "ok"},
		{func() error { f, _ := ice.NewFuture[int](); return f.Err(cancelled) }, "UnknownLocalException"},
		{func() error { return &ice.MarshalError{Reason: "x"} }, "UnknownLocalException"},
		{func() error { return &ice.ProtocolError{Reason: "x"} }, "UnknownLocalException"},
		{func() error { return ice.ErrUnknownLocal }, "UnknownLocalException"},
		{func() error { return ice.ErrUnknownUser }, "UnknownUserException"},
		{func() error { return ice.ErrUnknown }, "UnknownException"},
		{func() error { return &ice.UnknownError{Kind: ice.ErrUnknownUser} }, "UnknownUserException"},
		{func() error { return errors.New("anything else") }, "UnknownException"},
		{func() error { return context.DeadlineExceeded }, "UnknownException"},
		{func() error { panic("oops") }, "UnknownException"},
	} {
		_, err := adapter.Add(ice.NewBlobject(ice.BlobjectFunc(func(context.Context, []byte) (bool, []byte, error) { return true, nil, c.err() })), ice.Identity{Name: fmt.Sprint(i)})
		require.NoError(t, err)
		wanted = append(wanted, c.want)
	}
	require.NoError(t, adapter.Activate())
	oracle := peer.Start(t, peer.PythonCommand(t, filepath.Join(peer.Root(t), "interop", "peers", "python", "core_calls.py")))
	for i, want := range wanted {
		got := askCall(t, oracle, i, fmt.Sprintf("%d:%s", i, adapter.Endpoints()[0]), "", nil, nil)
		assert.Equal(t, want, got, "case %d", i)
	}
}
