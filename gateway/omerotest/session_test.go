package omerotest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/generated/glacier2"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

var lab = omerotest.Users(
	omerotest.User{Name: "ada", Password: "a-secret", Groups: []string{"imaging"}},
	omerotest.User{Name: "grace", Password: "g-secret", Groups: []string{"screening"}},
)

func connect(t *testing.T, config gateway.Config) *gateway.Session {
	t.Helper()
	session, err := gateway.Connect(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func TestLoginIsRefused(t *testing.T) {
	server := omerotest.New(t, lab)
	for name, change := range map[string]func(*gateway.Config){
		"wrong password": func(c *gateway.Config) { c.Password = gateway.NewSecret("wrong") },
		"unknown user":   func(c *gateway.Config) { c.User = "nobody" },
		"no such key":    func(c *gateway.Config) { c.User, c.SessionKey = "", gateway.NewSecret("no-such-key") },
	} {
		t.Run(name, func(t *testing.T) {
			config := server.Config("ada")
			change(&config)
			_, err := gateway.Connect(t.Context(), config)
			var denied *glacier2.PermissionDeniedException
			require.ErrorAs(t, err, &denied)
			assert.Equal(t, "Password check failed", denied.Reason)
		})
	}
	t.Run("group of others", func(t *testing.T) {
		config := server.Config("ada")
		config.Group = "screening"
		_, err := gateway.Connect(t.Context(), config)
		var wrapped *omero.WrappedCreateSessionException
		require.ErrorAs(t, err, &wrapped)
		assert.Equal(t, "ome.conditions.SecurityViolation", wrapped.Type)
	})
	assert.Zero(t, server.Sessions())
}

func TestEventContext(t *testing.T) {
	server := omerotest.New(t, lab)
	session := connect(t, server.Config("ada"))
	e, err := session.Admin().GetEventContext(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "ada", e.UserName)
	assert.Equal(t, "imaging", e.GroupName)
	assert.False(t, e.IsAdmin)
	assert.Equal(t, session.Key(), e.SessionUuid)

	all := ice.ContextWith(t.Context(), map[string]string{"omero.group": "-1"})
	e, err = session.Admin().GetEventContext(all)
	require.NoError(t, err)
	assert.EqualValues(t, -1, e.GroupId)

	others := ice.ContextWith(t.Context(), map[string]string{"omero.group": "0"})
	_, err = session.Admin().GetEventContext(others)
	var violation *omero.SecurityViolation
	require.ErrorAs(t, err, &violation)
}

func TestSessionIsJoinedAndOutlivesClients(t *testing.T) {
	server := omerotest.New(t, lab)
	first := connect(t, server.Config("ada"))
	joining := server.Config()
	joining.User, joining.Password, joining.SessionKey = "", gateway.Secret{}, gateway.NewSecret(first.Key())
	second := connect(t, joining)
	count, err := first.Sessions().GetReferenceCount(t.Context(), first.Key())
	require.NoError(t, err)
	assert.EqualValues(t, 2, count)

	_, err = first.Detach(t.Context())
	require.NoError(t, err)
	e, err := second.Admin().GetEventContext(t.Context())
	require.NoError(t, err, "the session goes on for the one who joined it")
	assert.Equal(t, "ada", e.UserName)
	require.NoError(t, second.End(t.Context()))
	require.Eventually(t, func() bool { return server.Sessions() == 0 }, patience, time.Millisecond)
}

func TestClosingEndsTheSession(t *testing.T) {
	server := omerotest.New(t, lab)
	session := connect(t, server.Config("ada"))
	assert.Equal(t, 1, server.Sessions())
	require.NoError(t, session.Close())
	require.Eventually(t, func() bool { return server.Sessions() == 0 }, patience, time.Millisecond)
}

func TestSudo(t *testing.T) {
	server := omerotest.New(t, lab)
	root := connect(t, server.Config("root"))
	row, err := root.Sessions().CreateSessionWithTimeouts(t.Context(), &omero.SysPrincipal{Name: "ada", Group: "imaging", EventType: "User"}, 0, 60000)
	require.NoError(t, err)
	assert.EqualValues(t, 60000, row.AsSession().TimeToIdle.GetValue())
	config := server.Config()
	config.User, config.Password, config.SessionKey = "", gateway.Secret{}, gateway.NewSecret(row.AsSession().Uuid.GetValue())
	ada := connect(t, config)
	e, err := ada.Admin().GetEventContext(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "ada", e.UserName)
	assert.Equal(t, "root", e.SudoerName.GetValue())

	plain := connect(t, server.Config("grace"))
	_, err = plain.Sessions().CreateSessionWithTimeout(t.Context(), &omero.SysPrincipal{Name: "ada"}, 0)
	var violation *omero.SecurityViolation
	require.ErrorAs(t, err, &violation)
}

func TestIdleSessionsEnd(t *testing.T) {
	server := omerotest.New(t, lab, omerotest.SessionTimeouts(50*time.Millisecond, 0))
	config := server.Config("ada")
	config.KeepAlive = -1
	connect(t, config)
	require.Eventually(t, func() bool { return server.Sessions() == 0 }, patience, time.Millisecond)
}

func TestSessionsEndWhenTheirTimeIsOver(t *testing.T) {
	server := omerotest.New(t, lab, omerotest.SessionTimeouts(time.Hour, 300*time.Millisecond))
	session := connect(t, server.Config("ada"))
	require.Eventually(t, func() bool {
		_, err := session.Admin().GetEventContext(t.Context())
		return err != nil
	}, patience, time.Millisecond, "keeping it alive does not help")
}

func TestSilentClientsAreDropped(t *testing.T) {
	server := omerotest.New(t, lab, omerotest.RouterTimeout(50*time.Millisecond))
	config := server.Config("ada")
	config.KeepAlive, config.NoReconnect = -1, true
	session := connect(t, config)
	select {
	case <-session.Done():
	case <-time.After(patience):
		t.Fatal("the router keeps a silent client")
	}
}

func TestPublicUser(t *testing.T) {
	server := omerotest.New(t, lab, omerotest.PublicUser(omerotest.User{Name: "public", Password: "public", Groups: []string{"published"}}))
	e, err := connect(t, server.Config("public")).Admin().GetEventContext(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "published", e.GroupName)
}

func TestFaults(t *testing.T) {
	server := omerotest.New(t, lab)
	session := connect(t, server.Config("ada"))
	asked := errors.New("out of order")

	remove := server.Fault(omerotest.Fault{Operation: "IAdmin.getEventContext", Err: &omero.DatabaseBusyException{}})
	_, err := session.Admin().GetEventContext(t.Context())
	var busy *omero.DatabaseBusyException
	require.ErrorAs(t, err, &busy)
	_, err = session.Config().GetVersion(t.Context())
	require.NoError(t, err, "other operations work")
	remove()
	_, err = session.Admin().GetEventContext(t.Context())
	require.NoError(t, err)

	server.Fault(omerotest.Fault{Operation: "IConfig.*", Err: asked, Times: 1})
	_, err = session.Config().GetVersion(t.Context())
	require.ErrorContains(t, err, "out of order")
	_, err = session.Config().GetVersion(t.Context())
	require.NoError(t, err, "it was for once")

	server.Fault(omerotest.Fault{Operation: "IConfig.getVersion", Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = session.Config().GetVersion(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	server.ClearFaults()

	server.Fault(omerotest.Fault{Operation: "Router.createSession", Err: &omero.WrappedCreateSessionException{Type: "x"}})
	_, err = gateway.Connect(t.Context(), server.Config("grace"))
	require.Error(t, err)
}

func TestCutConnectionsAreMadeAgain(t *testing.T) {
	server := omerotest.New(t, lab)
	session := connect(t, server.Config("ada"))
	// Each connection has a factory of its own. One that is cut before its login
	// is through takes the session with it, as in OMERO: the test waits for that.
	place := func() ice.Identity {
		factory, err := session.ServiceFactory(t.Context())
		require.NoError(t, err)
		return factory.IceIdentity()
	}
	for range 3 {
		before := place()
		assert.Equal(t, 1, server.CutConnections())
		require.Eventually(t, func() bool {
			_, err := session.Admin().GetEventContext(t.Context())
			return err == nil && place() != before
		}, patience, time.Millisecond)
	}
}

func TestExpiredSessionsAreNoticed(t *testing.T) {
	server := omerotest.New(t, lab)
	config := server.Config("ada")
	config.KeepAlive = 10 * time.Millisecond
	session := connect(t, config)
	assert.Equal(t, 1, server.ExpireSessions())
	require.Eventually(t, func() bool {
		_, err := session.Admin().GetEventContext(t.Context())
		return gateway.SessionGone(err)
	}, patience, time.Millisecond)
}

func TestCommandsAreFollowed(t *testing.T) {
	peer.CheckLeaks(t)
	server := omerotest.New(t, lab)
	session := connect(t, server.Config("ada"))
	defer func() { require.NoError(t, session.Close()) }()
	factory, err := session.ServiceFactory(t.Context())
	require.NoError(t, err)

	steps := make(chan int32, 100)
	finished := make(chan omero.AnyCmdResponse, 1)
	handle, err := factory.Submit(t.Context(), &omero.CmdTiming{Steps: 3, MillisPerStep: 100})
	require.NoError(t, err)
	callback, err := session.KeepCallback(t.Context(), omero.NewCmdCallbackServant(&listener{steps, finished}), func(ctx context.Context, p ice.ObjectPrx) error {
		return handle.AddCallback(ctx, omero.NewCmdCallbackPrx(p))
	})
	require.NoError(t, err)
	defer callback.Remove()
	select {
	case rsp := <-finished:
		assert.IsType(t, &omero.CmdOK{}, rsp)
	case <-time.After(patience):
		t.Fatal("the callback was not called")
	}
	assert.NotEmpty(t, steps)
	status, err := handle.GetStatus(t.Context())
	require.NoError(t, err)
	assert.Contains(t, status.Flags, omero.CmdStateSUCCESS)
	require.NoError(t, handle.Close(t.Context()))

	slow, err := factory.Submit(t.Context(), &omero.CmdTiming{Steps: 1000, MillisPerStep: 100})
	require.NoError(t, err)
	cancelled, err := slow.Cancel(t.Context())
	require.NoError(t, err)
	assert.True(t, cancelled)
	status, err = slow.GetStatus(t.Context())
	require.NoError(t, err)
	assert.Contains(t, status.Flags, omero.CmdStateCANCELLED)

	unknown, err := factory.Submit(t.Context(), &omero.CmdGraphQuery{})
	require.NoError(t, err)
	assert.Nil(t, unknown, "OMERO has a null handle for what it does not know")
}

type listener struct {
	steps    chan int32
	finished chan omero.AnyCmdResponse
}

func (l *listener) Step(_ context.Context, complete, _ int32) error {
	l.steps <- complete
	return nil
}

func (l *listener) Finished(_ context.Context, rsp omero.AnyCmdResponse, _ *omero.CmdStatus) error {
	l.finished <- rsp
	return nil
}
