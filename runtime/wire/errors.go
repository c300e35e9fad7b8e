package wire

import (
	"errors"
	"fmt"
)

// What went wrong, for [errors.Is] on a [MarshalError].
var (
	// ErrTruncated: the data ends before what it announces.
	ErrTruncated = errors.New("unexpected end of data")
	// ErrLimit: the data asks for more than a limit allows.
	ErrLimit = errors.New("limit exceeded")
	// ErrUnknownType: an instance of a class that is not registered, and that cannot be sliced.
	ErrUnknownType = errors.New("unknown type")
	// ErrWrongType: an instance whose class does not fit where it is referred to.
	ErrWrongType = errors.New("wrong type")
	// ErrUnsupported: a version of the protocol or encoding that is not spoken here.
	ErrUnsupported = errors.New("unsupported version")
	// ErrMagic: a message that does not begin as an Ice message does.
	ErrMagic = errors.New("not an Ice message")
)

// MarshalError says why data could not be written or read. Offset counts bytes from the beginning of what the
// Encoder or Decoder was given (a whole message, as package ice uses them), or is -1.
type MarshalError struct {
	Offset int
	Reason string
	Err    error // the kind, one of the Err variables of this package, or another cause; may be nil
}

// Error gives reason, offset and cause.
func (m *MarshalError) Error() string {
	s := "ice: " + Printable(m.Reason)
	if m.Offset >= 0 {
		s += fmt.Sprintf(" (at byte %d)", m.Offset)
	}
	if m.Err != nil {
		s += ": " + PrintableError(m.Err)
	}
	return s
}

// Unwrap gives the kind or cause.
func (m *MarshalError) Unwrap() error { return m.Err }

// UnknownExceptionError is what [ReadException] fails with if no slice of the exception is known.
type UnknownExceptionError struct{ TypeID string }

// Error names the exception.
func (u *UnknownExceptionError) Error() string {
	return "ice: unknown user exception " + Printable(u.TypeID)
}
