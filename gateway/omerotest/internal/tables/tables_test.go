package tables_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/tables"
	"github.com/slice2go/slice2go/generated/omero"
)

type cols = []omero.AnyGridColumn

func open(t testing.TB, dir string) (*tables.Tables, *tables.Table) {
	t.Helper()
	store, err := files.Open(dir, false)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	ts := tables.New(store, time.Now)
	table, err := ts.Open(1)
	require.NoError(t, err)
	return ts, table
}

func header(name string) omero.GridColumn {
	return omero.GridColumn{Name: name, Description: "about " + name}
}

func all() cols {
	return cols{
		&omero.GridFileColumn{GridColumn: header("file")}, &omero.GridImageColumn{GridColumn: header("image")},
		&omero.GridDatasetColumn{GridColumn: header("dataset")}, &omero.GridRoiColumn{GridColumn: header("roi")},
		&omero.GridWellColumn{GridColumn: header("well")}, &omero.GridPlateColumn{GridColumn: header("plate")},
		&omero.GridBoolColumn{GridColumn: header("bool")}, &omero.GridDoubleColumn{GridColumn: header("double")},
		&omero.GridLongColumn{GridColumn: header("long")}, &omero.GridStringColumn{GridColumn: header("string"), Size: 8},
		&omero.GridFloatArrayColumn{GridColumn: header("floats"), Size: 2}, &omero.GridDoubleArrayColumn{GridColumn: header("doubles"), Size: 3},
		&omero.GridLongArrayColumn{GridColumn: header("longs"), Size: 1}, &omero.GridMaskColumn{GridColumn: header("mask")},
	}
}

// data makes n rows of all columns, from number first on.
func data(first, n int) cols {
	c := all()
	for i := first; i < first+n; i++ {
		v := int64(i)
		for _, p := range []*omero.LongArray{
			&c[0].(*omero.GridFileColumn).Values, &c[1].(*omero.GridImageColumn).Values, &c[2].(*omero.GridDatasetColumn).Values,
			&c[3].(*omero.GridRoiColumn).Values, &c[4].(*omero.GridWellColumn).Values, &c[5].(*omero.GridPlateColumn).Values, &c[8].(*omero.GridLongColumn).Values,
		} {
			*p = append(*p, v)
		}
		b := c[6].(*omero.GridBoolColumn)
		b.Values = append(b.Values, i%2 == 0)
		d := c[7].(*omero.GridDoubleColumn)
		d.Values = append(d.Values, float64(i)/2)
		s := c[9].(*omero.GridStringColumn)
		s.Values = append(s.Values, fmt.Sprintf("r%d", i%10))
		f := c[10].(*omero.GridFloatArrayColumn)
		f.Values = append(f.Values, []float32{float32(i), -1})
		ds := c[11].(*omero.GridDoubleArrayColumn)
		ds.Values = append(ds.Values, []float64{float64(i), 0, 1e300})
		l := c[12].(*omero.GridLongArrayColumn)
		l.Values = append(l.Values, []int64{-v})
		m := c[13].(*omero.GridMaskColumn)
		m.ImageId, m.TheZ, m.TheT = append(m.ImageId, v), append(m.TheZ, int32(i)), append(m.TheT, -1)
		m.X, m.Y, m.W, m.H = append(m.X, 1), append(m.Y, 2), append(m.W, 3), append(m.H, 4)
		m.Bytes = append(m.Bytes, make([]byte, i%5))
	}
	return c
}

