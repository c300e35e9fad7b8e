package gateway

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// eventually waits for something that has to happen some time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 2*time.Minute, 20*time.Millisecond, what)
}

// The server's clock is set by hand, so that a busy machine lets no session end.
func TestKeepAlive(t *testing.T) {
	server := startServer(t, "--session-timeout", "600")
	server.do(nil, "set", "clock", 0)
	config := server.config("tcp")
	config.KeepAlive = 100 * time.Millisecond
	session := server.connect(config)
	config.KeepAlive = -1
	idle := server.connect(config)

	kept := func() int { return server.stats().Counts["ServiceFactory.keepAlive"] }
	for _, clock := range []int{400, 800} {
		server.do(nil, "set", "clock", clock)
		before := kept()
		eventually(t, "the session is kept alive", func() bool { return kept() >= before+2 }) // the second began after the clock was set
	}
	sessions := server.stats().Sessions
	assert.Contains(t, sessions, session.Key())
	assert.NotContains(t, sessions, idle.Key())
	_, err := session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.NoError(t, err)
	_, err = idle.Query().FindAllByQuery(t.Context(), "i", nil)
	require.Error(t, err)
	require.True(t, SessionGone(err), "%v", err)
}

func TestKeepAliveFindsItsOwnPace(t *testing.T) {
	server := startServer(t, "--session-timeout", "1.5", "--router-timeout", "60")
	server.do(nil, "set", "clock", 0)
	session := server.connect(server.config("tcp"))
	eventually(t, "the session is kept alive", func() bool { return server.stats().Counts["ServiceFactory.keepAlive"] > 3 })
	_, err := session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.NoError(t, err)
}

func TestSessionThatTheServerEnds(t *testing.T) {
	server := startServer(t)
	config := server.config("tcp")
	config.KeepAlive = 50 * time.Millisecond
	session := server.connect(config)
	require.NoError(t, session.Err())
	server.do(nil, "remove", "session", session.Key())
	select {
	case <-session.Done():
	case <-time.After(2 * time.Minute):
		t.Fatal("nobody noticed")
	}
	require.ErrorIs(t, session.Err(), ErrSessionGone)
	_, err := session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.ErrorIs(t, err, ErrSessionGone)
	require.NoError(t, session.Close())
	require.ErrorIs(t, session.Err(), ErrSessionGone, "the first reason stays")
}

func TestCloseClosesStatefulServices(t *testing.T) {
	server := startServer(t)
	other := server.connect(server.config("tcp"))
	config := server.config("ssl")
	config.User, config.Password, config.SessionKey = "", Secret{}, NewSecret(other.Key())
	session := server.connect(config)
	assert.Equal(t, other.Key(), session.Key())

	pixels, err := session.RawPixelsStore(t.Context())
	require.NoError(t, err)
	files, err := session.RawFileStore(t.Context())
	require.NoError(t, err)
	require.NoError(t, files.Close(t.Context()))
	require.NoError(t, pixels.SetPixelsId(t.Context(), 1, true))
	assert.Equal(t, 1, server.stores(session))
	require.NoError(t, session.Close())
	assert.Zero(t, server.stores(session))
	assert.Equal(t, 1, server.stats().Counts["RawFileStore.close"], "what was closed is not closed again")

	_, err = other.Query().FindAllByQuery(t.Context(), "i", nil)
	require.NoError(t, err, "closing leaves a joined session to those who opened it")
	select {
	case <-session.Done():
		require.ErrorIs(t, session.Err(), ErrClosed)
	default:
		t.Fatal("it is not done")
	}
	require.NoError(t, session.Close())
}

func TestDetach(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	key, err := session.Detach(t.Context())
	require.NoError(t, err)
	eventually(t, "the router lets go", func() bool { return server.stats().Sessions[key].References == 0 })

	config := server.config("tcp")
	config.User, config.Password, config.SessionKey = "", Secret{}, NewSecret(key)
	joined := server.connect(config)
	assert.Equal(t, key, joined.Key())
	_, err = joined.Query().FindAllByQuery(t.Context(), "i", nil)
	require.NoError(t, err)
	require.NoError(t, joined.End(t.Context()))
	assert.Empty(t, server.stats().Sessions)
}

