package slice

import (
	"fmt"
	"sort"
)

// Pos is a place in a Slice source file. Line and Col count from 1, Col in
// bytes; EndCol is the column after the last byte of the word that a
// diagnostic underlines, or 0 when only the start is known. (There are several
// for every name in the input, so each number takes four bytes.)
type Pos struct {
	File   *File
	Line   int32
	Col    int32
	EndCol int32
}

// IsValid reports whether p names a place in a file.
func (p Pos) IsValid() bool { return p.File != nil && p.Line > 0 }

// before reports whether p is in front of q, in the same file.
func (p Pos) before(q Pos) bool {
	return p.File == q.File && (p.Line < q.Line || p.Line == q.Line && p.Col < q.Col)
}

// String returns file:line:col.
func (p Pos) String() string {
	if p.File == nil {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.File.Path, p.Line, p.Col)
}

// Severity tells an error, which stops the run, from a warning.
type Severity int

// The severities, the worst first.
const (
	Error Severity = iota
	Warning
)

// String returns the word that a diagnostic is printed with.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Note is a second place or a hint that belongs to a diagnostic. Its Pos may
// be invalid, for a hint without a place.
type Note struct {
	Pos     Pos
	Message string
}

// Diagnostic is one thing that is wrong with the input, as data: printing is
// the business of the caller.
type Diagnostic struct {
	Severity Severity
	ID       string // stable, kebab-case: "undefined-type", "redefinition"
	Pos      Pos
	Message  string
	Notes    []Note
}

// Diagnostics collects what is wrong in a run. The zero value is ready for use.
type Diagnostics struct {
	list []Diagnostic
}

// Add appends d.
func (ds *Diagnostics) Add(d Diagnostic) { ds.list = append(ds.list, d) }

// Append appends everything that other holds.
func (ds *Diagnostics) Append(other *Diagnostics) { ds.list = append(ds.list, other.list...) }

// HasErrors reports whether at least one diagnostic is an error.
func (ds *Diagnostics) HasErrors() bool {
	for i := range ds.list {
		if ds.list[i].Severity == Error {
			return true
		}
	}
	return false
}

// Sorted returns the diagnostics in the order of file, line and column, each
// once.
func (ds *Diagnostics) Sorted() []Diagnostic {
	out := make([]Diagnostic, len(ds.list))
	copy(out, ds.list)
	key := func(d *Diagnostic) (string, int32, int32) {
		if d.Pos.File == nil {
			return "", d.Pos.Line, d.Pos.Col
		}
		return d.Pos.File.Path, d.Pos.Line, d.Pos.Col
	}
	sort.SliceStable(out, func(i, j int) bool {
		fi, li, ci := key(&out[i])
		fj, lj, cj := key(&out[j])
		if fi != fj {
			return fi < fj
		}
		if li != lj {
			return li < lj
		}
		if ci != cj {
			return ci < cj
		}
		return out[i].Severity < out[j].Severity
	})
	n := 0
	for i := range out {
		if n > 0 && out[n-1].Pos == out[i].Pos && out[n-1].Message == out[i].Message {
			continue
		}
		out[n] = out[i]
		n++
	}
	return out[:n]
}