func TestEveryColumn(t *testing.T) {
	dir := t.TempDir()
	ts, table := open(t, dir)
	_, err := table.Headers()
	require.ErrorIs(t, err, tables.ErrUsage)
	require.NoError(t, table.Initialize(all()))
	require.ErrorIs(t, table.Initialize(all()), tables.ErrInvalid)
	headers, err := table.Headers()
	require.NoError(t, err)
	require.Len(t, headers, 14)
	require.EqualValues(t, 8, headers[9].(*omero.GridStringColumn).Size)
	require.Equal(t, "about mask", headers[13].AsGridColumn().Description)

	require.NoError(t, table.Append(data(0, 3)))
	require.NoError(t, table.Append(data(3, 4)))
	require.NoError(t, table.Append(all()), "no rows at all")
	got, err := table.Read([]int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, 0, 100)
	require.NoError(t, err)
	require.Equal(t, data(0, 7), got.Columns)
	require.Equal(t, []int64{0, 1, 2, 3, 4, 5, 6}, got.RowNumbers)

	got, err = table.Read([]int64{8}, -2, -1)
	require.NoError(t, err)
	require.Equal(t, []int64{5}, got.Columns[0].(*omero.GridLongColumn).Values)
	got, err = table.Slice([]int64{13, 9}, []int64{6, 0, 6})
	require.NoError(t, err)
	require.Equal(t, []int64{6, 0, 6}, got.Columns[0].(*omero.GridMaskColumn).ImageId)
	require.Equal(t, []string{"r6", "r0", "r6"}, got.Columns[1].(*omero.GridStringColumn).Values)
	require.Equal(t, [][]byte{make([]byte, 1), {}, make([]byte, 1)}, got.Columns[0].(*omero.GridMaskColumn).Bytes)

	// A second opening is the same table, and it is there after all is closed.
	again, err := ts.Open(1)
	require.NoError(t, err)
	require.Same(t, table, again)
	require.NoError(t, again.Close())
	require.NoError(t, table.Close())
	_, table = open(t, dir)
	rows, err := table.Rows()
	require.NoError(t, err)
	require.EqualValues(t, 7, rows)
	got, err = table.Read([]int64{0}, 6, 7)
	require.NoError(t, err)
	require.Equal(t, []int64{6}, got.Columns[0].(*omero.GridFileColumn).Values)
}

func TestWrongData(t *testing.T) {
	ts, table := open(t, t.TempDir())
	long := func(name string, v ...int64) omero.AnyGridColumn {
		return &omero.GridLongColumn{GridColumn: header(name), Values: v}
	}
	for name, bad := range map[string]cols{
		"none": nil, "null": {nil}, "unnamed": {long("")}, "reserved": {long("__a")}, "twice": {long("a"), long("a")},
		"no size": {&omero.GridStringColumn{GridColumn: header("s")}}, "size": {&omero.GridLongArrayColumn{GridColumn: header("s"), Size: 1 << 40}},
		"base": {&omero.GridColumn{Name: "x"}}, "negative": {&omero.GridDoubleArrayColumn{GridColumn: header("s"), Size: -1}},
	} {
		require.ErrorIs(t, table.Initialize(bad), tables.ErrUsage, name)
	}
	text := func(v ...string) omero.AnyGridColumn {
		return &omero.GridStringColumn{GridColumn: header("s"), Size: 3, Values: v}
	}
	array := func(v ...[]float64) omero.AnyGridColumn {
		return &omero.GridDoubleArrayColumn{GridColumn: header("d"), Size: 2, Values: v}
	}
	require.NoError(t, table.Initialize(cols{long("a"), text(), array()}))
	pair := []float64{1, 2}
	for name, bad := range map[string]cols{
		"few": {long("a", 1)}, "lengths": {long("a", 1), text(), array(pair)}, "long string": {long("a", 1), text("four"), array(pair)},
		"array": {long("a", 1), text("x"), array([]float64{1})}, "type": {text("x"), long("s", 1), array(pair)}, "null": {nil, text("x"), array(pair)},
		"unknown": {long("b", 1), text("x"), array(pair)},
	} {
		require.ErrorIs(t, table.Append(bad), tables.ErrInvalid, name)
	}
	require.NoError(t, table.Append(cols{array(pair, pair), text("x", "yyy"), long("a", 1, 2)}), "in any order")
	for _, c := range []struct{ cols, rows []int64 }{{[]int64{3}, nil}, {[]int64{}, nil}, {nil, []int64{2}}, {nil, []int64{-1}}, {[]int64{1 << 62}, nil}} {
		_, err := table.Slice(c.cols, c.rows)
		require.ErrorIs(t, err, tables.ErrUsage, "%v", c)
	}
	got, err := table.Read([]int64{0}, -1<<63, 1<<63-1)
	require.NoError(t, err)
	require.Len(t, got.RowNumbers, 2)
	require.NoError(t, ts.Remove(1))
	_, err = table.Rows()
	require.ErrorIs(t, err, tables.ErrUsage)
	require.NoError(t, table.Initialize(cols{long("new")}))
}

