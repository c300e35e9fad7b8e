package services

import (
	"context"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
)

// Stateful is what stateful services have in common. It is embedded, and set up
// with [Stateful.Init] by the function that makes the service.
type Stateful struct {
	// Session is the one that the service belongs to.
	Session *Session
	// Release gives back what the service holds. It may be nil, and is called once.
	Release func()

	self any
	once sync.Once
}

// Init says which session a service belongs to, and which servant it is.
func (s *Stateful) Init(session *Session, self any) { s.Session, s.self = session, self }

// Activate has nothing to do: services are never put to sleep here.
func (s *Stateful) Activate(context.Context) error { return nil }

// Passivate has nothing to do.
func (s *Stateful) Passivate(context.Context) error { return nil }

// Close ends the service.
func (s *Stateful) Close(context.Context) error {
	s.Session.Remove(s.self)
	return nil
}

// GetCurrentEventContext says who calls, and in which group.
func (s *Stateful) GetCurrentEventContext(ctx context.Context) (*omero.SysEventContext, error) {
	return s.Session.Call(ctx).EventContext(ctx)
}

func (s *Stateful) release() {
	s.once.Do(func() {
		if s.Release != nil {
			s.Release()
		}
	})
}
