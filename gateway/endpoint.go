package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
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
		if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return e, fmt.Errorf("gateway: the host %s://%s may have a port and a path only; user and password have fields of their own", scheme, u.Host)
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
	if e.host == "" || strings.ContainsAny(e.host, "\"\\ \t\r\n/") {
		return e, fmt.Errorf("gateway: the host %q is no host name", host)
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

// routerEndpoint reads the first endpoint of a router proxy, for messages and
// certificates, and keeps the proxy as it is.
func routerEndpoint(router, host string, port int) (endpoint, error) {
	var e endpoint
	if port == 0 {
		port = ports["ssl"]
	}
	e.proxy = strings.NewReplacer("@omero.host@", host, "@omero.port@", strconv.Itoa(port)).Replace(router)
	_, endpoints, ok := strings.Cut(e.proxy, ":")
	words := strings.Fields(strings.Split(endpoints, ":")[0])
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
