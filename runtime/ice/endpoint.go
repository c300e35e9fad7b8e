package ice

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

// The numbers of the transports on the wire.
const (
	typeTCP int16 = 1
	typeSSL int16 = 2
	typeUDP int16 = 3
	typeWS  int16 = 4
	typeWSS int16 = 5
)

var endpointTypes = map[string]int16{transport.TCP: typeTCP, transport.SSL: typeSSL, "udp": typeUDP, transport.WS: typeWS, transport.WSS: typeWSS}

func protocolOf(t int16) string {
	for name, number := range endpointTypes {
		if number == t {
			return name
		}
	}
	return "opaque"
}

// endpoint is one address of a server as a proxy holds it. It does not change.
type endpoint struct {
	typ      int16
	host     string
	port     int
	timeout  int // milliseconds, -1 for none
	compress bool
	source   string // --sourceAddress; not sent
	resource string // of ws and wss

	// Of udp alone.
	mcastInterface string
	mcastTTL       int
	connect        bool

	// Of transports that are not known here.
	encoding wire.Version
	data     string
}

func (e *endpoint) opaque() bool   { return protocolOf(e.typ) == "opaque" }
func (e *endpoint) secure() bool   { return e.typ == typeSSL || e.typ == typeWSS }
func (e *endpoint) datagram() bool { return e.typ == typeUDP }

// target is what the transport needs to know.
func (e *endpoint) target() transport.Target {
	t := transport.Target{Protocol: protocolOf(e.typ), Host: e.host, Port: e.port, Resource: e.resource, SourceAddress: e.source}
	if e.timeout > 0 {
		t.Timeout = time.Duration(e.timeout) * time.Millisecond
	}
	return t
}

// String gives the endpoint as Ice prints it.
func (e *endpoint) String() string {
	if e.opaque() {
		return fmt.Sprintf("opaque -t %d -e %s -v %s", e.typ, e.encoding, base64.StdEncoding.EncodeToString([]byte(e.data)))
	}
	var b strings.Builder
	b.WriteString(protocolOf(e.typ))
	quoted := func(option, value string) {
		if strings.Contains(value, ":") {
			value = `"` + value + `"`
		}
		b.WriteString(option + value)
	}
	if e.host != "" {
		quoted(" -h ", e.host)
	}
	b.WriteString(" -p " + strconv.Itoa(e.port))
	if e.source != "" {
		quoted(" --sourceAddress ", e.source)
	}
	if e.datagram() {
		if e.mcastInterface != "" {
			quoted(" --interface ", e.mcastInterface)
		}
		if e.mcastTTL != -1 {
			b.WriteString(" --ttl " + strconv.Itoa(e.mcastTTL))
		}
		if e.connect {
			b.WriteString(" -c")
		}
	} else if e.timeout == -1 {
		b.WriteString(" -t infinite")
	} else {
		b.WriteString(" -t " + strconv.Itoa(e.timeout))
	}
	if e.compress {
		b.WriteString(" -z")
	}
	if e.resource != "" {
		quoted(" -r ", e.resource)
	}
	return b.String()
}

// wire gives the endpoint as it is in a proxy on the wire.
func (e *endpoint) wire() wire.Endpoint {
	if e.opaque() {
		return wire.Endpoint{Type: e.typ, Encoding: e.encoding, Data: []byte(e.data)}
	}
	w := wire.NewEncoder(nil, wire.Encoding10)
	w.String(e.host)
	w.Int(int32(e.port))
	if e.datagram() {
		v := wire.Protocol10 // in encoding 1.0 datagrams have versions of protocol and encoding
		v.IceWrite(w)
		v.IceWrite(w)
	} else {
		w.Int(int32(e.timeout))
	}
	w.Bool(e.compress)
	if e.typ == typeWS || e.typ == typeWSS {
		w.String(e.resource)
	}
	return wire.Endpoint{Type: e.typ, Encoding: wire.Encoding10, Data: w.Data()}
}

