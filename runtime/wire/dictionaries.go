package wire

import (
	"cmp"
	"reflect"
	"slices"
)

// entry is a key and value of a dictionary while they are read.
type entry[K comparable, V any] struct {
	key   K
	value V
}

// filling is a dictionary whose values refer to instances that have not come yet.
type filling[K comparable, V any] struct {
	m       map[K]V
	first   *entry[K, V]
	entries []entry[K, V]
}

func (f *filling[K, V]) complete() {
	f.m[f.first.key] = f.first.value
	for i := range f.entries {
		f.m[f.entries[i].key] = f.entries[i].value
	}
}

// ReadDict reads a dictionary. minSize is the least number of bytes that a key and a value take together. Values
// that refer to instances that come later are entered when those have come, with [Decoder.PendingValues] at the latest.
// An empty dictionary is nil, as an empty sequence is.
func ReadDict[K comparable, V any](d *Decoder, minSize int, readK func(*Decoder, *K), readV func(*Decoder, *V)) map[K]V {
	n, size := d.elements(minSize)
	if n == 0 {
		return nil
	}
	m := make(map[K]V, min(n, 1<<12))
	x, ok := d.scratch.(*entry[K, V])
	if !ok {
		x = new(entry[K, V])
	}
	d.scratch = nil // the value may hold a dictionary of this type
	for i := range n {
		*x = entry[K, V]{}
		d.owed -= size
		open := d.open()
		readK(d, &x.key)
		readV(d, &x.value)
		if d.err != nil {
			return nil
		}
		if d.open() == open {
			m[x.key] = x.value
			continue
		}
		return readOpenDict(d, m, x, n-i-1, size, readK, readV)
	}
	*x = entry[K, V]{}
	d.scratch = x
	return m
}

// readOpenDict reads the rest of a dictionary whose entry first waits for instances.
func readOpenDict[K comparable, V any](d *Decoder, m map[K]V, first *entry[K, V], n, size int, readK func(*Decoder, *K), readV func(*Decoder, *V)) map[K]V {
	f := &filling[K, V]{m, first, make([]entry[K, V], n)}
	d.graph.deferred = append(d.graph.deferred, f)
	for i := range f.entries {
		x := &f.entries[i]
		d.owed -= size
		readK(d, &x.key)
		readV(d, &x.value)
		if d.err != nil {
			return nil
		}
	}
	return m
}

// open counts the references that have waited or wait for their instances.
func (d *Decoder) open() int {
	if d.graph == nil {
		return 0
	}
	return len(d.graph.patches) + len(d.graph.indirect)
}

// WriteDict writes a dictionary in the order of its keys: numbers and enumerators by value, strings by their
// bytes, false before true, structs member by member.
func WriteDict[K comparable, V any](e *Encoder, m map[K]V, writeK func(*Encoder, K), writeV func(*Encoder, V)) {
	e.Size(len(m))
	if len(m) == 0 {
		return
	}
	p, ok := e.scratch.(*[]K)
	if !ok {
		p = new([]K)
	}
	e.scratch = nil // a value may be a dictionary with such keys
	for k := range m {
		*p = append(*p, k)
	}
	if len(m) > 1 {
		sortKeys(p)
	}
	for _, k := range *p {
		writeK(e, k)
		writeV(e, m[k])
	}
	clear(*p)
	*p = (*p)[:0]
	if cap(*p) <= maxKept {
		e.scratch = p
	}
}

func sortKeys[K comparable](keys *[]K) {
	switch s := any(keys).(type) {
	case *[]string:
		slices.Sort(*s)
	case *[]int32:
		slices.Sort(*s)
	case *[]int64:
		slices.Sort(*s)
	case *[]int16:
		slices.Sort(*s)
	case *[]byte:
		slices.Sort(*s)
	default:
		slices.SortFunc(*keys, func(a, b K) int { return compare(reflect.ValueOf(a), reflect.ValueOf(b)) })
	}
}

func compare(a, b reflect.Value) int {
	switch a.Kind() {
	case reflect.Bool:
		switch {
		case a.Bool() == b.Bool():
			return 0
		case b.Bool():
			return -1
		}
		return 1
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Struct:
		for i := range a.NumField() {
			if c := compare(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
		return 0
	case reflect.Uint8:
		return cmp.Compare(a.Uint(), b.Uint())
	}
	return cmp.Compare(a.Int(), b.Int())
}
