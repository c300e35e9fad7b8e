package otelice_test

import (
	"fmt"

	"go.opentelemetry.io/otel/propagation"

	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/otelice"
)

// A communicator whose calls and dispatches are traced.
func Example() {
	trace := otelice.WithPropagator(propagation.TraceContext{})
	comm, err := ice.NewCommunicator(
		ice.WithInterceptor(otelice.Client(trace)),
		ice.WithDispatchInterceptor(otelice.Server(trace)),
	)
	fmt.Println(err, comm.Close())
	// Output: <nil> <nil>
}
