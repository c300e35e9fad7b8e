package gateway

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/glacier2"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

func TestRefusedLogins(t *testing.T) {
	server := startServer(t, "--encoding", "1.1")
	for _, test := range []struct {
		name           string
		user, password string
		key            string
		want           []string
	}{
		{"wrong password", "user", "hunter2", "", []string{`log in as "user"`, "Password check failed", "check the user name and the password"}},
		{"unknown user", "nobody", "hunter2", "", []string{`log in as "nobody"`, "Password check failed"}},
		{"ended session", "", "", uuid.NewString(), []string{"join the session", "log in again"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := server.config("ssl")
			config.User, config.Password, config.SessionKey = test.user, NewSecret(test.password), NewSecret(test.key)
			_, err := Connect(t.Context(), config)
			var login *LoginError
			require.ErrorAs(t, err, &login)
			var denied *glacier2.PermissionDeniedException
			require.ErrorAs(t, err, &denied)
			for _, want := range test.want {
				assert.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error()+server.log.String(), "hunter2")
			if test.key != "" {
				assert.NotContains(t, err.Error()+server.log.String(), test.key)
			}
		})
	}
	assert.Equal(t, 3, server.stats().Counts["PermissionsVerifier.checkPermissions"], "a refusal is not tried again")
}

func TestBusyServer(t *testing.T) {
	server := startServer(t, "--encoding", "1.1")
	server.do(nil, "set", "busy", 2)
	session := server.connect(server.config("tcp"))
	assert.Equal(t, 3, server.stats().Counts["SessionManager.create"], "two tries met a busy server")
	require.NoError(t, session.Close())

	server.do(nil, "set", "busy", 100)
	_, err := Connect(t.Context(), server.config("tcp"))
	require.ErrorContains(t, err, "the database is busy")
	assert.ErrorContains(t, err, "try again in a while")
}

// With encoding 1.0 the router passes on only part of what the server says:
// the gateway tries again all the same, and keeps the reason.
func TestBusyServerWithEncoding10(t *testing.T) {
	server := startServer(t, "--encoding", "1.0")
	server.do(nil, "set", "busy", 1)
	session := server.connect(server.config("tcp"))
	assert.Equal(t, 2, server.stats().Counts["SessionManager.create"])
	require.NoError(t, session.Close())

	server.do(nil, "reset")
	server.do(nil, "set", "busy", 100)
	_, err := Connect(t.Context(), server.config("tcp"))
	require.ErrorContains(t, err, "the database is busy")
	assert.ErrorContains(t, err, "try again in a while")
	assert.Equal(t, unsureTries, server.stats().Counts["SessionManager.create"])
}

// A router whose OMERO is down refuses in the same way as for a wrong
// password, with another reason.
func TestRouterWithoutServer(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	server.do(nil, "stop_router")
	server.do(nil, "stop_backend")
	server.do(nil, "start_router")
	_, err := Connect(t.Context(), server.config("tcp"))
	var login *LoginError
	require.ErrorAs(t, err, &login)
	assert.ErrorContains(t, err, "OMERO behind the router does not answer")
	assert.NotContains(t, err.Error(), "password")

	eventually(t, "the other session asks too", func() bool { return strings.Contains(server.log.String(), "not yet") })
	require.NoError(t, session.Err(), "it may come back")
}