func TestReconnect(t *testing.T) {
	for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
		t.Run(transport, func(t *testing.T) {
			server := startServer(t)
			session := server.connect(server.config(transport))
			ctx := t.Context()
			query := session.Query()
			_, err := query.FindAllByQuery(ctx, "i", nil)
			require.NoError(t, err)
			store, err := session.RawPixelsStore(ctx)
			require.NoError(t, err)
			require.NoError(t, store.SetPixelsId(ctx, 7, true))

			server.do(nil, "reset")
			server.do(nil, "stop_router")
			server.do(nil, "start_router")

			images, err := query.FindAllByQuery(ctx, "i", nil)
			require.NoError(t, err, "a proxy from before goes on")
			assert.Len(t, images, 3)
			id, err := store.GetPixelsId(ctx)
			require.NoError(t, err)
			assert.Equal(t, int64(7), id, "a stateful service keeps its state")
			_, err = session.Update().SaveAndReturnObject(ctx, omero.NewDataset())
			require.NoError(t, err)
			_, err = session.Do(ctx, &omero.CmdTiming{Steps: 2, MillisPerStep: 10})
			require.NoError(t, err)
			stats := server.stats()
			assert.Equal(t, 1, stats.Counts["SessionManager.create"])
			assert.Contains(t, stats.Sessions, session.Key())
			assert.Zero(t, stats.WithoutContext)
			require.NoError(t, session.Err())
			assert.Contains(t, server.log.String(), "joined the session again")
		})
	}
}

// Calls that are out when the connection breaks: what may be repeated is, what
// may not fails, and each runs at most once if it must not be repeated.
func TestReconnectWithCallsOutstanding(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	ctx := t.Context()
	slow := params(map[string]omero.AnyRType{"delay": &omero.RInt{Val: 1000}})
	futures := make([]*ice.Future[omero.IObjectList], 5)
	for i := range futures {
		futures[i] = session.Query().FindAllByQueryAsync(ctx, "i", slow)
	}
	session.Update()
	eventually(t, "they are at work", func() bool { return server.stats().Counts["IQuery.findAllByQuery"] == 5 })
	server.do(nil, "stop_router")
	saving := session.Update().SaveAndReturnObjectAsync(ctx, omero.NewDataset())
	server.do(nil, "start_router")
	for _, f := range futures {
		found, err := f.Result(ctx)
		require.NoError(t, err, "findAllByQuery is idempotent")
		assert.Len(t, found, 3)
	}
	_, err := saving.Result(ctx)
	if err != nil {
		require.ErrorIs(t, err, ice.ErrConnectionLost)
	}
	assert.LessOrEqual(t, server.stats().Counts["IUpdate.saveAndReturnObject"], 1)
}

func TestServerThatDoesNotComeBack(t *testing.T) {
	server := startServer(t)
	config := server.config("tcp")
	config.KeepAlive = -1
	session := server.connect(config)
	session.mu.Lock()
	session.config.Timeout = time.Second // only now: it would bound the login too
	session.mu.Unlock()
	atWork := session.Query().FindAllByQueryAsync(t.Context(), "i", params(map[string]omero.AnyRType{"delay": &omero.RInt{Val: 60000}}))
	eventually(t, "it is at work", func() bool { return server.stats().Counts["IQuery.findAllByQuery"] == 1 })
	server.do(nil, "stop_router")
	err := atWork.Err(t.Context())
	require.ErrorIs(t, err, ice.ErrConnectionLost)
	require.ErrorContains(t, err, "sending it again: ")
	assert.True(t, ice.MayHaveRun(err), "the first time, that is")
	eventually(t, "the session looks for the server", func() bool { return strings.Contains(server.log.String(), "not yet") })
	_, err = session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.ErrorIs(t, err, ice.ErrConnectionLost)
	assert.ErrorContains(t, err, "cannot reach the server at")

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = session.Query().FindAllByQuery(ctx, "i", nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, session.Close())
}

func TestNoReconnect(t *testing.T) {
	server := startServer(t)
	config := server.config("tcp")
	config.NoReconnect = true
	session := server.connect(config)
	waiting := session.Query().FindAllByQueryAsync(t.Context(), "i", params(map[string]omero.AnyRType{"delay": &omero.RInt{Val: 60000}}))
	eventually(t, "it is at work", func() bool { return server.stats().Counts["IQuery.findAllByQuery"] == 1 })
	server.do(nil, "stop_router")
	_, err := waiting.Result(t.Context())
	require.ErrorIs(t, err, ice.ErrConnectionLost)
	<-session.Done()
	require.ErrorIs(t, session.Err(), ice.ErrConnectionLost)
	_, err = session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.ErrorIs(t, err, ice.ErrConnectionLost)
}

func TestRouterThatForgotTheSession(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	server.do(nil, "stop_router")
	server.do(nil, "remove", "session", session.Key())
	server.do(nil, "start_router")
	_, err := session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.ErrorIs(t, err, ErrSessionGone)
	<-session.Done()
	require.ErrorIs(t, session.Err(), ErrSessionGone)
}

func TestBackendThatGoesAway(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	server.do(nil, "stop_backend")
	_, err := session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.Error(t, err)
	require.ErrorContains(t, session.Close(), "could not take leave of the server")
}
