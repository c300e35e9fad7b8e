package tables

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// The errors that those of this package wrap.
var (
	// ErrUsage is a wrong call, and ErrInvalid one with wrong data; OMERO has an
	// ApiUsageException and a ValidationException for them.
	ErrUsage   = errors.New("wrong use of a table")
	ErrInvalid = errors.New("invalid data for a table")
)

func usage(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, ErrUsage)...)
}

func invalid(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, ErrInvalid)...)
}

// The bounds of a table.
const (
	mostColumns = 10000
	mostWidth   = 16 << 20 // bytes of a row
	mostLength  = 1 << 20  // of strings and arrays
)

// column is a column as it is kept.
type column struct {
	Name        string
	Description string
	Type        string // the Slice type id's last part: "LongColumn"
	Size        int    // of strings in bytes, of arrays in elements
	offset      int    // in a row
}

// types has an empty column of each type, by name.
var types = func() map[string]omero.AnyGridColumn {
	m := map[string]omero.AnyGridColumn{}
	for _, c := range []omero.AnyGridColumn{
		omero.NewGridFileColumn(), omero.NewGridImageColumn(), omero.NewGridDatasetColumn(), omero.NewGridRoiColumn(),
		omero.NewGridWellColumn(), omero.NewGridPlateColumn(), omero.NewGridBoolColumn(), omero.NewGridDoubleColumn(),
		omero.NewGridLongColumn(), omero.NewGridStringColumn(), omero.NewGridFloatArrayColumn(),
		omero.NewGridDoubleArrayColumn(), omero.NewGridLongArrayColumn(), omero.NewGridMaskColumn(),
	} {
		m[typeName(c)] = c
	}
	return m
}()

func typeName(c omero.AnyGridColumn) string {
	id := c.IceTypeID()
	return id[strings.LastIndex(id, ":")+1:]
}

func isNil(c omero.AnyGridColumn) bool {
	return c == nil || reflect.ValueOf(c).IsNil()
}

// maskWidth is imageId, theZ, theT, x, y, w, h and where the bytes are.
const maskWidth = 8 + 4 + 4 + 4*8 + 8 + 8

// define makes the columns of a new table.
func define(cols []omero.AnyGridColumn) ([]column, error) {
	if len(cols) == 0 {
		return nil, usage("No columns provided")
	}
	if len(cols) > mostColumns {
		return nil, usage("%d columns are more than %d", len(cols), mostColumns)
	}
	var defs []column
	names := map[string]bool{}
	for i, c := range cols {
		if isNil(c) || types[typeName(c)] == nil {
			return nil, usage("Column %d has no type of OMERO.tables", i)
		}
		d := column{Name: c.AsGridColumn().Name, Description: c.AsGridColumn().Description, Type: typeName(c)}
		switch {
		case d.Name == "":
			return nil, usage("Column unnamed: %d", i)
		case strings.HasPrefix(d.Name, "__"):
			return nil, usage("Reserved column name: %.100s", d.Name)
		case names[d.Name]:
			return nil, usage("Duplicate column name: %.100s", d.Name)
		}
		names[d.Name] = true
		if size, what := sizeOf(c); what != "" {
			if size < 1 {
				return nil, usage("%s must be > 0 (Column: %.100s)", what, d.Name)
			}
			if size > mostLength {
				return nil, usage("%s is %d, more than %d (Column: %.100s)", what, size, mostLength, d.Name)
			}
			d.Size = int(size)
		}
		defs = append(defs, d)
	}
	if width := place(defs); width > mostWidth {
		return nil, usage("A row has %d bytes, more than %d", width, mostWidth)
	}
	return defs, nil
}

// sizeOf is the size of a column that has one, and what it is the size of.
func sizeOf(c omero.AnyGridColumn) (int64, string) {
	switch c := c.(type) {
	case *omero.GridStringColumn:
		return c.Size, "String size"
	case *omero.GridFloatArrayColumn:
		return c.Size, "Array length"
	case *omero.GridDoubleArrayColumn:
		return c.Size, "Array length"
	case *omero.GridLongArrayColumn:
		return c.Size, "Array length"
	}
	return 0, ""
}

