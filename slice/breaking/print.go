package breaking

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/slice2go/slice2go/slice"
)

// Print writes a change a line, as compilers do, followed by the reason and by
// the place in the old version.
func Print(out io.Writer, changes []Change) error {
	w := bufio.NewWriter(out)
	for _, c := range changes {
		at := c.New
		if !at.IsValid() {
			at = c.Old
		}
		fmt.Fprintf(w, "%s: %s: %s [%s]\n", at, c.Level, c.Message, c.Rule)
		if c.Level != Safe {
			fmt.Fprintf(w, "    %s\n", c.Reason)
		}
		if c.Old.IsValid() && c.New.IsValid() {
			fmt.Fprintf(w, "    it was in %s\n", c.Old)
		}
	}
	return w.Flush()
}

// printed is a change as WriteJSON writes it.
type printed struct {
	Rule    string `json:"rule"`
	Level   Level  `json:"level"`
	Message string `json:"message"`
	Reason  string `json:"reason"`
	Old     *spot  `json:"old,omitempty"`
	New     *spot  `json:"new,omitempty"`
}

type spot struct {
	File string `json:"file"`
	Line int32  `json:"line"`
	Col  int32  `json:"col"`
}

// WriteJSON writes one JSON object a line for each change.
func WriteJSON(out io.Writer, changes []Change) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, c := range changes {
		if err := enc.Encode(printed{c.Rule, c.Level, c.Message, c.Reason, spotOf(c.Old), spotOf(c.New)}); err != nil {
			return err
		}
	}
	return w.Flush()
}

func spotOf(p slice.Pos) *spot {
	if !p.IsValid() {
		return nil
	}
	return &spot{p.File.Path, p.Line, p.Col}
}
