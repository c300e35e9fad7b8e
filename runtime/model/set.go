package model

import (
	"errors"
	"fmt"
	"slices"
)

// ErrUnloaded says that a collection is not loaded: its contents are on the
// server, and nothing can be added to them or taken away from them here.
var ErrUnloaded = errors.New("the collection is not loaded")

// ErrLoaded says that a collection is loaded and cannot be loaded again from
// another object.
var ErrLoaded = errors.New("the collection is loaded already")

// ErrNoElement says that there is no such element in a collection.
var ErrNoElement = errors.New("the collection has no such element")

// OrZero returns v, or a zero T if v is nil, so that what is read through it
// is zero for nil too.
func OrZero[T any](v *T) *T {
	if v == nil {
		return new(T)
	}
	return v
}

// Point makes field refer to the object, or to nothing.
func Point[T any](field *T, object T, on bool) {
	if !on {
		var none T
		object = none
	}
	*field = object
}

// Set is a view of one collection of an object: of its elements, of the flag
// that says whether they are all there, and of the reference that each
// element has back to the object.
type Set[T comparable] struct {
	name   string
	seq    *[]T
	loaded *bool
	own    func(elem T, mine bool)
}

// NewSet returns a view of a collection. The name, Image.pixels for instance,
// is for errors; own makes an element refer to the object or to nothing.
func NewSet[T comparable](name string, seq *[]T, loaded *bool, own func(elem T, mine bool)) Set[T] {
	return Set[T]{name, seq, loaded, own}
}

func (s Set[T]) check() error {
	if !*s.loaded {
		return fmt.Errorf("%s: %w; fetch it with its object, or reload it from one that has it", s.name, ErrUnloaded)
	}
	return nil
}

func (s Set[T]) point(elem T, mine bool) {
	var none T
	if elem != none {
		s.own(elem, mine)
	}
}

// Size returns the number of elements, -1 when the collection is not loaded.
func (s Set[T]) Size() int {
	if !*s.loaded {
		return -1
	}
	return len(*s.seq)
}

// Copy returns the elements in a slice of their own, nil when the collection
// is not loaded.
func (s Set[T]) Copy() []T {
	if !*s.loaded {
		return nil
	}
	return append([]T{}, *s.seq...)
}

// At returns the element with the index, or zero when there is none.
func (s Set[T]) At(index int) T {
	if !*s.loaded || index < 0 || index >= len(*s.seq) {
		var none T
		return none
	}
	return (*s.seq)[index]
}

// Replace puts an element in the place of another one, which it returns.
func (s Set[T]) Replace(index int, elem T) (T, error) {
	var old T
	if err := s.check(); err != nil {
		return old, err
	}
	if index < 0 || index >= len(*s.seq) {
		return old, fmt.Errorf("%s: %w: index %d of %d", s.name, ErrNoElement, index, len(*s.seq))
	}
	old = (*s.seq)[index]
	(*s.seq)[index] = elem
	s.point(elem, true)
	return old, nil
}

// SetPrimary swaps an element of the collection with the first one, which it
// returns.
func (s Set[T]) SetPrimary(elem T) (T, error) {
	var old T
	if err := s.check(); err != nil {
		return old, err
	}
	index := slices.Index(*s.seq, elem)
	if index < 0 {
		return old, fmt.Errorf("%s: %w", s.name, ErrNoElement)
	}
	old = (*s.seq)[0]
	(*s.seq)[0], (*s.seq)[index] = elem, old
	return old, nil
}

// Add appends elements and makes them refer to the object.
func (s Set[T]) Add(elems ...T) error {
	if err := s.check(); err != nil {
		return err
	}
	for _, x := range elems {
		*s.seq = append(*s.seq, x)
		s.point(x, true)
	}
	return nil
}

// Remove takes elements out and makes them refer to nothing. An element that
// is not there is left alone.
func (s Set[T]) Remove(elems ...T) error {
	if err := s.check(); err != nil {
		return err
	}
	for _, x := range elems {
		if s.cut(x) {
			s.point(x, false)
		}
	}
	return nil
}

// cut takes one element out, and reports whether it was there. The slice is a
// new one, so that a caller's range over the old one goes on undisturbed.
func (s Set[T]) cut(elem T) bool {
	i := slices.Index(*s.seq, elem)
	if i < 0 {
		return false
	}
	*s.seq = slices.Concat((*s.seq)[:i], (*s.seq)[i+1:])
	return true
}

// Clear takes all elements out.
func (s Set[T]) Clear() error {
	if err := s.check(); err != nil {
		return err
	}
	for _, x := range *s.seq {
		s.point(x, false)
	}
	*s.seq = nil
	return nil
}

// Unload forgets the elements: the collection is not loaded afterwards.
func (s Set[T]) Unload() {
	*s.seq, *s.loaded = nil, false
}

// Reload takes the elements of another object's collection over, which is
// unloaded by that. Only a collection that is not loaded can be reloaded.
func (s Set[T]) Reload(from Set[T]) error {
	if *s.loaded {
		return fmt.Errorf("%s: %w", s.name, ErrLoaded)
	}
	if err := from.check(); err != nil {
		return err
	}
	elems := *from.seq
	from.Unload()
	*s.loaded = true
	return s.Add(elems...)
}
