package gateway

import (
	"errors"
	"log/slog"
)

// Secret is a password or a session's key. It can be printed, logged and
// encoded in every way without being shown, also as a part of other values:
// packages such as fmt call no methods on unexported fields, so the text is
// where they do not reach it. The zero value is no secret.
//
// NewSecret makes one, Reveal gives the text back.
type Secret struct {
	reveal func() string // of all of Go's types, functions print nothing of what they hold
}

// NewSecret returns a Secret that holds text. The empty text is the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return text }}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.reveal == nil }

// String says whether there is a secret, and not which.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return "(hidden)"
}

// LogValue is what package slog shows.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText refuses: a file or a message is no place to hide a secret in.
func (s Secret) MarshalText() ([]byte, error) {
	if s.IsZero() {
		return nil, nil
	}
	return nil, errors.New("gateway: passwords and keys are not encoded; the method Reveal returns the text")
}
