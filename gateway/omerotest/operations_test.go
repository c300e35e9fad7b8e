package omerotest_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
)

// TestWhatIsNotOfferedSaysSo asks for every operation that the server does not
// have.
func TestWhatIsNotOfferedSaysSo(t *testing.T) {
	session, err := gateway.Connect(t.Context(), omerotest.New(t).Config())
	require.NoError(t, err)
	defer func() { require.NoError(t, session.Close()) }()
	factory, err := session.ServiceFactory(t.Context())
	require.NoError(t, err)
	for _, o := range omerotest.Operations() {
		if o.Offered {
			continue
		}
		proxy, err := factory.GetByName(t.Context(), o.Interface)
		require.NoError(t, err, o.Interface)
		// Which mode an operation has is looked at after whether it is offered.
		ok, results, err := proxy.IceInvoke(t.Context(), o.Name, ice.Normal, nil)
		require.NoError(t, err, o.Name)
		require.False(t, ok, "%s.%s answered", o.Interface, o.Name)
		var usage *omero.ApiUsageException
		require.True(t, errors.As(exception(t, results), &usage), "%s.%s", o.Interface, o.Name)
		assert.Contains(t, usage.Message, "."+o.Name+" is not offered")
	}
}

// exception reads an exception out of a reply.
func exception(t *testing.T, results []byte) error {
	d := wire.AcquireDecoder(results)
	defer d.Release()
	d.StartEncaps()
	thrown, err := wire.ReadException(d)
	require.NoError(t, err)
	return thrown
}
