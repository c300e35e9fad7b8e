package ice

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ToStringMode says how identities, facets and adapter ids are written as strings; see the property Ice.ToStringMode.
type ToStringMode byte

// The modes: Unicode keeps characters beyond ASCII, ASCII writes them as \unnnn, and Compat writes their UTF-8 bytes in octal, as Ice did before 3.7.
const (
	Unicode ToStringMode = iota
	ASCII
	Compat
)

// String gives the name as the property Ice.ToStringMode has it.
func (m ToStringMode) String() string {
	return [...]string{"Unicode", "ASCII", "Compat"}[min(m, Compat)]
}

func parseToStringMode(s string) (ToStringMode, error) {
	switch s {
	case "", "Unicode":
		return Unicode, nil
	case "ASCII":
		return ASCII, nil
	case "Compat":
		return Compat, nil
	}
	return 0, fmt.Errorf("ice: Ice.ToStringMode is %q; it must be Unicode, ASCII or Compat", s)
}

// IdentityToString gives an identity's string form, "category/name" or "name", with what is special in it escaped. mode is Unicode if it is left out.
// The manual's section is "Object Identity".
func IdentityToString(id Identity, mode ...ToStringMode) string {
	m := Unicode
	if len(mode) > 0 {
		m = mode[0]
	}
	name := escape(id.Name, "/", m)
	if id.Category == "" {
		return name
	}
	return escape(id.Category, "/", m) + "/" + name
}

// StringToIdentity reads what IdentityToString writes.
func StringToIdentity(s string) (Identity, error) {
	slash := -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '/':
			if slash >= 0 {
				return Identity{}, &ParseError{"identity", s, `a second "/" in it must be written as "\/"`}
			}
			slash = i
		}
	}
	var id Identity
	var err error
	if slash >= 0 {
		if id.Category, err = unescape(s[:slash], "/"); err != nil {
			return Identity{}, &ParseError{"identity", s, err.Error()}
		}
	}
	if id.Name, err = unescape(s[slash+1:], "/"); err != nil {
		return Identity{}, &ParseError{"identity", s, err.Error()}
	}
	return id, nil
}

const escapesOf = "\a\b\f\n\r\t\v\\\"'"
const escapeNames = `abfnrtv\"'`

// escape writes s so that unescape reads it back; special are further characters that get a backslash.
func escape(s, special string, mode ToStringMode) string {
	if !needsEscape(s, special, mode) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		switch j := strings.IndexByte(escapesOf, c); {
		case j >= 0 && !(mode == Compat && (c == '\a' || c == '\v')):
			b.WriteByte('\\')
			b.WriteByte(escapeNames[j])
		case strings.IndexByte(special, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= 32 && c < 127:
			b.WriteByte(c)
		case mode == Compat:
			fmt.Fprintf(&b, `\%03o`, c)
		case c < 128:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case mode == Unicode || r == utf8.RuneError && n == 1:
				b.WriteString(s[i : i+n])
			case r > 0xffff:
				fmt.Fprintf(&b, `\U%08x`, r)
			default:
				fmt.Fprintf(&b, `\u%04x`, r)
			}
			i += n
			continue
		}
		i++
	}
	return b.String()
}

func needsEscape(s, special string, mode ToStringMode) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < 32 || c == 127 || c > 127 && mode != Unicode || strings.IndexByte(escapesOf, c) >= 0 || strings.IndexByte(special, c) >= 0 {
			return true
		}
	}
	return false
}

// unescape resolves the escapes of Slice strings; before the characters in special the backslash is dropped too.
func unescape(s, special string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, controls(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			if err := controls(s[i : i+1]); err != nil {
				return "", err
			}
			b.WriteByte(s[i])
			i++
			continue
		}
		if i++; i == len(s) {
			b.WriteByte('\\') // as Ice does
			break
		}
		n, err := unescapeOne(&b, s[i:], special)
		if err != nil {
			return "", err
		}
		i += n
	}
	return b.String(), nil
}

func controls(s string) error {
	for i := 0; i < len(s); i++ {
		if s[i] < 32 || s[i] == 127 {
			return fmt.Errorf("the control character %#x must be written as an escape", s[i])
		}
	}
	return nil
}

// unescapeOne resolves the escape whose backslash is in front of s, and gives its length without the backslash.
func unescapeOne(b *strings.Builder, s, special string) (int, error) {
	c := s[0]
	if j := strings.IndexByte(escapeNames, c); j >= 0 {
		b.WriteByte(escapesOf[j])
		return 1, nil
	}
	if c == '?' || strings.IndexByte(special, c) >= 0 {
		b.WriteByte(c)
		return 1, nil
	}
	digits := func(from, most, base int) (int, int64) {
		n := from
		for n < len(s) && n < from+most && isDigit(s[n], base) {
			n++
		}
		v, _ := strconv.ParseInt(s[from:n], base, 64)
		return n, v
	}
	switch {
	case c >= '0' && c <= '7':
		n, v := digits(0, 3, 8)
		if v > 255 {
			return 0, fmt.Errorf("the octal escape \\%s is above 377", s[:n])
		}
		b.WriteByte(byte(v))
		return n, nil
	case c == 'x':
		n, v := digits(1, 2, 16)
		if n == 1 {
			return 0, fmt.Errorf(`\x without a hexadecimal digit`)
		}
		b.WriteByte(byte(v))
		return n, nil
	case c == 'u' || c == 'U':
		most := 4
		if c == 'U' {
			most = 8
		}
		n, v := digits(1, most, 16)
		if n != most+1 || v > utf8.MaxRune || v >= 0xd800 && v < 0xe000 {
			return 0, fmt.Errorf(`\%s is no character; \%c takes %d hexadecimal digits`, s[:n], c, most)
		}
		b.WriteRune(rune(v))
		return n, nil
	}
	// As Ice does, an escape that means nothing stays as it is.
	b.WriteByte('\\')
	b.WriteByte(c)
	return 1, nil
}

func isDigit(c byte, base int) bool {
	if base == 8 {
		return c >= '0' && c <= '7'
	}
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