// place gives every column its place in a row, and returns the row's width.
func place(defs []column) int {
	width := 0
	for i := range defs {
		defs[i].offset = width
		width += defs[i].width()
	}
	return width
}

func (c *column) width() int {
	switch c.Type {
	case "BoolColumn":
		return 1
	case "StringColumn":
		return 4 + c.Size // with its length
	case "FloatArrayColumn":
		return 4 * c.Size
	case "DoubleArrayColumn", "LongArrayColumn":
		return 8 * c.Size
	case "MaskColumn":
		return maskWidth
	}
	return 8
}

// longs is where the numbers of the columns are that have one long a row.
func longs(c omero.AnyGridColumn) *omero.LongArray {
	switch c := c.(type) {
	case *omero.GridFileColumn:
		return &c.Values
	case *omero.GridImageColumn:
		return &c.Values
	case *omero.GridDatasetColumn:
		return &c.Values
	case *omero.GridRoiColumn:
		return &c.Values
	case *omero.GridWellColumn:
		return &c.Values
	case *omero.GridPlateColumn:
		return &c.Values
	case *omero.GridLongColumn:
		return &c.Values
	}
	return nil
}

// rows is how many rows a column of data has, after all of its values were
// checked against the definition.
func (c *column) rows(data omero.AnyGridColumn) (int, error) {
	if isNil(data) || typeName(data) != c.Type {
		return 0, invalid("Column %.100s is a %s and not what was given", c.Name, c.Type)
	}
	if v := longs(data); v != nil {
		return len(*v), nil
	}
	switch d := data.(type) {
	case *omero.GridBoolColumn:
		return len(d.Values), nil
	case *omero.GridDoubleColumn:
		return len(d.Values), nil
	case *omero.GridStringColumn:
		for _, s := range d.Values {
			if len(s) > c.Size {
				return 0, invalid("Maximum string (byte) length in column %.100s is %d", c.Name, c.Size)
			}
		}
		return len(d.Values), nil
	case *omero.GridFloatArrayColumn:
		return arrays(c, d.Values)
	case *omero.GridDoubleArrayColumn:
		return arrays(c, d.Values)
	case *omero.GridLongArrayColumn:
		return arrays(c, d.Values)
	case *omero.GridMaskColumn:
		n := len(d.ImageId)
		if len(d.TheZ) != n || len(d.TheT) != n || len(d.X) != n || len(d.Y) != n || len(d.W) != n || len(d.H) != n || len(d.Bytes) != n {
			return 0, invalid("Columns don't match")
		}
		return n, nil
	}
	return 0, invalid("Column %.100s has no values", c.Name)
}

func arrays[T any](c *column, values [][]T) (int, error) {
	for _, v := range values {
		if len(v) != c.Size {
			return 0, invalid("Column %.100s requires arrays of length %d", c.Name, c.Size)
		}
	}
	return len(values), nil
}

// encode writes row i of data, which was checked, to where the column is in row.
// mask says where the bytes of a mask are kept.
func (c *column) encode(row []byte, data omero.AnyGridColumn, i int, mask func([]byte) (at int64)) {
	p := row[c.offset:][:c.width()]
	if v := longs(data); v != nil {
		binary.LittleEndian.PutUint64(p, uint64((*v)[i]))
		return
	}
	switch d := data.(type) {
	case *omero.GridBoolColumn:
		p[0] = 0
		if d.Values[i] {
			p[0] = 1
		}
	case *omero.GridDoubleColumn:
		putDouble(p, d.Values[i])
	case *omero.GridStringColumn:
		binary.LittleEndian.PutUint32(p, uint32(len(d.Values[i])))
		clear(p[4+copy(p[4:], d.Values[i]):])
	case *omero.GridFloatArrayColumn:
		for j, v := range d.Values[i] {
			binary.LittleEndian.PutUint32(p[4*j:], math.Float32bits(v))
		}
	case *omero.GridDoubleArrayColumn:
		for j, v := range d.Values[i] {
			putDouble(p[8*j:], v)
		}
	case *omero.GridLongArrayColumn:
		for j, v := range d.Values[i] {
			binary.LittleEndian.PutUint64(p[8*j:], uint64(v))
		}
	case *omero.GridMaskColumn:
		binary.LittleEndian.PutUint64(p, uint64(d.ImageId[i]))
		binary.LittleEndian.PutUint32(p[8:], uint32(d.TheZ[i]))
		binary.LittleEndian.PutUint32(p[12:], uint32(d.TheT[i]))
		for j, v := range []float64{d.X[i], d.Y[i], d.W[i], d.H[i]} {
			putDouble(p[16+8*j:], v)
		}
		binary.LittleEndian.PutUint64(p[48:], uint64(mask(d.Bytes[i])))
		binary.LittleEndian.PutUint64(p[56:], uint64(len(d.Bytes[i])))
	}
}

