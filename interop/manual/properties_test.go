package manual_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/slice2go/slice2go/runtime/ice"
)

// fileRow has both sides read a configuration file.
func fileRow(says, text string) row {
	return row{page: "Configuration File Syntax", says: says, python: fmt.Sprintf(`import tempfile
		with tempfile.NamedTemporaryFile("w", suffix=".cfg") as f:
		    f.write(%q); f.flush()
		    p = Ice.createProperties(); p.load(f.name)
		    out = p.getPropertiesForPrefix("")`, text), ours: func(w *world) any {
		path := filepath.Join(w.t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err.Error()
		}
		p, err := ice.LoadProperties(path)
		if err != nil {
			return err.Error()
		}
		return p.ForPrefix("")
	}}
}

// argsRow has both sides take Ice's options out of a command line.
func argsRow(says string, args ...string) row {
	python := "p = Ice.createProperties(); rest = p.parseIceCommandLineOptions(["
	for _, a := range args {
		python += fmt.Sprintf("%q, ", a)
	}
	return row{page: "Setting Properties on the Command Line", says: says, python: python + `]); out = [rest, p.getPropertiesForPrefix("")]`, ours: func(*world) any {
		p := ice.NewProperties()
		rest := p.ParseIceArgs(args)
		if rest == nil {
			rest = []string{}
		}
		return []any{rest, p.ForPrefix("")}
	}}
}

// valueRow has both sides read a property: as text, as a number and as a list.
func valueRow(says, value string) row {
	return row{page: "Reading Properties", says: says, python: fmt.Sprintf(`p = Ice.createProperties(); p.setProperty("P", %q)
		out = [p.getProperty("P"), p.getPropertyAsInt("P"), p.getPropertyAsIntWithDefault("P", 7), p.getPropertyAsList("P"), p.getPropertyAsListWithDefault("P", ["d"]), p.getPropertyWithDefault("P", "d")]`, value), ours: func(*world) any {
		p := ice.NewProperties()
		p.Set("P", value)
		list := p.List("P")
		if list == nil {
			list = []string{}
		}
		return []any{p.Get("P"), p.Int("P", 0), p.Int("P", 7), list, p.ListOr("P", []string{"d"}), p.GetOr("P", "d")}
	}}
}

