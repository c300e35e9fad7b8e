package services

import (
	"errors"
	"fmt"

	"github.com/slice2go/slice2go/generated/omero"
)

// serverError fills what all of OMERO's exceptions have. class is the name of
// the Java class, which real servers send too.
func serverError(class, format string, args ...any) omero.ServerError {
	return omero.ServerError{ServerExceptionClass: "ome.conditions." + class, Message: fmt.Sprintf(format, args...)}
}

// ApiUsage says that a client did what the API does not allow.
func ApiUsage(format string, args ...any) error {
	return &omero.ApiUsageException{ServerError: serverError("ApiUsageException", format, args...)}
}

// Validation says that what a client sent, or asked for, is not valid.
func Validation(format string, args ...any) error {
	e := &omero.ValidationException{}
	e.ServerError = serverError("ValidationException", format, args...)
	return e
}

// Security says that the caller may not do that.
func Security(format string, args ...any) error {
	e := &omero.SecurityViolation{}
	e.ServerError = serverError("SecurityViolation", format, args...)
	return e
}

// Internal says that the server failed.
func Internal(format string, args ...any) error {
	return &omero.InternalException{ServerError: serverError("InternalException", format, args...)}
}

// Resource says that something is not there that the server needs for the call.
func Resource(format string, args ...any) error {
	return &omero.ResourceError{ServerError: serverError("ResourceError", format, args...)}
}

// NotOffered says that this server does not have an operation of OMERO.
func NotOffered(operation string) error {
	return ApiUsage("%s is not offered by this server, which is omerotest and not a whole OMERO", operation)
}

func removedSession(uuid string) error {
	e := &omero.RemovedSessionException{}
	e.ServerError = serverError("RemovedSessionException", "No context for %s", uuid)
	return e
}

func isServerError(err error) bool {
	_, ok := errors.AsType[*omero.ServerError](err)
	return ok
}
