package slice

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	words := []string{"interface", "StringSet", "StringSeq", "Image", "a"}
	for word, want := range map[string]string{
		"interfce": "interface", "intreface": "interface", "STRINGSET": "StringSet", "Imag": "Image", "Imgae": "Image",
		"nothing": "", "x": "", "": "", strings.Repeat("x", 100): "",
	} {
		assert.Equal(t, want, Nearest(word, words), word)
	}
}

func TestDistanceIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-c]{0,8}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		require.Equal(t, distance(a, b, 20), distance(b, a, 20))
		require.Equal(t, a == b, distance(a, b, 20) == 0)
	})
}

func TestParseInt(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "12": 12, "+12": 12, "-12": -12, "0x1F": 31, "-0x10": -16, "017": 15, "-010": -8, "08": 0, "019": 1,
		"9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63,
	} {
		v, ok := parseInt(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, v, text)
	}
	for _, text := range []string{"9223372036854775808", "-9223372036854775809", "0xFFFFFFFFFFFFFFFFF"} {
		_, ok := parseInt(text)
		assert.False(t, ok, text)
	}
}

func TestSortedGivesEachOnce(t *testing.T) {
	a, b := &File{Path: "a"}, &File{Path: "b"}
	var ds Diagnostics
	ds.Add(Diagnostic{Pos: Pos{b, 1, 1, 0}, Message: "third"})
	ds.Add(Diagnostic{Pos: Pos{a, 2, 1, 0}, Message: "second"})
	ds.Add(Diagnostic{Pos: Pos{a, 1, 5, 0}, Message: "first"})
	ds.Add(Diagnostic{Pos: Pos{a, 2, 1, 0}, Message: "second"})
	var got []string
	for _, d := range ds.Sorted() {
		got = append(got, d.Message)
	}
	assert.Equal(t, []string{"first", "second", "third"}, got)
}

// TestPrinterShowsAnyLine puts the caret where it belongs, whatever the line
// is made of.
func TestPrinterShowsAnyLine(t *testing.T) {
	long := strings.Repeat("x ", 500) + "wrong" + strings.Repeat(" y", 500)
	for name, tt := range map[string]struct {
		line     string
		col, end int32
		want     string
	}{
		"tabs":        {"\t\tint é; wrong", 11, 16, "\t\tint é; wrong\n\t\t       ^~~~~\n"},
		"no end":      {"wrong", 1, 0, "wrong\n^\n"},
		"behind":      {"int i", 6, 7, "int i\n     ^\n"},
		"far behind":  {"int i", 60, 70, "int i\n     ^\n"},
		"control":     {"int \x1b[31m wrong", 11, 16, "int .[31m wrong\n          ^~~~~\n"},
		"blank lines": {"   ", 1, 2, ""},
		"long":        {long, 1001, 1006, long[920:1080] + "\n" + strings.Repeat(" ", 80) + "^~~~~\n"},
	} {
		f := &File{Path: "f", Lines: func(int) string { return tt.line }}
		var out strings.Builder
		var ds Diagnostics
		ds.Add(Diagnostic{Pos: Pos{f, 1, tt.col, tt.end}, Message: "m"})
		require.NoError(t, (&Printer{Out: &out}).Print(&ds))
		_, shown, _ := strings.Cut(out.String(), "\n")
		assert.Equal(t, tt.want, shown, name)
	}
}

func TestQuoteSlice(t *testing.T) {
	assert.Equal(t, `"a\"b\\c\n\t\001é"`, quoteSlice("a\"b\\c\n\t\x01é"))
}

// TestFileSet holds the sets of files against maps.
func TestFileSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOf(rapid.IntRange(0, 300))
		var a, b fileSet
		in := map[int]bool{}
		meet := false
		for _, n := range numbers.Draw(t, "a") {
			a.add(n)
			in[n] = true
		}
		for _, n := range numbers.Draw(t, "b") {
			b.add(n)
			meet = meet || in[n]
		}
		require.Equal(t, meet, a.meets(b))
		require.Equal(t, meet, b.meets(a))
		a.addAll(b)
		for n := range 301 {
			require.Equal(t, in[n] || b.has(n), a.has(n))
		}
	})
}
