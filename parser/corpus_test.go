package parser_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/corpus"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/definitions"
)

var updateCorpus = flag.Bool("update-corpus", false, "write the golden diagnostics of testdata/corpus")

const corpusDir = "../testdata/corpus"

// checkCorpusFile returns what we have to say of one file of the corpus.
func checkCorpusFile(t *testing.T, file string) []slice.Diagnostic {
	t.Helper()
	opts := parser.Options{
		IncludeDirs: []string{filepath.Join(corpusDir, corpus.IncludeDir)},
		Embedded:    definitions.FS,
	}
	_, diags, err := parser.Load(opts, filepath.Join(corpusDir, filepath.FromSlash(file)))
	require.NoError(t, err, file)
	return diags.Sorted()
}

// TestCorpusAgreesWithSlice2cpp holds our verdict on every file of the corpus
// against slice2cpp's, which is on record.
func TestCorpusAgreesWithSlice2cpp(t *testing.T) {
	files, err := corpus.Files(corpusDir)
	require.NoError(t, err)
	verdicts, err := corpus.Verdicts(corpusDir)
	require.NoError(t, err)
	require.Greater(t, len(files), 500)
	for _, file := range files {
		theirs, recorded := verdicts[file]
		require.True(t, recorded, "%s: go test ./interop/corpus -update records slice2cpp's verdict", file)
		folder := path.Dir(file)
		want := theirs.Accept
		if folder == "extensions" || folder == "stricter" {
			want = !want
		}
		diags := checkCorpusFile(t, file)
		ours := summarize(file, diags)
		if !assert.Equal(t, want, len(ours.errors) == 0, "%s: slice2cpp accepts: %v, it complains about lines %v; we say\n%s",
			file, theirs.Accept, theirs.Errors, text(diags)) {
			continue
		}
		if theirs.Accept && want && folder != "metadata" && !strings.HasPrefix(path.Base(file), "warn") {
			assert.Equal(t, len(theirs.Warnings) > 0, len(ours.warnings) > 0,
				"%s: slice2cpp warns about lines %v; we say\n%s", file, theirs.Warnings, text(diags))
		}
		if theirs.Accept && strings.HasPrefix(path.Base(file), "warn") {
			assert.NotEmpty(t, ours.warnings, "%s: slice2cpp warns about lines %v", file, theirs.Warnings)
		}
		// #line renumbers slice2cpp's lines; ours stay those of the file.
		if len(theirs.Errors) > 0 && !want && file != "preprocessor/wrong-line.ice" {
			assert.True(t, near(ours.errors, theirs.Errors), "%s: slice2cpp's errors are in lines %d; we say\n%s",
				file, theirs.Errors, text(diags))
		}
		if strings.HasPrefix(path.Base(file), "twice") && !want {
			assert.GreaterOrEqual(t, len(ours.errors)+len(ours.warnings), 2,
				"%s has more than one mistake, and all are to be reported; we say\n%s", file, text(diags))
		}
	}
}

// near reports whether one of our errors is where slice2cpp has one. It
// reports some at the end of the definition, some a word too late, and some in
// the file that includes the wrong one (line 0), so that exact lines prove
// nothing; ours are in the golden files.
func near(ours, theirs []int) bool {
	for _, our := range ours {
		for _, their := range theirs {
			if our == 0 || our <= their && their <= our+4 {
				return true
			}
		}
	}
	return false
}

// lines are where diagnostics are, one entry each; line 0 stands for another
// file.
type lines struct{ errors, warnings []int }

func summarize(file string, diags []slice.Diagnostic) lines {
	var l lines
	for _, d := range diags {
		line := 0
		if d.Pos.File != nil && strings.HasSuffix(filepath.ToSlash(d.Pos.File.Path), file) {
			line = int(d.Pos.Line)
		}
		if d.Severity == slice.Error {
			l.errors = append(l.errors, line)
		} else {
			l.warnings = append(l.warnings, line)
		}
	}
	return l
}

// text is how diagnostics stand in golden files: the file without its folder,
// place, id, message, and the notes below.
func text(diags []slice.Diagnostic) string {
	var b strings.Builder
	place := func(p slice.Pos) string {
		if p.File == nil {
			return "-"
		}
		return fmt.Sprintf("%s:%d:%d-%d", path.Base(filepath.ToSlash(p.File.Path)), p.Line, p.Col, p.EndCol)
	}
	for _, d := range diags {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", place(d.Pos), d.Severity, d.Message, d.ID)
		for _, n := range d.Notes {
			fmt.Fprintf(&b, "    %s: note: %s\n", place(n.Pos), n.Message)
		}
	}
	return b.String()
}

// TestCorpusDiagnostics holds what we say, word by word and place by place,
// against the golden file of each folder.
func TestCorpusDiagnostics(t *testing.T) {
	files, err := corpus.Files(corpusDir)
	require.NoError(t, err)
	folders := map[string]*bytes.Buffer{}
	for _, file := range files {
		folder := path.Dir(file)
		if folders[folder] == nil {
			folders[folder] = &bytes.Buffer{}
		}
		said := text(checkCorpusFile(t, file))
		if said == "" {
			said = "fine\n"
		}
		fmt.Fprintf(folders[folder], "== %s\n%s\n", path.Base(file), said)
	}
	for folder, said := range folders {
		golden := filepath.Join(corpusDir, folder, "diagnostics.golden")
		if *updateCorpus {
			require.NoError(t, os.WriteFile(golden, said.Bytes(), 0o644))
			continue
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err, "go test ./parser -update-corpus writes it")
		assert.Equal(t, string(want), said.String(),
			"%s: look at the difference; go test ./parser -update-corpus takes it over", folder)
	}
}

// TestCorpusSaysEachThingOnce looks for diagnostics that repeat themselves and
// for those without a place.
func TestCorpusSaysEachThingOnce(t *testing.T) {
	files, err := corpus.Files(corpusDir)
	require.NoError(t, err)
	for _, file := range files {
		var seen []string
		for _, d := range checkCorpusFile(t, file) {
			assert.True(t, d.Pos.IsValid(), "%s: no place: %s", file, d.Message)
			assert.NotEmpty(t, d.ID, "%s: no id: %s", file, d.Message)
			what := d.Pos.String() + d.Message
			assert.False(t, slices.Contains(seen, what), "%s: twice: %s", file, d.Message)
			seen = append(seen, what)
		}
	}
}

// TestZeroCsDefinitions reads all of Slice that ZeroC ships, each file by
// itself and all of it at once.
func TestZeroCsDefinitions(t *testing.T) {
	peer.Require(t, "ice-slice")
	opts := parser.Options{IncludeDirs: []string{peer.SliceDir}}
	files, err := corpus.Files(peer.SliceDir)
	require.NoError(t, err)
	require.Greater(t, len(files), 50)
	for _, file := range files {
		_, diags, err := parser.Load(opts, filepath.Join(peer.SliceDir, filepath.FromSlash(file)))
		require.NoError(t, err)
		assert.False(t, diags.HasErrors(), "%s\n%s", file, text(diags.Sorted()))
	}
	model, diags, err := parser.Load(opts, peer.SliceDir)
	require.NoError(t, err)
	assert.False(t, diags.HasErrors(), "%s", text(diags.Sorted()))
	assert.GreaterOrEqual(t, len(model.Files), len(files))
}
