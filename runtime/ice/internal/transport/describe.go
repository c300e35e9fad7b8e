package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
)

// Describe says what bytes look like that are not what was expected, for an
// error about a wrong port or protocol. It returns "" if it has no idea.
func Describe(first []byte) string {
	starts := func(s string) bool { return bytes.HasPrefix(first, []byte(s)) }
	switch {
	case len(first) == 0:
		return ""
	case starts("IceP"):
		return "the Ice protocol without TLS; use tcp, or the server's ssl port"
	case starts("HTTP"):
		return "an HTTP response; this is a web server's port, perhaps one for ws or wss"
	case starts("GET ") || starts("POST") || starts("HEAD") || starts("PUT ") || starts("OPTI") || starts("CONN"):
		return "an HTTP request; the peer is a web browser or wants ws"
	case starts("SSH-"):
		return "an SSH server"
	case starts("220 ") || starts("220-"):
		return "a mail or FTP server"
	case len(first) >= 2 && first[0] >= 0x14 && first[0] <= 0x17 && first[1] == 3:
		return "a TLS record; the peer uses ssl or wss on this port"
	case len(first) >= 3 && first[0]&0x80 != 0 && first[2] == 1 && first[1] > 8:
		return "" // an SSL 2 hello, by all appearances; too weak a sign to name it
	case first[0] == 0x82 || first[0] == 0x81:
		return "a WebSocket frame; the peer uses ws or wss on this port"
	}
	return ""
}

// Hint says what a TLS error likely means and what to do about it, or "". It
// serves errors of an open connection as well: with TLS 1.3 a server's verdict
// on the client's certificate arrives with the first read after the handshake.
func Hint(err error) string {
	var (
		record    tls.RecordHeaderError
		alert     *net.OpError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &record):
		if what := Describe(record.RecordHeader[:]); what != "" {
			return "the peer's first bytes are those of " + what
		}
		return fmt.Sprintf("the peer does not speak TLS; its first bytes are %q", record.RecordHeader[:])
	case errors.As(err, &alert) && alert.Op == "remote error":
		// crypto/tls keeps its alert type to itself; it is a uint8 underneath.
		if code := reflect.ValueOf(alert.Err); code.Kind() == reflect.Uint8 {
			return alertHint(code.Uint())
		}
	case errors.As(err, &authority):
		return "the certificate's issuer is not among the trusted authorities; name its file in IceSSL.CAs, or set IceSSL.UsePlatformCAs=1 if the system trusts it"
	case errors.As(err, &hostname):
		return "the certificate is for another host; use a name that is in it. IceSSL.CheckCertName=0 leaves the check out, and with it some of the protection"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate is out of date, or this machine's clock is wrong"
	case errors.Is(err, io.EOF):
		return "the peer closed the connection in the middle of the handshake: it may not speak TLS on this port, or refuse this client"
	}
	return ""
}

func alertHint(alert uint64) string {
	switch alert {
	case 40: // handshake_failure
		return "client and server have no TLS cipher in common, or the server wants a client certificate (IceSSL.CertFile). " +
			"A server that offers nothing but anonymous Diffie-Hellman, as OMERO does without a certificate, cannot be reached from Go: " +
			"its administrator has to install a certificate, for OMERO with the omero-certificates plug-in"
	case 70: // protocol_version
		return "client and server have no TLS version in common; see IceSSL.ProtocolVersionMin and IceSSL.ProtocolVersionMax"
	case 42, 43, 46, 116: // bad, unsupported, unknown certificate; certificate required
		return "the peer does not accept this side's certificate or misses one; see IceSSL.CertFile and IceSSL.KeyFile"
	case 44, 45: // certificate revoked, expired
		return "the peer holds this side's certificate for revoked or out of date"
	case 48: // unknown_ca
		return "the peer does not trust the authority that signed this side's certificate"
	}
	return ""
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
