package gateway

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/slice2go/slice2go/runtime/wire"
)

// TLSPolicy says which servers to trust. There are VerifySystem, VerifyCAs,
// PinPublicKey, TrustOnFirstUse and InsecureSkipVerify.
type TLSPolicy interface {
	// verify accepts the certificates that the server at e showed, or says
	// why not and what can be done.
	verify(e endpoint, certs []*x509.Certificate, log *slog.Logger) error
	// usable says what is wrong with the policy itself, for a server that is
	// about to be connected to.
	usable(e endpoint) error
}

// defaultPolicy is what a transport gets without a choice.
func defaultPolicy(transport string) TLSPolicy {
	if transport == "wss" {
		return VerifySystem()
	}
	return TrustOnFirstUse("")
}

// VerifySystem trusts what the operating system's authorities vouch for, as
// browsers do. It fits servers behind a web server, wss://.
func VerifySystem() TLSPolicy { return authorities{} }

// VerifyCAs trusts what the authorities in pool vouch for. With a name other
// than "" the certificate must be for this name instead of the host that was
// asked for; the common name of its subject counts too if it has no alternative
// names, as is the case with certificates that OMERO servers make themselves.
func VerifyCAs(pool *x509.CertPool, name string) TLSPolicy { return authorities{pool, name, true} }

type authorities struct {
	pool   *x509.CertPool // nil for the system's
	name   string
	custom bool
}

func (a authorities) usable(endpoint) error {
	if a.custom && a.pool == nil {
		return errors.New("gateway: VerifyCAs needs a pool of authorities; VerifySystem uses the system's")
	}
	return nil
}

func (a authorities) verify(e endpoint, certs []*x509.Certificate, _ *slog.Logger) error {
	opts := x509.VerifyOptions{Roots: a.pool, Intermediates: x509.NewCertPool(), DNSName: e.host}
	for _, c := range certs[1:] {
		opts.Intermediates.AddCert(c)
	}
	if a.name != "" {
		opts.DNSName = a.name
		leaf := certs[0]
		if len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 && leaf.Subject.CommonName == a.name {
			opts.DNSName = ""
		}
	}
	_, err := certs[0].Verify(opts)
	if err == nil {
		return nil
	}
	return refuse(e, certs[0], err.Error(),
		"if this is your server and its key is the one above, use PinPublicKey with it, or TrustOnFirstUse", err)
}

// PinPublicKey trusts a server that has one of these public keys, whatever
// its certificate says. A key is written "sha256/" and the base64 of the
// SHA-256 of its SubjectPublicKeyInfo, as errors and known-hosts files show it.
// OMERO servers issue a new certificate at every start, but keep the key.
func PinPublicKey(keys ...string) TLSPolicy { return pinned(keys) }

type pinned []string

func (p pinned) usable(endpoint) error {
	if len(p) == 0 {
		return errors.New("gateway: PinPublicKey needs at least one key")
	}
	for _, key := range p {
		if !isPublicKey(key) {
			return fmt.Errorf(`gateway: PinPublicKey: %q is no key of the form "sha256/" and 44 characters of base64`, key)
		}
	}
	return nil
}

func (p pinned) verify(e endpoint, certs []*x509.Certificate, _ *slog.Logger) error {
	key := PublicKey(certs[0])
	for _, want := range p {
		if want == key {
			return nil
		}
	}
	return refuse(e, certs[0], "its public key is none of those that are pinned",
		"if its administrator says that the server got a new key, pin that", nil)
}

// InsecureSkipVerify trusts every server. Whoever can reach the network in
// between can then read the password and everything else.
func InsecureSkipVerify() TLSPolicy { return skip{} }

type skip struct{}

func (skip) usable(endpoint) error { return nil }

func (skip) verify(endpoint, []*x509.Certificate, *slog.Logger) error { return nil }

// isPublicKey says whether a text is what PublicKey returns.
func isPublicKey(text string) bool {
	encoded, ok := strings.CutPrefix(text, "sha256/")
	sum, err := base64.StdEncoding.DecodeString(encoded)
	return ok && err == nil && len(sum) == sha256.Size
}

// PublicKey names a certificate's public key as PinPublicKey wants it.
func PublicKey(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return "sha256/" + base64.StdEncoding.EncodeToString(sum[:])
}

// CertificateError says that a server was not trusted. Nothing was sent to it.
type CertificateError struct {
	Address string            // host:port of the server
	Key     string            // its public key, as PinPublicKey takes it
	Cert    *x509.Certificate // what it showed
	Reason  string
	Hint    string // what can be done
	cause   error
}

// Error gives the reason, the key and what can be done.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("gateway: the server %s is not trusted: %s; its key is %s; %s", e.Address, e.Reason, e.Key, e.Hint)
}

// Unwrap returns the error of package x509, if there was one.
func (e *CertificateError) Unwrap() error { return e.cause }

func refuse(e endpoint, cert *x509.Certificate, reason, hint string, cause error) error {
	return &CertificateError{Address: e.address(), Key: PublicKey(cert), Cert: cert, Reason: wire.Printable(reason), Hint: hint, cause: cause}
}

// tlsConfig makes crypto/tls ask the policy instead of verifying by itself.
// The last refusal is also left in refused, because layers in between may only
// pass on its text.
func (c Config) tlsConfig(e endpoint, refused func(error)) (*tls.Config, error) {
	if e.encrypted() {
		if err := c.TLS.usable(e); err != nil {
			return nil, err
		}
	}
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection below does it
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("gateway: the server has no certificate")
			}
			err := c.TLS.verify(e, state.PeerCertificates, c.Logger)
			refused(err)
			return err
		},
	}
	if net.ParseIP(e.host) == nil {
		conf.ServerName = e.host
	}
	if c.LegacyTLS {
		conf.MinVersion = tls.VersionTLS10
		for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			if !strings.Contains(suite.Name, "RC4") && !strings.Contains(suite.Name, "3DES") {
				conf.CipherSuites = append(conf.CipherSuites, suite.ID)
			}
		}
	}
	return conf, nil
}
