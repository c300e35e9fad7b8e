package gateway

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// authority issues certificates for tests; with no authority a certificate
// signs itself, as OMERO's do.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

var serial int64

func (a *authority) issue(t *testing.T, key *ecdsa.PrivateKey, name string, hosts ...string) tls.Certificate {
	t.Helper()
	serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: a == nil, BasicConstraintsValid: true,
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func newAuthority(t *testing.T) *authority {
	key := newKey(t)
	return &authority{(*authority)(nil).issue(t, key, "authority").Leaf, key}
}

// handshake connects to a server with this certificate and returns what the
// client thinks of it.
func handshake(t *testing.T, policy TLSPolicy, host string, cert tls.Certificate, log *bytes.Buffer) error {
	t.Helper()
	c := Config{TLS: policy, Logger: slog.New(slog.NewTextHandler(log, nil))}
	e := endpoint{transport: "ssl", host: host, port: 4064}
	var refused error
	conf, err := c.tlsConfig(e, func(err error) { refused = err })
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if conn, err := listener.Accept(); err == nil {
			_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}).HandshakeContext(t.Context())
			_ = conn.Close()
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	err = tls.Client(conn, conf).HandshakeContext(t.Context())
	_ = conn.Close()
	_ = listener.Close()
	<-done
	if err != nil {
		assert.Equal(t, refused, err)
	}
	return err
}

func TestPolicies(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	key := newKey(t)
	selfSigned := (*authority)(nil).issue(t, key, "localhost") // no alternative names, like OMERO's
	selfPool := x509.NewCertPool()
	selfPool.AddCert(selfSigned.Leaf)
	good := ca.issue(t, key, "omero.example.org", "omero.example.org")

	tests := []struct {
		name   string
		policy TLSPolicy
		host   string
		cert   tls.Certificate
		want   string // part of the error; empty for trust
	}{
		{"system does not know a test's authority", VerifySystem(), "omero.example.org", good, "certificate signed by unknown authority"},
		{"own authority", VerifyCAs(pool, ""), "omero.example.org", good, ""},
		{"own authority, other host", VerifyCAs(pool, ""), "evil.example.org", good, "valid for omero.example.org, not evil.example.org"},
		{"own authority, other authority", VerifyCAs(pool, ""), "omero.example.org", other.issue(t, key, "x", "omero.example.org"), "unknown authority"},
		{"own authority, name given", VerifyCAs(pool, "omero.example.org"), "10.0.0.1", good, ""},
		{"OMERO's own certificate has a common name only", VerifyCAs(selfPool, "localhost"), "10.0.0.1", selfSigned, ""},
		{"common name that differs", VerifyCAs(selfPool, "omero"), "10.0.0.1", selfSigned, "omero"},
		{"pin", PinPublicKey(PublicKey(selfSigned.Leaf)), "h", selfSigned, ""},
		{"pin survives a new certificate", PinPublicKey(PublicKey(selfSigned.Leaf)), "h", (*authority)(nil).issue(t, key, "localhost"), ""},
		{"one of two pins", PinPublicKey(PublicKey(ca.cert), PublicKey(selfSigned.Leaf)), "h", selfSigned, ""},
		{"another key", PinPublicKey(PublicKey(ca.cert)), "h", selfSigned, "none of those that are pinned"},
		{"skipping", InsecureSkipVerify(), "h", selfSigned, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := handshake(t, test.policy, test.host, test.cert, &bytes.Buffer{})
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			var ce *CertificateError
			require.ErrorAs(t, err, &ce)
			assert.ErrorContains(t, err, test.want)
			assert.ErrorContains(t, err, PublicKey(test.cert.Leaf))
			assert.Equal(t, net.JoinHostPort(test.host, "4064"), ce.Address)
		})
	}
}

func TestTrustOnFirstUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "known")
	policy := TrustOnFirstUse(path)
	key := newKey(t)
	first := (*authority)(nil).issue(t, key, "localhost")
	var log bytes.Buffer

	require.NoError(t, handshake(t, policy, "a", first, &log))
	assert.Contains(t, log.String(), "a:4064")
	log.Reset()
	require.NoError(t, handshake(t, policy, "a", (*authority)(nil).issue(t, key, "localhost"), &log), "a new certificate, the same key")
	require.NoError(t, handshake(t, TrustOnFirstUse(path), "b", first, &log), "another server, another program")
	assert.NotContains(t, log.String(), "a:4064")

	err := handshake(t, policy, "b", (*authority)(nil).issue(t, newKey(t), "localhost"), &log)
	require.ErrorContains(t, err, "not the one that it had before")
	assert.ErrorContains(t, err, "remove line 2 of "+path)

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(data), "\n"))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestTrustOnFirstUseWithoutAFile(t *testing.T) {
	cert := (*authority)(nil).issue(t, newKey(t), "localhost")
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "f"), nil, 0o600))
	err := handshake(t, TrustOnFirstUse(filepath.Join(dir, "f", "known")), "a", cert, &bytes.Buffer{})
	require.ErrorContains(t, err, "cannot read the keys", "a server that cannot be remembered is not trusted")
	require.ErrorContains(t, handshake(t, TrustOnFirstUse(dir), "a", cert, &bytes.Buffer{}), "cannot read the keys")

	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("HOME", dir)
	require.NoError(t, handshake(t, TrustOnFirstUse(""), "a", cert, &bytes.Buffer{}))
	_, err = Config{TLS: TrustOnFirstUse(filepath.Join(dir, "unused"))}.tlsConfig(endpoint{transport: "tcp", host: "h", port: 1}, nil)
	require.NoError(t, err)
	assert.NoFileExists(t, filepath.Join(dir, "unused"), "there is nobody to trust without TLS")
	path, err := defaultKnownHosts()
	require.NoError(t, err)
	assert.FileExists(t, path)
}

