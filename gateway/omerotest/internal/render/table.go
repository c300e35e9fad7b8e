package render

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Table is a lookup table: red, green and blue for the values 0 to 255.
type Table [256][3]byte

// Tables are the lookup tables that every server has, by the names of their
// files, which are ImageJ's. Each goes evenly from black to a colour.
var Tables = map[string]*Table{
	"grays.lut": ramp(1, 1, 1), "red.lut": ramp(1, 0, 0), "green.lut": ramp(0, 1, 0), "blue.lut": ramp(0, 0, 1),
	"cyan.lut": ramp(0, 1, 1), "magenta.lut": ramp(1, 0, 1), "yellow.lut": ramp(1, 1, 0),
}

func ramp(r, g, b byte) *Table {
	t := &Table{}
	for i := range t {
		v := byte(i)
		t[i] = [3]byte{v * r, v * g, v * b}
	}
	return t
}

// mostTable is how many bytes a file with a table can have.
const mostTable = 1 << 16

// ParseTable reads a lookup table as ImageJ writes it: 768 bytes (all reds, then
// greens, then blues), perhaps after a header of 32 that begins with ICOL, or
// text with three or four numbers in each of 256 lines.
func ParseTable(file []byte) (*Table, error) {
	if len(file) > mostTable {
		return nil, fmt.Errorf("a lookup table has %d bytes: at most %d are read", len(file), mostTable)
	}
	if len(file) == 800 && bytes.HasPrefix(file, []byte("ICOL")) {
		file = file[32:]
	}
	t := &Table{}
	if len(file) == 768 {
		for i := range t {
			t[i] = [3]byte{file[i], file[256+i], file[512+i]}
		}
		return t, nil
	}
	n := 0
	for line := range strings.SplitSeq(string(file), "\n") {
		words := strings.Fields(line)
		if len(words) == 4 {
			words = words[1:] // the first is the index
		}
		if len(words) != 3 {
			continue
		}
		var c [3]byte
		ok := true
		for i, w := range words {
			v, err := strconv.ParseFloat(w, 64)
			ok = ok && err == nil && v >= 0 && v <= 255
			if ok {
				c[i] = byte(v)
			}
		}
		if ok && n < len(t) {
			t[n] = c
			n++
		}
	}
	if n != len(t) {
		return nil, fmt.Errorf("no lookup table: it has neither 768 bytes nor 256 lines of colours, but %d", n)
	}
	return t, nil
}
