package interop_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// randomStrings makes strings that are proxies, and strings that nearly are.
type randomStrings struct{ *rand.Rand }

func (r randomStrings) one(list ...string) string { return list[r.IntN(len(list))] }

func (r randomStrings) word() string {
	return r.one("a", "b", "x/y", "é", `"q r"`, `'q r'`, `''`, `""`, `a\:b`, `a:b`, `"a:b"`, `\'`, `a\tb`, `\u00e9`, "a@b", `"a\"b"`, "-", "--", "-x", "1", "a/b/c", `a\/b`)
}

func (r randomStrings) number() string {
	return r.one("0", "1", "-1", "-2", "80", "65535", "65536", "4294967297", "2147483647", "2147483648", "' 1'", `"1 "`, `" 1"`, "+5", "007", "0x10", "1.0", "1e3", "", "''", "x", "infinite", "'-1'", "99999999999999999999")
}

func (r randomStrings) version() string {
	return r.one("1.0", "1.1", "1.2", "2.0", "0.0", "0.9", "1", "1.", ".1", "1.0.0", "255.255", "256.0", "1.256", "' 1.0'", "'1. 1'", "'1 .0'", "+1.+1", "-1.0", "1.-1", "01.00", "''", "", "x.y", "1.0x")
}

func (r randomStrings) blank() string { return r.one(" ", " ", " ", "  ", "\t", "", " \n") }

func (r randomStrings) options() string {
	var b strings.Builder
	for range r.IntN(4) {
		b.WriteString(r.blank())
		switch r.IntN(6) {
		case 0:
			b.WriteString("-f" + r.blank() + r.word())
		case 1:
			b.WriteString("-e" + r.blank() + r.version())
		case 2:
			b.WriteString("-p" + r.blank() + r.version())
		case 3:
			b.WriteString(r.one("-t", "-o", "-O", "-d", "-D", "-s"))
		case 4:
			b.WriteString(r.one("-t", "-o", "-s", "-x", "-ff", "-", "--") + r.blank() + r.word())
		default:
			b.WriteString(r.word())
		}
	}
	return b.String()
}

func (r randomStrings) base64() string {
	return r.one("abch", "A", "AA", "AAA", "AAAA", "''", "", "A=", "AA==", "AAA=", "A===", "====", "=", "ab=c", "x@!", "CTEyNy4wLjAuMeouAAAQJwAAAA==", "YWJj", "' '", "+/+/", "abchabcha")
}

func (r randomStrings) endpoint() string {
	var b strings.Builder
	transport := r.one("tcp", "ssl", "ws", "wss", "udp", "default", "opaque", "tcp", "udp", "TCP", "xyz", "'tcp'", "")
	b.WriteString(r.blank() + transport)
	for range r.IntN(5) {
		b.WriteString(" ")
		if transport == "opaque" {
			b.WriteString(r.one("-t "+r.number(), "-t 99", "-e "+r.version(), "-v "+r.base64(), "-v abch", "-x 1", r.word()))
			continue
		}
		switch r.IntN(8) {
		case 0, 1:
			b.WriteString("-h" + r.blank() + r.one("h", "127.0.0.1", `"::1"`, "::1", "*", "''", "'h'", `"a b"`, "-h"))
		case 2, 3:
			b.WriteString("-p" + r.blank() + r.number())
		case 4:
			b.WriteString("-t" + r.blank() + r.number())
		case 5:
			b.WriteString(r.one("-z", "-c", "-z x", "-c ''", "-z ''", "-c x"))
		case 6:
			b.WriteString(r.one("-r /x", "-r ''", `-r "/a:b"`, "--ttl 5", "--ttl -1", "--ttl '-1'", "--ttl 255", "--ttl 256", "--ttl ' 3'", "--interface i", "--interface ''",
				"--sourceAddress 1.2.3.4", "--sourceAddress ''", "--sourceAddress nope", `--sourceAddress "::1"`, "-v 1.0", "-e 1.0", "-v x", "-e 0.5", "-v ''", "-e", "--ttl"))
		default:
			b.WriteString(r.one("-q", "-", "--", "x", "-p", "-h", "--x y", "''"))
		}
	}
	return b.String()
}

