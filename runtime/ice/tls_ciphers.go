package ice

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// cipherSuites reads IceSSL.Ciphers, which is an OpenSSL cipher list: names and
// groups of ciphers, joined by + where both must hold, taken out by - or !, and
// @ directives, which mean nothing here. What Go does not have selects nothing;
// a word that is neither is an error, and so is a list that comes to nothing.
// TLS 1.3 has ciphers of its own, which cannot be chosen.
//
// nil stands for crypto/tls's default.
func cipherSuites(list string) ([]uint16, error) {
	var (
		chosen, banned []uint16
		anonymous      bool
		plain          = true // nothing but what the default says as well
	)
	words := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(": ,;", r) })
	for _, word := range words {
		if word[0] == '@' {
			continue
		}
		name := strings.TrimLeft(word, "!-+")
		sign := word[:len(word)-len(name)]
		suites, err := ciphersCalled(name)
		if err != nil {
			return nil, fmt.Errorf("ice: IceSSL.Ciphers: %w", err)
		}
		switch {
		case sign == "" && isDefaultGroup(name):
			chosen = append(chosen, suites...)
		case sign == "":
			plain = false
			anonymous = anonymous || isAnonymous(name)
			chosen = append(chosen, suites...)
		case sign == "!" || sign == "-":
			plain = plain && len(suites) == 0
			banned = append(banned, suites...)
			chosen = slices.DeleteFunc(chosen, func(id uint16) bool { return slices.Contains(suites, id) })
		}
	}
	if len(words) == 0 || plain && len(chosen) > 0 {
		return nil, nil
	}
	chosen = slices.DeleteFunc(chosen, func(id uint16) bool { return slices.Contains(banned, id) })
	slices.Sort(chosen)
	chosen = slices.Compact(chosen)
	switch {
	case len(chosen) == 0 && anonymous:
		return nil, errors.New("ice: IceSSL.Ciphers asks for anonymous Diffie-Hellman, which Go does not have because it protects against no one who can " +
			"reach the wire; give the server a certificate and take the property out")
	case len(chosen) == 0:
		return nil, fmt.Errorf("ice: IceSSL.Ciphers: Go has none of the ciphers of %q", list)
	}
	return chosen, nil
}

func isDefaultGroup(name string) bool {
	switch name {
	case "ALL", "DEFAULT", "HIGH", "SECURE":
		return true
	}
	return false
}

func isAnonymous(name string) bool {
	switch name {
	case "ADH", "AECDH", "aNULL", "DH_anon":
		return true
	}
	return strings.HasPrefix(name, "ADH-") || strings.HasPrefix(name, "AECDH-")
}

// ciphersCalled lists the suites that a word of a cipher list means.
func ciphersCalled(word string) ([]uint16, error) {
	suites := append(tls.CipherSuites(), tls.InsecureCipherSuites()...)
	suites = slices.DeleteFunc(suites, func(s *tls.CipherSuite) bool { return slices.Equal(s.SupportedVersions, []uint16{tls.VersionTLS13}) })
	for _, part := range strings.Split(word, "+") {
		has, known := cipherGroup(part)
		if !known {
			return nil, fmt.Errorf("%q is no cipher or group of ciphers known here; leave the property out to get Go's choice", part)
		}
		suites = slices.DeleteFunc(suites, func(s *tls.CipherSuite) bool { return !has(s) })
	}
	ids := make([]uint16, len(suites))
	for i, s := range suites {
		ids[i] = s.ID
	}
	return ids, nil
}

// cipherGroup tells which suites belong to a group, or bear a name.
func cipherGroup(name string) (has func(*tls.CipherSuite) bool, known bool) {
	contains := func(parts ...string) func(*tls.CipherSuite) bool {
		return func(s *tls.CipherSuite) bool {
			return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s.Name+"_", p) })
		}
	}
	switch name {
	case "ALL", "DEFAULT", "HIGH", "SECURE":
		return func(s *tls.CipherSuite) bool { return !s.Insecure }, true
	case "ECDHE", "kECDHE", "EECDH", "kEECDH", "ECDH":
		return contains("_ECDHE_"), true
	case "kRSA":
		return contains("TLS_RSA_"), true
	case "RSA", "aRSA":
		return contains("_RSA_"), true
	case "ECDSA", "aECDSA":
		return contains("_ECDSA_"), true
	case "AES":
		return contains("_AES_"), true
	case "AES128":
		return contains("_AES_128_"), true
	case "AES256":
		return contains("_AES_256_"), true
	case "AESGCM":
		return contains("_GCM_"), true
	case "CHACHA20":
		return contains("_CHACHA20_"), true
	case "3DES":
		return contains("_3DES_"), true
	case "RC4":
		return contains("_RC4_"), true
	case "SHA", "SHA1":
		return contains("_SHA_"), true
	case "SHA256":
		return contains("_SHA256_"), true
	case "SHA384":
		return contains("_SHA384_"), true
	case "TLSv1.2":
		return contains("_SHA256_", "_SHA384_"), true
	case "ADH", "AECDH", "aNULL", "eNULL", "NULL", "DH", "kDH", "aDH", "kDHE", "kEDH", "DHE", "EDH", "DSS", "aDSS", "PSK", "kPSK", "aPSK", "kRSAPSK", "kECDHEPSK",
		"kDHEPSK", "SRP", "aSRP", "CAMELLIA", "CAMELLIA128", "CAMELLIA256", "ARIA", "ARIA128", "ARIA256", "ARIAGCM", "SEED", "IDEA", "DES", "RC2", "MD5", "EXP",
		"EXPORT", "EXPORT40", "EXPORT56", "LOW", "MEDIUM", "AESCCM", "AESCCM8", "SSLv3", "SSLv2", "TLSv1", "TLSv1.0", "GOST94", "KRB5", "COMPLEMENTOFALL",
		"COMPLEMENTOFDEFAULT", "CBC", "DH_anon":
		return func(*tls.CipherSuite) bool { return false }, true
	}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if name == s.Name || name == opensslName(s.Name) {
			return func(c *tls.CipherSuite) bool { return c.Name == s.Name }, true
		}
	}
	// A name in OpenSSL's style of a suite that Go lacks, such as ADH-AES256-SHA.
	if strings.Count(name, "-") >= 1 && strings.ToUpper(name) == name {
		return func(*tls.CipherSuite) bool { return false }, true
	}
	return nil, false
}

// opensslName turns TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 into OpenSSL's
// ECDHE-RSA-AES128-GCM-SHA256.
func opensslName(name string) string {
	name = strings.TrimPrefix(name, "TLS_")
	exchange, cipher, _ := strings.Cut(name, "_WITH_")
	if exchange == "RSA" {
		exchange = ""
	}
	cipher = strings.NewReplacer("AES_128_CBC", "AES128", "AES_256_CBC", "AES256", "AES_128", "AES128", "AES_256", "AES256",
		"3DES_EDE_CBC", "DES-CBC3", "RC4_128", "RC4", "CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305").Replace(cipher)
	return strings.TrimPrefix(strings.ReplaceAll(exchange+"-"+cipher, "_", "-"), "-")
}
