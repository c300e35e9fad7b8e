package model

import "errors"

// Links is a collection of links from an object to others. L is the link's
// class, O what it leads to.
type Links[L, O comparable] struct {
	Set[L]
	Other     func(L) O              // the far end of a link
	Join      func(O) L              // a new link to o that is in no collection yet
	FarAdd    func(O, L, bool) error // enters a link at its far end; nil when that keeps none
	FarRemove func(O, L, bool) error
}

// Link makes a link to o and enters it at both ends.
func (s Links[L, O]) Link(o O) (L, error) {
	var none L
	if err := s.check(); err != nil {
		return none, err
	}
	l := s.Join(o)
	return l, s.AddToBoth(l, true)
}

// AddToBoth enters a link as it is, at its far end too if that is asked for
// and the collection there is loaded.
func (s Links[L, O]) AddToBoth(l L, both bool) error {
	if err := s.check(); err != nil {
		return err
	}
	*s.seq = append(*s.seq, l)
	return s.far(s.FarAdd, l, both)
}

// RemoveFromBoth takes a link out as it is, at its far end too if that is
// asked for and the collection there is loaded.
func (s Links[L, O]) RemoveFromBoth(l L, both bool) error {
	if err := s.check(); err != nil {
		return err
	}
	s.cut(l)
	return s.far(s.FarRemove, l, both)
}

func (s Links[L, O]) far(do func(O, L, bool) error, l L, both bool) error {
	var none O
	o := s.other(l)
	if !both || do == nil || o == none {
		return nil
	}
	if err := do(o, l, false); !errors.Is(err, ErrUnloaded) {
		return err
	}
	return nil
}

func (s Links[L, O]) other(l L) O {
	var noLink L
	if l == noLink {
		var none O
		return none
	}
	return s.Other(l)
}

// Find returns the links that lead to o, which is compared by identity.
func (s Links[L, O]) Find(o O) []L {
	if !*s.loaded {
		return nil
	}
	var out []L
	for _, l := range *s.seq {
		if s.other(l) == o {
			out = append(out, l)
		}
	}
	return out
}

// Unlink takes every link to o out, at both ends.
func (s Links[L, O]) Unlink(o O) error {
	if err := s.check(); err != nil {
		return err
	}
	for _, l := range s.Find(o) {
		if err := s.RemoveFromBoth(l, true); err != nil {
			return err
		}
	}
	return nil
}

// Linked returns what the links lead to, nil when they are not loaded.
func (s Links[L, O]) Linked() []O {
	if !*s.loaded {
		return nil
	}
	out := make([]O, 0, len(*s.seq))
	for _, l := range *s.seq {
		out = append(out, s.other(l))
	}
	return out
}
