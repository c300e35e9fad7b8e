package ice

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// properties makes a set of name, value, name, value.
func propertiesOf(pairs ...string) *Properties {
	p := NewProperties()
	for i := 0; i < len(pairs); i += 2 {
		p.Set(pairs[i], pairs[i+1])
	}
	return p
}

// handshake makes a TLS connection between a client and a server that are
// configured by properties, and returns what each of them says.
func handshake(t *testing.T, client, server *Properties, serverName, adapter string) (clientErr, serverErr error) {
	t.Helper()
	c, err := newTLS(client, nil)
	require.NoError(t, err)
	s, err := newTLS(server, nil)
	require.NoError(t, err)
	config := c.client.Clone()
	config.ServerName = serverName
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	go func() {
		conn := tls.Server(theirs, s.forAdapter(adapter))
		err := conn.Handshake()
		if err == nil {
			_, err = conn.Write([]byte("x"))
		}
		_ = theirs.Close()
		done <- err
	}()
	conn := tls.Client(ours, config)
	if clientErr = conn.Handshake(); clientErr == nil {
		_, clientErr = conn.Read(make([]byte, 1))
	}
	_ = ours.Close()
	return clientErr, <-done
}

func TestTLSOfProperties(t *testing.T) {
	peer.CheckLeaks(t)
	certs := peer.Certs(t)
	password := peer.CertPassword
	server := []string{"IceSSL.CertFile", certs.Server, "IceSSL.KeyFile", certs.ServerKey, "IceSSL.CAs", certs.CA}
	client := []string{"IceSSL.CAs", certs.CA}
	withCert := append(client, "IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", certs.ClientKey)
	lenient := slices.Clip(append(server, "IceSSL.VerifyPeer", "1"))
	tests := []struct {
		name                   string
		client, server         []string
		host, adapter          string
		clientSays, serverSays string // "" for success on both sides
	}{
		{"both verified", withCert, server, "127.0.0.1", "", "", ""},
		{"by name", withCert, server, "localhost", "", "", ""},
		{"PKCS12", []string{"IceSSL.DefaultDir", certs.Dir, "IceSSL.CAs", filepath.Base(certs.CA), "IceSSL.CertFile", filepath.Base(certs.ClientP12), "IceSSL.Password", password},
			[]string{"IceSSL.CAs", certs.CA, "IceSSL.CertFile", certs.ServerP12, "IceSSL.Password", password}, "127.0.0.1", "", "", ""},
		{"no client certificate", client, server, "127.0.0.1", "", "certificate required", "didn't provide a certificate"},
		{"none needed", client, lenient, "127.0.0.1", "", "", ""},
		{"none asked", client, append(server, "IceSSL.VerifyPeer", "0"), "127.0.0.1", "", "", ""},
		{"client of another authority", append(client, "IceSSL.CertFile", certs.Other, "IceSSL.KeyFile", certs.OtherKey), server, "127.0.0.1", "",
			"certificate required", "didn't provide a certificate"},
		{"server of another authority", []string{"IceSSL.CAs", certs.OtherCA}, lenient, "127.0.0.1", "", "signed by unknown authority", "bad certificate"},
		{"system's authorities", nil, lenient, "127.0.0.1", "", "signed by unknown authority", "bad certificate"},
		{"not verified", []string{"IceSSL.VerifyPeer", "0"}, lenient, "127.0.0.1", "", "", ""},
		{"wrong address", client, lenient, "192.0.2.1", "", "not 192.0.2.1", "bad certificate"},
		{"wrong name", client, lenient, "example.com", "", "not example.com", "bad certificate"},
		{"name not checked", append(client, "IceSSL.CheckCertName", "0"), lenient, "192.0.2.1", "", "", ""},
		{"name not checked, authority is", []string{"IceSSL.CAs", certs.OtherCA, "IceSSL.CheckCertName", "0"}, lenient, "127.0.0.1", "", "signed by unknown authority", "bad certificate"},
		{"chain too long", append(client, "IceSSL.VerifyDepthMax", "1"), lenient, "127.0.0.1", "", "2 long, and IceSSL.VerifyDepthMax is 1", "bad certificate"},
		{"any chain", append(client, "IceSSL.VerifyDepthMax", "0"), lenient, "127.0.0.1", "", "", ""},
		{"chain too long, no name", append(client, "IceSSL.VerifyDepthMax", "1", "IceSSL.CheckCertName", "0"), lenient, "127.0.0.1", "", "VerifyDepthMax is 1", "bad certificate"},
		{"no common version", append(client, "IceSSL.ProtocolVersionMax", "TLS1_2"), append(lenient, "IceSSL.Protocols", "TLS1_3"), "127.0.0.1", "", "protocol version", "unsupported versions"},
		{"trusted server", append(client, "IceSSL.TrustOnly", "!CN=evil; CN=localhost;CN=127.0.0.1;CN=server"), lenient, "127.0.0.1", "", "", ""},
		{"untrusted server", append(client, "IceSSL.TrustOnly.Client", "CN=nobody"), lenient, "127.0.0.1", "", "IceSSL.TrustOnly", "bad certificate"},
		{"untrusted client", withCert, append(server, "IceSSL.TrustOnly.Server", "CN=nobody"), "127.0.0.1", "", "bad certificate", "IceSSL.TrustOnly"},
		{"untrusted by the adapter", withCert, append(server, "IceSSL.TrustOnly.Server.Front", "CN=nobody"), "127.0.0.1", "Front", "bad certificate", "IceSSL.TrustOnly"},
		{"trusted by another adapter", withCert, append(server, "IceSSL.TrustOnly.Server.Front", "CN=nobody"), "127.0.0.1", "Back", "", ""},
		{"trust without certificate", client, append(lenient, "IceSSL.TrustOnly", "CN=nobody"), "127.0.0.1", "", "bad certificate", "shows no certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clientErr, serverErr := handshake(t, propertiesOf(tt.client...), propertiesOf(tt.server...), tt.host, tt.adapter)
			if tt.clientSays == "" && tt.serverSays == "" {
				require.NoError(t, clientErr)
				require.NoError(t, serverErr)
				return
			}
			if tt.clientSays != "" {
				assert.ErrorContains(t, clientErr, tt.clientSays)
			}
			assert.ErrorContains(t, serverErr, tt.serverSays)
		})
	}
}

