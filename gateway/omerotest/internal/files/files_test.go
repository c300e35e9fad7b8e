package files_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
)

func open(t *testing.T) *files.Store {
	t.Helper()
	s, err := files.Open(t.TempDir(), true)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// The sums of "abc" and of nothing are those of OMERO's own tests.
func TestChecksums(t *testing.T) {
	for _, c := range []struct{ name, abc, empty string }{
		{"SHA1-160", "a9993e364706816aba3e25717850c26c9cd0d89d", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{"MD5-128", "900150983cd24fb0d6963f7d28e17f72", "d41d8cd98f00b204e9800998ecf8427e"},
		{"CRC-32", "352441c2", "00000000"},
		{"Adler-32", "024d0127", "00000001"},
		{"Murmur3-32", "fa93ddb3", "00000000"},
		{"Murmur3-128", "6778ad3f3f3f96b4522dca264174a23b", "00000000000000000000000000000000"},
		{"File-Size-64", "0000000000000003", "0000000000000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := files.NewHasher(c.name)
			require.NoError(t, err)
			require.Equal(t, c.empty, h.Text())
			_, _ = io.WriteString(h, "abc")
			require.Equal(t, c.abc, h.Text())

			// Whole or in pieces is the same.
			long := bytes.Repeat([]byte("0123456789abcdefghi"), 40)
			whole, _ := files.NewHasher(c.name)
			_, _ = whole.Write(long)
			pieces, _ := files.NewHasher(c.name)
			for rest := long; len(rest) > 0; {
				n := min(len(rest), 7)
				_, _ = pieces.Write(rest[:n])
				rest = rest[n:]
			}
			require.Equal(t, whole.Text(), pieces.Text())
			whole.Reset()
			require.Equal(t, c.empty, whole.Text())
		})
	}
	_, err := files.NewHasher("ROT13")
	require.ErrorContains(t, err, "SHA1-160")
}

func TestNumberedPath(t *testing.T) {
	require.Equal(t, "Files/7", files.NumberedPath(files.Originals, 7))
	require.Equal(t, "Pixels/Dir-001/1234", files.NumberedPath(files.Pixels, 1234))
	require.Equal(t, "Files/Dir-001/Dir-234/1234567", files.NumberedPath(files.Originals, 1234567))
}

func TestReadAndWrite(t *testing.T) {
	s := open(t)
	_, err := s.OpenNumbered(files.Originals, 1001, false)
	require.ErrorIs(t, err, fs.ErrNotExist)

	f, err := s.OpenNumbered(files.Originals, 1001, true)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Write([]byte("hello"), 3))
	size, err := f.Size()
	require.NoError(t, err)
	require.EqualValues(t, 8, size)

	got, err := f.Read(0, 10)
	require.NoError(t, err)
	require.Equal(t, []byte("\x00\x00\x00hello\x00\x00"), got, "zeros before and behind")
	got, err = f.Read(1<<40, 2)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 0}, got)

	done, err := f.Truncate(100)
	require.NoError(t, err)
	require.False(t, done, "truncating does not make longer")
	done, err = f.Truncate(4)
	require.NoError(t, err)
	require.True(t, done)
	sum, err := f.Checksum("File-Size-64")
	require.NoError(t, err)
	require.Equal(t, "0000000000000004", sum)

	r, err := s.OpenNumbered(files.Originals, 1001, false)
	require.NoError(t, err)
	defer r.Close()
	require.ErrorIs(t, r.Write([]byte("x"), 0), files.ErrReadOnly)
	_, err = r.Truncate(0)
	require.ErrorIs(t, err, files.ErrReadOnly)

	require.True(t, s.HasNumbered(files.Originals, 1001))
	require.NoError(t, s.RemoveNumbered(files.Originals, 1001))
	require.NoError(t, s.RemoveNumbered(files.Originals, 1001))
	require.False(t, s.HasNumbered(files.Originals, 1001))
}