func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	_, table := open(t, dir)
	require.NoError(t, table.Initialize(all()))
	require.NoError(t, table.Append(data(0, 5)))
	change := &omero.GridData{RowNumbers: []int64{4, 1}, Columns: cols{
		&omero.GridStringColumn{GridColumn: header("string"), Size: 8, Values: []string{"four", "one"}},
		&omero.GridLongColumn{GridColumn: header("long"), Values: []int64{44, 11}},
	}}
	require.NoError(t, table.Update(change))
	got, err := table.Slice([]int64{9, 8, 7}, []int64{0, 1, 4})
	require.NoError(t, err)
	require.Equal(t, []string{"r0", "one", "four"}, got.Columns[0].(*omero.GridStringColumn).Values)
	require.Equal(t, []int64{0, 11, 44}, got.Columns[1].(*omero.GridLongColumn).Values)
	require.Equal(t, []float64{0, 0.5, 2}, got.Columns[2].(*omero.GridDoubleColumn).Values)

	for name, bad := range map[string]*omero.GridData{
		"row":     {RowNumbers: []int64{5}, Columns: cols{&omero.GridLongColumn{GridColumn: header("long"), Values: []int64{1}}}},
		"few":     {RowNumbers: []int64{0, 1}, Columns: cols{&omero.GridLongColumn{GridColumn: header("long"), Values: []int64{1}}}},
		"unknown": {RowNumbers: []int64{0}, Columns: cols{&omero.GridLongColumn{GridColumn: header("none"), Values: []int64{1}}}},
		"mask":    {RowNumbers: []int64{0}, Columns: cols{data(0, 1)[13]}},
		"null":    {RowNumbers: []int64{0}, Columns: cols{nil}},
	} {
		require.Error(t, table.Update(bad), name)
	}
	require.NoError(t, table.Update(nil))
	require.NoFileExists(t, filepath.Join(dir, "Tables", "1", "update"))
}

// What was on its way when the process ended is not there, and the rest is.
func TestDamagedByAnEnd(t *testing.T) {
	dir := t.TempDir()
	_, table := open(t, dir)
	long := func(v ...int64) cols {
		return cols{&omero.GridLongColumn{GridColumn: header("a"), Values: v}}
	}
	require.NoError(t, table.Initialize(long()))
	require.NoError(t, table.Append(long(1, 2)))
	require.NoError(t, table.Append(long(3)))
	require.NoError(t, table.Close())
	rows := filepath.Join(dir, "Tables", "1", "rows")
	content, err := os.ReadFile(rows)
	require.NoError(t, err)
	// Half of a record, and the second of the two heads only half written.
	content = append(content, 1, 2, 3)
	content[5] ^= 0xff
	require.NoError(t, os.WriteFile(rows, content, 0o600))
	_, table = open(t, dir)
	n, err := table.Rows()
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	require.NoError(t, table.Append(long(4)))
	got, err := table.Read([]int64{0}, 0, 9)
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2, 4}, got.Columns[0].(*omero.GridLongColumn).Values)
}

