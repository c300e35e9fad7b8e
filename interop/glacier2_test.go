package interop_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/glacier2"
	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// startRouter starts glacier2router with a tcp endpoint for clients, and returns its endpoint. A nil verifier lets everybody in.
func startRouter(t *testing.T, properties ...string) (endpoint string) {
	t.Helper()
	peer.Require(t, "glacier2router")
	endpoint = fmt.Sprint("tcp -h 127.0.0.1 -p ", peer.FreePort(t))
	settings := append([]string{
		"Glacier2.InstanceName=Test",
		"Glacier2.Client.Endpoints=" + endpoint,
		"Glacier2.Server.Endpoints=tcp -h 127.0.0.1",
		"Glacier2.SessionTimeout=60",
		"Ice.PrintAdapterReady=1",
	}, properties...)
	if !strings.Contains(strings.Join(settings, " "), "CryptPasswords") {
		settings = append(settings, "Glacier2.PermissionsVerifier=Test/NullPermissionsVerifier")
	}
	command := peer.Command{Path: "glacier2router", Ready: "Glacier2.Server ready"}
	for _, s := range settings {
		command.Args = append(command.Args, "--"+s)
	}
	peer.Start(t, command)
	return endpoint
}

// routed is a client that reaches everything through a router.
type routed struct {
	comm   *ice.Communicator
	router glacier2.RouterPrx
}

func newRouted(t *testing.T, endpoint string, options ...ice.Option) *routed {
	t.Helper()
	comm, err := ice.NewCommunicator(options...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, comm.Close()) })
	base, err := comm.StringToProxy("Test/router:" + endpoint)
	require.NoError(t, err)
	router, err := glacier2.CheckedRouterPrx(t.Context(), base)
	require.NoError(t, err)
	require.NotNil(t, router)
	comm.SetDefaultRouter(router)
	return &routed{comm, router}
}

// proxy gives a proxy of the server's object that leads through the router.
func (r *routed) proxy(t *testing.T, s *echoServer) bench.EchoPrx {
	t.Helper()
	base, err := r.comm.StringToProxy(s.echo.String())
	require.NoError(t, err)
	return bench.NewEchoPrx(base)
}

func TestGlacier2Session(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		r := newRouted(t, startRouter(t))
		echo := r.proxy(t, s)
		require.Error(t, echo.Ping(ctx), "there is no session yet")

		session, err := r.router.CreateSession(ctx, "anybody", "secret")
		require.NoError(t, err)
		assert.Nil(t, session, "the router has no session manager")
		timeout, err := r.router.GetSessionTimeout(ctx)
		require.NoError(t, err)
		assert.Equal(t, int64(60), timeout)
		require.NoError(t, r.router.RefreshSession(ctx))

		var refused *glacier2.CannotCreateSessionException
		_, err = r.router.CreateSession(ctx, "anybody", "again")
		require.ErrorAs(t, err, &refused)
		assert.NotEmpty(t, refused.Reason)

		text, err := echo.EchoString(ctx, "through the router")
		require.NoError(t, err)
		assert.Equal(t, "through the router", text)
		var raised *bench.BenchError
		require.ErrorAs(t, echo.Fail(ctx), &raised)
		data := make([]byte, 900_000)
		require.NoError(t, echo.PutBytes(ctx, data))
		for _, f := range []*ice.Future[[]byte]{echo.GetBytesAsync(ctx, 100_000), echo.GetBytesAsync(ctx, 900_000)} {
			_, err := f.Result(ctx)
			require.NoError(t, err)
		}
		connection, err := echo.IceConnection(ctx)
		require.NoError(t, err)
		own, err := r.router.IceConnection(ctx)
		require.NoError(t, err)
		assert.Same(t, own, connection, "everything goes over the connection of the session")

		_ = r.router.DestroySession(ctx) // the router may close the connection before it answers
		require.Eventually(t, func() bool { return echo.Ping(ctx) != nil }, 30*time.Second, 10*time.Millisecond)
		var gone *glacier2.SessionNotExistException
		require.ErrorAs(t, r.router.RefreshSession(ctx), &gone)

		_, err = r.router.CreateSession(ctx, "anybody", "anew")
		require.NoError(t, err)
		require.NoError(t, echo.Ping(ctx))
	})
}

func TestGlacier2Passwords(t *testing.T) {
	peer.CheckLeaks(t)
	file := filepath.Join(t.TempDir(), "passwords")
	// The password of test is "correct", as crypt(3) makes it of the salt.
	line := "test " + strings.TrimSpace(peer.Run(t, "openssl", "passwd", "-5", "-salt", "slice2go", "correct")) + "\n"
	require.NoError(t, os.WriteFile(file, []byte(line), 0o600))
	r := newRouted(t, startRouter(t, "Glacier2.CryptPasswords="+file))
	var denied *glacier2.PermissionDeniedException
	for _, who := range [][2]string{{"test", "wrong"}, {"nobody", "correct"}, {"", ""}} {
		_, err := r.router.CreateSession(t.Context(), who[0], who[1])
		require.ErrorAs(t, err, &denied, "%v", who)
	}
	_, err := r.router.CreateSession(t.Context(), "test", "correct")
	require.NoError(t, err)
}