func TestRangesAreChecked(t *testing.T) {
	f, err := open(t).OpenNumbered(files.Originals, 1, true)
	require.NoError(t, err)
	defer f.Close()
	for _, c := range []struct {
		position int64
		length   int
	}{{-1, 1}, {0, -1}, {0, files.MostBytes + 1}, {1<<63 - 1, 1}, {-1 << 63, -1 << 31}} {
		_, err := f.Read(c.position, c.length)
		require.ErrorIs(t, err, files.ErrRange, "%v", c)
	}
	require.ErrorIs(t, f.Write([]byte("x"), -1), files.ErrRange)
	require.ErrorIs(t, f.Write([]byte("x"), 1<<63-1), files.ErrRange)
	_, err = f.Truncate(-1)
	require.ErrorIs(t, err, files.ErrRange)
	require.ErrorIs(t, f.Extend(files.MostSize+1), files.ErrRange)
}

func TestReplaceIsWholeOrNotAtAll(t *testing.T) {
	s := open(t)
	require.NoError(t, s.ReplaceNumbered(files.Thumbnails, 5, []byte("old")))
	failed := errors.New("failed")
	err := s.Replace(files.NumberedPath(files.Thumbnails, 5), func(w io.Writer) error {
		_, _ = io.WriteString(w, "half of the n")
		return failed
	})
	require.ErrorIs(t, err, failed)
	got, err := os.ReadFile(filepath.Join(s.Dir(), "Thumbnails", "5"))
	require.NoError(t, err)
	require.Equal(t, "old", string(got))
	left, err := s.List("Unfinished")
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestUnfinishedFilesGoAtStart(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "Unfinished"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Unfinished", "1"), []byte("half"), 0o600))
	s, err := files.Open(dir, false)
	require.NoError(t, err)
	defer s.Close()
	require.NoFileExists(t, filepath.Join(dir, "Unfinished", "1"))
}

func TestCheckPath(t *testing.T) {
	for in, want := range map[string]string{
		"": ".", "/": ".", ".": ".", "a": "a", "/a/b": "a/b", "a//b/": "a/b", "a/./b": "a/b", "a/../b": "b",
		"user_1/2026-11/25": "user_1/2026-11/25", "Zelle ä.tif": "Zelle ä.tif", "..a": "..a", "-x": "-x", ".hidden": ".hidden",
	} {
		got, err := files.CheckPath(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"..", "/..", "a/../..", "../etc/passwd", "/../../x", "./.."} {
		_, err := files.CheckPath(in)
		require.ErrorIs(t, err, files.ErrOutside, in)
	}
	for in, part := range map[string]string{
		"a\x00b": "U+0000", "a\nb": "U+000A", `a\b`: "U+005C", "a:b": "U+003A", "dir/NUL": "NUL", "con": "CON",
		"com1.tif": "COM1.", "$mft": "$", strings.Repeat("x", 256): "255", strings.Repeat("x/", 3000): "4096", "a\xff": "UTF-8",
	} {
		_, err := files.CheckPath(in)
		naming, ok := errors.AsType[*files.NamingError](err)
		require.True(t, ok, "%q: %v", in, err)
		require.ErrorContains(t, naming, part)
	}
}

func TestNoPathLeadsOut(t *testing.T) {
	s := open(t)
	outside := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(outside, []byte("secret"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(s.Dir(), "link")))
	for _, name := range []string{"link", "../secret", outside, "a/../../x"} {
		_, err := s.OpenPath(name, false)
		require.Error(t, err, name)
		_, err = s.OpenPath(name, true)
		require.Error(t, err, name)
	}
	require.Error(t, s.RemoveAll("."))
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"a/b", "../x", "a\x00", "CON.x", "$", "a/../../b", "\\", "…/é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, err := files.CheckPath(name)
		if err == nil {
			require.True(t, filepath.IsLocal(got), "%q became %q", name, got)
			again, err := files.CheckPath(got)
			require.NoError(t, err)
			require.Equal(t, got, again)
		}
		safe := files.SafeName(name)
		got, err = files.CheckPath(safe)
		require.NoError(t, err, "%q became %q", name, safe)
		require.Equal(t, safe, got)
	})
}
