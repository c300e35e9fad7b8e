package ice

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
)

// tlsSettings is what the IceSSL properties, or WithTLS, come to.
type tlsSettings struct {
	client, server *tls.Config
	// adapters has the filters of adapters that have one of their own.
	adapters map[string]trustFilter
	rules    tlsRules
}

// tlsRules are the checks of IceSSL that crypto/tls does not have.
type tlsRules struct {
	verifyPeer int // IceSSL.VerifyPeer
	depthMax   int // IceSSL.VerifyDepthMax; 0 is any
	checkName  bool
	authority  *x509.CertPool // nil: the system's
}

// newTLS reads the IceSSL properties. A configuration that the application gives
// takes the place of all of them.
//
// Two defaults are stricter or kinder than Ice's: a server's name is checked
// unless IceSSL.CheckCertName is 0, and without IceSSL.CAs the authorities that
// the system trusts count, where Ice would trust none.
func newTLS(p *Properties, given *tls.Config) (*tlsSettings, error) {
	if given != nil {
		return &tlsSettings{client: given, server: given}, nil
	}
	for _, name := range []string{"IceSSL.RevocationCheck", "IceSSL.CheckCRL"} {
		if p.Int(name, 0) > 0 {
			return nil, fmt.Errorf("ice: %s: revocation is not checked by this runtime; give a tls.Config of your own that does (WithTLS)", name)
		}
	}
	files := tlsFiles{dir: p.Get("IceSSL.DefaultDir"), password: p.Get("IceSSL.Password")}
	base := &tls.Config{}
	var err error
	if base.Certificates, err = files.certificates(p.Get("IceSSL.CertFile"), p.Get("IceSSL.KeyFile")); err != nil {
		return nil, err
	}
	if base.MinVersion, base.MaxVersion, err = tlsVersions(p); err != nil {
		return nil, err
	}
	if base.CipherSuites, err = cipherSuites(p.Get("IceSSL.Ciphers")); err != nil {
		return nil, err
	}
	rules := tlsRules{verifyPeer: p.Int("IceSSL.VerifyPeer", 2), depthMax: p.Int("IceSSL.VerifyDepthMax", 3), checkName: p.Bool("IceSSL.CheckCertName", true)}
	if rules.verifyPeer < 0 || rules.verifyPeer > 2 {
		return nil, fmt.Errorf("ice: IceSSL.VerifyPeer is %d; it must be 0 (no check), 1 (check what is shown) or 2 (a certificate is needed)", rules.verifyPeer)
	}
	if rules.authority, err = files.authorities(cmp.Or(p.Get("IceSSL.CAs"), p.Get("IceSSL.CertAuthFile"), p.Get("IceSSL.CertAuthDir"))); err != nil {
		return nil, err
	}
	if rules.authority == nil && !p.Bool("IceSSL.UsePlatformCAs", true) {
		rules.authority = x509.NewCertPool() // none is trusted
	}
	s := &tlsSettings{rules: rules, adapters: map[string]trustFilter{}}
	var client, server trustFilter
	for name, value := range p.ForPrefix("IceSSL.TrustOnly") {
		filter, err := parseTrust(value)
		if err != nil {
			return nil, fmt.Errorf("ice: %s: %w", name, err)
		}
		switch name {
		case "IceSSL.TrustOnly":
			client, server = client.with(filter), server.with(filter)
		case "IceSSL.TrustOnly.Client":
			client = client.with(filter)
		case "IceSSL.TrustOnly.Server":
			server = server.with(filter)
		default:
			s.adapters[strings.TrimPrefix(name, "IceSSL.TrustOnly.Server.")] = filter
		}
	}
	for name, filter := range s.adapters {
		s.adapters[name] = server.with(filter)
	}
	s.client = rules.clientConfig(base, client)
	s.server = rules.serverConfig(base, server)
	return s, nil
}

// forAdapter is the server's configuration for the adapter of a name.
func (s *tlsSettings) forAdapter(name string) *tls.Config {
	if filter, ok := s.adapters[name]; ok {
		return s.rules.serverConfig(s.server, filter)
	}
	return s.server
}

func (r tlsRules) clientConfig(base *tls.Config, trust trustFilter) *tls.Config {
	c := base.Clone()
	c.RootCAs = r.authority
	// crypto/tls cannot leave out the name alone.
	c.InsecureSkipVerify = r.verifyPeer == 0 || !r.checkName
	c.VerifyConnection = func(state tls.ConnectionState) error {
		if r.verifyPeer == 0 {
			return trust.check(state.PeerCertificates)
		}
		chains := state.VerifiedChains
		if !r.checkName {
			var err error
			if chains, err = r.chains(state.PeerCertificates); err != nil {
				return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
			}
		}
		return r.judge(state.PeerCertificates, chains, trust)
	}
	return c
}

func (r tlsRules) serverConfig(base *tls.Config, trust trustFilter) *tls.Config {
	c := base.Clone()
	c.ClientCAs = r.authority
	c.ClientAuth = []tls.ClientAuthType{tls.NoClientCert, tls.VerifyClientCertIfGiven, tls.RequireAndVerifyClientCert}[r.verifyPeer]
	c.VerifyConnection = func(state tls.ConnectionState) error {
		return r.judge(state.PeerCertificates, state.VerifiedChains, trust)
	}
	return c
}

