package tables

import (
	"github.com/slice2go/slice2go/generated/omero"
)

// Where are the numbers of the rows that a condition is true for, of every
// step-th row from start to stop. Both are as in Python: negative numbers count
// from the end. A stop or step of 0 is none.
//
// Conditions are those of PyTables, which has them worked out by numexpr: columns
// and variables by name, numbers, strings, comparisons, arithmetic, & | ~ ^, and
// functions. Columns of arrays and masks cannot be used.
func (t *Table) Where(condition string, variables omero.RTypeDict, start, stop, step int64) ([]int64, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if err := t.ready(); err != nil {
		return nil, err
	}
	n := int64(t.head.rows)
	if stop == 0 {
		stop = n
	}
	if step == 0 {
		step = 1
	}
	if step < 0 {
		return nil, bad("zero or negative step values are not allowed: %d", step)
	}
	c := compiler{columns: t.columns, variables: variables}
	test, err := c.compile(condition)
	if err != nil {
		return nil, err
	}
	var found []int64
	err = t.each(pySlice(start, n), pySlice(stop, n), step, func(r int64, row []byte) error {
		if !test(row) {
			return nil
		}
		if len(found) >= MostBytes/8 {
			return usage("More rows than %d are found; look in fewer at a time", len(found))
		}
		found = append(found, r)
		return nil
	})
	return found, err
}
