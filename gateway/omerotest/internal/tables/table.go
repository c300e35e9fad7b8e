package tables

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
)

// MostBytes is how much one answer may hold, so that it fits into an Ice
// message of OMERO's (250000 KiB).
const MostBytes = 200_000_000

// Tables are the tables of a data folder. Whoever opens a table has the same
// one, and so all see what others add.
type Tables struct {
	store *files.Store
	now   func() time.Time
	mu    sync.Mutex
	open  map[int64]*Table
}

// New finds tables in a data folder. now tells the time.
func New(store *files.Store, now func() time.Time) *Tables {
	return &Tables{store: store, now: now, open: map[int64]*Table{}}
}

// Open opens the table that belongs to an original file. One that is new has no
// columns until it is initialized. Each Open needs a [Table.Close].
func (ts *Tables) Open(id int64) (*Table, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.open[id]
	if t == nil {
		t = &Table{tables: ts, id: id, folder: files.NumberedPath(files.Tables, id)}
		if err := t.load(); err != nil {
			return nil, errors.Join(fmt.Errorf("table %d: %w", id, err), t.closeFiles())
		}
		ts.open[id] = t
	}
	t.users++
	return t, nil
}

// Remove removes a table's data. Those who have it open see an empty table
// that is not initialized.
func (ts *Tables) Remove(id int64) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t := ts.open[id]; t != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		if err := t.closeFiles(); err != nil {
			return err
		}
		t.columns, t.head = nil, head{}
	}
	return ts.store.RemoveAll(files.NumberedPath(files.Tables, id))
}

// Table is an open table. Its methods may be called by any number of goroutines.
type Table struct {
	tables *Tables
	id     int64
	folder string
	users  int

	mu          sync.RWMutex
	columns     []column
	width       int // of a row
	meta        map[string]value
	head        head
	rows, masks *files.File
	modified    time.Time
}

// definition is the file of that name.
type definition struct {
	Columns  []column
	Metadata map[string]value
}

// value is a value of the metadata.
type value struct {
	Text  *string  `json:",omitempty"`
	Long  *int64   `json:",omitempty"`
	Float *float64 `json:",omitempty"`
}

// head says how much of the files counts.
type head struct {
	sequence, rows, masks uint64
}

const (
	slotSize   = 512
	headSize   = 4096
	headLength = 8 + 8 + 8 + 8 + 4
	headMagic  = 0x3153424154454d4f // "OMETABS1"
)

func (h head) encode() []byte {
	p := make([]byte, headLength)
	for i, v := range []uint64{headMagic, h.sequence, h.rows, h.masks} {
		binary.LittleEndian.PutUint64(p[8*i:], v)
	}
	binary.LittleEndian.PutUint32(p[32:], crc32.ChecksumIEEE(p[:32]))
	return p
}

func decodeHead(p []byte) (head, bool) {
	if len(p) < headLength || binary.LittleEndian.Uint64(p) != headMagic || binary.LittleEndian.Uint32(p[32:]) != crc32.ChecksumIEEE(p[:32]) {
		return head{}, false
	}
	return head{binary.LittleEndian.Uint64(p[8:]), binary.LittleEndian.Uint64(p[16:]), binary.LittleEndian.Uint64(p[24:])}, true
}

func (t *Table) file(name string) string { return path.Join(t.folder, name) }

// load reads what there is of the table.
func (t *Table) load() error {
	t.modified = t.tables.now()
	f, err := t.tables.store.OpenPath(t.file("definition"), false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	size, err := f.Size()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	var d definition
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("the definition cannot be read: %w", err)
	}
	if err := t.openFiles(d); err != nil {
		return err
	}
	p, err := t.rows.Read(0, headSize)
	if err != nil {
		return err
	}
	for slot := range 2 {
		if h, ok := decodeHead(p[slot*slotSize:]); ok && h.sequence >= t.head.sequence {
			t.head = h
		}
	}
	return t.redo()
}

func (t *Table) openFiles(d definition) (err error) {
	t.columns, t.meta = d.Columns, d.Metadata
	t.width = place(t.columns)
	if t.rows, err = t.tables.store.OpenPath(t.file("rows"), true); err != nil {
		return err
	}
	t.masks, err = t.tables.store.OpenPath(t.file("masks"), true)
	return err
}

