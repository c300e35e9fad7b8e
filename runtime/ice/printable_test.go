package ice

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

// evil is text as a peer sends it that means to lie to who reads a log: a line end, a colour, an old and a new control
// sequence, a change of direction, and what is not UTF-8.
const evil = "a\r\nlevel=ERROR\x1b[31m\a\x7f\u009b2J\u202eb\xff\xc0"

// requireShown requires that text has nothing that is not printable, and that evil is in it.
func requireShown(t *testing.T, text string) {
	t.Helper()
	assert.NotRegexp(t, `[\x00-\x1f\x7f-\x{9f}\x{202e}]`, text)
	assert.Equal(t, strings.ToValidUTF8(text, ""), text)
	assert.Contains(t, text, `\x1b[31m`)
}

// errorTypes gives the names of the types in a package that have the method Error, but for Slice's own exceptions.
func errorTypes(t *testing.T, dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		if base := filepath.Base(file); strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "slice_") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, d := range tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Error" {
				continue
			}
			receiver := fn.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			names = append(names, receiver.(*ast.Ident).Name)
		}
	}
	return names
}

// Every error shows what a peer has said as it can go to a terminal.
func TestErrorsArePrintable(t *testing.T) {
	id := Identity{Name: evil, Category: evil}
	cause := errors.New(evil)
	list := []error{
		&RequestFailedError{Kind: ErrObjectNotExist, ID: id, Facet: evil, Operation: evil},
		&UnknownError{Kind: ErrUnknown, Reason: evil[3:]},
		&ProtocolError{Peer: evil, Reason: evil, Err: cause},
		&NoEndpointError{Proxy: evil, Reason: evil},
		&ParseError{What: "proxy", Text: evil, Reason: evil},
		&ConnectionError{Kind: ErrConnectFailed, Peer: evil, Err: errors.Join(cause, cause), Hint: evil},
		&InvocationError{Kind: ErrTimeout, Operation: evil, ID: id, Err: cause},
		&AlreadyRegisteredError{What: "object", Facet: evil},
		&wire.MarshalError{Reason: evil, Err: cause},
		&wire.UnknownExceptionError{TypeID: evil},
		&transport.Error{Step: transport.StepTLS, Target: transport.Target{Host: evil, Resource: evil}, Err: cause, Hint: evil},
		&greeterError{Reason: evil},
	}
	seen := map[string]bool{
		"kind": true, "kindText": true, // have constant texts
		// What these say goes through the others, or to the caller.
		"notRegistered": true, "panicError": true,
	}
	for _, err := range list {
		name := strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
		seen[name[strings.IndexByte(name, '.')+1:]] = true
		t.Run(name, func(t *testing.T) { requireShown(t, err.Error()) })
	}
	for _, dir := range []string{".", "../wire", "internal/transport"} {
		for _, name := range errorTypes(t, dir) {
			assert.True(t, seen[name], "%s in %s is not tested", name, dir)
		}
	}
}

// recorder keeps all texts of a log as they are handed to it.
type recorder struct {
	mu    sync.Mutex
	texts map[string][]string // by message
}

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *recorder) WithGroup(string) slog.Handler            { return r }
func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	texts := []string{record.Message}
	record.Attrs(func(a slog.Attr) bool {
		if a.Key != "stack" {
			texts = append(texts, a.Key+"="+fmt.Sprint(a.Value.Any()))
		}
		return true
	})
	r.texts[record.Message] = append(r.texts[record.Message], texts...)
	return nil
}

// What the peer sends is printable in every line of the log, on both sides.
func TestLogsArePrintable(t *testing.T) {
	peer.CheckLeaks(t)
	log := &recorder{texts: map[string][]string{}}
	options := []Option{WithLogger(slog.New(log)), WithProperty("Ice.Warn.Dispatch", "2"), WithProperty("Ice.Warn.Connections", "1")}
	for _, category := range []string{"Network", "Protocol", "Retry", "Locator", "Slicing"} {
		options = append(options, WithProperty("Ice.Trace."+category, "3"))
	}
	comm, err := NewCommunicator(options...)
	require.NoError(t, err)
	defer func() { assert.NoError(t, comm.Close()) }()
	adapter, err := comm.NewAdapter("A", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	failing := newGreeter(func(context.Context, string) (string, error) { return "", errors.New(evil) })
	_, err = adapter.Add(failing, Identity{Name: "greeter"})
	require.NoError(t, err)
	at, err := adapter.Proxy(Identity{Name: "greeter"})
	require.NoError(t, err)

	ctx := ContextWith(t.Context(), map[string]string{evil: evil})
	for _, p := range []ObjectPrx{WithFacet(at, evil), WithIdentity(at, Identity{Name: evil, Category: evil})} {
		_, _, err = p.IceInvoke(ctx, evil, Normal, nil)
		require.ErrorIs(t, err, ErrNotExist)
		requireShown(t, err.Error())
	}
	_, err = greet(ctx, at, evil)
	require.ErrorIs(t, err, ErrUnknown)
	assert.NotRegexp(t, `[\x00-\x1f]`, err.Error())
	comm.trace.located(1, "asked", slog.Any("answer", at), slog.Any("error", errors.New(evil)))
	comm.trace.sliced("instance", evil)
	comm.trace.endpointFailed(evil, true, errors.New(evil))

	log.mu.Lock()
	defer log.mu.Unlock()
	shown := 0
	for line, texts := range log.texts {
		for _, text := range texts {
			assert.NotRegexp(t, `[\x00-\x1f\x7f-\x{9f}\x{202e}]`, text, line)
			shown += strings.Count(text, `\x1b[31m`)
		}
	}
	assert.Greater(t, shown, 10)
	for _, line := range []string{"a dispatch failed", "received", "sending", "asked", "sliced an unknown instance", "an endpoint failed"} {
		assert.Contains(t, log.texts, line)
	}
}