// A session ends when its client is silent for the session's timeout, and lasts as long as refreshSession or the
// connection's heartbeats say that the client is there.
func TestGlacier2SessionTimeout(t *testing.T) {
	peer.CheckLeaks(t)
	ctx := t.Context()
	endpoint := startRouter(t, "Glacier2.SessionTimeout=8")
	create := func(heartbeat string) (*routed, <-chan struct{}) {
		r := newRouted(t, endpoint, ice.WithProperty("Ice.ACM.Client.Heartbeat", heartbeat), ice.WithProperty("Ice.ACM.Client.Timeout", "4"))
		_, err := r.router.CreateSession(ctx, "anybody", "")
		require.NoError(t, err)
		connection, err := r.router.IceConnection(ctx)
		require.NoError(t, err)
		return r, connection.Done()
	}
	silent, silentEnd := create("0")
	beating, beatingEnd := create("3")
	refreshing, refreshingEnd := create("0")
	for over := false; !over; {
		require.NoError(t, refreshing.router.RefreshSession(ctx))
		select {
		case <-silentEnd:
			over = true
		case <-time.After(200 * time.Millisecond):
		}
	}
	for range 15 { // three seconds more than it took the silent session to end
		require.NoError(t, refreshing.router.RefreshSession(ctx))
		time.Sleep(200 * time.Millisecond)
	}
	var gone *glacier2.SessionNotExistException
	require.ErrorAs(t, silent.router.RefreshSession(ctx), &gone)
	require.NoError(t, beating.router.RefreshSession(ctx))
	for name, end := range map[string]<-chan struct{}{"heartbeats": beatingEnd, "refreshSession": refreshingEnd} {
		select {
		case <-end:
			t.Error("the connection that is kept alive by", name, "was closed")
		default:
		}
	}
}

// listener is a callback object.
type listener struct{ texts chan string }

func (l *listener) Told(_ context.Context, text string) error {
	if text == "refuse" {
		return &bench.BenchError{Reason: "refused"}
	}
	l.texts <- text
	return nil
}

// The server calls an object of the client back, through the router and over the client's own connection.
func TestGlacier2Callback(t *testing.T) {
	onEchoServers(t, func(t *testing.T, s *echoServer) {
		ctx := t.Context()
		r := newRouted(t, startRouter(t))
		_, err := r.router.CreateSession(ctx, "anybody", "")
		require.NoError(t, err)
		category, err := r.router.GetCategoryForClient(ctx)
		require.NoError(t, err)

		adapter, err := r.comm.NewAdapterWithRouter(ctx, "Callbacks", r.router)
		require.NoError(t, err)
		require.NoError(t, adapter.Activate())
		l := &listener{texts: make(chan string, 1)}
		target, err := adapter.Add(bench.NewListenerServant(l), ice.Identity{Category: category, Name: "listener"})
		require.NoError(t, err)
		echo := r.proxy(t, s)
		require.NoError(t, echo.Tell(ctx, bench.NewListenerPrx(target), "news"))
		assert.Equal(t, "news", <-l.texts)
		var refused *bench.BenchError
		require.ErrorAs(t, echo.Tell(ctx, bench.NewListenerPrx(target), "refuse"), &refused)

		stranger, err := adapter.Add(bench.NewListenerServant(l), ice.Identity{Category: "other", Name: "listener"})
		require.NoError(t, err)
		require.Error(t, echo.Tell(ctx, bench.NewListenerPrx(stranger), "news"), "the router knows no such client")
	})
}

// Sessions of clients that show a certificate.
func TestGlacier2SecureSession(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "openssl")
	s := startEcho(t, "cpp")
	certs := peer.Certs(t)
	endpoint := fmt.Sprint("ssl -h 127.0.0.1 -p ", peer.FreePort(t))
	startRouter(t, "Glacier2.Client.Endpoints="+endpoint,
		"Glacier2.SSLPermissionsVerifier=Test/NullSSLPermissionsVerifier",
		"Ice.Plugin.IceSSL=IceSSL:createIceSSL", "IceSSL.CAs="+certs.CA, "IceSSL.CertFile="+certs.ServerP12,
		"IceSSL.Password="+peer.CertPassword, "IceSSL.VerifyPeer=2")
	r := newRouted(t, endpoint, ice.WithProperty("IceSSL.CAs", certs.CA),
		ice.WithProperty("IceSSL.CertFile", certs.Client), ice.WithProperty("IceSSL.KeyFile", certs.ClientKey))
	_, err := r.router.CreateSessionFromSecureConnection(t.Context())
	require.NoError(t, err)
	text, err := r.proxy(t, s).EchoString(t.Context(), "secure")
	require.NoError(t, err)
	assert.Equal(t, "secure", text)
	require.NoError(t, r.router.RefreshSession(t.Context()))

	anonymous, err := ice.NewCommunicator(ice.WithProperty("IceSSL.CAs", certs.CA))
	require.NoError(t, err)
	defer func() { assert.NoError(t, anonymous.Close()) }()
	base, err := anonymous.StringToProxy("Test/router:" + endpoint)
	require.NoError(t, err)
	require.Error(t, base.IcePing(t.Context()), "the router wants a certificate")
}

// A routed proxy is of no use to others: it is told apart from one that leads straight to the object.
func TestGlacier2OneProxyOfTwo(t *testing.T) {
	peer.CheckLeaks(t)
	s := startEcho(t, "python")
	r := newRouted(t, startRouter(t))
	ctx := t.Context()
	_, err := r.router.CreateSession(ctx, "anybody", "")
	require.NoError(t, err)
	through := r.proxy(t, s)
	straight := ice.WithRouter(through, nil)
	require.NoError(t, through.Ping(ctx))
	require.NoError(t, straight.Ping(ctx))
	a, err := through.IceConnection(ctx)
	require.NoError(t, err)
	b, err := straight.IceConnection(ctx)
	require.NoError(t, err)
	assert.NotSame(t, a, b)
	assert.False(t, through.Equal(straight))
}
