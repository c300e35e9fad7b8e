package tables

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"
)

// strip is how many bytes of rows are in memory at a time.
const strip = 1 << 20

// Append adds rows. All of them are there afterwards, or none.
func (t *Table) Append(cols []omero.AnyGridColumn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return err
	}
	data, n, err := t.match(cols)
	if err != nil || n == 0 {
		return err
	}
	next := head{sequence: t.head.sequence + 1, rows: t.head.rows + uint64(n), masks: t.head.masks}
	var failed error
	mask := func(b []byte) int64 {
		at := int64(next.masks)
		if _, err := t.masks.WriteAt(b, at); err != nil {
			failed = errors.Join(failed, err)
		}
		next.masks += uint64(len(b))
		return at
	}
	p := make([]byte, 0, min(strip, n*t.width)+t.width)
	at := t.offset(int64(t.head.rows))
	for i := range n {
		p = append(p, make([]byte, t.width)...)
		row := p[len(p)-t.width:]
		for j := range t.columns {
			t.columns[j].encode(row, data[j], i, mask)
		}
		if len(p) >= strip || i == n-1 {
			if _, err := t.rows.WriteAt(p, at); err != nil {
				return err
			}
			at += int64(len(p))
			p = p[:0]
		}
	}
	if next.masks != t.head.masks {
		failed = errors.Join(failed, t.masks.Sync())
	}
	if err := errors.Join(failed, t.rows.Sync()); err != nil {
		return err
	}
	if err := t.rows.Write(next.encode(), int64(next.sequence%2)*slotSize); err != nil {
		return err
	}
	t.head, t.modified = next, t.tables.now()
	return nil
}

// offset is where a row is in its file.
func (t *Table) offset(row int64) int64 { return headSize + row*int64(t.width) }

// match finds the data of each column, by name, and counts the rows.
func (t *Table) match(cols []omero.AnyGridColumn) ([]omero.AnyGridColumn, int, error) {
	if len(cols) != len(t.columns) {
		return nil, 0, invalid("%d columns are given for the table's %d", len(cols), len(t.columns))
	}
	byName := map[string]omero.AnyGridColumn{}
	for _, c := range cols {
		if !isNil(c) {
			byName[c.AsGridColumn().Name] = c
		}
	}
	data, rows := make([]omero.AnyGridColumn, len(cols)), -1
	for i := range t.columns {
		c := &t.columns[i]
		data[i] = byName[c.Name]
		if data[i] == nil {
			return nil, 0, invalid("There is no data for the column %.100s", c.Name)
		}
		n, err := c.rows(data[i])
		if err != nil {
			return nil, 0, err
		}
		if rows >= 0 && n != rows {
			return nil, 0, invalid("Columns are of differing length")
		}
		rows = n
	}
	return data, rows, nil
}

