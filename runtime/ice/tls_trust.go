package ice

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// trustFilter is an IceSSL.TrustOnly property: distinguished names of which the
// peer must match one, and others of which it must match none.
type trustFilter struct {
	accept, reject []distinguishedName
}

// distinguishedName is a list of attributes, each as KEY=value with the key in
// upper case.
type distinguishedName []string

func (f trustFilter) with(g trustFilter) trustFilter {
	return trustFilter{accept: slices.Concat(f.accept, g.accept), reject: slices.Concat(f.reject, g.reject)}
}

// check judges the certificates that the peer showed, its own first.
func (f trustFilter) check(shown []*x509.Certificate) error {
	if len(f.accept) == 0 && len(f.reject) == 0 {
		return nil
	}
	if len(shown) == 0 {
		return errors.New("the peer shows no certificate, which IceSSL.TrustOnly asks for")
	}
	subject := subjectOf(shown[0])
	matches := func(n distinguishedName) bool {
		return !slices.ContainsFunc(n, func(attribute string) bool { return !slices.Contains(subject, attribute) })
	}
	if slices.ContainsFunc(f.reject, matches) || len(f.accept) > 0 && !slices.ContainsFunc(f.accept, matches) {
		return fmt.Errorf("the peer's certificate, for %q, is not one that IceSSL.TrustOnly accepts", shown[0].Subject)
	}
	return nil
}

// attributeNames are the attribute types that certificates commonly have, by
// the names that IceSSL's and OpenSSL's users write.
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET",
	"2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "T", "2.5.4.42": "GN", "0.9.2342.19200300.100.1.25": "DC",
	"0.9.2342.19200300.100.1.1": "UID", "1.2.840.113549.1.9.1": "EMAILADDRESS",
}

func subjectOf(c *x509.Certificate) distinguishedName {
	var n distinguishedName
	for _, a := range c.Subject.Names {
		key := a.Type.String()
		if name, ok := attributeNames[key]; ok {
			key = name
		}
		n = append(n, key+"="+fmt.Sprint(a.Value))
	}
	return n
}

// parseTrust reads distinguished names in the notation of RFC 2253, separated by
// semicolons, with an exclamation mark before those to reject.
func parseTrust(s string) (trustFilter, error) {
	var f trustFilter
	for _, entry := range splitUnquoted(s, ";") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		rest, reject := strings.CutPrefix(entry, "!")
		name, err := parseName(rest)
		if err != nil {
			return f, err
		}
		if reject {
			f.reject = append(f.reject, name)
		} else {
			f.accept = append(f.accept, name)
		}
	}
	return f, nil
}

func parseName(s string) (distinguishedName, error) {
	var n distinguishedName
	for _, pair := range splitUnquoted(s, ",+") {
		key, value, ok := strings.Cut(pair, "=")
		key = strings.ToUpper(strings.TrimSpace(key))
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is no distinguished name; it must be of the form CN=name,O=\"organisation\"", s)
		}
		switch key {
		case "E", "EMAIL":
			key = "EMAILADDRESS"
		case "S":
			key = "ST"
		}
		value, err := unquoteAttribute(strings.TrimSpace(value))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", s, err)
		}
		n = append(n, key+"="+value)
	}
	return n, nil
}

// splitUnquoted splits at any byte of separators that is not quoted or escaped.
func splitUnquoted(s, separators string) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(separators, c) >= 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// unquoteAttribute resolves quotes, backslash escapes and escaped hexadecimal
// bytes.
func unquoteAttribute(s string) (string, error) {
	if strings.HasPrefix(s, `"`) {
		if len(s) < 2 || !strings.HasSuffix(s, `"`) {
			return "", errors.New("a quote is opened and never closed")
		}
		s = s[1 : len(s)-1]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return "", errors.New("it ends in a backslash")
		}
		if high, low := hexDigit(s[i]), -1; high >= 0 && i+1 < len(s) {
			if low = hexDigit(s[i+1]); low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i++
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), nil
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
