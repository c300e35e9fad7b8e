//go:build !race

// fmt reads what it prints without locks; the race detector rightly minds that of live connections.

package ice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

const theSecret = "s3cr3t-of-the-test"

func TestSecretProperties(t *testing.T) {
	for name, secret := range map[string]bool{
		"omero.pass": true, "omero.password": true, "omero.sess": true, "omero.session.uuid": true, "IceSSL.Password": true, "IceSSL.KeystorePassword": true,
		"IceSSL.TruststorePassword": true, "My.ApiKey": true, "api_key": true, "My.Secret.Value": true, "AuthToken": true, "Login.Credentials": true, "PASS": true,
		"Glacier2.SessionId": true, "passphrase": true,
		"IceSSL.KeyFile": false, "IceSSL.CertFile": false, "IceSSL.PasswordCallback": false, "IceSSL.PasswordRetryMax": false, "Glacier2.CryptPasswords.File": false,
		"Glacier2.SessionManager": false, "Glacier2.SessionTimeout": false, "Ice.Default.Router": false, "omero.user": false, "omero.host": false, "Monkey.Business": false,
		"Ice.Trace.Network": false, "Keyboard": false,
	} {
		assert.Equal(t, secret, IsSecretProperty(name), name)
	}
}

// everyVerb prints a value in all the ways that a program prints by accident.
func everyVerb(v any, verbs ...string) string {
	var b strings.Builder
	for _, verb := range strings.Join(append(verbs, "vT"), "") {
		for _, flags := range []string{"", "+", "#", " ", "-"} {
			fmt.Fprintf(&b, "%"+flags+string(verb)+"\n", v)
		}
	}
	fmt.Fprintln(&b, v)
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(h).Info("value", "v", v, slog.Group("g", "v", v), "list", []any{v})
	}
	if j, err := json.Marshal(v); err == nil {
		b.Write(j)
	}
	return b.String()
}

const otherVerbs = "tbcdoOqxXUeEfFgGsp"

// ofRequests are types with a field for a request's context, which programs use as a map: they are hidden by methods, which fmt does not call for
// a verb that does not fit a pointer in a field that is not exported.
var ofRequests = map[string]bool{"Current": true, "Invocation": true, "IncomingRequest": true}

// nested puts a value into structs of other types: exported and not, as it is, behind an interface, in lists and maps.
func nested(v any) []any {
	type inside struct{ field any }
	type Inside struct{ Field any }
	holders := []any{v, inside{v}, &inside{v}, Inside{v}, &Inside{v}, []any{v}, map[string]any{"k": v}, struct{ deep inside }{inside{v}}, &struct{ Deep Inside }{Inside{v}}, inside{&v}}
	// The same with the field of the value's own type.
	typed := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeOf(v)}})).Elem()
	typed.Field(0).Set(reflect.ValueOf(v))
	return append(holders, typed.Interface(), typed.Addr().Interface(), inside{typed.Interface()})
}

