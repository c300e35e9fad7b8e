package gateway

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/runtime/ice"
)

// AddCallback lets the server call servant through the router, and returns
// the proxy to give to it. Such calls come over the session's connection. A
// reconnection ends the callback: add it again.
func (s *Session) AddCallback(ctx context.Context, servant ice.Servant) (ice.ObjectPrx, error) {
	for try := 1; ; try++ {
		l, err := s.ready(ctx)
		if err != nil {
			return nil, err
		}
		callback, err := s.addCallback(ctx, l, servant)
		if err == nil || !lost(err) || try > repeats {
			return callback, err
		}
		s.lose(l, err)
	}
}

// RemoveCallback takes back what AddCallback has added.
func (s *Session) RemoveCallback(callback ice.ObjectPrx) {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l == nil || ice.IsNil(callback) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.adapter != nil {
		l.adapter.Remove(callback.IceIdentity())
	}
}

// stopCallbacks ends the adapter of a link that is no more. It does not wait.
func (l *link) stopCallbacks() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.adapter != nil {
		l.adapter.Deactivate()
	}
}

// addCallback makes the link's adapter with the first callback. The router
// only lets identities of its own category through.
func (s *Session) addCallback(ctx context.Context, l *link, servant ice.Servant) (ice.ObjectPrx, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.adapter == nil {
		category, err := s.router.GetCategoryForClient(ctx)
		if err != nil {
			return nil, fmt.Errorf("gateway: the router names no category for callbacks: %w", err)
		}
		adapter, err := s.comm.NewAdapterWithRouter(ctx, "", s.router)
		if err == nil {
			err = adapter.Activate()
		}
		if err != nil {
			return nil, fmt.Errorf("gateway: no adapter for callbacks: %w", err)
		}
		l.adapter, l.category = adapter, category
	}
	callback, err := l.adapter.Add(servant, ice.Identity{Name: uuid.NewString(), Category: l.category})
	if err != nil {
		return nil, fmt.Errorf("gateway: cannot add the callback: %w", err)
	}
	return callback, nil
}
