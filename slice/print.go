package slice

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printer writes diagnostics for people: file:line:col, the source line with a
// caret under the word, and notes in the same way.
type Printer struct {
	Out   io.Writer
	Color bool // with ANSI colours; for a terminal
}

// The colours of a terminal, by what they are used for.
const (
	colorReset   = "\x1b[0m"
	colorBold    = "\x1b[1m"
	colorError   = "\x1b[1;31m"
	colorWarning = "\x1b[1;35m"
	colorNote    = "\x1b[1;36m"
	colorCaret   = "\x1b[1;32m"
)

// Print writes every diagnostic, sorted, each once.
func (p *Printer) Print(ds *Diagnostics) error {
	w := bufio.NewWriter(p.Out)
	var chain *File
	for _, d := range ds.Sorted() {
		if d.Pos.File != chain {
			chain = d.Pos.File
			p.includedFrom(w, chain)
		}
		color := colorError
		if d.Severity == Warning {
			color = colorWarning
		}
		p.line(w, d.Pos, d.Severity.String(), color, d.Message)
		for _, n := range d.Notes {
			p.line(w, n.Pos, "note", colorNote, n.Message)
		}
	}
	return w.Flush()
}

// includedFrom says by whom a file was included that is no input.
func (p *Printer) includedFrom(w *bufio.Writer, f *File) {
	for depth := 0; f != nil && !f.Input && f.IncludedAt.IsValid() && depth < 20; depth++ {
		lead := "In file included from "
		if depth > 0 {
			lead = "                 from "
		}
		fmt.Fprintf(w, "%s%s:%d:\n", lead, printable(f.IncludedAt.File.Path), f.IncludedAt.Line)
		f = f.IncludedAt.File
	}
}

func (p *Printer) paint(color, text string) string {
	if !p.Color {
		return text
	}
	return color + text + colorReset
}

func (p *Printer) line(w *bufio.Writer, pos Pos, word, color, message string) {
	if pos.IsValid() {
		w.WriteString(p.paint(colorBold, printable(pos.String())+":") + " ")
	}
	message = printable(message)
	if word != "note" {
		message = p.paint(colorBold, message)
	}
	w.WriteString(p.paint(color, word+":") + " " + message + "\n")
	if pos.IsValid() && pos.File.Lines != nil {
		p.source(w, pos)
	}
}

// maxShown is how much of a source line is shown, in bytes.
const maxShown = 160

// source writes the line of pos and a caret below.
func (p *Printer) source(w *bufio.Writer, pos Pos) {
	text := pos.File.Lines(int(pos.Line))
	col, behind := int(pos.Col), int(pos.EndCol)
	start := min(max(col-1, 0), len(text))
	end := start + 1
	if behind > col {
		end = min(behind-1, len(text))
	}
	if len(text) > maxShown { // of a very long line, what surrounds the word
		from := max(0, start-maxShown/2)
		for from > 0 && !utf8.RuneStart(text[from]) {
			from--
		}
		to := min(len(text), from+maxShown)
		for to < len(text) && !utf8.RuneStart(text[to]) {
			to++
		}
		text, start, end = text[from:to], start-from, min(end-from, to-from)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	var under strings.Builder
	for i, r := range text {
		if i >= start {
			break
		}
		if r == '\t' {
			under.WriteByte('\t')
		} else {
			under.WriteByte(' ')
		}
	}
	width := 1
	if end > start && end <= len(text) {
		width = max(1, utf8.RuneCountInString(text[start:end]))
	}
	w.WriteString(printable(text) + "\n" + under.String() + p.paint(colorCaret, "^"+strings.Repeat("~", width-1)) + "\n")
}

// printable replaces what a terminal would take as a command.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return '.' // it could move the cursor, or hide what follows
		}
		return r
	}, s)
}

// jsonDiagnostic is a diagnostic as editors read it.
type jsonDiagnostic struct {
	File     string     `json:"file,omitempty"`
	Line     int        `json:"line,omitempty"`
	Column   int        `json:"column,omitempty"`
	End      int        `json:"endColumn,omitempty"`
	Severity string     `json:"severity,omitempty"`
	ID       string     `json:"id,omitempty"`
	Message  string     `json:"message"`
	Notes    []jsonNote `json:"notes,omitempty"`
}

type jsonNote struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	End     int    `json:"endColumn,omitempty"`
	Message string `json:"message"`
}

// WriteJSON writes every diagnostic as one JSON object a line: file, line,
// column, endColumn, severity, id, message, and notes with the same places.
func (ds *Diagnostics) WriteJSON(out io.Writer) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, d := range ds.Sorted() {
		j := jsonDiagnostic{Line: int(d.Pos.Line), Column: int(d.Pos.Col), End: int(d.Pos.EndCol), Severity: d.Severity.String(), ID: d.ID, Message: d.Message}
		if d.Pos.File != nil {
			j.File = d.Pos.File.Path
		}
		for _, n := range d.Notes {
			note := jsonNote{Message: n.Message}
			if n.Pos.IsValid() {
				note.File, note.Line, note.Column, note.End = n.Pos.File.Path, int(n.Pos.Line), int(n.Pos.Col), int(n.Pos.EndCol)
			}
			j.Notes = append(j.Notes, note)
		}
		if err := enc.Encode(j); err != nil {
			return err
		}
	}
	return w.Flush()
}
