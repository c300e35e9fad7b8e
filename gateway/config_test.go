package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConfigNeverShowsSecrets(t *testing.T) {
	for _, c := range []Config{
		{Host: "h", User: "u", Password: NewSecret("s3cret")},
		{Host: "h", Port: 1, SessionKey: NewSecret("s3cret")},
	} {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "pointer", &c)
		js, err := json.Marshal(c)
		require.Error(t, err)
		for _, text := range []string{
			fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q %d", c, c, c, c, c, c), fmt.Sprintf("%+v", &c), log.String(), string(js),
			fmt.Sprintf("%+v", struct{ C Config }{c}),
		} {
			assert.NotContains(t, text, "s3cret")
		}
		assert.Contains(t, c.String(), "at h")
	}
}

func TestConfigFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ice.config")
	require.NoError(t, os.WriteFile(path, []byte("omero.host=h\nomero.port=14064\nomero.user=u\nomero.pass=p\n"+
		"omero.group=g\nomero.agent=a\nIce.MessageSizeMax=100\nIceSSL.VerifyPeer=0\n"), 0o600))

	c, err := LoadConfig(path)
	require.NoError(t, err)
	full, e, err := c.complete()
	require.NoError(t, err)
	assert.Equal(t, "h:14064", e.address())
	assert.Equal(t, []string{"u", "p", "g", "a"}, []string{full.User, full.Password.Reveal(), full.Group, full.Agent})
	assert.IsType(t, &knownHosts{}, full.TLS, "a configuration file cannot switch verification off")
	assert.Equal(t, 100, full.Properties.Int("Ice.MessageSizeMax", 0))

	c.Host, c.SessionKey = "wss://other/x", NewSecret("key")
	full, e, err = c.complete()
	require.NoError(t, err)
	assert.Equal(t, "other:443", e.address(), "a port of the file does not belong to a URL of the program")
	assert.Empty(t, full.User, "nor does a user to a session key")

	_, err = LoadConfig(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "gateway: cannot read the configuration")
}

func TestConfigComplete(t *testing.T) {
	full, _, err := Config{Host: "wss://h", SessionKey: NewSecret("k")}.complete()
	require.NoError(t, err)
	assert.Equal(t, DefaultAgent, full.Agent)
	assert.Equal(t, DefaultTimeout, full.Timeout)
	assert.NotNil(t, full.Logger)
	assert.Equal(t, VerifySystem(), full.TLS)
	user, password := full.credentials()
	assert.Equal(t, []string{"k", "k"}, []string{user, password})

	for _, test := range []struct {
		config Config
		want   string
	}{
		{Config{Host: "h"}, "no credentials"},
		{Config{User: "u"}, "no server"},
		{Config{Host: "h", User: "u", SessionKey: NewSecret("k")}, "not both"},
		{Config{Host: "h", User: "u", Timeout: -time.Second}, "must be positive"},
	} {
		_, _, err := test.config.complete()
		assert.ErrorContains(t, err, test.want)
	}
}
