package gateway

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/slice2go/slice2go/runtime/ice"
)

// The session's key is also a part of the identities of its services, which
// the errors and the traces of package ice name. It is replaced there.

// hidden stands in a text for the session's key.
const hidden = "(session key)"

// hide returns text without the session's key. It takes no lock: errors are
// made, and traces logged, under locks of all kinds.
func (s *Session) hide(text string) string {
	if key := s.currentKey(); key != "" {
		return strings.ReplaceAll(text, key, hidden)
	}
	return text
}

func (s *Session) currentKey() string {
	if key := s.config.SessionKey.Reveal(); key != "" {
		return key
	}
	if key := s.toHide.Load(); key != nil {
		return key.Reveal()
	}
	return ""
}

// hiddenError is an error whose text has the session's key in it.
type hiddenError struct {
	err  error
	text string
}

func (e *hiddenError) Error() string { return e.text }

func (e *hiddenError) Unwrap() error { return e.err }

// hideError takes the session's key out of an error's text.
func (s *Session) hideError(err error) error {
	if err == nil {
		return nil
	}
	if failed, ok := errors.AsType[*ice.RequestFailedError](err); ok {
		failed.ID.Category = s.hide(failed.ID.Category)
		failed.ID.Name = s.hide(failed.ID.Name)
	}
	text := err.Error()
	if safe := s.hide(text); safe != text {
		return &hiddenError{err, safe}
	}
	return err
}

// hidingHandler takes the session's key out of what package ice logs.
type hidingHandler struct {
	slog.Handler
	session *Session
}

// Handle implements slog.Handler.
func (h hidingHandler) Handle(ctx context.Context, record slog.Record) error {
	safe := slog.NewRecord(record.Time, record.Level, h.session.hide(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		safe.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, safe)
}

// WithAttrs implements slog.Handler.
func (h hidingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	safe := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		safe[i] = h.attr(a)
	}
	return hidingHandler{h.Handler.WithAttrs(safe), h.session}
}

// WithGroup implements slog.Handler.
func (h hidingHandler) WithGroup(name string) slog.Handler {
	return hidingHandler{h.Handler.WithGroup(name), h.session}
}

// attr returns an attribute without the key. Values other than texts, numbers
// and the like are turned into texts where these have the key.
func (h hidingHandler) attr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindGroup:
		var safe []slog.Attr
		for _, inner := range value.Group() {
			safe = append(safe, h.attr(inner))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(safe...)}
	case slog.KindString, slog.KindAny:
		text := value.String()
		if safe := h.session.hide(text); safe != text {
			return slog.String(a.Key, safe)
		}
	}
	return slog.Attr{Key: a.Key, Value: value}
}
