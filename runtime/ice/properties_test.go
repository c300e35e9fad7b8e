package ice

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What each line of a file means was asked of Ice for Python 3.7.8.
func TestPropertyFileSyntax(t *testing.T) {
	tests := []struct{ line, name, value string }{
		{`A=1`, "A", "1"},
		{` B = 2  `, "B", "2"},
		{`  X = y`, "X", "y"},
		{"ZA\t=\ttab\t", "ZA", "tab"},
		{"ZM=a\r", "ZM", "a"},
		{`C=a\#b`, "C", "a#b"},
		{`D=a\=b # trail`, "D", "a=b"},
		{`E\ x=foo`, "E x", "foo"},
		{`T x=1`, "T x", "1"},
		{`ZC  z=1`, "ZC  z", "1"},
		{`F=a\\b\n`, "F", `a\b\n`},
		{`G=`, "", ""},
		{`ZB=  `, "", ""},
		{`Q=#x`, "", ""},
		{`#only`, "", ""},
		{``, "", ""},
		{`  # indented`, "", ""},
		{`H\#x=1`, "H#x", "1"},
		{`\ K\ =v`, "K", "v"},
		{`Y\=z=1`, "Y=z", "1"},
		{`L=a b   c`, "L", "a b   c"},
		{`M=\  lead`, "M", " lead"},
		{`N=trail\   `, "N", "trail "},
		{`S=x \ # c`, "S", "x "},
		{`Z=a\ `, "Z", "a "},
		{`Z2=a\\ `, "Z2", `a\`},
		{`Z3=a  \  b  `, "Z3", "a    b"},
		{`O=a=b=c`, "O", "a=b=c"},
		{`R=\#x`, "R", "#x"},
		{`V=\\server\foo`, "V", `\server\foo`},
		{`W=\\\\server\\foo\ \ bar`, "W", `\\server\foo  bar`},
		{`Z4\\x=1`, `Z4\x`, "1"},
		{`Z5\qx=1`, `Z5\qx`, "1"},
		{`Z6=x\=y\=`, "Z6", "x=y="},
		{`Z7=\\`, "Z7", `\`},
		{`Z9=end\`, "Z9", `end\`},
		{`ZG=ä\\ü`, "ZG", `ä\ü`},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			p, log := loggedProperties()
			p.parse("test", []byte(tt.line+"\n"))
			want := map[string]string{}
			if tt.name != "" {
				want[tt.name] = tt.value
			}
			assert.Equal(t, want, p.ForPrefix(""))
			assert.Empty(t, log.String())
		})
	}
}

func TestPropertyFileWarnsOfLinesThatAreNoSetting(t *testing.T) {
	for _, line := range []string{`=v`, `novalue`, `ZF\`, `ZE#=1`} {
		t.Run(line, func(t *testing.T) {
			p, log := loggedProperties()
			p.parse("my.cfg", []byte("Fine=1\n"+line+"\n"))
			assert.Equal(t, map[string]string{"Fine": "1"}, p.ForPrefix(""))
			assert.Contains(t, log.String(), "not name=value")
			assert.Contains(t, log.String(), "file=my.cfg line=2")
		})
	}
}

func TestLoadProperties(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.cfg")
	require.NoError(t, os.WriteFile(path, []byte("\ufeffFirst=1\nIce.Config=other\nLast=ü"), 0o600))
	p, err := LoadProperties(path)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"First": "1", "Last": "ü"}, p.ForPrefix(""))

	_, err = LoadProperties(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.Contains(t, err.Error(), "app.cfg.missing")
}

func TestPropertyLists(t *testing.T) {
	tests := []struct {
		value string
		want  []string
	}{
		{`a b`, []string{"a", "b"}},
		{`a,b , c`, []string{"a", "b", "c"}},
		{`,,a,,`, []string{"a"}},
		{"a\tb\r\nc\vd", []string{"a", "b", "c\vd"}},
		{`'a b' c`, []string{"a b", "c"}},
		{`"a'b" c`, []string{"a'b", "c"}},
		{`a\'b c`, []string{"a'b", "c"}},
		{`'a\'b'`, []string{"a'b"}},
		{`"a\"b"`, []string{`a"b`}},
		{`'a\"b'`, []string{`a\"b`}},
		{`a\ b`, []string{`a\`, "b"}},
		{`'a\\b'`, []string{`a\\b`}},
		{`'' x`, []string{"x"}},
		{`a''`, []string{"a"}},
		{`x'y z'`, []string{"xy z"}},
		{`'a b'c 'd,e'`, []string{"a bc", "d,e"}},
		{`'a'\''b'`, []string{"a'b"}},
		{` `, nil},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			p, log := loggedProperties()
			p.Set("L", tt.value)
			assert.Equal(t, tt.want, p.List("L"))
			assert.Empty(t, log.String())
		})
	}
	for open, want := range map[string][]string{`'abc`: {"abc"}, `a"`: {"a"}, `'a' 'b`: {"a", "b"}, `'\'`: {"'"}, `'`: {"fallback"}} {
		p, log := loggedProperties()
		p.Set("L", open)
		assert.Equal(t, want, p.ListOr("L", []string{"fallback"}), open)
		assert.Contains(t, log.String(), "property=L")
		assert.Contains(t, log.String(), "never closed")
	}
}

func TestPropertyNumbers(t *testing.T) {
	for value, want := range map[string]int{"12": 12, "-5": -5, " 7": 7, "+3": 3, "010": 10, "2147483647": 1<<31 - 1} {
		p, log := loggedProperties()
		p.Set("N", value)
		assert.Equal(t, want, p.Int("N", 42), value)
		assert.Equal(t, want > 0, p.Bool("N", false), value)
		assert.Empty(t, log.String())
	}
	for _, value := range []string{"0x10", "7x", "99999999999", "yes", "1.5", "7 "} {
		p, log := loggedProperties()
		p.Set("N", value)
		assert.Equal(t, 42, p.Int("N", 42), value)
		assert.True(t, p.Bool("N", true))
		assert.False(t, p.Bool("N", false))
		assert.Contains(t, log.String(), "property=N", value)
	}
	assert.Equal(t, 42, NewProperties().Int("N", 42))
}

func TestPropertiesOfCommandLine(t *testing.T) {
	p, log := loggedProperties()
	rest := p.ParseIceArgs([]string{"--Ice.Trace.Network=2", "--IceSSL.CAs=a b", "--Icex.y=1", "file", "--Ice.IPv6", "--My.x=1", "--Glacier2.Z", "--Ice=3", "-Ice.q"})
	assert.Equal(t, []string{"--Icex.y=1", "file", "--My.x=1", "--Ice=3", "-Ice.q"}, rest)
	assert.Equal(t, map[string]string{"Ice.Trace.Network": "2", "IceSSL.CAs": "a b", "Ice.IPv6": "1", "Glacier2.Z": "1"}, p.ForPrefix(""))
	assert.Equal(t, []string{"--Your.c=1"}, p.ParseArgs("My", []string{"--My.a=2", "--Your.c=1", "--My.b"}))
	assert.Equal(t, map[string]string{"My.a": "2", "My.b": "1"}, p.ForPrefix("My."))
	assert.Equal(t, []string{"--Glacier2.Z=1", "--Ice.IPv6=1", "--Ice.Trace.Network=2", "--IceSSL.CAs=a b", "--My.a=2", "--My.b=1"}, p.CommandLineOptions())
	assert.Empty(t, log.String())
}

func TestPropertiesFromArgs(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	a, b := write("a.cfg", "Ice.ProgramName=a\nY=a\n"), write("b.cfg", "Ice.ProgramName=b\n")
	defaults := NewProperties()
	defaults.Set("D", "d")
	defaults.Set("Y", "d")
	tests := []struct {
		name string
		args []string
		env  string
		want map[string]string
	}{
		{"none", nil, "", map[string]string{"D": "d", "Y": "d"}},
		{"environment", nil, b, map[string]string{"D": "d", "Y": "d", "Ice.ProgramName": "b", "Ice.Config": b}},
		{"environment, asked", []string{"--Ice.Config"}, b, map[string]string{"D": "d", "Y": "d", "Ice.ProgramName": "b", "Ice.Config": b}},
		{"file", []string{"--Ice.Config=" + a}, b, map[string]string{"D": "d", "Y": "a", "Ice.ProgramName": "a", "Ice.Config": a}},
		{"files", []string{"--Ice.Config=" + a + " , " + b}, "", map[string]string{"D": "d", "Y": "a", "Ice.ProgramName": "b", "Ice.Config": a + " , " + b}},
		{"command line first", []string{"--Ice.ProgramName=c", "--Ice.Config=" + a}, "", map[string]string{"D": "d", "Y": "a", "Ice.ProgramName": "c", "Ice.Config": a}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("ICE_CONFIG", tt.env)
			p, rest, err := propertiesFromArgs(defaults, append(tt.args, "rest"))
			require.NoError(t, err)
			assert.Equal(t, []string{"rest"}, rest)
			assert.Equal(t, tt.want, p.ForPrefix(""))
		})
	}
	_, _, err := propertiesFromArgs(nil, []string{"--Ice.Config=" + dir + "/none.cfg"})
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.Contains(t, err.Error(), "Ice.Config: ")
	assert.Equal(t, map[string]string{"D": "d", "Y": "d"}, defaults.ForPrefix(""))
}