// Slice reads rows of columns, both by number. It has no row twice in memory.
func (t *Table) Slice(cols, rows []int64) (*omero.GridData, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	chosen, err := t.choose(cols)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r < 0 {
			return nil, usage("Error reading coordinates. Most likely out of range: row %d", r)
		}
		if r >= int64(t.head.rows) {
			return nil, usage("Row overflow: %d >= %d", r, t.head.rows)
		}
	}
	data, err := t.start(chosen, len(rows))
	if err != nil {
		return nil, err
	}
	data.RowNumbers = slices.Clone(rows)
	row := make([]byte, t.width)
	room := t.maskRoom()
	for _, r := range rows {
		if _, err := t.rows.ReadAt(row, t.offset(r)); err != nil {
			return nil, err
		}
		if err := t.add(chosen, row, data, room); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// Read reads the rows from start to stop of columns by number. Both are as in
// Python: negative numbers count from the end, and what is not there is left out.
func (t *Table) Read(cols []int64, start, stop int64) (*omero.GridData, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	chosen, err := t.choose(cols)
	if err != nil {
		return nil, err
	}
	start, stop = pySlice(start, int64(t.head.rows)), pySlice(stop, int64(t.head.rows))
	n := max(0, stop-start)
	if n > MostBytes {
		return nil, usage("%d rows are too many for one answer; read fewer at a time", n)
	}
	data, err := t.start(chosen, int(n))
	if err != nil {
		return nil, err
	}
	data.RowNumbers = make([]int64, 0, n)
	room := t.maskRoom()
	return data, t.each(start, stop, 1, func(r int64, row []byte) error {
		data.RowNumbers = append(data.RowNumbers, r)
		return t.add(chosen, row, data, room)
	})
}

// pySlice is the bound i of a Python slice of n elements.
func pySlice(i, n int64) int64 {
	if i < 0 {
		return max(0, i+n)
	}
	return min(i, n)
}

// each reads rows in strips. The lock is held.
func (t *Table) each(start, stop, step int64, visit func(r int64, row []byte) error) error {
	if start >= stop {
		return nil
	}
	width := int64(t.width)
	p := make([]byte, max(width, min(strip/width, stop-start)*width))
	for r := start; r < stop; {
		n := min(int64(len(p))/width, stop-r)
		if _, err := t.rows.ReadAt(p[:n*width], t.offset(r)); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		i := int64(0)
		for ; i < n; i += step {
			if err := visit(r+i, p[i*width:][:width]); err != nil {
				return err
			}
			if step > stop {
				return nil
			}
		}
		r += i
	}
	return nil
}

// choose finds columns by number; nil is all of them.
func (t *Table) choose(cols []int64) ([]*column, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	var chosen []*column
	if cols == nil {
		for i := range t.columns {
			chosen = append(chosen, &t.columns[i])
		}
		return chosen, nil
	}
	if len(cols) == 0 {
		return nil, usage("Columns not specified: []")
	}
	if len(cols) > mostColumns {
		return nil, usage("%d columns are more than %d", len(cols), mostColumns)
	}
	for _, i := range cols {
		if i < -int64(len(t.columns)) || i >= int64(len(t.columns)) {
			return nil, usage("Column overflow: %d >= %d", i, len(t.columns))
		}
		if i < 0 {
			i += int64(len(t.columns)) // as in Python
		}
		chosen = append(chosen, &t.columns[i])
	}
	return chosen, nil
}

// start makes an answer, if it is not too large.
func (t *Table) start(chosen []*column, rows int) (*omero.GridData, error) {
	width := int64(8)
	for _, c := range chosen {
		width += int64(c.width())
	}
	if int64(rows) > MostBytes/width {
		return nil, usage("%d rows of %d bytes are too many for one answer; read fewer at a time", rows, width)
	}
	data := &omero.GridData{LastModification: t.modified.UnixMilli()}
	for _, c := range chosen {
		data.Columns = append(data.Columns, c.empty(rows))
	}
	return data, nil
}

// maskRoom bounds the bytes of masks in one answer.
func (t *Table) maskRoom() func(at, n int64) ([]byte, error) {
	room := int64(MostBytes)
	return func(at, n int64) ([]byte, error) {
		if at < 0 || n < 0 || at > int64(t.head.masks)-n {
			return nil, fmt.Errorf("the table is damaged: a mask is not in its file")
		}
		if room -= n; room < 0 {
			return nil, usage("The masks are too many for one answer; read fewer rows at a time")
		}
		p := make([]byte, n)
		_, err := t.masks.ReadAt(p, at)
		return p, err
	}
}

func (t *Table) add(chosen []*column, row []byte, data *omero.GridData, mask func(at, n int64) ([]byte, error)) error {
	for i, c := range chosen {
		if err := c.decode(row, data.Columns[i], mask); err != nil {
			return err
		}
	}
	return nil
}

// Update changes rows: for each of data.RowNumbers, the columns that data has.
// All is changed afterwards, or nothing.
func (t *Table) Update(data *omero.GridData) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil || data == nil {
		return err
	}
	cols := make([]*column, len(data.Columns))
	for i, d := range data.Columns {
		if isNil(d) {
			return invalid("Column %d is null", i)
		}
		j := slices.IndexFunc(t.columns, func(c column) bool { return c.Name == d.AsGridColumn().Name })
		if j < 0 {
			return usage("There is no column %.100s", d.AsGridColumn().Name)
		}
		cols[i] = &t.columns[j]
		n, err := cols[i].rows(d)
		switch {
		case err != nil:
			return err
		case cols[i].Type == "MaskColumn":
			return usage("Masks cannot be changed (Column: %.100s)", cols[i].Name)
		case n < len(data.RowNumbers):
			return invalid("There are %d values for %d rows (Column: %.100s)", n, len(data.RowNumbers), cols[i].Name)
		}
	}
	for _, r := range data.RowNumbers {
		if r < 0 || r >= int64(t.head.rows) {
			return usage("Row overflow: %d >= %d", r, t.head.rows)
		}
	}
	if len(cols) == 0 || len(data.RowNumbers) == 0 {
		return nil
	}
	return t.change(cols, data)
}

// change writes down what is to be changed, changes it, and throws the note away.
func (t *Table) change(cols []*column, data *omero.GridData) error {
	err := t.tables.store.Replace(t.file("update"), func(w io.Writer) error {
		sum := crc32.NewIEEE()
		out := io.MultiWriter(w, sum)
		row := make([]byte, t.width)
		var entry []byte
		for i, r := range data.RowNumbers {
			for j, c := range cols {
				c.encode(row, data.Columns[j], i, nil)
				entry = binary.LittleEndian.AppendUint64(entry[:0], uint64(t.offset(r)+int64(c.offset)))
				entry = binary.LittleEndian.AppendUint32(entry, uint32(c.width()))
				entry = append(entry, c.at(row)[:c.width()]...)
				if _, err := out.Write(entry); err != nil {
					return err
				}
			}
		}
		_, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
		return err
	})
	if err != nil {
		return err
	}
	t.modified = t.tables.now()
	return t.redo()
}

// redo does what the note says, if there is one. Doing it twice is as good as
// once.
func (t *Table) redo() error {
	f, err := t.tables.store.OpenPath(t.file("update"), false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	size, err := f.Size()
	if err == nil && size < 4 {
		err = errors.New("the note of a change is too short")
	}
	var note []byte
	if err == nil {
		note, err = io.ReadAll(io.NewSectionReader(f, 0, size))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	body := note[:len(note)-4]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(note[len(body):]) {
		return errors.New("the note of a change is damaged")
	}
	for len(body) >= 12 {
		at, n := binary.LittleEndian.Uint64(body), int(binary.LittleEndian.Uint32(body[8:]))
		if n > len(body)-12 {
			return errors.New("the note of a change is damaged")
		}
		if _, err := t.rows.WriteAt(body[12:][:n], int64(at)); err != nil {
			return err
		}
		body = body[12+n:]
	}
	if err := t.rows.Sync(); err != nil {
		return err
	}
	return t.tables.store.Remove(t.file("update"))
}