// endpointFromWire reads an endpoint of a proxy. What is not understood is kept as it is.
func endpointFromWire(w *wire.Endpoint) (*endpoint, error) {
	raw := &endpoint{typ: w.Type, encoding: w.Encoding, data: string(w.Data)}
	if raw.opaque() {
		return raw, nil
	}
	d := wire.NewDecoder(w.Data, w.Encoding)
	e := &endpoint{typ: w.Type, timeout: -1, mcastTTL: -1, host: d.String(), port: int(d.Int())}
	switch {
	case !e.datagram():
		e.timeout = int(d.Int())
	case w.Encoding == wire.Encoding10:
		d.Skip(4) // versions of protocol and encoding
	}
	e.compress = d.Bool()
	if e.typ == typeWS || e.typ == typeWSS {
		e.resource = d.String()
	}
	if err := d.Err(); err != nil {
		return nil, fmt.Errorf("ice: %s endpoint of a proxy: %w", protocolOf(w.Type), err)
	}
	if d.Remaining() > 0 || e.port < 0 || e.port > 65535 {
		return nil, &MarshalError{Offset: -1, Reason: fmt.Sprintf("cannot read: a %s endpoint of a proxy with port %d and %d bytes too many", protocolOf(w.Type), e.port, d.Remaining())}
	}
	return e, nil
}

// endpointDefaults is what an endpoint has that does not say otherwise.
type endpointDefaults struct {
	protocol, host, source string
	timeout                int
}

// parseEndpoint reads an endpoint such as "ssl -h host -p 4064 -t 5000". server allows what only an adapter's endpoints may have.
func parseEndpoint(s string, defaults endpointDefaults, server bool) (*endpoint, error) {
	fail := func(format string, args ...any) (*endpoint, error) {
		return nil, &ParseError{"endpoint", s, fmt.Sprintf(format, args...)}
	}
	words, err := splitWords(s)
	if err != nil {
		return fail("%v", err)
	}
	if len(words) == 0 {
		return fail("it has no transport, such as tcp or ssl")
	}
	protocol := words[0]
	if protocol == "default" {
		protocol = defaults.protocol
	}
	if protocol == "opaque" {
		return parseOpaque(s, words[1:])
	}
	e := &endpoint{typ: endpointTypes[protocol], timeout: defaults.timeout, mcastTTL: -1}
	if e.typ == 0 {
		return nil, &unknownTransportError{ParseError{"endpoint", s, fmt.Sprintf("there is no transport %q here; it must be tcp, ssl, ws, wss, udp or opaque", protocol)}}
	}
	switch e.typ {
	case typeWS, typeWSS:
		e.resource = "/"
	case typeUDP:
		e.timeout = -1
	}
	for i := 1; i < len(words); i++ {
		option, value := words[i], ""
		if !strings.HasPrefix(option, "-") || len(option) < 2 {
			return fail("%q is no option", option)
		}
		if i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
			i++
			value = words[i]
		}
		if reason := e.option(option, value, server); reason != "" {
			return fail("%s", reason)
		}
	}
	if e.host == "" {
		e.host = defaults.host
	}
	if e.host == "*" {
		if !server {
			return fail("-h * is for the endpoints of an adapter, not of a proxy")
		}
		e.host = ""
	}
	if e.source == "" && !server && !e.datagram() {
		e.source = defaults.source
	}
	return e, nil
}

// option applies an option and gives what is wrong with it.
func (e *endpoint) option(option, value string, server bool) string {
	number := func(low, high int, into *int) string {
		n, err := parseNumber(value)
		if err != nil || n < low || n > high {
			return fmt.Sprintf("%s takes a number from %d to %d, not %q", option, low, high, value)
		}
		*into = n
		return ""
	}
	flag := func(into *bool) string {
		if value != "" {
			return fmt.Sprintf("%s takes no argument, but %q follows", option, value)
		}
		*into = true
		return ""
	}
	text := func(into *string) string {
		if value == "" {
			return option + " needs an argument"
		}
		*into = value
		return ""
	}
	socket := e.typ == typeWS || e.typ == typeWSS
	switch {
	case option == "-h":
		return text(&e.host)
	case option == "-p":
		return number(0, 65535, &e.port)
	case option == "-z":
		return flag(&e.compress)
	case option == "--sourceAddress":
		if server {
			return "--sourceAddress is for the endpoints of a proxy, not of an adapter"
		}
		address, err := netip.ParseAddr(value)
		if err != nil {
			return fmt.Sprintf("--sourceAddress takes an IP address, not %q", value)
		}
		e.source = address.String()
		return ""
	case option == "-t" && !e.datagram():
		if value == "infinite" {
			e.timeout = -1
			return ""
		}
		return number(1, 1<<31-1, &e.timeout)
	case option == "-r" && socket:
		return text(&e.resource)
	case option == "-c" && e.datagram():
		return flag(&e.connect)
	case option == "--interface" && e.datagram():
		return text(&e.mcastInterface)
	case option == "--ttl" && e.datagram():
		return number(0, 1<<31-1, &e.mcastTTL)
	case (option == "-v" || option == "-e") && e.datagram():
		if _, err := parseVersion(value); err != nil {
			return option + ": " + err.Error()
		}
		return "" // older releases wrote them
	}
	return fmt.Sprintf("%s endpoints have no option %s", protocolOf(e.typ), option)
}