func TestTLSPropertiesThatAreWrong(t *testing.T) {
	certs := peer.Certs(t)
	encrypted := filepath.Join(certs.Dir, "encrypted.key")
	peer.Run(t, "openssl", "pkcs8", "-topk8", "-in", certs.ClientKey, "-out", encrypted, "-passout", "pass:geheim")
	legacy := filepath.Join(certs.Dir, "legacy.key")
	peer.Run(t, "openssl", "genrsa", "-traditional", "-aes128", "-passout", "pass:geheim", "-out", legacy, "2048")
	empty := filepath.Join(certs.Dir, "empty.pem")
	require.NoError(t, os.WriteFile(empty, []byte("nothing here"), 0o600))
	missing := filepath.Join(certs.Dir, "missing.pem")
	tests := []struct {
		properties []string
		want       string
	}{
		{[]string{"IceSSL.CertFile", missing}, "IceSSL.CertFile: open " + missing},
		{[]string{"IceSSL.CertFile", empty}, "neither PEM nor PKCS12"},
		{[]string{"IceSSL.CertFile", certs.ClientKey}, "has no certificate"},
		{[]string{"IceSSL.CertFile", certs.Client}, "name its file in IceSSL.KeyFile"},
		{[]string{"IceSSL.KeyFile", certs.ClientKey}, "without IceSSL.CertFile"},
		{[]string{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", certs.ServerKey}, "not that of the certificate"},
		{[]string{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", certs.Client}, "no private key"},
		{[]string{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", strings.Repeat(certs.ClientKey+string(os.PathListSeparator), 2)}, "pairs"},
		{[]string{"IceSSL.CertFile", certs.ClientP12}, "IceSSL.Password does not open it"},
		{[]string{"IceSSL.CertFile", certs.ClientP12, "IceSSL.Password", "wrong-secret"}, "IceSSL.Password does not open it"},
		{[]string{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", encrypted}, "set IceSSL.Password"},
		{[]string{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", encrypted, "IceSSL.Password", "wrong-secret"}, "does not open the private key"},
		{[]string{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", legacy}, "set IceSSL.Password"},
		{[]string{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", legacy, "IceSSL.Password", "wrong-secret"}, "does not open the private key"},
		{[]string{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", legacy, "IceSSL.Password", "geheim"}, "not that of the certificate"},
		{[]string{"IceSSL.CAs", missing}, "IceSSL.CAs: stat " + missing},
		{[]string{"IceSSL.CAs", empty}, "has no certificate"},
		{[]string{"IceSSL.VerifyPeer", "3"}, "must be 0"},
		{[]string{"IceSSL.Protocols", "TLS1_4"}, `"TLS1_4" is no protocol`},
		{[]string{"IceSSL.Protocols", "SSL3"}, "nothing but SSL 3"},
		{[]string{"IceSSL.Protocols", "TLS1_1, TLS1_3"}, "range without gaps"},
		{[]string{"IceSSL.ProtocolVersionMin", "TLS1_3", "IceSSL.ProtocolVersionMax", "TLS1_2"}, "from TLS 1.3 to TLS 1.2"},
		{[]string{"IceSSL.ProtocolVersionMax", "later"}, "IceSSL.ProtocolVersionMax"},
		{[]string{"IceSSL.Ciphers", "ADH"}, "anonymous Diffie-Hellman"},
		{[]string{"IceSSL.Ciphers", "ADH:!LOW:!MD5:!EXP:!3DES:@STRENGTH"}, "anonymous Diffie-Hellman"},
		{[]string{"IceSSL.Ciphers", "CAMELLIA"}, "none of the ciphers"},
		{[]string{"IceSSL.Ciphers", "HIGH:gibberish"}, `"gibberish" is no cipher`},
		{[]string{"IceSSL.TrustOnly", "nobody"}, `"nobody" is no distinguished name`},
		{[]string{"IceSSL.TrustOnly.Server.X", `CN="open`}, "never closed"},
		{[]string{"IceSSL.RevocationCheck", "1"}, "revocation is not checked"},
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(strings.Join(tt.properties, " "), certs.Dir, ""), func(t *testing.T) {
			_, err := newTLS(propertiesOf(tt.properties...), nil)
			assert.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "wrong-secret")
		})
	}
	for _, good := range [][]string{
		{"IceSSL.CertFile", certs.Client, "IceSSL.KeyFile", encrypted, "IceSSL.Password", "geheim"},
		{"IceSSL.CAs", certs.Dir},
	} {
		_, err := newTLS(propertiesOf(good...), nil)
		assert.NoError(t, err, good[0])
	}
	given := &tls.Config{ServerName: "x"}
	s, err := newTLS(propertiesOf("IceSSL.CAs", missing), given)
	require.NoError(t, err)
	assert.Same(t, given, s.client)
	assert.Same(t, given, s.forAdapter("A"))
}

func TestTLSVersions(t *testing.T) {
	tests := []struct {
		protocols, low, high string
		wantLow, wantHigh    uint16
	}{
		{"", "", "", 0, 0},
		{"TLS1_2,TLS1_3", "", "", tls.VersionTLS12, tls.VersionTLS13},
		{"tls1_3 tlsv1.2 SSL3", "", "", tls.VersionTLS12, tls.VersionTLS13},
		{"", "TLS1_0", "", tls.VersionTLS10, 0},
		{"", "", "TLS1_1", tls.VersionTLS10, tls.VersionTLS11},
		{"", "", "TLS1_2", 0, tls.VersionTLS12},
		{"TLS1,TLS1_1", "TLS1_1", "", tls.VersionTLS11, tls.VersionTLS11},
	}
	for _, tt := range tests {
		low, high, err := tlsVersions(propertiesOf("IceSSL.Protocols", tt.protocols, "IceSSL.ProtocolVersionMin", tt.low, "IceSSL.ProtocolVersionMax", tt.high))
		require.NoError(t, err)
		assert.Equal(t, tt.wantLow, low, tt)
		assert.Equal(t, tt.wantHigh, high, tt)
	}
}

func TestCipherSuites(t *testing.T) {
	const (
		gcm128 = tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
		gcm256 = tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
		chacha = tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
		rsa    = tls.TLS_RSA_WITH_AES_256_CBC_SHA
	)
	for _, list := range []string{"", "DEFAULT", "HIGH", "HIGH:!aNULL:!MD5:@STRENGTH", "DEFAULT:@SECLEVEL=0", "HIGH:ALL"} {
		suites, err := cipherSuites(list)
		require.NoError(t, err)
		assert.Nil(t, suites, list)
	}
	tests := []struct {
		list string
		want []uint16
	}{
		{"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384", []uint16{gcm128, gcm256}},
		{"ECDHE-RSA-CHACHA20-POLY1305,AES256-SHA", []uint16{rsa, chacha}},
		{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", []uint16{gcm128}},
		{"ECDHE+AESGCM+aRSA", []uint16{gcm128, gcm256}},
		{"ECDHE+AESGCM+aRSA:!AES128", []uint16{gcm256}},
		{"!AES128:ECDHE+AESGCM+aRSA", []uint16{gcm256}},
		{"ADH:AES256-SHA", []uint16{rsa}},
		{"ADH-AES256-SHA:AES256-SHA", []uint16{rsa}},
	}
	for _, tt := range tests {
		t.Run(tt.list, func(t *testing.T) {
			suites, err := cipherSuites(tt.list)
			require.NoError(t, err)
			assert.Equal(t, tt.want, suites)
		})
	}
	// HIGH:!AESGCM and the like leave nothing insecure in.
	suites, err := cipherSuites("HIGH:!AESGCM:ADH")
	require.NoError(t, err)
	for _, id := range suites {
		for _, s := range tls.InsecureCipherSuites() {
			assert.NotEqual(t, s.ID, id)
		}
	}
	assert.NotContains(t, suites, uint16(gcm128))
	assert.Contains(t, suites, uint16(chacha))
}

func TestTrustFilters(t *testing.T) {
	certs := peer.Certs(t)
	path := filepath.Join(certs.Dir, "named.pem")
	peer.Run(t, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path+".key", "-out", path, "-days", "2",
		"-subj", `/C=DE/ST=Land/O=Firma, Inc./OU=a\/b+OU=c/CN=Das "Ding"/emailAddress=x@y.z`)
	pem, err := os.ReadFile(path)
	require.NoError(t, err)
	loaded, err := tlsFiles{}.parse(pem, path)
	require.NoError(t, err)
	tests := []struct {
		filter string
		want   bool
	}{
		{``, true},
		{`C=DE`, true},
		{`c=DE`, true},
		{`C=FR`, false},
		{`C=DE, O="Firma, Inc."`, true},
		{`C=DE, O=Firma\, Inc.`, true},
		{`C=DE, O=Firma\2c Inc.`, true},
		{`C=DE,O=Firma`, false},
		{`CN=Das \"Ding\"`, true},
		{`CN="Das \"Ding\""`, true},
		{`emailAddress=x@y.z`, true},
		{`E=x@y.z;C=FR`, true},
		{`C=FR;C=ES`, false},
		{`!C=FR`, true},
		{`!C=DE`, false},
		{`!C=DE;ST=Land`, false},
		{`C=DE;!ST=Land`, false},
		{`!C=DE,ST=Meer`, true},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			f, err := parseTrust(tt.filter)
			require.NoError(t, err)
			err = f.check([]*x509.Certificate{loaded.Leaf})
			assert.Equal(t, tt.want, err == nil, "%v", err)
		})
	}
}

func TestDialerOfProperties(t *testing.T) {
	d, err := newDialer(propertiesOf("Ice.HTTPProxyHost", "proxy", "Ice.HTTPProxyPort", "3128", "Ice.IPv6", "0", "Ice.TCP.RcvSize", "7", "Ice.TCP.SndSize", "8",
		"Ice.Default.SourceAddress", "127.0.0.1"), nil, nil)
	require.NoError(t, err)
	assert.Equal(t, "proxy:3128", d.HTTPProxy)
	assert.True(t, d.IPv4)
	assert.False(t, d.IPv6)
	assert.Equal(t, 7, d.RcvSize)
	assert.Equal(t, 8, d.SndSize)
	assert.Equal(t, "127.0.0.1", d.SourceAddress)
	d, err = newDialer(propertiesOf("Ice.SOCKSProxyHost", "fd00::1"), nil, nil)
	require.NoError(t, err)
	assert.Equal(t, "[fd00::1]:1080", d.SOCKSProxy)
	for want, p := range map[string]*Properties{
		"one of them has to be 1":         propertiesOf("Ice.IPv4", "0", "Ice.IPv6", "0"),
		"through one proxy only":          propertiesOf("Ice.HTTPProxyHost", "a", "Ice.SOCKSProxyHost", "b"),
		"SOCKS4 proxies know IPv4":        propertiesOf("Ice.IPv4", "0", "Ice.SOCKSProxyHost", "b"),
		"Ice.HTTPProxyPort is 70000":      propertiesOf("Ice.HTTPProxyHost", "a", "Ice.HTTPProxyPort", "70000"),
		"Ice.SOCKSProxyPort is -1, which": propertiesOf("Ice.SOCKSProxyHost", "a", "Ice.SOCKSProxyPort", "-1"),
	} {
		_, err := newDialer(p, nil, nil)
		assert.ErrorContains(t, err, want)
	}
}

// No trust filter or cipher list makes the parsers fail otherwise than by an
// error.
func FuzzTLSProperties(f *testing.F) {
	f.Add(`C=DE,O="a;b";!CN=x\2c`, "HIGH:!aNULL:ECDHE+AESGCM:@STRENGTH")
	f.Fuzz(func(t *testing.T, trust, ciphers string) {
		if filter, err := parseTrust(trust); err == nil {
			_ = filter.check(nil)
		}
		_, _ = cipherSuites(ciphers)
	})
}
