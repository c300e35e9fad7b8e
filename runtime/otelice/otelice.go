package otelice

import (
	"context"
	"errors"
	"maps"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/slice2go/slice2go/runtime/ice"
)

// Client makes an interceptor for invocations (ice.WithInterceptor). Each call gets a span of kind client, named by its
// operation, which ends with the call, and is measured in the histogram rpc.client.duration in seconds. The span's
// trace goes out in the request context.
func Client(options ...Option) ice.Interceptor {
	c := newConfig(options)
	tracer := c.tracers.Tracer(scope)
	duration := c.duration("rpc.client.duration", "Duration of Ice invocations")
	return func(ctx context.Context, call *ice.Invocation, next ice.Next) *ice.Future[ice.Reply] {
		start := time.Now()
		id := call.Proxy.IceIdentity()
		ctx, span := tracer.Start(ctx, call.Operation, trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(describe(call.Operation, call.Mode, id, call.Proxy.IceFacet())...))
		call.Context = inject(ctx, c.propagator, call.Context)
		f := next(ctx, call)
		f.OnDone(func(f *ice.Future[ice.Reply]) {
			reply, err := f.Result(context.Background())
			if err == nil {
				span.SetAttributes(attribute.Int("rpc.response.size", reply.Size()))
			}
			finish(ctx, span, duration, start, call.Operation, err)
		})
		return f
	}
}

// Server makes an interceptor for dispatches (ice.WithDispatchInterceptor, or Adapter.Use). Each gets a span of kind
// server that continues the caller's trace, and is measured in the histogram rpc.server.duration in seconds. The servant
// finds the span in its ctx.
func Server(options ...Option) ice.DispatchInterceptor {
	c := newConfig(options)
	tracer := c.tracers.Tracer(scope)
	duration := c.duration("rpc.server.duration", "Duration of Ice dispatches")
	return func(ctx context.Context, r *ice.IncomingRequest, next ice.DispatchFunc) error {
		start := time.Now()
		current := r.Current()
		ctx = c.propagator.Extract(ctx, propagation.MapCarrier(current.Context))
		attributes := append(describe(current.Operation, current.Mode, current.ID, current.Facet), attribute.String("ice.adapter", current.Adapter.Name()))
		ctx, span := tracer.Start(ctx, current.Operation, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...))
		panicked := true
		var err error
		defer func() {
			if panicked {
				err = errPanicked
			}
			finish(ctx, span, duration, start, current.Operation, err)
		}()
		err = next(ctx, r)
		panicked = false
		return err
	}
}

var errPanicked = errors.New("the servant panicked")

func describe(operation string, mode ice.OperationMode, id ice.Identity, facet string) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attribute.String("rpc.system", "ice"),
		attribute.String("rpc.method", operation),
		attribute.String("ice.identity", ice.IdentityToString(id)),
		attribute.String("ice.mode", mode.String()),
	}
	if facet != "" {
		attributes = append(attributes, attribute.String("ice.facet", facet))
	}
	return attributes
}

// inject returns the request context with the trace in it. The one that it is given may be shared.
func inject(ctx context.Context, p propagation.TextMapPropagator, requestContext map[string]string) map[string]string {
	carrier := propagation.MapCarrier{}
	p.Inject(ctx, carrier)
	if len(carrier) == 0 {
		return requestContext
	}
	merged := make(map[string]string, len(requestContext)+len(carrier))
	maps.Copy(merged, requestContext)
	maps.Copy(merged, carrier)
	return merged
}

// finish ends the span and measures the call. What objects there are does not go into the measurements: they would
// make a series each.
func finish(ctx context.Context, span trace.Span, duration metric.Float64Histogram, start time.Time, operation string, err error) {
	outcome := outcomeOf(err)
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, outcome)
	}
	span.End()
	if duration != nil {
		duration.Record(ctx, time.Since(start).Seconds(), metric.WithAttributes(
			attribute.String("rpc.system", "ice"), attribute.String("rpc.method", operation), attribute.String("ice.outcome", outcome)))
	}
}

// outcomeOf puts an error into one of few kinds.
func outcomeOf(err error) string {
	var user ice.UserException
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &user):
		return user.IceTypeID()
	case errors.Is(err, ice.ErrNotExist):
		return "not exist"
	case errors.Is(err, ice.ErrUnknown):
		return "unknown"
	case errors.Is(err, ice.ErrTimeout):
		return "timeout"
	case errors.Is(err, ice.ErrCanceled), errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, ice.ErrConnectionLost), errors.Is(err, ice.ErrConnectionClosed), errors.Is(err, ice.ErrConnectFailed):
		return "connection"
	}
	return "error"
}
