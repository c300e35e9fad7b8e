package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// server is the OMERO-like server of interop/peers/python/omero.
type server struct {
	t     *testing.T
	p     *peer.Process
	asked int
	log   syncBuffer // of the sessions that config makes
}

// startServer starts the server and has the test fail for goroutines and
// descriptors that it leaves behind.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	peer.CheckLeaks(t)
	peer.Require(t, "python3", "glacier2router", "openssl")
	script := filepath.Join(peer.Root(t), "interop", "peers", "python", "omero", "server.py")
	return &server{t: t, p: peer.Start(t, peer.PythonCommand(t, script, append([]string{"--dir", t.TempDir()}, args...)...))}
}

// config logs in as "user" over a transport. The log must not show secrets.
func (s *server) config(transport string) Config {
	s.t.Helper()
	return Config{
		Host: transport + "://127.0.0.1:" + s.p.Value(transport), User: "user", Password: NewSecret("secret"),
		TLS: InsecureSkipVerify(), Logger: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// connect logs in, and closes the session at the end of the test.
func (s *server) connect(config Config) *Session {
	s.t.Helper()
	session, err := Connect(s.t.Context(), config)
	require.NoError(s.t, err)
	s.t.Cleanup(func() {
		_ = session.Close()
		text := s.log.String()
		assert.NotContains(s.t, text, "secret", "the log shows the password")
		assert.NotContains(s.t, text, session.Key(), "the log shows the session's key")
	})
	return session
}

// do sends the server a command and reads its answer into reply.
func (s *server) do(reply any, what string, more ...any) {
	s.t.Helper()
	command := map[string]any{"do": what}
	for i := 0; i < len(more); i += 2 {
		command[more[i].(string)] = more[i+1]
	}
	line, err := json.Marshal(command)
	require.NoError(s.t, err)
	s.asked++
	s.p.Send(fmt.Sprintf("%d %s", s.asked, line))
	answer := s.p.Value("reply " + strconv.Itoa(s.asked))
	require.NotContains(s.t, answer, `{"error":`)
	if reply != nil {
		require.NoError(s.t, json.Unmarshal([]byte(answer), reply))
	}
}

// stats are what the server counted.
type stats struct {
	Counts         map[string]int
	WithoutContext int `json:"without_context"`
	Peak           int
	Sessions       map[string]struct {
		References int
		Services   []string
	}
}

func (s *server) stats() (st stats) {
	s.t.Helper()
	s.do(&st, "stats")
	return st
}

// stores counts the stateful services that the server holds for a session.
func (s *server) stores(session *Session) (n int) {
	s.t.Helper()
	for _, service := range s.stats().Sessions[session.Key()].Services {
		if strings.Contains(service, "Store") {
			n++
		}
	}
	return n
}

// syncBuffer is a bytes.Buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
