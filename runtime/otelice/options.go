package otelice

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const scope = "github.com/slice2go/slice2go/runtime/otelice"

// Option changes what [Client] and [Server] use.
type Option func(*config)

type config struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
}

// WithTracerProvider has spans come from a provider instead of the global one.
func WithTracerProvider(p trace.TracerProvider) Option { return func(c *config) { c.tracers = p } }

// WithMeterProvider has measurements go to a provider instead of the global one.
func WithMeterProvider(p metric.MeterProvider) Option { return func(c *config) { c.meters = p } }

// WithPropagator has the trace travel in a propagator's form instead of the global one's. Its keys become entries of
// the request context.
func WithPropagator(p propagation.TextMapPropagator) Option {
	return func(c *config) { c.propagator = p }
}

func newConfig(options []Option) config {
	c := config{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider(), propagator: otel.GetTextMapPropagator()}
	for _, o := range options {
		o(&c)
	}
	return c
}

// duration makes the histogram of one side. A provider that cannot make it says so itself, and measures nothing.
func (c config) duration(name, description string) metric.Float64Histogram {
	h, err := c.meters.Meter(scope).Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100))
	if err != nil {
		otel.Handle(err)
	}
	return h
}