// Nothing that the runtime gives a program shows a password or a session key when it is printed, in whatever it is.
func TestNothingPrintsSecrets(t *testing.T) {
	peer.CheckLeaks(t)
	values := map[string][]any{} // by the name of the exported type
	var mu sync.Mutex
	add := func(v any) {
		mu.Lock()
		defer mu.Unlock()
		typ := reflect.TypeOf(v)
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		name, _, _ := strings.Cut(typ.Name(), "[")
		values[name] = append(values[name], v)
	}
	w := newWorld(t)
	address := w.add(newGreeter(func(ctx context.Context, name string) (string, error) {
		add(CurrentFrom(ctx))
		return "hello " + name, nil
	}), "greeter")
	held := make(chan struct{})
	w.add(newGreeter(func(ctx context.Context, _ string) (string, error) {
		select {
		case <-held:
		case <-ctx.Done():
		}
		return "", ctx.Err()
	}), "slow")

	properties := NewProperties()
	for _, name := range []string{"omero.pass", "omero.sess", "IceSSL.Password", "My.ApiKey", "X.Secret"} {
		properties.Set(name, theSecret)
	}
	properties.Set("omero.user", "root")
	properties.Set("Ice.ImplicitContext", "Shared")
	var log bytes.Buffer
	options := []Option{WithProperties(properties), WithProperty("omero.password", theSecret), WithArgs([]string{"--Ice.Trace.Network=3", "--Ice.Trace.Protocol=1"}),
		WithLogger(slog.New(slog.NewTextHandler(&log, nil))), WithInterceptor(func(ctx context.Context, call *Invocation, next Next) *Future[Reply] {
			add(call)
			f := next(ctx, call)
			f.OnDone(func(f *Future[Reply]) {
				if r, err := f.take(); err == nil && r.frame != nil {
					add(r)
				}
			})
			return f
		}), WithBatchInterceptor(func(r *BatchRequest, _, _ int) {
			add(r)
			r.Enqueue()
		})}
	comm, err := NewCommunicator(options...)
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	comm.ImplicitContext().Put("omero.session.uuid", theSecret)
	base, err := comm.StringToProxy(address.String())
	require.NoError(t, err)
	p := WithContext(base, map[string]string{"omero.client.uuid": theSecret})
	ctx := ContextWith(t.Context(), map[string]string{"call": theSecret})
	_, err = greet(ctx, p, "you")
	require.NoError(t, err)
	require.NoError(t, BatchOneway(p).IcePing(ctx))
	slow := WithIdentity(p, Identity{Name: "slow"})
	waiting := unanswered(ctx, slow)
	defer close(held)
	adapter, err := comm.NewAdapter("", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	connection := base.iceProxy().IceCachedConnection()
	require.NotNil(t, connection)

	_, resolver := NewFuture[string]()
	for _, v := range []any{
		properties, properties.Clone(), comm.Properties(), comm.ImplicitContext(), comm, p, ProxyOf(p), options[0], options[1], adapter, connection, connection.Info(), connection.Endpoint(), connection.Endpoint().Info(),
		connection.ACM(), waiting, resolver, ctx, w.adapter,
		&InvocationError{Kind: ErrTimeout, Operation: "op"}, &ConnectionError{Kind: ErrConnectionLost}, &RequestFailedError{Kind: ErrObjectNotExist}, &UnknownError{Kind: ErrUnknown},
		&NoEndpointError{}, &ParseError{}, &ProtocolError{}, &AlreadyRegisteredError{},
	} {
		add(v)
	}
	seen := 0
	for name, list := range values {
		for _, v := range list {
			for _, holder := range nested(v) {
				verbs := otherVerbs
				if ofRequests[name] && reflect.TypeOf(holder) != reflect.TypeOf(v) {
					verbs = ""
				}
				require.NotContains(t, everyVerb(holder, verbs), theSecret, "%s inside %T", name, holder)
				seen++
			}
		}
	}
	assert.Greater(t, seen, 200)
	assert.NotContains(t, log.String(), theSecret, "traces")
	assert.Contains(t, fmt.Sprint(properties), "omero.user=root")
	assert.Contains(t, fmt.Sprint(properties), "omero.pass=***")

	for _, name := range exportedStructs(t) {
		if !carriesNothing[name] {
			assert.Contains(t, values, name, "a new exported type: print one here that has had to do with a secret")
		}
	}
}

// carriesNothing are exported types that the application fills, or that hold no request, property or context.
var carriesNothing = map[string]bool{
	"Method": true, "Op": true, "InvokeResult": true, "LogMessage": true, "LoggerAdminGetLogResult": true, "RouterGetClientProxyResult": true, "Void": true,
	"IncomingRequest": true, // checked below, during a dispatch: it does not outlive it
}

// exportedStructs lists the package's exported struct types that are no Slice exceptions.
func exportedStructs(t *testing.T) []string {
	var names []string
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() || strings.HasSuffix(spec.Name.Name, "Exception") {
				return true
			}
			if _, ok := spec.Type.(*ast.StructType); ok {
				names = append(names, spec.Name.Name)
			}
			return true
		})
	}
	require.NotEmpty(t, names)
	return names
}

// unanswered starts a call that is not answered.
func unanswered(ctx context.Context, p ObjectPrx) *Future[string] {
	return Call(ctx, p, &Op[string]{Name: "greet", Returns: true, Read: (*wire.Decoder).String}, func(e *wire.Encoder) { e.String("x") })
}

// A servant's request does not show its context either.
func TestIncomingRequestsDoNotPrintSecrets(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	w.add(newGreeter(hello), "greeter")
	comm, err := NewCommunicator(WithDispatchInterceptor(func(ctx context.Context, r *IncomingRequest, next DispatchFunc) error {
		for _, holder := range nested(r) {
			if text := everyVerb(holder); strings.Contains(text, theSecret) {
				return fmt.Errorf("%T prints it", holder)
			}
		}
		return next(ctx, r)
	}))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	adapter, err := comm.NewAdapter("", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	p, err := adapter.Add(newGreeter(hello), Identity{Name: "greeter"})
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	_, err = greet(ContextWith(t.Context(), map[string]string{"omero.session.uuid": theSecret}), p, "you")
	require.NoError(t, err)
}

// What cannot be understood is not repeated if it may be a password.
func TestWarningsAboutPropertiesKeepSecrets(t *testing.T) {
	p, log := loggedProperties()
	p.parse("my.cfg", []byte("omero.pass: "+theSecret+"\n="+theSecret+"\n"))
	p.Set("omero.pass", theSecret)
	p.Int("omero.pass", 1)
	p.Set("omero.sess", "'"+theSecret)
	p.List("omero.sess")
	p.Set(" ", theSecret)
	assert.Equal(t, 5, strings.Count(log.String(), "level=WARN"), log.String())
	assert.NotContains(t, log.String(), theSecret)
}