func TestUnknownIcePropertiesAreWarnedOf(t *testing.T) {
	for _, name := range []string{
		"Ice.Admin.Endpoints", "IceSSL.Protocols", "Ice.Default.Router.ConnectionCached", "Ice.Plugin.Foo.cpp", "Foo.x", "Icey.x",
		"IceSSL.TrustOnly.Server.MyAdapter", "Ice.Default.Locator.Context.x", "Ice.ThreadPool.Client", "Ice.ACM.Client", "Ice.Override.Timeout",
	} {
		p, log := loggedProperties()
		p.Set(name, "1")
		assert.Empty(t, log.String(), name)
	}
	for name, hint := range map[string]string{
		"Ice.Nonsense": "", "IceSSL.Nope": "", "Ice.ThreadPool.Client.Foo": "", "Ice.Default.Locator.Contextx.x": "", "Ice.": "",
		"Ice.Plugin.": "", "Ice.Trace.network": "Ice.Trace.Network",
	} {
		p, log := loggedProperties()
		p.Set(" "+name, "1")
		assert.Contains(t, log.String(), "unknown Ice property")
		assert.Equal(t, hint != "", bytes.Contains(log.Bytes(), []byte("did_you_mean="+hint)) && hint != "", name)
		assert.Equal(t, "1", p.Get(name), "an unknown property counts nevertheless")
	}
	p, log := loggedProperties()
	p.Set("Ice.Warn.UnknownProperties", "0")
	p.Set("Ice.Nonsense", "1")
	assert.Empty(t, log.String())
}

