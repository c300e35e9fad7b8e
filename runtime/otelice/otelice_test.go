package otelice_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/otelice"
	at "github.com/slice2go/slice2go/testdata/interop/adaptertest"
)

// recorder is a provider of traces and metrics that remembers what it is told.
type recorder struct {
	tracenoop.TracerProvider
	metricnoop.MeterProvider
	mu    sync.Mutex
	spans []*span
	took  []attribute.Set
	next  byte
}

type tracer struct {
	tracenoop.Tracer
	r *recorder
}

type span struct {
	tracenoop.Span
	r          *recorder
	name       string
	kind       trace.SpanKind
	context    trace.SpanContext
	parent     trace.SpanContext
	attributes map[attribute.Key]attribute.Value
	status     codes.Code
	text       string
	errors     int
	ended      bool
}

func (r *recorder) Tracer(string, ...trace.TracerOption) trace.Tracer { return tracer{r: r} }
func (r *recorder) Meter(string, ...metric.MeterOption) metric.Meter  { return meter{r: r} }

func (t tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	config := trace.NewSpanStartConfig(options...)
	parent := trace.SpanContextFromContext(ctx)
	t.r.next++
	traceID := parent.TraceID()
	if !parent.IsValid() {
		traceID = trace.TraceID{t.r.next}
	}
	s := &span{r: t.r, name: name, kind: config.SpanKind(), parent: parent, attributes: map[attribute.Key]attribute.Value{},
		context: trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: trace.SpanID{t.r.next}, TraceFlags: trace.FlagsSampled})}
	for _, a := range config.Attributes() {
		s.attributes[a.Key] = a.Value
	}
	t.r.spans = append(t.r.spans, s)
	return trace.ContextWithSpan(ctx, s), s
}

func (s *span) SpanContext() trace.SpanContext { return s.context }
func (s *span) IsRecording() bool              { return true }
func (s *span) SetAttributes(list ...attribute.KeyValue) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for _, a := range list {
		s.attributes[a.Key] = a.Value
	}
}
func (s *span) SetStatus(code codes.Code, text string) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.status, s.text = code, text
}
func (s *span) RecordError(error, ...trace.EventOption) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.errors++
}
func (s *span) End(...trace.SpanEndOption) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.ended = true
}

type meter struct {
	metricnoop.Meter
	r *recorder
}

type histogram struct {
	metricnoop.Float64Histogram
	r    *recorder
	name string
}

func (m meter) Float64Histogram(name string, _ ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return histogram{r: m.r, name: name}, nil
}

func (h histogram) Record(_ context.Context, seconds float64, options ...metric.RecordOption) {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	list := metric.NewRecordConfig(options).Attributes()
	if seconds >= 0 {
		h.r.took = append(h.r.took, attribute.NewSet(append(list.ToSlice(), attribute.String("histogram", h.name))...))
	}
}

// taken is what has been recorded so far; it starts anew.
func (r *recorder) taken() ([]*span, []attribute.Set) {
	r.mu.Lock()
	defer r.mu.Unlock()
	spans, took := r.spans, r.took
	r.spans, r.took = nil, nil
	return spans, took
}

type base struct{ seen chan trace.SpanContext }

func (b base) BaseName(ctx context.Context) (string, error) {
	b.seen <- trace.SpanContextFromContext(ctx)
	switch ice.CurrentFrom(ctx).Context["do"] {
	case "fail":
		return "", &at.Failure{Reason: "as asked"}
	case "panic":
		panic("as asked")
	case "break":
		return "", errors.New("as asked")
	}
	return "base", nil
}

func TestSpansOfACall(t *testing.T) {
	peer.CheckLeaks(t)
	r := &recorder{}
	options := []otelice.Option{otelice.WithTracerProvider(r), otelice.WithMeterProvider(r), otelice.WithPropagator(propagation.TraceContext{})}
	quiet := ice.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	comm, err := ice.NewCommunicator(quiet, ice.WithInterceptor(otelice.Client(options...)), ice.WithDispatchInterceptor(otelice.Server(options...)))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	adapter, err := comm.NewAdapter("Traced", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	seen := make(chan trace.SpanContext, 1)
	p, err := adapter.Add(at.NewBaseServant(base{seen}), ice.Identity{Category: "c", Name: "base"})
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	target := at.NewBasePrx(p)

	tests := []struct {
		do, client, server string
		code               codes.Code
	}{
		{"", "ok", "ok", codes.Unset},
		{"fail", "unknown", "::AdapterTest::Failure", codes.Error},
		{"panic", "unknown", "error", codes.Error},
		{"break", "unknown", "error", codes.Error},
	}
	for _, tt := range tests {
		t.Run("do "+tt.do, func(t *testing.T) {
			ctx, root := r.Tracer("").Start(ice.ContextWith(t.Context(), map[string]string{"do": tt.do}), "root")
			_, err := target.BaseName(ctx)
			assert.Equal(t, tt.code == codes.Error, err != nil)
			require.NoError(t, adapter.WaitForHold(t.Context()))
			spans, took := r.taken()
			require.Len(t, spans, 3)
			client, server := spans[1], spans[2]
			assert.Equal(t, server.context, <-seen, "the servant finds the span")
			for _, s := range []*span{client, server} {
				assert.Equal(t, root.SpanContext().TraceID(), s.context.TraceID())
				assert.True(t, s.ended)
				assert.Equal(t, "baseName", s.name)
				assert.Equal(t, tt.code, s.status)
				assert.Equal(t, err != nil, s.errors == 1)
				assert.Equal(t, "c/base", s.attributes["ice.identity"].AsString())
				assert.Equal(t, "ice", s.attributes["rpc.system"].AsString())
			}
			assert.Equal(t, client.context.SpanID(), server.parent.SpanID(), "the trace went over the wire")
			assert.Equal(t, trace.SpanKindClient, client.kind)
			assert.Equal(t, trace.SpanKindServer, server.kind)
			assert.Equal(t, "Traced", server.attributes["ice.adapter"].AsString())
			require.Len(t, took, 2)
			outcomes := map[string]string{}
			for _, set := range took {
				name, _ := set.Value("histogram")
				outcome, _ := set.Value("ice.outcome")
				outcomes[name.AsString()] = outcome.AsString()
			}
			assert.Equal(t, tt.server, outcomes["rpc.server.duration"])
			if tt.do != "fail" {
				assert.Equal(t, tt.client, outcomes["rpc.client.duration"])
			}
		})
	}
}

// With the global providers, which do nothing unless a program sets them, calls work as ever, and no context is added.
func TestWithoutProviders(t *testing.T) {
	peer.CheckLeaks(t)
	comm, err := ice.NewCommunicator(ice.WithInterceptor(otelice.Client()), ice.WithDispatchInterceptor(otelice.Server()))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	adapter, err := comm.NewAdapter("", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	contexts := make(chan map[string]string, 1)
	p, err := adapter.AddWithUUID(ice.NewBlobject(ice.BlobjectFunc(func(ctx context.Context, params []byte) (bool, []byte, error) {
		contexts <- ice.CurrentFrom(ctx).Context
		return true, params, nil
	})))
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	ok, _, err := p.IceInvoke(t.Context(), "anything", ice.Normal, nil)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Empty(t, <-contexts)
}
