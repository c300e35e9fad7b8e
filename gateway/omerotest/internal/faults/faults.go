package faults

import (
	"context"
	"strings"
	"sync"
	"time"
)

// Fault is what shall go wrong with calls. The zero Fault changes nothing.
type Fault struct {
	// Operation says which calls: "IQuery.findAllByQuery", "IQuery.*", or "*" or
	// nothing for every call. The login is "Router.createSession".
	Operation string
	// Delay passes before the call runs.
	Delay time.Duration
	// Err is answered in place of running the call. A Slice exception goes to the
	// client as itself.
	Err error
	// Cut breaks the client's connection in place of an answer: before the call
	// runs, or after it with AfterCall.
	Cut bool
	// AfterCall has the call run first, so that its effect stays although the
	// client does not learn of it.
	AfterCall bool
	// Times is how many calls it happens to; zero is all of them.
	Times int
}

// matches reports whether the fault is for an operation of an interface.
func (f *Fault) matches(operation string) bool {
	switch {
	case f.Operation == "", f.Operation == "*", f.Operation == operation:
		return true
	case strings.HasSuffix(f.Operation, ".*"):
		return strings.HasPrefix(operation, strings.TrimSuffix(f.Operation, "*"))
	}
	return false
}

// Set is the faults of a server. The zero Set has none.
type Set struct {
	mu   sync.Mutex
	list []*entry
}

type entry struct {
	fault Fault
	left  int
}

// Add has calls go wrong from now on, and returns what ends it.
func (s *Set) Add(f Fault) (remove func()) {
	e := &entry{fault: f, left: f.Times}
	s.mu.Lock()
	s.list = append(s.list, e)
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.drop(e)
	}
}

func (s *Set) drop(e *entry) {
	for i := range s.list {
		if s.list[i] == e {
			s.list = append(s.list[:i:i], s.list[i+1:]...)
			return
		}
	}
}

// Clear ends all faults.
func (s *Set) Clear() {
	s.mu.Lock()
	s.list = nil
	s.mu.Unlock()
}

// take returns what is to happen to a call, as one fault with the delays summed
// up, and counts it.
func (s *Set) take(operation string) (sum Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range append([]*entry(nil), s.list...) {
		if !e.fault.matches(operation) {
			continue
		}
		sum.Delay += e.fault.Delay
		sum.Cut = sum.Cut || e.fault.Cut
		sum.AfterCall = sum.AfterCall || e.fault.AfterCall
		if sum.Err == nil {
			sum.Err = e.fault.Err
		}
		if e.fault.Times > 0 {
			if e.left--; e.left <= 0 {
				s.drop(e)
			}
		}
	}
	return sum
}

// Run does a call with the faults that there are for it. cut breaks the
// connection of the caller. What is slow ends early when ctx does.
func (s *Set) Run(ctx context.Context, operation string, cut func(), call func() error) error {
	f := s.take(operation)
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	if f.AfterCall || (f.Err == nil && !f.Cut) {
		if err := call(); err != nil {
			return err
		}
	}
	if f.Cut {
		cut()
	}
	return f.Err
}