func TestUnusedProperties(t *testing.T) {
	p := NewProperties()
	for _, name := range []string{"A", "B", "C.x", "C.y", "D"} {
		p.Set(name, "1")
	}
	p.Get("A")
	p.ForPrefix("C.")
	assert.Equal(t, []string{"B", "D"}, p.Unused())
	p.Set("B", "")
	assert.Equal(t, []string{"D"}, p.Unused())
	assert.Equal(t, "no", p.GetOr("B", "no"))
	assert.Equal(t, []string{"A", "C.x", "C.y", "D"}, p.Clone().Unused())
}

// Properties never fail on any file, and what they read they can say again.
func FuzzPropertyFile(f *testing.F) {
	f.Add([]byte("A=1\n B\\= = \\  x # c\n=\\"))
	f.Add([]byte("\xef\xbb\xbfIce.Config=\r\nX\\#=\\\\\t"))
	f.Add([]byte("A=\\ \\ \tx\t\\ \nA\\  b\\==c d\\e\\"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := NewProperties()
		p.SetLogger(slog.New(slog.DiscardHandler))
		p.parse("fuzz", data)
		var file strings.Builder
		file.WriteString("# so that nothing is taken for a byte order mark\n")
		escape := strings.NewReplacer(`\`, `\\`, "#", `\#`, "=", `\=`, " ", `\ `)
		for name, value := range p.ForPrefix("") {
			assert.NotEmpty(t, name)
			assert.NotEmpty(t, value)
			p.List(name)
			file.WriteString(escape.Replace(name) + "=" + escape.Replace(value) + "\n")
		}
		again := NewProperties()
		again.SetLogger(slog.New(slog.DiscardHandler))
		again.parse("again", []byte(file.String()))
		assert.Equal(t, p.ForPrefix(""), again.ForPrefix(""))
	})
}

func loggedProperties() (*Properties, *bytes.Buffer) {
	var log bytes.Buffer
	p := NewProperties()
	p.SetLogger(slog.New(slog.NewTextHandler(&log, nil)))
	return p, &log
}
