package peer

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// CertPassword protects every PKCS12 file that Certs makes.
const CertPassword = "secret"

// CertFiles are certificates and keys, made by openssl for one test. Every
// field is the path of a file; PEM unless the name says P12 (PKCS12 with
// CertPassword, certificate and key together).
type CertFiles struct {
	Dir string

	CA, CAKey string // the authority that signed Server and Client

	Server, ServerKey, ServerP12 string // for 127.0.0.1, ::1 and localhost, in subjectAltName
	Client, ClientKey, ClientP12 string // for client authentication

	// Other is signed by an authority that nobody trusts.
	OtherCA, Other, OtherKey string

	// Omero is what omero-certificates makes: self-signed, RSA, the name
	// "localhost" in the subject's CN only, without subjectAltName.
	Omero, OmeroKey, OmeroP12 string
}

// Certs makes an authority and certificates in a folder that is removed with
// the test.
func Certs(t testing.TB) *CertFiles {
	t.Helper()
	Require(t, "openssl")
	c := &CertFiles{Dir: t.TempDir()}
	openssl := func(args ...string) {
		t.Helper()
		if _, err := runIn(c.Dir, time.Minute, "openssl", args...); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(c.Dir, name) }
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	authority := func(name string) {
		openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
			"-subj", "/O=slice2go tests/CN="+name, "-addext", "keyUsage=critical,keyCertSign,cRLSign",
			"-keyout", name+".key", "-out", name+".pem")
	}
	signed := func(name, ca, extensions string) {
		write(name+".ext", extensions)
		openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
			"-subj", "/O=slice2go tests/CN="+name, "-keyout", name+".key", "-out", name+".csr")
		openssl("x509", "-req", "-in", name+".csr", "-CA", ca+".pem", "-CAkey", ca+".key", "-CAcreateserial",
			"-days", "30", "-extfile", name+".ext", "-out", name+".pem")
	}
	pkcs12 := func(name string) string {
		openssl("pkcs12", "-export", "-in", name+".pem", "-inkey", name+".key", "-name", name,
			"-passout", "pass:"+CertPassword, "-out", name+".p12")
		return at(name + ".p12")
	}

	const serverExt = "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost\nextendedKeyUsage=serverAuth\n"
	authority("ca")
	signed("server", "ca", serverExt)
	signed("client", "ca", "extendedKeyUsage=clientAuth\n")
	authority("other-ca")
	signed("other", "other-ca", serverExt)
	openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-sha256",
		"-subj", "/L=OMERO/O=OMERO.server/CN=localhost", "-keyout", "omero.key", "-out", "omero.pem")

	c.CA, c.CAKey = at("ca.pem"), at("ca.key")
	c.Server, c.ServerKey, c.ServerP12 = at("server.pem"), at("server.key"), pkcs12("server")
	c.Client, c.ClientKey, c.ClientP12 = at("client.pem"), at("client.key"), pkcs12("client")
	c.OtherCA, c.Other, c.OtherKey = at("other-ca.pem"), at("other.pem"), at("other.key")
	c.Omero, c.OmeroKey, c.OmeroP12 = at("omero.pem"), at("omero.key"), pkcs12("omero")
	return c
}
