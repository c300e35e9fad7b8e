package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// ports are the default ports of the transports.
var ports = map[string]int{"ssl": 4064, "tcp": 4063, "wss": 443, "ws": 80}

// endpoint is where the router listens.
type endpoint struct {
	transport string // ssl, tcp, wss or ws
	host      string // without brackets
	port      int
	path      string // of a web socket, or ""
	proxy     string // of the router, in Ice's notation
}

// address is host:port, which errors and known-hosts files name a server by.
func (e endpoint) address() string { return net.JoinHostPort(e.host, strconv.Itoa(e.port)) }

// encrypted says whether the transport is TLS.
func (e endpoint) encrypted() bool { return e.transport == "ssl" || e.transport == "wss" }

// isBareHost says whether a Config.Host has neither a scheme nor a port.
func isBareHost(host string) bool {
	_, _, err := net.SplitHostPort(host)
	return err != nil && !strings.Contains(host, "://")
}

// parseEndpoint reads Config.Host. An Ice.Default.Router property of the kind
// that OMERO's configuration files have is used when there is no scheme in the
// host, with the host and port put in where it has placeholders.
func parseEndpoint(host string, port int, router string) (endpoint, error) {
	if router != "" && !strings.Contains(host, "://") {
		return routerEndpoint(router, host, port)
	}
	if host == "" {
		return endpoint{}, errors.New("gateway: no server: set Config.Host (or omero.host in the configuration file)")
	}
	if strings.Contains(host, "@") {
		// Nothing of it is quoted: what is before the @ may be a password.
		return endpoint{}, errors.New("gateway: the host has an @; it may have a scheme, a port and a path only: user and password have fields of their own")
	}
	e := endpoint{transport: "ssl"}
	rest := host
	if scheme, _, ok := strings.Cut(host, "://"); ok {
		if _, known := ports[scheme]; !known {
			return e, fmt.Errorf("gateway: the host %q has the scheme %q: use ssl, wss, tcp or ws", host, scheme)
		}
		u, err := url.Parse(host)
		if err != nil {
			return e, fmt.Errorf("gateway: the host is no URL: %w", err)
		}
		if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
			return e, fmt.Errorf("gateway: the host %s://%s may have a port and a path only, and no query or fragment", scheme, u.Host)
		}
		e.transport, e.path, rest = scheme, u.Path, u.Host
		if e.path == "/" {
			e.path = ""
		}
		if e.path != "" && (scheme == "ssl" || scheme == "tcp") {
			return e, fmt.Errorf("gateway: the host %q has a path, which %s has no use for: use wss or ws", host, scheme)
		}
	}
	e.host = rest
	if h, p, err := net.SplitHostPort(rest); err == nil {
		n, err := strconv.Atoi(p)
		if err != nil {
			return e, fmt.Errorf("gateway: the host %q has the port %q, which is no number", host, p)
		}
		if port != 0 && port != n {
			return e, fmt.Errorf("gateway: the host %q has another port than Config.Port, %d", host, port)
		}
		e.host, port = h, n
	}
	e.host = strings.TrimSuffix(strings.TrimPrefix(e.host, "["), "]")
	if !isHostName(e.host) {
		return e, fmt.Errorf("gateway: the host %q is not a host name or an address", host)
	}
	if port == 0 {
		port = ports[e.transport]
	}
	if port < 1 || port > 65535 {
		return e, fmt.Errorf("gateway: there is no port %d", port)
	}
	e.port = port
	e.proxy = fmt.Sprintf(`OMERO.Glacier2/router:%s -h "%s" -p %d`, e.transport, e.host, e.port)
	if e.path != "" {
		e.proxy += ` -r "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(e.path) + `"`
	}
	return e, nil
}

// isHostName says whether a text is a host name or an address and nothing
// more, so that it can be put into a proxy: a name of letters, digits, hyphens,
// underscores and dots, or an IP address.
func isHostName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return !strings.ContainsFunc(host, func(r rune) bool { return !isNameRune(r) && r != ':' && r != '%' }) // a zone can be anything
	}
	return host != "" && len(host) <= 253 && host[0] != '-' && !strings.ContainsFunc(host, func(r rune) bool { return !isNameRune(r) })
}

func isNameRune(r rune) bool {
	return r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || unicode.IsLetter(r)
}

// routerEndpoint reads the first endpoint of a router proxy, for messages and
// certificates, and keeps the proxy as it is.
func routerEndpoint(router, host string, port int) (endpoint, error) {
	var e endpoint
	if port == 0 {
		port = ports["ssl"]
	}
	if port < 1 || port > 65535 {
		return e, fmt.Errorf("gateway: there is no port %d", port)
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.Contains(host, "@") {
		return e, errors.New("gateway: the host has an @; with Ice.Default.Router it is a name or an address only")
	}
	if host != "" && !isHostName(host) {
		return e, fmt.Errorf("gateway: the host %q is not a host name or an address, as Ice.Default.Router %q needs it", host, router)
	}
	quoted := host
	if strings.Contains(host, ":") {
		quoted = `"` + host + `"` // a colon ends an endpoint
	}
	e.proxy = strings.NewReplacer(`"@omero.host@"`, `"`+host+`"`, "@omero.host@", quoted, "@omero.port@", strconv.Itoa(port)).Replace(router)
	_, endpoints, ok := cutColon(e.proxy)
	first, _, _ := cutColon(endpoints)
	words := strings.Fields(first)
	if !ok || len(words) == 0 {
		return e, fmt.Errorf("gateway: Ice.Default.Router is %q, which has no endpoint", router)
	}
	e.transport = words[0]
	for i := 1; i+1 < len(words); i++ {
		value := strings.Trim(words[i+1], `"`)
		switch words[i] {
		case "-h":
			e.host = value
		case "-p":
			e.port, _ = strconv.Atoi(value)
		case "-r":
			e.path = value
		}
	}
	if _, known := ports[e.transport]; !known || e.host == "" || e.port == 0 {
		return e, fmt.Errorf("gateway: Ice.Default.Router is %q: it needs an ssl, wss, tcp or ws endpoint with -h and -p, "+
			"and the host set where it says @omero.host@", router)
	}
	return e, nil
}

// cutColon cuts a proxy at the first colon that is not between quotes.
func cutColon(proxy string) (before, after string, found bool) {
	quoted := false
	for i, c := range proxy {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			return proxy[:i], proxy[i+1:], true
		}
	}
	return proxy, "", false
}