func init() {
	subjects["properties"] = []row{
		fileRow("a line is a name and a value", "A=1\nB=2\n"),
		fileRow("white space around both does not count", "  A \t=  1  \n"),
		fileRow("white space inside counts", "A=a b  c\n"),
		fileRow("a # begins a comment", "# x\nA=1 # y\n"),
		fileRow("an escaped # does not", `A=1\#2`+"\n"),
		fileRow("an = in a value needs no escape", "A=b=c\n"),
		fileRow("an escaped = is one in a name", `A\=B=c`+"\n"),
		fileRow("a backslash is escaped by another", `A=b\\c`+"\n"),
		fileRow("an escaped blank counts", `A=\ b\ `+"\n"),
		fileRow("an empty value is not set", "A=\nB=1\n"),
		fileRow("the last line needs no end", "A=1"),
		fileRow("the last setting counts", "A=1\nA=2\n"),
		fileRow("an empty value takes a former one back", "A=1\nA=\n"),
		fileRow("a Windows line end", "A=1\r\nB=2\r\n"),
		fileRow("an empty file", ""),

		argsRow("an option is taken out", "prog", "--Ice.Trace.Network=2", "file"),
		argsRow("an option without a value is 1", "--Ice.Warn.Connections"),
		argsRow("options of other prefixes stay", "--My.Option=1", "--Ice.Trace.Network=1", "-x"),
		argsRow("IceSSL, IceGrid, Glacier2 and IceStorm are Ice's", "--IceSSL.VerifyPeer=1", "--IceGrid.X=1", "--Glacier2.Y=2", "--IceStorm.Z=3", "--IceBox.W=4"),
		argsRow("an empty value takes it back", "--Ice.Trace.Network="),
		argsRow("the last of two counts", "--Ice.Trace.Network=1", "--Ice.Trace.Network=2"),
		argsRow("white space in a value stays inside", "--Ice.ProgramName=a b"),

		valueRow("a number", "12"), valueRow("a negative number", "-12"), valueRow("white space around a number", " 12 "), valueRow("no number", "x"),
		valueRow("a number with a tail", "12x"), valueRow("an octal number", "010"), valueRow("a list with blanks", "a b  c"), valueRow("a list with commas", "a,b, c"),
		valueRow("a quoted element", `"a b" c`), valueRow("an element in single quotes", `'a b' "c"`), valueRow("an escaped quote", `a\"b c`), valueRow("an unclosed quote ends with the value", `"a b`), valueRow("an unclosed quote after others", `x 'a' 'b`), valueRow("an unclosed quote with nothing behind it", `a "`), valueRow("a quote alone", `"`), valueRow("a number with a plus", "+5"),
		valueRow("the empty value", ""), valueRow("white space alone", " "), valueRow("a number that is too large", "9999999999"),

		{page: "The Properties Interface", says: "getPropertiesForPrefix", python: `p = Ice.createProperties(); p.setProperty("A.x", "1"); p.setProperty("A.y", "2"); p.setProperty("B", "3"); out = p.getPropertiesForPrefix("A.")`, ours: func(*world) any {
			p := ice.NewProperties()
			p.Set("A.x", "1")
			p.Set("A.y", "2")
			p.Set("B", "3")
			return p.ForPrefix("A.")
		}},
		{page: "The Properties Interface", says: "clone is independent", python: `p = Ice.createProperties(); p.setProperty("A", "1"); q = p.clone(); q.setProperty("A", "2"); out = [p.getProperty("A"), q.getProperty("A")]`, ours: func(*world) any {
			p := ice.NewProperties()
			p.Set("A", "1")
			q := p.Clone()
			q.Set("A", "2")
			return []any{p.Get("A"), q.Get("A")}
		}},
		{page: "The Properties Interface", says: "getCommandLineOptions gives the options again", python: `p = Ice.createProperties(); p.setProperty("A", "1"); p.setProperty("B", "2 3"); out = sorted(p.getCommandLineOptions())`, ours: func(*world) any {
			p := ice.NewProperties()
			p.Set("A", "1")
			p.Set("B", "2 3")
			return p.CommandLineOptions()
		}},
		{page: "The Properties Interface", says: "parseCommandLineOptions takes a prefix's options out", python: `p = Ice.createProperties(); rest = p.parseCommandLineOptions("My", ["--My.a=1", "--Your.b=2", "--My.c"]); out = [rest, p.getPropertiesForPrefix("")]`, ours: func(*world) any {
			p := ice.NewProperties()
			rest := p.ParseArgs("My", []string{"--My.a=1", "--Your.b=2", "--My.c"})
			return []any{rest, p.ForPrefix("")}
		}},
		{page: "Setting Properties", says: "a name's white space is trimmed", python: `p = Ice.createProperties(); p.setProperty(" A ", "1"); out = p.getProperty("A")`, ours: func(*world) any {
			p := ice.NewProperties()
			p.Set(" A ", "1")
			return p.Get("A")
		}},
		{page: "Setting Properties", says: "the empty value removes it", python: `p = Ice.createProperties(); p.setProperty("A", "1"); p.setProperty("A", ""); out = p.getPropertiesForPrefix("")`, ours: func(*world) any {
			p := ice.NewProperties()
			p.Set("A", "1")
			p.Set("A", "")
			return p.ForPrefix("")
		}},
		{page: "Using Configuration Files", says: "ICE_CONFIG names the file, and options of the command line win", python: `import os, tempfile
		with tempfile.NamedTemporaryFile("w", suffix=".cfg") as f:
		    f.write("A=file\nIce.ProgramName=file\n"); f.flush()
		    os.environ["ICE_CONFIG"] = f.name
		    p = Ice.createProperties(["prog", "--Ice.ProgramName=args"])
		    del os.environ["ICE_CONFIG"]
		    out = [p.getProperty("A"), p.getProperty("Ice.ProgramName")]`, ours: func(w *world) any {
			path := filepath.Join(w.t.TempDir(), "config")
			_ = os.WriteFile(path, []byte("A=file\nIce.ProgramName=file\n"), 0o600)
			w.setenv("ICE_CONFIG", path)
			defer w.setenv("ICE_CONFIG", "")
			c, err := ice.NewCommunicator(ice.WithArgs([]string{"prog", "--Ice.ProgramName=args"}))
			if err != nil {
				return err.Error()
			}
			w.open = append(w.open, c)
			return []any{c.Properties().Get("A"), c.Properties().Get("Ice.ProgramName")}
		}},
	}
}

func (w *world) setenv(name, value string) {
	if err := os.Setenv(name, value); err != nil {
		w.t.Fatal(err)
	}
}
