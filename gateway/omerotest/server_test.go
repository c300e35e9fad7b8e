package omerotest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/interop/peer"
)

func TestLogin(t *testing.T) {
	peer.CheckLeaks(t)
	server := omerotest.New(t)
	for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
		t.Run(transport, func(t *testing.T) {
			config := server.Config()
			config.Host = server.URL(transport)
			session, err := gateway.Connect(t.Context(), config)
			require.NoError(t, err)
			factory, err := session.ServiceFactory(t.Context())
			require.NoError(t, err)
			alive, err := factory.KeepAlive(t.Context(), nil)
			require.NoError(t, err)
			assert.True(t, alive)
			require.NoError(t, session.Close())
		})
	}
}