func TestMetadata(t *testing.T) {
	dir := t.TempDir()
	_, table := open(t, dir)
	require.ErrorIs(t, table.SetMetadata(omero.RTypeDict{}, false), tables.ErrUsage)
	require.NoError(t, table.Initialize(all()))
	require.NoError(t, table.SetMetadata(omero.RTypeDict{"a": &omero.RString{Val: "x"}, "b": &omero.RInt{Val: 7}, "c": &omero.RFloat{Val: 1.5}}, false))
	require.NoError(t, table.SetMetadata(omero.RTypeDict{"a": &omero.RLong{Val: 8}}, false))
	require.NoError(t, table.Close())
	_, table = open(t, dir)
	got, err := table.Metadata()
	require.NoError(t, err)
	require.Equal(t, &omero.RLong{Val: 8}, got["a"])
	require.Equal(t, &omero.RLong{Val: 7}, got["b"])
	require.Equal(t, &omero.RFloat{Val: 1.5}, got["c"])
	require.Equal(t, &omero.RString{Val: "2"}, got["__version"])
	require.NoError(t, table.SetMetadata(omero.RTypeDict{"d": &omero.RString{Val: "y"}}, true))
	got, err = table.Metadata()
	require.NoError(t, err)
	require.Len(t, got, 3)
	require.ErrorIs(t, table.SetMetadata(omero.RTypeDict{"__x": &omero.RString{}}, false), tables.ErrUsage)
	require.ErrorIs(t, table.SetMetadata(omero.RTypeDict{"x": &omero.RDouble{}}, false), tables.ErrInvalid)
	require.ErrorIs(t, table.SetMetadata(omero.RTypeDict{"x": nil}, false), tables.ErrInvalid)
}

