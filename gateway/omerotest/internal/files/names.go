package files

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of file systems on the length of names and paths, in bytes.
const (
	MostName = 255
	MostPath = 4096
)

// NamingError says what is wrong with a path that a client chose. It has what
// OMERO's FilePathNamingException has.
type NamingError struct {
	Path       string
	CodePoints []int32  // characters that may not be in a name
	Prefixes   []string // that names may not begin with
	Names      []string // that are not allowed
	// Reason is for errors that the others do not tell of.
	Reason string
}

func (e *NamingError) Error() string {
	var problems []string
	if len(e.CodePoints) > 0 {
		var chars []string
		for _, c := range e.CodePoints {
			chars = append(chars, fmt.Sprintf("U+%04X", c))
		}
		problems = append(problems, "it has the characters "+strings.Join(chars, ", "))
	}
	if len(e.Prefixes) > 0 {
		problems = append(problems, fmt.Sprintf("a name begins with %q", e.Prefixes))
	}
	if len(e.Names) > 0 {
		problems = append(problems, fmt.Sprintf("a name is %q", e.Names))
	}
	if e.Reason != "" {
		problems = append(problems, e.Reason)
	}
	return fmt.Sprintf("the path %q is not allowed: %s", shorten(e.Path), strings.Join(problems, "; "))
}

// ErrOutside is the error for paths that lead out of a repository.
var ErrOutside = errors.New("the path is not in the repository")

// deviceNames cannot be the names of files on Windows, nor begin them before a
// dot. OMERO refuses them everywhere, so that a server can move.
var deviceNames = func() []string {
	names := []string{"AUX", "CLOCK$", "CON", "NUL", "PRN"}
	for i := '1'; i <= '9'; i++ {
		names = append(names, "COM"+string(i), "LPT"+string(i))
	}
	return names
}()

// CheckPath checks a path that a client chose for a file in a repository, by
// OMERO's rules "Windows required" and "UNIX required", and returns it cleaned and
// without the leading slash: "." is the repository itself. Errors are a
// *[NamingError], or wrap [ErrOutside].
func CheckPath(name string) (string, error) {
	if len(name) > MostPath {
		return "", &NamingError{Path: name, Reason: fmt.Sprintf("it is longer than %d bytes", MostPath)}
	}
	if !utf8.ValidString(name) {
		return "", &NamingError{Path: name, Reason: "it is not UTF-8"}
	}
	e := &NamingError{Path: name}
	depth := 0
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
			continue
		case "..":
			if depth--; depth < 0 {
				return "", fmt.Errorf("%q: %w", shorten(name), ErrOutside)
			}
			continue
		}
		depth++
		e.checkName(part)
	}
	if e.CodePoints != nil || e.Prefixes != nil || e.Names != nil || e.Reason != "" {
		return "", e
	}
	return path.Clean(strings.TrimLeft("./"+strings.TrimLeft(name, "/"), "/")), nil
}

// checkName adds what is wrong with one part of a path.
func (e *NamingError) checkName(name string) {
	if len(name) > MostName {
		e.Reason = fmt.Sprintf("a name is longer than %d bytes", MostName)
	}
	for _, c := range name {
		if (c < 0x20 || strings.ContainsRune(`"*:<>?\|`, c)) && !slices.Contains(e.CodePoints, c) {
			e.CodePoints = append(e.CodePoints, c)
		}
	}
	upper := strings.ToUpper(name)
	for _, device := range deviceNames {
		if upper == device {
			e.Names = append(e.Names, device)
		} else if strings.HasPrefix(upper, device+".") {
			e.Prefixes = append(e.Prefixes, device+".")
		}
	}
	if strings.HasPrefix(name, "$") {
		e.Prefixes = append(e.Prefixes, "$")
	}
}

// SafeName makes an allowed name of any: what OMERO's clients do before they
// upload, for names that the server makes of others (a user's, a file's).
func SafeName(name string) string {
	replaced := strings.Map(func(c rune) rune {
		switch {
		case c < 0x20 || c == utf8.RuneError:
			return '_'
		case c == '"':
			return '\''
		case c == '*':
			return 'x'
		case c == ':':
			return ';'
		case c == '<':
			return '['
		case c == '>':
			return ']'
		case c == '?':
			return '%'
		case c == '/' || c == '\\' || c == '|':
			return '!'
		}
		return c
	}, name)
	if len(replaced) > MostName-1 {
		replaced = strings.ToValidUTF8(replaced[:MostName-1], "")
	}
	e := &NamingError{}
	if e.checkName(replaced); e.Names != nil || e.Prefixes != nil {
		replaced = "_" + replaced
	}
	if replaced == "" || replaced == "." || replaced == ".." {
		return "_" + replaced
	}
	return replaced
}

func shorten(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