func (r randomStrings) proxy() string {
	var b strings.Builder
	b.WriteString(r.blank() + r.one("a", "cat/a", `"a b"`, "'c/d'", r.word()) + r.options())
	switch r.IntN(4) {
	case 0:
		b.WriteString(r.blank() + "@" + r.blank() + r.word() + r.one("", "", "", " ", " x", ":tcp"))
	case 1, 2:
		for range 1 + r.IntN(2) {
			b.WriteString(":" + r.endpoint())
		}
	}
	text := b.String()
	if r.IntN(6) == 0 { // something is lost or comes twice
		i := r.IntN(len(text))
		text = r.one(text[:i]+text[i+1:], text[:i]+text[i:i+1]+text[i:], text[:i])
	}
	return strings.ToValidUTF8(text, "")
}

// Of thousands of random strings, what Ice accepts we accept, what it rejects we reject, and we print what it prints.
// SLICE2GO_STRINGS=seed:count explores others.
func TestCoreRandomProxyStrings(t *testing.T) {
	seed, count := uint64(1), 6000
	if s := os.Getenv("SLICE2GO_STRINGS"); s != "" {
		from, many, _ := strings.Cut(s, ":")
		var err error
		seed, err = strconv.ParseUint(from, 10, 64)
		require.NoError(t, err)
		count, err = strconv.Atoi(many)
		require.NoError(t, err)
	}
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	script := filepath.Join(peer.Root(t), "interop", "peers", "python", "core_strings.py")
	oracle := peer.Start(t, peer.PythonCommand(t, script, "--Ice.Plugin.IceSSL=IceSSL:createIceSSL", "--Ice.Warn.Endpoints=0"))
	comm := newCommunicator(t, ice.WithProperty("Ice.Warn.Endpoints", "0"))
	r := randomStrings{rand.New(rand.NewPCG(seed, 0))}
	accepted := 0
	for from := 0; from < count; from += 500 {
		texts := append([]string{}, coreStringCases...)
		for range 500 {
			texts = append(texts, r.proxy())
		}
		for i, want := range askProxies(t, oracle, from, texts) {
			p, err := comm.StringToProxy(texts[i])
			if err != nil && misspelled.MatchString(err.Error()) {
				continue
			}
			if !assert.Equal(t, want != nil, err == nil, "%q: Ice gives %v, we give %v and %v", texts[i], orNone(want), p, err) || want == nil {
				continue
			}
			accepted++
			got := comm.ProxyToString(p)
			assert.Equal(t, *want, got, "%q", texts[i])
			if again, err := comm.StringToProxy(got); err == nil && !strings.Contains(got, "  ") { // Ice does not quote blanks in a host
				assert.Zero(t, ice.Compare(p, again), "%q, printed as %q", texts[i], got)
			}
		}
		if t.Failed() {
			return
		}
	}
	assert.Greater(t, accepted, count/20)
}

// misspelled are options of which Ice looks at the first letter only, so that -ttl is a timeout. It is better to say that there is no such option. And Ice
// takes the short forms of addresses that C knows, 1.2.3 for 1.2.0.3.
var misspelled = regexp.MustCompile(`have no option -[tzr].|takes an IP address, not "[0-9.]+"`)

// coreStringCases are strings that went wrong once.
var coreStringCases = []string{
	"a -f ''", `a -f ""`, "a -e 0.0", "a -p 0.9", "a -e ' 1.0'", "a -t ''", "a:udp -h h -p 1 --ttl -1", "a:udp -h h -p 1 --ttl '-1'", "a:opaque -t 99 -v ''", "a:opaque -t 99 -v A",
	"a:tcp -h h -p ' 1'", "a:tcp -h h -p +1", "a:opaque -t 40000 -v abch",
}

func orNone(s *string) string {
	if s == nil {
		return "an error"
	}
	return strconv.Quote(*s)
}

func askProxies(t *testing.T, oracle *peer.Process, number int, texts []string) []*string {
	t.Helper()
	list, err := json.Marshal(texts)
	require.NoError(t, err)
	line, err := json.Marshal([]any{number, "proxies", string(list)})
	require.NoError(t, err)
	oracle.Send(string(line))
	prefix := fmt.Sprintf("answer %d: ", number)
	var inner string
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(oracle.WaitLine(prefix), prefix)), &inner))
	var answers []*string
	require.NoError(t, json.Unmarshal([]byte(inner), &answers))
	require.Len(t, answers, len(texts))
	return answers
}
