package gateway

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

func TestSecret(t *testing.T) {
	s := NewSecret("s3cret")
	assert.Equal(t, "s3cret", s.Reveal())
	assert.False(t, s.IsZero())
	assert.True(t, NewSecret("").IsZero())
	assert.Empty(t, Secret{}.Reveal())
	assert.Empty(t, Secret{}.String())
	assertHidden(t, s, "s3cret")
	_, err := s.MarshalText()
	require.ErrorContains(t, err, "Reveal")
}

// exposed are the ways in which values end up in texts.
func exposed(v any) map[string]string {
	type private struct {
		v any
		p *any
	}
	forms := map[string]any{
		"value": v, "pointer": &v, "exported field": struct{ V any }{v}, "unexported field": private{v, &v}, "pointer to a struct": &private{v, &v},
		"slice": []any{v}, "map": map[string]any{"k": v}, "unexported slice": struct{ v []any }{[]any{v}}, "unexported map": struct{ v map[string]any }{map[string]any{"k": v}},
		"error": fmt.Errorf("wrapped: %v", v),
	}
	texts := map[string]string{}
	for name, form := range forms {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
			texts[name+" "+verb] = fmt.Sprintf(verb, form)
		}
		var text, js bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "k", form, slog.Group("g", "k", form))
		slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "k", form, slog.Group("g", "k", form))
		texts[name+" slog text"], texts[name+" slog JSON"] = text.String(), js.String()
		data, err := json.Marshal(form)
		texts[name+" JSON"] = string(data) + fmt.Sprint(err)
	}
	return texts
}

func assertHidden(t *testing.T, v any, secrets ...string) {
	t.Helper()
	for form, text := range exposed(v) {
		for _, secret := range secrets {
			for _, shown := range []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret)))} {
				assert.NotContains(t, text, shown, "%T as %s", v, form)
			}
		}
	}
}

// Every exported type of the package is printed in every way. A new type has to be added here.
func TestNoTypeShowsSecrets(t *testing.T) {
	server := startServer(t)
	config := server.config("ssl")
	config.Properties = ice.NewProperties()
	session := server.connect(config)
	joined := config
	joined.User, joined.Password, joined.SessionKey = "", Secret{}, NewSecret(session.Key())
	other := server.connect(joined)
	ctx := t.Context()
	command, err := session.Submit(ctx, &omero.CmdTiming{Steps: 1, MillisPerStep: 1}, nil)
	require.NoError(t, err)
	defer command.Close()
	store, err := session.RawFileStore(ctx) // has the key in its identity
	require.NoError(t, err)
	require.NoError(t, store.Close(ctx))
	script, err := session.StartScript(ctx, 3, nil)
	require.NoError(t, err)
	defer script.Close()

	wrong := config
	wrong.Password = NewSecret("hunter2")
	_, refused := Connect(ctx, wrong)
	require.Error(t, refused)
	gone := joined
	gone.SessionKey = NewSecret(strings.Repeat("0", 36))
	_, ended := Connect(ctx, gone)
	require.Error(t, ended)

	values := map[string][]any{
		"Secret": {config.Password}, "Config": {config, &config, joined, &joined}, "Session": {session, other}, "Command": {command},
		"Script": {script}, "Callback": {command.callback}, "LoginError": {refused, ended}, "TLSPolicy": {TrustOnFirstUse(""), config.TLS},
		"FileInfo": {FileInfo{}}, "CommandError": {&CommandError{}}, "ScriptError": {&ScriptError{}}, "CertificateError": {&CertificateError{}},
	}
	for _, name := range exportedTypes(t) {
		require.NotEmpty(t, values[name], "no value of the type %s", name)
		for _, v := range values[name] {
			assertHidden(t, v, "secret", "hunter2", session.Key(), gone.SessionKey.Reveal())
		}
	}
}

func exportedTypes(t *testing.T) (names []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if types, ok := d.(*ast.GenDecl); ok && types.Tok == token.TYPE {
				for _, spec := range types.Specs {
					if name := spec.(*ast.TypeSpec).Name; name.IsExported() {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	require.NotEmpty(t, names)
	return names
}

// The identities of the services have the session's key in them; errors and
// traces name identities.
func TestSessionKeyIsHidden(t *testing.T) {
	server := startServer(t)
	config := server.config("tcp")
	config.Properties = ice.NewProperties()
	for _, name := range []string{"Network", "Protocol", "Retry", "Locator"} {
		config.Properties.Set("Ice.Trace."+name, "2")
	}
	session := server.connect(config) // which looks at the log at the end
	store, err := session.RawFileStore(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Close(t.Context()))
	_, err = store.Size(t.Context())
	require.ErrorIs(t, err, ice.ErrObjectNotExist)
	assert.NotContains(t, err.Error(), session.Key())
	assert.Contains(t, err.Error(), hidden)
	var failed *ice.RequestFailedError
	require.ErrorAs(t, err, &failed)
	assert.NotContains(t, failed.Error(), session.Key())
	_, err = session.Upload(t.Context(), FileInfo{Name: "a"}, io.LimitReader(nil, 0))
	require.NoError(t, err)

	server.do(nil, "remove", "session", session.Key())
	_, err = session.Download(t.Context(), 1, io.Discard)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), session.Key())
}
