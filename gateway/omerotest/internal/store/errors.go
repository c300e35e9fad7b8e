package store

import (
	"fmt"

	"github.com/slice2go/slice2go/generated/omero"
)

func server(class, format string, args ...any) omero.ServerError {
	return omero.ServerError{ServerExceptionClass: "ome.conditions." + class, Message: fmt.Sprintf(format, args...)}
}

// ApiUsage is the exception for a call that cannot be meant so.
func ApiUsage(format string, args ...any) error {
	return &omero.ApiUsageException{ServerError: server("ApiUsageException", format, args...)}
}

// Validation is the exception for an object that cannot be stored as it is.
func Validation(format string, args ...any) error {
	e := &omero.ValidationException{}
	e.ServerError = server("ValidationException", format, args...)
	return e
}

// Security is the exception for what the caller may not do.
func Security(format string, args ...any) error {
	return &omero.SecurityViolation{ServerError: server("SecurityViolation", format, args...)}
}

// GroupSecurity is the exception for what the caller may not do between groups.
func GroupSecurity(format string, args ...any) error {
	e := &omero.GroupSecurityViolation{}
	e.ServerError = server("GroupSecurityViolation", format, args...)
	return e
}

// OptimisticLock is the exception for a change to an object that someone else
// has changed since it was read.
func OptimisticLock(format string, args ...any) error {
	e := &omero.OptimisticLockException{}
	e.ServerError = server("OptimisticLockException", format, args...)
	return e
}

// Internal is the exception for a failure of the server itself.
func Internal(cause error, format string, args ...any) error {
	return &internalError{InternalException: omero.InternalException{
		ServerError: server("InternalException", "%s: %v", fmt.Sprintf(format, args...), cause)}, cause: cause}
}

// internalError keeps the cause for errors.Is.
type internalError struct {
	omero.InternalException
	cause error
}

func (e *internalError) Error() string   { return e.Message }
func (e *internalError) Unwrap() []error { return []error{&e.InternalException, e.cause} }
