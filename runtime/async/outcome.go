package async

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/slice2go/slice2go/runtime/ice"
)

// Outcome is how a future ended: with a value, or with an error.
type Outcome[T any] struct {
	Value T     // the zero value where Err is set
	Err   error // nil where the future succeeded
}

// Get returns the outcome in the form in which Go functions return one.
func (o Outcome[T]) Get() (T, error) { return o.Value, o.Err }

// PanicError is the error of a future whose function panicked: a panic in one of many concurrent
// functions fails its own future and leaves the process alone.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // the stack of the goroutine that panicked
}

// Error gives the value given to panic and the stack below it.
func (e *PanicError) Error() string {
	return fmt.Sprintf("async: panic: %v\n%s", e.Value, e.Stack)
}

// Unwrap returns the panic's value if that is an error, so that errors.Is and errors.As see it.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrGoexit is the error of a future whose function left by runtime.Goexit, as t.FailNow does,
// and so returned nothing.
var ErrGoexit = errors.New("async: the function ended its goroutine (runtime.Goexit) instead of returning")

// protect calls fn and turns a panic into an error.
func protect[T any](fn func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			var zero T
			v, err = zero, &PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	return fn()
}

// started calls a function that starts an invocation. A panic, or a nil future, becomes a failed future.
func started[T any](fn func() *ice.Future[T]) *ice.Future[T] {
	f, err := protect(func() (*ice.Future[T], error) { return fn(), nil })
	switch {
	case err != nil:
		return ice.Failed[T](err)
	case f == nil:
		return ice.Failed[T](errors.New("async: the function returned a nil future"))
	}
	return f
}

// result reads a future that is done.
func result[T any](f *ice.Future[T]) (T, error) { return f.Result(context.Background()) }

// forward completes to with what from, which is done, ended with.
func forward[T any](from *ice.Future[T], to ice.Resolver[T]) { settle(to)(result(from)) }

func settle[T any](to ice.Resolver[T]) func(T, error) {
	return func(v T, err error) {
		if err != nil {
			to.Reject(err)
			return
		}
		to.Resolve(v)
	}
}