// chains verifies a server's certificate without its name.
func (r tlsRules) chains(shown []*x509.Certificate) ([][]*x509.Certificate, error) {
	options := x509.VerifyOptions{Roots: r.authority, Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, c := range shown[1:] {
		options.Intermediates.AddCert(c)
	}
	return shown[0].Verify(options)
}

// judge applies what IceSSL asks of a verified certificate beyond crypto/tls.
func (r tlsRules) judge(shown []*x509.Certificate, chains [][]*x509.Certificate, trust trustFilter) error {
	short := func(chain []*x509.Certificate) bool { return len(chain) <= r.depthMax }
	if r.depthMax > 0 && len(chains) > 0 && !slices.ContainsFunc(chains, short) {
		return fmt.Errorf("the peer's certificate chain is %d long, and IceSSL.VerifyDepthMax is %d", len(chains[0]), r.depthMax)
	}
	return trust.check(shown)
}

// tlsVersions reads IceSSL.Protocols, ProtocolVersionMin and ProtocolVersionMax.
// 0 stands for crypto/tls's default.
func tlsVersions(p *Properties) (low, high uint16, err error) {
	set := p.List("IceSSL.Protocols")
	var versions []uint16
	for _, name := range set {
		v, err := tlsVersion(name)
		if err != nil {
			return 0, 0, fmt.Errorf("ice: IceSSL.Protocols: %w", err)
		}
		if v != 0 {
			versions = append(versions, v)
		}
	}
	if len(set) > 0 {
		if len(versions) == 0 {
			return 0, 0, errors.New("ice: IceSSL.Protocols allows nothing but SSL 3, which is broken and which Go does not have")
		}
		slices.Sort(versions)
		versions = slices.Compact(versions)
		low, high = versions[0], versions[len(versions)-1]
		if int(high-low) != len(versions)-1 {
			return 0, 0, errors.New("ice: IceSSL.Protocols leaves out a version between others, which Go cannot do; name a range without gaps")
		}
	}
	for _, bound := range []struct {
		name string
		to   *uint16
	}{{"IceSSL.ProtocolVersionMin", &low}, {"IceSSL.ProtocolVersionMax", &high}} {
		if v := p.Get(bound.name); v != "" {
			if *bound.to, err = tlsVersion(v); err != nil {
				return 0, 0, fmt.Errorf("ice: %s: %w", bound.name, err)
			}
		}
	}
	if high != 0 && low > high {
		return 0, 0, fmt.Errorf("ice: IceSSL allows no version: from %s to %s", tls.VersionName(low), tls.VersionName(high))
	}
	if high != 0 && low == 0 && high < tls.VersionTLS12 {
		low = tls.VersionTLS10
	}
	return low, high, nil
}

// tlsVersion reads TLS1_2 and the other spellings that IceSSL takes. SSL 3 is 0.
func tlsVersion(name string) (uint16, error) {
	plain := strings.NewReplacer("_", "", ".", "", "V", "").Replace(strings.ToUpper(strings.TrimSpace(name)))
	switch plain {
	case "SSL3":
		return 0, nil
	case "TLS1", "TLS10":
		return tls.VersionTLS10, nil
	case "TLS11":
		return tls.VersionTLS11, nil
	case "TLS12":
		return tls.VersionTLS12, nil
	case "TLS13":
		return tls.VersionTLS13, nil
	}
	return 0, fmt.Errorf("%q is no protocol; it must be TLS1_0, TLS1_1, TLS1_2 or TLS1_3", name)
}

// newDialer reads the properties that concern outgoing connections.
func newDialer(p *Properties, config *tls.Config, dial func(ctx context.Context, network, address string) (net.Conn, error)) (*transport.Dialer, error) {
	d := &transport.Dialer{
		TLS:           config,
		IPv4:          p.Bool("Ice.IPv4", true),
		IPv6:          p.Bool("Ice.IPv6", true),
		PreferIPv6:    p.Bool("Ice.PreferIPv6Address", false),
		SourceAddress: p.Get("Ice.Default.SourceAddress"),
		RcvSize:       p.Int("Ice.TCP.RcvSize", 0),
		SndSize:       p.Int("Ice.TCP.SndSize", 0),
		DialContext:   dial,
	}
	if !d.IPv4 && !d.IPv6 {
		return nil, errors.New("ice: Ice.IPv4 and Ice.IPv6 are both 0; one of them has to be 1")
	}
	var err error
	if d.HTTPProxy, err = proxyAddress(p, "Ice.HTTPProxy"); err != nil {
		return nil, err
	}
	if d.SOCKSProxy, err = proxyAddress(p, "Ice.SOCKSProxy"); err != nil {
		return nil, err
	}
	if d.HTTPProxy != "" && d.SOCKSProxy != "" {
		return nil, errors.New("ice: Ice.HTTPProxyHost and Ice.SOCKSProxyHost are both set; connections can go through one proxy only")
	}
	if d.SOCKSProxy != "" && !d.IPv4 {
		return nil, errors.New("ice: Ice.SOCKSProxyHost needs Ice.IPv4, because SOCKS4 proxies know IPv4 addresses only")
	}
	return d, nil
}

func proxyAddress(p *Properties, prefix string) (string, error) {
	host := p.Get(prefix + "Host")
	if host == "" {
		return "", nil
	}
	port := p.Int(prefix+"Port", 1080)
	if port < 1 || port > 65535 {
		return "", fmt.Errorf("ice: %sPort is %d, which is no port", prefix, port)
	}
	return net.JoinHostPort(host, fmt.Sprint(port)), nil
}

// newListenConfig reads the properties that concern an adapter's listeners.
func newListenConfig(p *Properties, settings *tlsSettings, adapter string) *transport.ListenConfig {
	return &transport.ListenConfig{
		TLS:     settings.forAdapter(adapter),
		IPv4:    p.Bool("Ice.IPv4", true),
		IPv6:    p.Bool("Ice.IPv6", true),
		RcvSize: p.Int("Ice.TCP.RcvSize", 0),
		SndSize: p.Int("Ice.TCP.SndSize", 0),
	}
}