func putDouble(p []byte, v float64)  { binary.LittleEndian.PutUint64(p, math.Float64bits(v)) }
func double(p []byte) float64        { return math.Float64frombits(binary.LittleEndian.Uint64(p)) }
func long(p []byte) int64            { return int64(binary.LittleEndian.Uint64(p)) }
func (c *column) at(r []byte) []byte { return r[c.offset:] }

// empty makes a column as it is sent, without rows but with room for some.
func (c *column) empty(room int) omero.AnyGridColumn {
	v := reflect.New(reflect.TypeOf(types[c.Type]).Elem()).Interface().(omero.AnyGridColumn)
	v.AsGridColumn().Name, v.AsGridColumn().Description = c.Name, c.Description
	if l := longs(v); l != nil {
		*l = make([]int64, 0, room)
		return v
	}
	switch v := v.(type) {
	case *omero.GridBoolColumn:
		v.Values = make([]bool, 0, room)
	case *omero.GridDoubleColumn:
		v.Values = make([]float64, 0, room)
	case *omero.GridStringColumn:
		v.Size, v.Values = int64(c.Size), make([]string, 0, room)
	case *omero.GridFloatArrayColumn:
		v.Size, v.Values = int64(c.Size), make([][]float32, 0, room)
	case *omero.GridDoubleArrayColumn:
		v.Size, v.Values = int64(c.Size), make([][]float64, 0, room)
	case *omero.GridLongArrayColumn:
		v.Size, v.Values = int64(c.Size), make([][]int64, 0, room)
	}
	return v
}

// decode adds a row to what is sent.
func (c *column) decode(row []byte, to omero.AnyGridColumn, mask func(at, n int64) ([]byte, error)) error {
	p := c.at(row)
	if l := longs(to); l != nil {
		*l = append(*l, long(p))
		return nil
	}
	switch v := to.(type) {
	case *omero.GridBoolColumn:
		v.Values = append(v.Values, p[0] != 0)
	case *omero.GridDoubleColumn:
		v.Values = append(v.Values, double(p))
	case *omero.GridStringColumn:
		v.Values = append(v.Values, c.text(row))
	case *omero.GridFloatArrayColumn:
		a := make([]float32, c.Size)
		for i := range a {
			a[i] = math.Float32frombits(binary.LittleEndian.Uint32(p[4*i:]))
		}
		v.Values = append(v.Values, a)
	case *omero.GridDoubleArrayColumn:
		a := make([]float64, c.Size)
		for i := range a {
			a[i] = double(p[8*i:])
		}
		v.Values = append(v.Values, a)
	case *omero.GridLongArrayColumn:
		a := make([]int64, c.Size)
		for i := range a {
			a[i] = long(p[8*i:])
		}
		v.Values = append(v.Values, a)
	case *omero.GridMaskColumn:
		b, err := mask(long(p[48:]), long(p[56:]))
		if err != nil {
			return err
		}
		v.ImageId = append(v.ImageId, long(p))
		v.TheZ = append(v.TheZ, int32(binary.LittleEndian.Uint32(p[8:])))
		v.TheT = append(v.TheT, int32(binary.LittleEndian.Uint32(p[12:])))
		v.X, v.Y = append(v.X, double(p[16:])), append(v.Y, double(p[24:]))
		v.W, v.H = append(v.W, double(p[32:])), append(v.H, double(p[40:]))
		v.Bytes = append(v.Bytes, b)
	}
	return nil
}

// text is the string of a row.
func (c *column) text(row []byte) string {
	p := c.at(row)
	n := min(int(binary.LittleEndian.Uint32(p)), c.Size)
	return string(p[4:][:n])
}
