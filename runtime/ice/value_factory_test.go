package ice

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// factoryValue is a class that is not registered, so that only a factory can make it.
type factoryValue struct{ by string }

func (*factoryValue) IceTypeID() string { return "::Factory::Value" }
func (v *factoryValue) IceWrite(e *wire.Encoder) {
	e.StartSlice("::Factory::Value", -1, true)
	e.EndSlice()
}
func (v *factoryValue) IceRead(d *wire.Decoder) {
	d.StartSlice()
	d.EndSlice()
}

// The factory of the type comes first, then the default one, then the registered class, as in Ice.
func TestValueFactories(t *testing.T) {
	peer.CheckLeaks(t)
	comm, err := NewCommunicator()
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	e := wire.NewEncoder(nil, wire.Encoding11)
	e.Value(&factoryValue{})
	read := func() (Value, error) {
		d := wire.NewDecoder(e.Data(), wire.Encoding11)
		comm.prepareDecoder(d)
		var v Value
		wire.ReadValue(d, &v)
		return v, d.Err()
	}
	_, err = read()
	require.Error(t, err, "the class is not known")
	assert.Nil(t, comm.FindValueFactory(""))
	require.Error(t, comm.AddValueFactory("x", nil))
	no := false
	require.NoError(t, comm.AddValueFactory("", func(id string) Value { return &factoryValue{"default " + id} }))
	v, err := read()
	require.NoError(t, err)
	assert.Equal(t, &factoryValue{"default ::Factory::Value"}, v)
	require.NoError(t, comm.AddValueFactory("::Factory::Value", func(string) Value {
		if no {
			return nil
		}
		return &factoryValue{"own"}
	}))
	v, err = read()
	require.NoError(t, err)
	assert.Equal(t, &factoryValue{"own"}, v)
	no = true
	v, err = read()
	require.NoError(t, err)
	assert.Equal(t, &factoryValue{"default ::Factory::Value"}, v)
	var already *AlreadyRegisteredError
	require.ErrorAs(t, comm.AddValueFactory("", func(string) Value { return nil }), &already)
	assert.Equal(t, `ice: the communicator has already a value factory for ""`, already.Error())
	assert.NotNil(t, comm.FindValueFactory("::Factory::Value"))
}

// A checked cast to a facet that the object does not have returns nil, as in Ice; an object that does not exist is an error.
func TestCheckedCastOfFacets(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	p := w.add(newGreeter(nil), "greeter")
	for _, comm := range []*Communicator{w.client, nil} {
		if comm == nil {
			var err error
			comm, err = NewCommunicator(WithInterceptor(func(ctx context.Context, call *Invocation, next Next) *Future[Reply] { return next(ctx, call) }))
			require.NoError(t, err)
			defer func() { require.NoError(t, comm.Close()) }()
		}
		p, err := comm.StringToProxy(p.String())
		require.NoError(t, err)
		typed := func(p ObjectPrx) ObjectPrx { return p }
		got, err := CheckedCast(t.Context(), WithFacet(p, "none"), objectID, typed)
		require.NoError(t, err)
		assert.Nil(t, got)
		got, err = CheckedCast(t.Context(), p, objectID, typed)
		require.NoError(t, err)
		assert.NotNil(t, got)
		_, err = CheckedCast(t.Context(), WithFacet(WithIdentity(p, Identity{Name: "nobody"}), "none"), objectID, typed)
		require.ErrorIs(t, err, ErrObjectNotExist)
		_, err = WithFacet(p, "none").IceIsA(t.Context(), objectID)
		require.ErrorIs(t, err, ErrFacetNotExist)
	}
}
