package ice

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

// tlsFiles reads the files that IceSSL properties name.
type tlsFiles struct {
	dir      string // IceSSL.DefaultDir
	password string // IceSSL.Password; it never gets into an error
}

// read finds a file as given, or below the default directory.
func (f tlsFiles) read(property, name string) ([]byte, string, error) {
	path := f.find(name)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, path, fmt.Errorf("ice: %s: %w", property, err)
	}
	return data, path, nil
}

func (f tlsFiles) find(name string) string {
	if f.dir != "" && !filepath.IsAbs(name) {
		if _, err := os.Stat(name); err != nil {
			return filepath.Join(f.dir, name)
		}
	}
	return name
}

// certificates loads IceSSL.CertFile and IceSSL.KeyFile: PKCS12, or PEM with the
// key in the same file or in the key file. Each may be a list of files (for keys
// of several kinds), separated as in the system's search path.
func (f tlsFiles) certificates(certFiles, keyFiles string) ([]tls.Certificate, error) {
	certs, keys := filepath.SplitList(certFiles), filepath.SplitList(keyFiles)
	if len(certs) == 0 && len(keys) > 0 {
		return nil, errors.New("ice: IceSSL.KeyFile is set without IceSSL.CertFile")
	}
	if len(keys) > 0 && len(keys) != len(certs) {
		return nil, fmt.Errorf("ice: IceSSL.KeyFile names %d files and IceSSL.CertFile %d; they must go in pairs", len(keys), len(certs))
	}
	var loaded []tls.Certificate
	for i, name := range certs {
		data, path, err := f.read("IceSSL.CertFile", name)
		if err != nil {
			return nil, err
		}
		cert, err := f.parse(data, path)
		if err != nil {
			return nil, err
		}
		if len(keys) > 0 {
			data, path, err := f.read("IceSSL.KeyFile", keys[i])
			if err != nil {
				return nil, err
			}
			if cert.PrivateKey, err = f.key(data); err != nil {
				return nil, fmt.Errorf("ice: IceSSL.KeyFile: %s: %w", path, err)
			}
		}
		if cert.PrivateKey == nil {
			return nil, fmt.Errorf("ice: IceSSL.CertFile: %s has no private key; name its file in IceSSL.KeyFile", path)
		}
		if err := keyMatches(cert); err != nil {
			return nil, fmt.Errorf("ice: IceSSL.CertFile: %s: %w", path, err)
		}
		loaded = append(loaded, cert)
	}
	return loaded, nil
}

// parse reads a certificate, its chain, and the key if it is in there.
func (f tlsFiles) parse(data []byte, path string) (tls.Certificate, error) {
	var cert tls.Certificate
	if block, _ := pem.Decode(data); block == nil {
		key, leaf, chain, err := pkcs12.DecodeChain(data, f.password)
		if errors.Is(err, pkcs12.ErrIncorrectPassword) {
			return cert, fmt.Errorf("ice: IceSSL.CertFile: %s: IceSSL.Password does not open it", path)
		}
		if err != nil {
			return cert, fmt.Errorf("ice: IceSSL.CertFile: %s is neither PEM nor PKCS12: %w", path, err)
		}
		cert.PrivateKey, cert.Leaf = key, leaf
		for _, c := range append([]*x509.Certificate{leaf}, chain...) {
			cert.Certificate = append(cert.Certificate, c.Raw)
		}
		return cert, nil
	}
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			cert.Certificate = append(cert.Certificate, block.Bytes)
		}
	}
	if len(cert.Certificate) == 0 {
		return cert, fmt.Errorf("ice: IceSSL.CertFile: %s has no certificate", path)
	}
	var err error
	if cert.Leaf, err = x509.ParseCertificate(cert.Certificate[0]); err != nil {
		return cert, fmt.Errorf("ice: IceSSL.CertFile: %s: %w", path, err)
	}
	cert.PrivateKey, err = f.key(data)
	if errors.Is(err, errNoKey) {
		return cert, nil
	}
	if err != nil {
		return cert, fmt.Errorf("ice: IceSSL.CertFile: %s: %w", path, err)
	}
	return cert, nil
}

var errNoKey = errors.New("there is no private key in it")

// key reads the first private key of a PEM file, plain or encrypted.
func (f tlsFiles) key(data []byte) (crypto.PrivateKey, error) {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return nil, errNoKey
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		der := block.Bytes
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY":
			if f.password == "" {
				return nil, errors.New("the private key is encrypted; set IceSSL.Password")
			}
			key, err := pkcs8.ParsePKCS8PrivateKey(der, []byte(f.password))
			if err != nil {
				return nil, fmt.Errorf("IceSSL.Password does not open the private key: %w", err)
			}
			return key, nil
		//lint:ignore SA1019 weak, and what old key files have
		case x509.IsEncryptedPEMBlock(block):
			if f.password == "" {
				return nil, errors.New("the private key is encrypted; set IceSSL.Password")
			}
			var err error
			//lint:ignore SA1019 as above
			if der, err = x509.DecryptPEMBlock(block, []byte(f.password)); err != nil {
				return nil, fmt.Errorf("IceSSL.Password does not open the private key: %w", err)
			}
		}
		return parseKey(der)
	}
}

func parseKey(der []byte) (crypto.PrivateKey, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("its private key cannot be read: %w", err)
	}
	return key, nil
}

func keyMatches(cert tls.Certificate) error {
	signer, ok := cert.PrivateKey.(crypto.Signer)
	if !ok {
		return fmt.Errorf("its private key, a %T, cannot sign", cert.PrivateKey)
	}
	public, ok := cert.Leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(signer.Public()) {
		return errors.New("the private key is not that of the certificate")
	}
	return nil
}

// authorities loads IceSSL.CAs: a file of certificates, or a directory of such
// files. Nothing means the system's authorities, for which nil stands.
func (f tlsFiles) authorities(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	path := f.find(name)
	stat, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("ice: IceSSL.CAs: %w", err)
	}
	files := []string{path}
	if stat.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, fmt.Errorf("ice: IceSSL.CAs: %w", err)
		}
		files = files[:0]
		for _, e := range entries {
			if !e.IsDir() {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
	}
	pool, found := x509.NewCertPool(), false
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("ice: IceSSL.CAs: %w", err)
		}
		if pool.AppendCertsFromPEM(data) {
			found = true
		} else if c, err := x509.ParseCertificate(data); err == nil {
			pool.AddCert(c)
			found = true
		}
	}
	if !found {
		return nil, fmt.Errorf("ice: IceSSL.CAs: %s has no certificate", path)
	}
	return pool, nil
}
