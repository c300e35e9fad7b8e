// Package otelice has OpenTelemetry see Ice calls: interceptors for package ice that make spans and measure durations,
// on the client's side around invocations and on the server's around dispatches. The trace goes from one to the other
// in the request's context, so that a trace runs through programs in any language that Ice knows, as long as they hand
// these entries on.
//
// It is a package of its own, so that only programs that want OpenTelemetry depend on it.
//
//	comm, err := ice.NewCommunicator(
//		ice.WithInterceptor(otelice.Client()),
//		ice.WithDispatchInterceptor(otelice.Server()),
//	)
//
// Without options the global providers and propagator of package otel are used.
package otelice