func TestPoliciesThatCannotWork(t *testing.T) {
	for _, test := range []struct {
		policy TLSPolicy
		want   string
	}{
		{PinPublicKey(), "at least one key"},
		{PinPublicKey("abc"), "no key of the form"},
		{PinPublicKey("sha256/AAAA"), "no key of the form"},
		{VerifyCAs(nil, ""), "needs a pool"},
	} {
		_, err := Config{TLS: test.policy}.tlsConfig(endpoint{transport: "ssl"}, nil)
		assert.ErrorContains(t, err, test.want)
	}
}

func TestLegacyTLS(t *testing.T) {
	modern, err := Config{TLS: VerifySystem()}.tlsConfig(endpoint{host: "h"}, nil)
	require.NoError(t, err)
	assert.Equal(t, uint16(tls.VersionTLS12), modern.MinVersion)
	assert.Nil(t, modern.CipherSuites)
	assert.Equal(t, "h", modern.ServerName)

	legacy, err := Config{TLS: VerifySystem(), LegacyTLS: true}.tlsConfig(endpoint{host: "::1"}, nil)
	require.NoError(t, err)
	assert.Equal(t, uint16(tls.VersionTLS10), legacy.MinVersion)
	assert.Contains(t, legacy.CipherSuites, tls.TLS_RSA_WITH_AES_128_CBC_SHA)
	assert.NotContains(t, legacy.CipherSuites, tls.TLS_RSA_WITH_RC4_128_SHA)
	assert.Empty(t, legacy.ServerName, "an address is no server name")
}

// A file that is not what it should be trusts nobody, and says so at once.
func TestTrustOnFirstUseRefusesFiles(t *testing.T) {
	cert := (*authority)(nil).issue(t, newKey(t), "localhost")
	key := PublicKey(cert.Leaf)
	for _, test := range []struct{ name, content, want string }{
		{"a line without a key", "# known\na:4064\n", "line 2 of"},
		{"a key cut short", "a:4064 sha256/AAAA\n", "line 1 of"},
		{"a line cut short", "b:4064 " + key + "\na:4064 " + key[:len(key)-1], "line 2 of"},
		{"an end cut short", "a:4064 " + key, "line 1 of"},
		{"another server's line without a key", "b:4064\n", "line 1 of"},
		{"something else", "\x00\x01\n", "line 1 of"},
		{"too long", strings.Repeat("# x\n", maxKnownHosts/4+1), "is longer than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "known")
			require.NoError(t, os.WriteFile(path, []byte(test.content), 0o600))
			err := handshake(t, TrustOnFirstUse(path), "a", cert, &bytes.Buffer{})
			require.ErrorContains(t, err, test.want)
			assert.ErrorContains(t, err, path)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, test.content, string(data))
		})
	}
	for _, path := range []string{"/dev/full", "/dev/zero", t.TempDir()} {
		err := handshake(t, TrustOnFirstUse(path), "a", cert, &bytes.Buffer{})
		require.ErrorContains(t, err, "is not a regular file")
	}
	path := filepath.Join(t.TempDir(), "known")
	require.NoError(t, os.WriteFile(path, []byte("# servers\n\nb:4064 "+key+" first seen 2026-01-01\n"), 0o600))
	require.NoError(t, handshake(t, TrustOnFirstUse(path), "a", cert, &bytes.Buffer{}), "comments and blank lines are fine")
}

// That a key cannot be kept is told before anything goes over the network.
func TestTrustOnFirstUseUnwritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "known")
	require.NoError(t, os.Symlink(filepath.Join(t.TempDir(), "missing", "known"), path)) // which root cannot write either
	_, err := Config{TLS: TrustOnFirstUse(path)}.tlsConfig(endpoint{transport: "ssl", host: "a", port: 4064}, nil)
	require.ErrorContains(t, err, "cannot keep the key of the server")
	assert.ErrorContains(t, err, "TrustOnFirstUse")
}