func TestServersThatCannotBeReached(t *testing.T) {
	peer.CheckLeaks(t)
	listen := func(serve func(net.Conn)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				serve(conn)
			}
		}()
		t.Cleanup(func() { _ = l.Close(); <-done })
		return l.Addr().String()
	}
	closed := listen(func(c net.Conn) { _ = c.Close() })
	var silent []net.Conn
	t.Cleanup(func() { // runs after that of listen, which ends the goroutine that appends
		for _, c := range silent {
			_ = c.Close()
		}
	})
	mute := listen(func(c net.Conn) { silent = append(silent, c) })
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	webAddress := strings.TrimPrefix(web.URL, "http://")
	free := peer.FreePort(t)

	for _, test := range []struct {
		name, host string
		port       int
		timeout    time.Duration // short where nothing ever comes
		want       string
	}{
		{"unknown host", "omero.invalid", 0, time.Minute, "check the spelling of the host"},
		{"nothing listens", "127.0.0.1", free, time.Minute, "nothing listens there"},
		{"closes at once", "tcp://" + closed, 0, time.Minute, "does an OMERO server listen"},
		{"closes at once, ssl", "ssl://" + closed, 0, time.Minute, "cannot reach the server at"},
		{"says nothing", "tcp://" + mute, 0, time.Second, "is the server running"},
		{"says nothing, ssl", "ssl://" + mute, 0, time.Second, "is the server running"},
		{"web server", "tcp://" + webAddress, 0, time.Second, "cannot reach the server at " + webAddress},
		{"web server, ssl", "ssl://" + webAddress, 0, time.Minute, "cannot reach the server at " + webAddress},
		{"web server, no OMERO there", "ws://" + webAddress + "/omero-ws", 0, time.Minute, "404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			_, err := Connect(ctx, Config{
				Host: test.host, Port: test.port, User: "u", Password: NewSecret("hunter2"), TLS: InsecureSkipVerify(), Timeout: test.timeout,
			})
			require.ErrorContains(t, err, test.want)
			assert.ErrorContains(t, err, "gateway: ")
			assert.NotContains(t, err.Error(), "hunter2")
			assert.NoError(t, ctx.Err(), "Config.Timeout bounds the login")
		})
	}
}

func TestConnectIsBoundedByItsContext(t *testing.T) {
	peer.CheckLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = Connect(ctx, Config{Host: "tcp://" + l.Addr().String(), User: "u"})
	require.ErrorIs(t, err, context.DeadlineExceeded)

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = Connect(ctx, Config{Host: "tcp://" + l.Addr().String(), User: "u"})
	require.ErrorIs(t, err, context.Canceled)
}

func TestServerWithoutCertificates(t *testing.T) {
	server := startServer(t, "--tls", "anonymous")
	_, err := Connect(t.Context(), server.config("ssl"))
	require.ErrorContains(t, err, "anonymous Diffie-Hellman")
	assert.ErrorContains(t, err, "omero certificates")
	server.connect(server.config("tcp"))
}

func TestServerOfOldTLS(t *testing.T) {
	server := startServer(t, "--tls", "legacy")
	config := server.config("ssl")
	_, err := Connect(t.Context(), config)
	require.ErrorContains(t, err, "Config.LegacyTLS")
	config.LegacyTLS = true
	server.connect(config)
}

func TestTrustInARealServer(t *testing.T) {
	server := startServer(t, "--tls", "self-signed")
	config := server.config("ssl")

	config.TLS = VerifySystem()
	_, err := Connect(t.Context(), config)
	var certificate *CertificateError
	require.ErrorAs(t, err, &certificate)

	config.TLS = PinPublicKey(certificate.Key)
	require.NoError(t, server.connect(config).Close())

	config.TLS = TrustOnFirstUse(t.TempDir() + "/known")
	require.NoError(t, server.connect(config).Close())
	server.do(nil, "stop_router")
	server.do(nil, "start_router") // with a new certificate of the same key
	require.NoError(t, server.connect(config).Close())

	config.TLS = PinPublicKey("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	_, err = Connect(t.Context(), config)
	require.ErrorAs(t, err, &certificate)
	assert.Equal(t, 3, server.stats().Counts["PermissionsVerifier.checkPermissions"], "nothing goes to a server that is not trusted")
}

func TestIceConfigFile(t *testing.T) {
	server := startServer(t)
	path := t.TempDir() + "/ice.config"
	writeFile(t, path, "omero.host=127.0.0.1\nomero.user=user\nomero.pass=secret\nomero.port="+server.p.Value("ssl")+
		"\nIce.Default.Router=OMERO.Glacier2/router:ssl -p @omero.port@ -h @omero.host@\n")
	config, err := LoadConfig(path)
	require.NoError(t, err)
	config.TLS, config.Logger = InsecureSkipVerify(), server.config("ssl").Logger
	session := server.connect(config)
	_, err = session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.NoError(t, err)
	require.NoError(t, session.Close())
	_, err = session.Query().FindAllByQuery(t.Context(), "i", nil)
	require.ErrorIs(t, err, ice.ErrCommunicatorDestroyed)
}
