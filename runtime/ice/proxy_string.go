package ice

import (
	"errors"
	"fmt"
	"strings"

	"github.com/slice2go/slice2go/runtime/wire"
)

// text gives the reference as Ice prints it.
func (r *reference) text() string {
	mode := r.comm.toStringMode
	var b strings.Builder
	b.WriteString(quote(IdentityToString(r.id, mode)))
	if r.facet != "" {
		b.WriteString(" -f " + quote(escape(r.facet, "", mode)))
	}
	b.WriteString([...]string{" -t", " -o", " -O", " -d", " -D"}[r.mode])
	if r.secure {
		b.WriteString(" -s")
	}
	if r.protocol != wire.Protocol10 {
		b.WriteString(" -p " + r.protocol.String())
	}
	b.WriteString(" -e " + r.encoding.String())
	for _, e := range r.endpoints {
		b.WriteString(":" + e.String())
	}
	if len(r.endpoints) == 0 && r.adapterID != "" {
		b.WriteString(" @ " + quote(escape(r.adapterID, "", mode)))
	}
	return b.String()
}

func quote(s string) string {
	if strings.ContainsAny(s, " :@") {
		return `"` + s + `"`
	}
	return s
}

// proxyText reads a proxy's string form from front to end.
type proxyText struct {
	s   string
	pos int
}

// token reads a word or a quoted text, which ends at white space, ":" or "@".
func (t *proxyText) token() (word string, quoted bool, err error) {
	t.blanks()
	rest := t.s[t.pos:]
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		end := closingQuote(rest)
		if end < 0 {
			return "", true, errors.New("a quote is not closed")
		}
		t.pos += end + 1
		return rest[1:end], true, nil
	}
	end := strings.IndexAny(rest, blanks+":@")
	if end < 0 {
		end = len(rest)
	}
	t.pos += end
	return rest[:end], false, nil
}

func (t *proxyText) blanks() {
	t.pos += len(t.s[t.pos:]) - len(strings.TrimLeft(t.s[t.pos:], blanks))
}

// parseReference reads a proxy's string form; nil is the null proxy.
func (comm *Communicator) parseReference(s string) (*reference, error) {
	if s == "" {
		return nil, nil
	}
	fail := func(format string, args ...any) (*reference, error) {
		return nil, &ParseError{"proxy", s, fmt.Sprintf(format, args...)}
	}
	t := &proxyText{s: s}
	word, quoted, err := t.token()
	if err != nil {
		return fail("%v", err)
	}
	if word == "" {
		if quoted && strings.Trim(s[t.pos:], blanks) == "" {
			return nil, nil
		}
		return fail("it has no identity")
	}
	id, err := StringToIdentity(word)
	if err != nil {
		return nil, err
	}
	if id.Name == "" {
		return fail("the identity has a category, but no name")
	}
	ref := comm.newReference(id)
	if err := t.options(ref); err != nil {
		return fail("%v", err)
	}
	switch rest := s[t.pos:]; {
	case rest == "":
	case rest[0] == ':':
		if ref.endpoints, err = comm.parseEndpoints(rest[1:], false); err != nil {
			return nil, err
		}
	default:
		t.pos++
		if err := t.adapter(ref); err != nil {
			return fail("%v", err)
		}
	}
	return ref, nil
}

// options reads the options up to the endpoints or the adapter id.
func (t *proxyText) options(ref *reference) error {
	for {
		t.blanks()
		if t.pos == len(t.s) || t.s[t.pos] == ':' || t.s[t.pos] == '@' {
			return nil
		}
		option, quoted, err := t.token()
		if err != nil {
			return err
		}
		if quoted || len(option) != 2 || option[0] != '-' {
			return fmt.Errorf("%q is no option of a proxy", option)
		}
		// An argument follows unless the next word is an option, or the proxy goes on with endpoints or adapter.
		argument := ""
		t.blanks()
		if t.pos < len(t.s) && !strings.ContainsRune("-:@", rune(t.s[t.pos])) {
			if argument, _, err = t.token(); err != nil {
				return err
			}
		}
		if err := ref.option(option[1], argument); err != nil {
			return err
		}
	}
}

// option applies one option of the string form. As in Ice, an empty argument is none.
func (r *reference) option(option byte, argument string) error {
	flags := strings.IndexByte("toOdDs", option)
	if flags >= 0 && argument != "" {
		return fmt.Errorf("-%c takes no argument, but %q follows", option, argument)
	}
	if flags < 0 && argument == "" {
		return fmt.Errorf("-%c needs an argument, or does not exist", option)
	}
	var err error
	switch option {
	case 't', 'o', 'O', 'd', 'D':
		r.mode = byte(flags)
	case 's':
		r.secure = true
	case 'f':
		r.facet, err = unescape(argument, "")
	case 'e':
		r.encoding, err = parseVersion(argument)
	case 'p':
		r.protocol, err = parseVersion(argument)
	default:
		err = fmt.Errorf("-%c is no option of a proxy", option)
	}
	return err
}

// adapter reads the adapter id that ends an indirect proxy.
func (t *proxyText) adapter(ref *reference) error {
	t.blanks()
	rest := t.s[t.pos:]
	word, quoted := "", rest != "" && (rest[0] == '"' || rest[0] == '\'')
	var err error
	if quoted {
		if word, _, err = t.token(); err != nil {
			return err
		}
	} else {
		// Here ":" and "@" have no meaning any more.
		end := strings.IndexAny(rest, blanks)
		if end < 0 {
			end = len(rest)
		}
		word = rest[:end]
		t.pos += end
	}
	if word == "" {
		return errors.New("no adapter id follows the @")
	}
	if rest := strings.Trim(t.s[t.pos:], blanks); rest != "" {
		return fmt.Errorf("%q follows the adapter id", rest)
	}
	if ref.adapterID, err = unescape(word, ""); err != nil {
		return err
	}
	return nil
}

// parseEndpoints reads endpoints with ":" between them.
func (comm *Communicator) parseEndpoints(s string, server bool) ([]*endpoint, error) {
	var endpoints []*endpoint
	var unknown error
	for {
		end := endpointEnd(s)
		text := strings.Trim(s[:end], blanks)
		e, err := parseEndpoint(text, comm.endpointDefaults, server)
		switch {
		case err == nil:
			endpoints = append(endpoints, e)
		case errors.Is(err, errUnknownTransport):
			// Other endpoints may do.
			unknown = err
			comm.log.Warn("ice: endpoint ignored", "because", err)
		default:
			return nil, err
		}
		if end == len(s) {
			if len(endpoints) == 0 {
				return nil, unknown
			}
			return endpoints, nil
		}
		s = s[end+1:]
	}
}

// endpointEnd finds the ":" that ends the first endpoint in s. Between double quotes it does not count; as in Ice, a backslash does not
// escape a quote here.
func endpointEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ':':
			return i
		case '"':
			if length := strings.IndexByte(s[i+1:], '"'); length >= 0 {
				i += length + 1
			}
		}
	}
	return len(s)
}