func TestWhere(t *testing.T) {
	_, table := open(t, t.TempDir())
	require.NoError(t, table.Initialize(all()))
	require.NoError(t, table.Append(data(0, 10)))
	variables := omero.RTypeDict{
		"limit": &omero.RLong{Val: 7}, "half": &omero.RDouble{Val: 1.5}, "column": &omero.RString{Val: "long"}, "yes": &omero.RBool{Val: true},
		"image": &omero.RInt{Val: 100}, "none": &omero.RString{Val: "nowhere"}, "list": &omero.RList{},
	}
	for condition, want := range map[string][]int64{
		"long > 7":                       {8, 9},
		"(long>2)&(long <= 4)":           {3, 4},
		"(long < 1) | (double == 4.5)":   {0, 9},
		"~(long != 5)":                   {5},
		"~bool & (long < 4)":             {1, 3},
		"bool == False":                  {1, 3, 5, 7, 9},
		"string == 'r3'":                 {3},
		`string >= b"r8"`:                {8, 9},
		"'r1' == string":                 {1},
		"contains(string, '7')":          {7},
		"long ** 2 == 49":                {7},
		"-long > -2":                     {0, 1},
		"2 ** -1 == long / 4":            {2},
		"long % 4 == 3":                  {3, 7},
		"(long & 3) == 1":                {1, 5, 9},
		"(long ^ 1) == 8":                {9},
		"long << 1 == 6":                 {3},
		"1 + 2 * long == 7":              {3},
		"sqrt(long) == 3":                {9},
		"where(bool, long, -1) > 5":      {6, 8},
		"abs(long - 5) < 2":              {4, 5, 6},
		"long >= limit":                  {7, 8, 9},
		"double == half":                 {3},
		"column == 2":                    {2},
		"bool == yes":                    {0, 2, 4, 6, 8},
		"image > long":                   {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
		"True":                           {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
		"long == 0x8":                    {8},
		"double > 4.0e0":                 {9},
		"file + dataset + roi == 3*well": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	} {
		got, err := table.Where(condition, variables, 0, 0, 0)
		require.NoError(t, err, condition)
		require.Equal(t, want, got, condition)
	}
	for _, bad := range []string{
		"", "long", "long >", "long = 5", "nothing > 5", "long > 'x'", "1 < long < 3", "long > 1 & long < 3", "string + 1 == 2", "~string == 'x'",
		"not bool", "(long > 5) and (long < 6)", "floats > 1", "mask == 1", "doubles == 0", "sin(string) > 1", "none == 1", "list == 1", "foo(long) > 1",
		"sqrt(long, 1) > 1", "where(long, 1, 2) > 1", "where(bool, 'a', 2) > 1", "long > 99999999999999999999", "import os", "__import__('os')", "~double > 1", "long[0] > 1",
	} {
		_, err := table.Where(bad, variables, 0, 0, 0)
		require.ErrorIs(t, err, tables.ErrUsage, bad)
	}
	for _, c := range []struct {
		start, stop, step int64
		want              []int64
	}{{2, 5, 1, []int64{2, 3, 4}}, {0, 0, 4, []int64{0, 4, 8}}, {-3, 0, 2, []int64{7, 9}}, {1, -7, 0, []int64{1, 2}}, {5, 3, 1, nil}, {0, 1 << 62, 1 << 62, []int64{0}}} {
		got, err := table.Where("True", nil, c.start, c.stop, c.step)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v", c)
	}
	_, err := table.Where("True", nil, 0, 0, -1)
	require.ErrorIs(t, err, tables.ErrUsage)
}

// A table is never in memory, however long it is.
func TestMemoryIsFlat(t *testing.T) {
	_, table := open(t, t.TempDir())
	long := &omero.GridLongColumn{GridColumn: header("a"), Values: make([]int64, 100_000)}
	double := &omero.GridDoubleColumn{GridColumn: header("b"), Values: make([]float64, 100_000)}
	require.NoError(t, table.Initialize(cols{long, double}))
	var before, after runtime.MemStats
	for i := range 10 {
		for j := range long.Values {
			long.Values[j] = int64(i*len(long.Values) + j)
		}
		require.NoError(t, table.Append(cols{long, double}))
	}
	runtime.ReadMemStats(&before)
	found, err := table.Where("(a % 100000 == 7) & (b == 0)", nil, 0, 0, 0)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Len(t, found, 10)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), "bytes set aside to search 16 MB of rows")
	got, err := table.Slice([]int64{0}, []int64{999_999})
	require.NoError(t, err)
	require.Equal(t, []int64{999_999}, got.Columns[0].(*omero.GridLongColumn).Values)
}

func FuzzWhere(f *testing.F) {
	for _, s := range []string{"long > 7", "(long>2)&~bool", "contains(string, '7')", "where(bool, long, -1) > 5", "2 ** -1", "((((", "~~~~1", "'\\'' == string"} {
		f.Add(s, int64(0), int64(0), int64(1))
	}
	_, table := open(f, f.TempDir())
	require.NoError(f, table.Initialize(all()))
	require.NoError(f, table.Append(data(0, 10)))
	f.Fuzz(func(t *testing.T, condition string, start, stop, step int64) {
		got, err := table.Where(condition, omero.RTypeDict{"x": &omero.RLong{Val: 5}}, start, stop, step)
		if err == nil {
			require.LessOrEqual(t, len(got), 10)
		}
		if d, err := table.Read([]int64{step}, start, stop); err == nil {
			require.LessOrEqual(t, len(d.RowNumbers), 10)
		}
		_, _ = table.Slice([]int64{step}, []int64{start, stop})
	})
}

func BenchmarkWhere(b *testing.B) {
	_, table := open(b, b.TempDir())
	long := &omero.GridLongColumn{GridColumn: header("a"), Values: make([]int64, 100_000)}
	require.NoError(b, table.Initialize(cols{long}))
	for range 10 {
		require.NoError(b, table.Append(cols{long}))
	}
	b.ReportMetric(1e6, "rows/op")
	for b.Loop() {
		_, err := table.Where("(a > 5) & (a % 3 == 1)", nil, 0, 0, 0)
		require.NoError(b, err)
	}
}