func (t *Table) closeFiles() (err error) {
	for _, f := range []**files.File{&t.rows, &t.masks} {
		if *f != nil {
			err = errors.Join(err, (*f).Close())
			*f = nil
		}
	}
	return err
}

// Close gives the table back.
func (t *Table) Close() error {
	t.tables.mu.Lock()
	defer t.tables.mu.Unlock()
	if t.users--; t.users > 0 {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tables.open, t.id)
	return t.closeFiles()
}

// Bytes is how large the table's data is.
func (t *Table) Bytes() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return int64(t.head.rows)*int64(t.width) + int64(t.head.masks)
}

// Initialize gives a new table its columns.
func (t *Table) Initialize(cols []omero.AnyGridColumn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.columns != nil {
		return invalid("Already initialized.")
	}
	defs, err := define(cols)
	if err != nil {
		return err
	}
	now, version := float64(t.tables.now().UnixMilli())/1000, "2"
	d := definition{Columns: defs, Metadata: map[string]value{"__version": {Text: &version}, "__initialized": {Float: &now}}}
	if err := t.define(d); err != nil {
		return err
	}
	t.modified = t.tables.now()
	return t.openFiles(d)
}

// define writes the definition.
func (t *Table) define(d definition) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return t.tables.store.Replace(t.file("definition"), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// ready reports whether the table has columns. The lock is held.
func (t *Table) ready() error {
	if t.columns == nil || t.rows == nil {
		return usage("Not yet initialized")
	}
	return nil
}

// Rows is the number of rows.
func (t *Table) Rows() (int64, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return int64(t.head.rows), t.ready()
}

// Headers are the columns without data.
func (t *Table) Headers() ([]omero.AnyGridColumn, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if err := t.ready(); err != nil {
		return nil, err
	}
	var headers []omero.AnyGridColumn
	for i := range t.columns {
		headers = append(headers, t.columns[i].empty(0))
	}
	return headers, nil
}

// Metadata are the values that were set, and two that begin with "__".
func (t *Table) Metadata() (omero.RTypeDict, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if err := t.ready(); err != nil {
		return nil, err
	}
	all := omero.RTypeDict{}
	for k, v := range t.meta {
		switch {
		case v.Text != nil:
			all[k] = &omero.RString{Val: *v.Text}
		case v.Long != nil:
			all[k] = &omero.RLong{Val: *v.Long}
		case v.Float != nil:
			all[k] = &omero.RFloat{Val: float32(*v.Float)}
		}
	}
	return all, nil
}

// mostMetadata is how many bytes the keys and texts of the metadata can have.
const mostMetadata = 16 << 20

// SetMetadata adds values to the metadata, or has them instead of those that
// are there. Values are strings, longs, ints and floats.
func (t *Table) SetMetadata(values omero.RTypeDict, replace bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return err
	}
	meta := maps.Clone(t.meta)
	if replace {
		maps.DeleteFunc(meta, func(k string, _ value) bool { return !strings.HasPrefix(k, "__") })
	}
	for k, v := range values {
		if strings.HasPrefix(k, "__") {
			return usage("Reserved attribute name: %.100s", k)
		}
		kept, err := keep(v)
		if err != nil {
			return err
		}
		meta[k] = kept
	}
	size := 0
	for k, v := range meta {
		if size += len(k) + 16; v.Text != nil {
			size += len(*v.Text)
		}
	}
	if size > mostMetadata {
		return usage("The metadata has %d bytes, more than %d", size, mostMetadata)
	}
	if err := t.define(definition{Columns: t.columns, Metadata: meta}); err != nil {
		return err
	}
	t.meta, t.modified = meta, t.tables.now()
	return nil
}

func keep(v omero.AnyRType) (value, error) {
	switch v := v.(type) {
	case *omero.RString:
		if v != nil {
			return value{Text: &v.Val}, nil
		}
	case *omero.RLong:
		if v != nil {
			return value{Long: &v.Val}, nil
		}
	case *omero.RInt:
		if v != nil {
			n := int64(v.Val)
			return value{Long: &n}, nil
		}
	case *omero.RFloat:
		if v != nil {
			f := float64(v.Val)
			return value{Float: &f}, nil
		}
	}
	return value{}, invalid("Unsupported type: %T", v)
}
