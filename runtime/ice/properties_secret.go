package ice

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
)

// hidden keeps a value where nothing that prints goes: fmt follows pointers for some verbs, and does not call the methods of fields that are not
// exported, but it never calls a function.
type hidden[T any] func() T

func hide[T any](v T) hidden[T] { return func() T { return v } }

// get gives the value, the zero value if there is none.
func (h hidden[T]) get() (v T) {
	if h != nil {
		v = h()
	}
	return v
}

// secretWords make a secret of a property whose name has one of them, in any case.
var secretWords = []string{"pass", "secret", "token", "sess", "cred"}

// openEndings are those of names that have such a word, or "key", and yet tell only where a secret is, or how it is treated.
var openEndings = []string{"file", "files", "dir", "callback", "max", "timeout", "manager", "verifier", "type"}

// IsSecretProperty reports whether a property's value is kept out of all that is printed: traces, warnings, errors, fmt and slog. It goes by the
// name. Secret is what has "pass", "secret", "token", "sess" or "cred" in it, in any case, or whose last part ends in "key" (IceSSL.Password,
// omero.pass, omero.sess, My.ApiKey), unless it ends in a word for a place or a rule such as File or Timeout (IceSSL.KeyFile).
func IsSecretProperty(name string) bool {
	name = strings.ToLower(name)
	for _, ending := range openEndings {
		if strings.HasSuffix(name, ending) {
			return false
		}
	}
	if strings.HasSuffix(name, "key") {
		return true
	}
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
}

// hiddenValue stands for the value of a secret.
const hiddenValue = "***"

// shownValue is a property's value as it may be printed.
func shownValue(name, value string) string {
	if value != "" && IsSecretProperty(name) {
		return hiddenValue
	}
	return value
}

// String lists the properties by name, without the values of secrets.
func (p *Properties) String() string {
	if p == nil || p.set == nil {
		return "[]"
	}
	s := p.set.get()
	s.mu.RLock()
	defer s.mu.RUnlock()
	lines := make([]string, 0, len(s.values))
	for name, value := range s.values {
		lines = append(lines, name+"="+shownValue(name, value))
	}
	slices.Sort(lines)
	return "[" + strings.Join(lines, " ") + "]"
}

// Format writes String for every verb.
func (p *Properties) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// LogValue has slog write String.
func (p *Properties) LogValue() slog.Value { return slog.StringValue(p.String()) }

// String tells how many entries there are, and nothing of what they are.
func (c *ImplicitContext) String() string { return fmt.Sprintf("[%d entries]", len(c.snapshot())) }

// Format writes String for every verb.
func (c *ImplicitContext) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue has slog write String.
func (c *ImplicitContext) LogValue() slog.Value { return slog.StringValue(c.String()) }
