package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/runtime/ice"
)

// AddCallback lets the server call servant through the router, and returns
// the proxy to give to it. Such calls come over the session's connection. A
// reconnection ends the callback; KeepCallback is for those that go on.
func (s *Session) AddCallback(ctx context.Context, servant ice.Servant) (ice.ObjectPrx, error) {
	_, callback, err := s.addOnLink(ctx, servant)
	return callback, err
}

// RemoveCallback takes back what AddCallback has added.
func (s *Session) RemoveCallback(callback ice.ObjectPrx) {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l != nil && !ice.IsNil(callback) {
		l.removeCallback(callback)
	}
}

// Callback is a servant of this program that the server calls, over whatever
// connection the session has. See KeepCallback.
type Callback struct {
	*callback // behind a pointer, for the same reason as that of Session
}

type callback struct {
	session  *Session
	servant  ice.Servant
	register func(context.Context, ice.ObjectPrx) error

	mu    sync.Mutex    // held while it is being registered
	link  *link         // that the server calls over; nil if it cannot
	proxy ice.ObjectPrx // that the server has
	gone  bool
}

// KeepCallback is AddCallback for a servant that is called after a
// reconnection too. register gives the proxy to the server: now, and again with
// another proxy whenever the connection was restored. Its first error is
// returned; later ones are logged, and that the server has nobody any more to
// give the proxy to ends the callback.
func (s *Session) KeepCallback(ctx context.Context, servant ice.Servant, register func(context.Context, ice.ObjectPrx) error) (*Callback, error) {
	c := &Callback{&callback{session: s, servant: servant, register: register}}
	s.mu.Lock()
	s.kept[c] = true
	s.mu.Unlock()
	if err := c.renew(ctx); err != nil {
		c.Remove()
		return nil, err
	}
	return c, nil
}

// Remove ends the callback. The server is not told: it has operations of its
// own for that. It is fine to call it twice.
func (c *Callback) Remove() {
	c.session.mu.Lock()
	delete(c.session.kept, c)
	c.session.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	if c.link != nil {
		c.link.removeCallback(c.proxy)
		c.link = nil
	}
}

// renew registers the callback on the link that there is now, and on the next
// one if that is lost meanwhile: the server then has a proxy that leads nowhere.
func (c *Callback) renew(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for try := 1; !c.gone; try++ {
		if c.link != nil && c.session.uses(c.link) {
			return nil
		}
		l, proxy, err := c.session.addOnLink(ctx, c.servant)
		if err != nil {
			return err
		}
		c.link, c.proxy = l, proxy
		err = c.register(ctx, proxy)
		if err != nil {
			l.removeCallback(proxy)
			c.link = nil
		}
		if c.session.uses(l) || try > repeats {
			return err
		}
	}
	return nil
}

// uses says whether the calls go over l.
func (s *Session) uses(l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link == l
}

// renewCallbacks registers all callbacks anew after a reconnection.
func (s *Session) renewCallbacks() {
	s.mu.Lock()
	kept := make([]*Callback, 0, len(s.kept))
	for c := range s.kept {
		kept = append(kept, c)
	}
	s.mu.Unlock()
	for _, c := range kept {
		ctx, cancel := s.bounded(s.ended)
		err := c.renew(ctx)
		cancel()
		if errors.Is(err, ice.ErrObjectNotExist) {
			c.Remove()
		} else if err != nil && s.ended.Err() == nil {
			s.config.Logger.Warn("gateway: a callback could not be registered again", "error", err)
		}
	}
}

// addOnLink adds a servant, and says on which link: the next one, if one is
// lost meanwhile.
func (s *Session) addOnLink(ctx context.Context, servant ice.Servant) (*link, ice.ObjectPrx, error) {
	for try := 1; ; try++ {
		l, err := s.ready(ctx)
		if err != nil {
			return nil, nil, err
		}
		callback, err := s.addCallback(ctx, l, servant)
		if err == nil || !lost(err) || try > repeats {
			return l, callback, err
		}
		s.lose(l, err)
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

func (l *link) removeCallback(callback ice.ObjectPrx) {
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
