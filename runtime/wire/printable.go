package wire

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxPrintable is how many bytes of a text are printed. A peer's text can be as long as a message.
const maxPrintable = 16 << 10

// Printable gives text that came from elsewhere as it can go into an error, a log or a terminal. What is not printable, such
// as line ends and the escape sequences that terminals obey, and what is not UTF-8, is written as in a Go string, like \n,
// \x1b or \u202e. Of a text of more than 16 KiB only the beginning is given, and how long it is. All errors of packages wire
// and ice print by it what a peer has said; their fields hold it as it came.
func Printable(s string) string {
	if len(s) > maxPrintable {
		cut := maxPrintable
		for cut > maxPrintable-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		return Printable(s[:cut]) + fmt.Sprintf("... (%d bytes)", len(s))
	}
	for i, r := range s {
		if !strconv.IsPrint(r) || r == utf8.RuneError {
			return s[:i] + escaped(s[i:])
		}
	}
	return s
}

func escaped(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case strconv.IsPrint(r):
			b.WriteString(s[:n])
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[n:]
	}
	return b.String()
}

// PrintableError gives an error's text in one line that is [Printable]. Errors that were joined are parted by "; ".
func PrintableError(err error) string {
	if list, ok := err.(interface{ Unwrap() []error }); ok && reflect.TypeOf(err) == joined {
		var parts []string
		for _, e := range list.Unwrap() {
			parts = append(parts, PrintableError(e))
		}
		return strings.Join(parts, "; ")
	}
	return Printable(err.Error())
}

var joined = reflect.TypeOf(errors.Join(ErrLimit))
