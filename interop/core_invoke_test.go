package interop_test

import (
	"errors"
	"testing"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCoreInvocations(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t)
	p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	ctx := patient(t)

	require.NoError(t, p.IcePing(ctx))
	for _, text := range []string{"", "hello", string(make([]byte, 300_000))} {
		got, err := p.say(ctx, text)
		require.NoError(t, err)
		require.Equal(t, text, got)
	}
	b, err := p.get(ctx, 5<<20)
	require.NoError(t, err)
	require.Len(t, b, 5<<20)
	require.NoError(t, p.put(ctx, b))

	isA, err := p.IceIsA(ctx, "::CoreTest::Peer")
	require.NoError(t, err)
	assert.True(t, isA)
	id, err := p.IceID(ctx)
	require.NoError(t, err)
	assert.Equal(t, "::CoreTest::Peer", id)
	ids, err := p.IceIDs(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"::CoreTest::Peer", "::Ice::Object"}, ids)

	none, err := ice.CheckedCast(ctx, p, "::CoreTest::Other", func(p ice.ObjectPrx) ice.ObjectPrx { return newCorePrx(p) })
	require.NoError(t, err)
	assert.Nil(t, none)
	some, err := ice.CheckedCast(ctx, p, "::CoreTest::Peer", func(p ice.ObjectPrx) ice.ObjectPrx { return newCorePrx(p) })
	require.NoError(t, err)
	assert.IsType(t, corePrx{}, some)
}

func TestCoreErrorsOfThePeer(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0", "--Ice.Warn.Dispatch=0")
	comm := newCommunicator(t)
	p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	ctx := patient(t)

	for kind, want := range map[string]error{
		"object": ice.ErrObjectNotExist, "facet": ice.ErrFacetNotExist, "operation": ice.ErrOperationNotExist,
		"undeclared": ice.ErrUnknownUser, "local": ice.ErrUnknownLocal, "other": ice.ErrUnknown,
	} {
		err := p.fail(ctx, kind)
		assert.ErrorIs(t, err, want, kind)
		assert.True(t, ice.FromPeer(err), kind)
		assert.Equal(t, !errors.Is(err, ice.ErrNotExist), ice.MayHaveRun(err), kind)
	}
	var failure *coreFailure
	require.ErrorAs(t, p.fail(ctx, "failure"), &failure)
	assert.Equal(t, "failed", failure.Reason)
	var special *coreSpecial
	err := p.fail(ctx, "special")
	require.ErrorAs(t, err, &special)
	assert.EqualValues(t, 7, special.Code)
	require.ErrorAs(t, err, &failure)
	assert.True(t, ice.FromPeer(err))

	missing := ice.WithIdentity(p, ice.Identity{Name: "nobody"})
	var failed *ice.RequestFailedError
	require.ErrorAs(t, missing.IcePing(ctx), &failed)
	assert.Equal(t, ice.Identity{Name: "nobody"}, failed.ID)
	assert.Equal(t, "ice_ping", failed.Operation)
	require.ErrorIs(t, ice.WithFacet(p, "none").IcePing(ctx), ice.ErrFacetNotExist)
	facet, err := ice.Await(ctx, ice.Call(ctx, ice.WithFacet(p, "side"), &opFacet, nil))
	require.NoError(t, err)
	assert.Equal(t, "side", facet)
}
