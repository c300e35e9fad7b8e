package ice

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Load reads a property file and sets what it says, over what is set already.
// A setting of Ice.Config in the file does not count.
//
// The file is UTF-8, with or without a byte order mark, and has one setting
// name=value on a line; a # starts a comment. White space around names and
// values does not count, except where a backslash stands before it in a value.
// A backslash also takes the meaning from #, from = in a name, and from another
// backslash; before anything else it is an ordinary character. (Ice manual,
// "Configuration File Syntax".)
func (p *Properties) Load(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("ice: cannot read properties: %w", err)
	}
	p.parse(path, data)
	return nil
}

func (p *Properties) parse(path string, data []byte) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		name, value, ok := parsePropertyLine(line)
		switch {
		case !ok:
			p.logger().Warn("a line of a property file that is not name=value is ignored",
				"file", path, "line", number) // it may be a password
		case name != "" && name != "Ice.Config":
			p.Set(name, value)
		}
	}
}

const propertySpace = " \t\r\n"

// parsePropertyLine takes a line apart. A line with nothing but white space and
// comment gives an empty name; a line that is no setting gives !ok.
func parsePropertyLine(line string) (name, value string, ok bool) {
	name, rest, found := scanProperty(line, '=')
	name = strings.Trim(name, propertySpace)
	if !found {
		return "", "", name == ""
	}
	if name == "" {
		return "", "", false
	}
	value, _, _ = scanProperty(rest, 0)
	return name, value, true
}

// scanProperty reads up to the unescaped character end, or to a comment or the
// end of s, and returns the text with escapes resolved. White space inside the
// text stays as it is; at the ends only the escaped part of it counts, as in Ice.
func scanProperty(s string, end byte) (text, rest string, found bool) {
	var b strings.Builder
	var space, escaped []byte // white space since the last other character, and the escaped part of it
	put := func(c byte) {
		b.Write(space)
		b.WriteByte(c)
		space, escaped = space[:0], escaped[:0]
	}
	i := 0
scan:
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '#':
			break scan
		case c == end && end != 0:
			found, rest = true, s[i+1:]
			break scan
		case c == '\\' && i+1 < len(s) && s[i+1] == ' ':
			i++
			space, escaped = append(space, ' '), append(escaped, ' ')
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`\#=`, s[i+1]) >= 0:
			i++
			put(s[i])
		case strings.IndexByte(propertySpace, c) < 0:
			put(c)
		case b.Len() > 0:
			space = append(space, c)
		}
	}
	b.Write(escaped)
	return b.String(), rest, found
}

var errOpenQuote = errors.New("a quote is opened and never closed")

// splitList splits a list property; see Properties.List.
func splitList(s string) ([]string, error) {
	var (
		list    []string
		element strings.Builder
		quote   byte
	)
	flush := func() {
		if element.Len() > 0 {
			list = append(list, element.String())
			element.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s) && isQuote(s[i+1]) && (quote == 0 || quote == s[i+1]):
			i++
			element.WriteByte(s[i])
		case quote == 0 && isQuote(c):
			quote = c
		case quote == c && quote != 0:
			quote = 0
		case quote == 0 && strings.IndexByte(", \t\r\n", c) >= 0:
			flush()
		default:
			element.WriteByte(c)
		}
	}
	flush()
	if quote != 0 {
		return list, errOpenQuote
	}
	return list, nil
}

func isQuote(c byte) bool { return c == '\'' || c == '"' }
