package wire

import (
	"reflect"
	"slices"
)

// slot is a variable of a class type, as the target of a reference.
type slot[T any] struct{ p *T }

func (s slot[T]) set(v Value) bool {
	t, ok := v.(T)
	if ok {
		*s.p = t
	}
	return ok
}

func (slot[T]) goType() reflect.Type { return reflect.TypeFor[T]() }

// ReadValue reads a class reference into dst. T is a pointer to a class, the interface of a class that has
// derived ones, or [Value]. The instance may come later: then dst is set when it does, with [Decoder.PendingValues]
// at the latest. An instance that is no T is an error that names both.
func ReadValue[T any](d *Decoder, dst *T) {
	if d.v11 {
		v, id := d.value11()
		if v == nil {
			if id != 0 && d.err == nil {
				d.await11(id, slot[T]{dst})
			}
			return
		}
		assign(d, dst, v)
		return
	}
	v, id := d.value10()
	if v == nil {
		if id != 0 && d.err == nil {
			d.await(id, slot[T]{dst})
		}
		return
	}
	assign(d, dst, v)
}

func assign[T any](d *Decoder, dst *T, v Value) {
	t, ok := v.(T)
	if !ok {
		d.wrongType(v, reflect.TypeFor[T]())
		return
	}
	*dst = t
}

// ReadValues reads a sequence of class references; see [ReadValue].
func ReadValues[T any](d *Decoder) []T {
	minSize := 4
	if d.v11 {
		minSize = 1
	}
	n, size := d.elements(minSize)
	if n == 0 {
		return nil
	}
	if d.slice.flags&flagIndirect != 0 {
		g := d.startGraph()
		g.indirect = slices.Grow(g.indirect, n) // each takes one, and appending one by one would allocate five times as much
	}
	s := make([]T, n)
	for i := range s {
		d.owed -= size
		ReadValue(d, &s[i])
		if d.err != nil {
			return nil
		}
	}
	return s
}

// WriteValues writes a sequence of class references; see [Encoder.Value].
func WriteValues[T Value](e *Encoder, s []T) {
	e.Size(len(s))
	for _, v := range s {
		e.Value(v)
	}
}

// WriteValue writes a class reference; it is [Encoder.Value] in the shape that [WriteDict] and [WriteSeq] take.
func WriteValue[T Value](e *Encoder, v T) { e.Value(v) }