// unknownTransportError is a ParseError that other endpoints can make good.
type unknownTransportError struct{ ParseError }

var errUnknownTransport error = &kind{text: "unknown transport"}

func (*unknownTransportError) Is(target error) bool { return target == errUnknownTransport }
func (e *unknownTransportError) Unwrap() error      { return &e.ParseError }

func parseOpaque(s string, words []string) (*endpoint, error) {
	fail := func(reason string) (*endpoint, error) { return nil, &ParseError{"endpoint", s, reason} }
	e := &endpoint{typ: -1, encoding: wire.Encoding10}
	hasData := false
	for i := 0; i < len(words); i += 2 {
		if i+1 == len(words) {
			return fail(words[i] + " needs an argument")
		}
		value := words[i+1]
		switch words[i] {
		case "-t":
			n, err := parseNumber(value)
			if err != nil || n < 0 || n > 1<<16-1 {
				return fail("-t takes the number of a transport, not " + value)
			}
			if e.typ >= 0 {
				return fail("-t is there twice")
			}
			e.typ = int16(n)
		case "-v":
			data, err := parseBase64(value)
			if err != nil {
				return fail("-v takes base64: " + err.Error())
			}
			if hasData {
				return fail("-v is there twice")
			}
			e.data, hasData = data, true
		case "-e":
			v, err := parseVersion(value)
			if err != nil {
				return fail(err.Error())
			}
			e.encoding = v
		default:
			return fail("opaque endpoints have no option " + words[i])
		}
	}
	if e.typ < 0 || !hasData {
		return fail("an opaque endpoint needs -t and -v")
	}
	return endpointFromWire(&wire.Endpoint{Type: e.typ, Encoding: e.encoding, Data: []byte(e.data)})
}

func parseVersion(s string) (wire.Version, error) {
	major, minor, ok := strings.Cut(s, ".")
	a, err1 := parseNumber(major)
	b, err2 := parseNumber(minor)
	if !ok || err1 != nil || err2 != nil || a < 1 || a > 255 || b < 0 || b > 255 {
		return wire.Version{}, fmt.Errorf("%q is not a version, such as 1.1", s)
	}
	return wire.Version{Major: byte(a), Minor: byte(b)}, nil
}

// parseNumber reads a number as Ice does: with white space before it and a plus sign, if there is one, but nothing behind it.
func parseNumber(s string) (int, error) {
	n, err := strconv.ParseInt(strings.TrimLeft(s, blanks+"\v\f"), 10, 32)
	return int(n), err
}

// parseBase64 reads base64 as Ice does: the padding may be missing, and what is missing counts as zeros.
func parseBase64(s string) (string, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(s) {
		if s[i] != '=' && strings.IndexByte(alphabet, s[i]) < 0 {
			return "", fmt.Errorf("%q is none of its characters", s[i])
		}
	}
	var b strings.Builder
	for ; s != ""; s = s[min(4, len(s)):] {
		group := (s + "AAA")[:4]
		var bits uint32
		for i := range 4 {
			v := strings.IndexByte(alphabet, group[i])
			if v < 0 {
				v = 63 // a padding character that is not at the end
			}
			bits = bits<<6 | uint32(v)
		}
		b.WriteByte(byte(bits >> 16))
		if group[2] != '=' {
			b.WriteByte(byte(bits >> 8))
		}
		if group[3] != '=' {
			b.WriteByte(byte(bits))
		}
	}
	return b.String(), nil
}

// splitWords splits at white space, except in single or double quotes, which can stand anywhere in a word. Empty words are left out.
func splitWords(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\''):
			i++
			word.WriteByte(s[i])
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && strings.IndexByte(blanks, c) >= 0:
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
		case quote == 0:
			word.WriteByte(c)
		case c == '\\' && i+1 < len(s) && s[i+1] == quote:
			i++
			word.WriteByte(quote)
		case c == quote:
			quote = 0
		default:
			word.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c is not closed", quote)
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words, nil
}

const blanks = " \t\r\n"

// closingQuote finds the quote that closes the one that s begins with, -1 if there is none.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] == s[0] && s[i-1] != '\\' {
			return i
		}
	}
	return -1
}
