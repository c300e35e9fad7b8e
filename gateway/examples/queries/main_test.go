package main

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/interop/peer"
)

// Ten queries of 200 ms each take about 2 s one after another and about 0.2 s
// at once: the server sees ten of them at work at the same time.
func TestRun(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3", "glacier2router", "openssl")
	script := filepath.Join(peer.Root(t), "interop", "peers", "python", "omero", "server.py")
	server := peer.Start(t, peer.PythonCommand(t, script, "--dir", t.TempDir()))

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, gateway.Config{
		Host: "tcp://127.0.0.1:" + server.Value("tcp"), User: "user", Password: gateway.NewSecret("secret"), Logger: slog.New(slog.DiscardHandler),
	}, 10, 200*time.Millisecond))
	assert.Regexp(t, `^10 queries one after another: 30 images in \d+\.\d\d s\n10 queries at once: +30 images in \d+\.\d\d s\n$`, out.String())
	t.Log(out.String())

	server.Send(`1 {"do": "stats"}`)
	stats := server.Value("reply 1")
	assert.Contains(t, stats, `"IQuery.findAllByQuery": 20`)
	assert.Contains(t, stats, `"peak": 10`)
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	peer.CheckLeaks(t)
	err := run(t.Context(), &bytes.Buffer{}, gateway.Config{Host: "tcp://omero.invalid", User: "user"}, 1, 0)
	require.ErrorContains(t, err, "check the spelling of the host")
}
