package services

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// servantsPerSession is omero.throttling.servants_per_session.
const servantsPerSession = 10000

// Session is an OMERO session. Any number of clients may have joined it; its
// servants live as long as it does, whatever becomes of the connections.
type Session struct {
	Server *Server
	UUID   string
	ID     int64 // of its row
	// UserID and UserName are who works in the session, SudoerID and SudoerName
	// who opened it for them; zero and empty if they did so themselves.
	UserID     int64
	UserName   string
	SudoerID   int64
	SudoerName string
	EventType  string
	Agent      string
	IP         string
	Started    time.Time

	mu      sync.Mutex
	group   int64 // the default of calls
	used    time.Time
	idle    time.Duration // 0 is for ever
	live    time.Duration // 0 is for ever
	refs    int
	running int // calls
	ended   bool
	expired error // why it ended by itself
	guest   bool
	joined  bool             // by somebody who had the key
	proven  bool             // the password was shown since
	objects map[string]*held // by the name of their identities
	clients map[string]*factory
	inputs  map[string]omero.AnyRType
	outputs map[string]omero.AnyRType
}

// held is a servant of a session.
type held struct {
	impl     any
	stateful bool
	prx      ice.ObjectPrx
}

// releaser is a servant that holds on to something.
type releaser interface{ release() }

// enter begins a call: it fails when the session has ended.
func (s *Session) enter(current *ice.Current) (*Call, error) {
	if err := s.touch(true); err != nil {
		return nil, err
	}
	copied := *current // commands go on after the dispatch
	return &Call{Session: s, Current: &copied}, nil
}

// touch counts as use of the session.
func (s *Session) touch(call bool) error {
	now := s.Server.Clock()
	s.mu.Lock()
	err := s.expiry(now)
	if err == nil {
		s.used = now
		if call {
			s.running++
		}
	}
	gone := s.ended
	s.mu.Unlock()
	if err != nil && !gone {
		s.Server.end(s, err)
	}
	return err
}

func (s *Session) leave() {
	s.mu.Lock()
	s.running--
	s.used = s.Server.Clock()
	s.mu.Unlock()
}

// expiry says why the session is over, or is nil. The lock is held.
func (s *Session) expiry(now time.Time) error {
	var limit string
	var over time.Duration
	switch {
	case s.ended && s.expired != nil:
		return s.expired
	case s.ended:
		return removedSession(s.UUID)
	case s.live > 0 && now.Sub(s.Started) > s.live:
		limit, over = "timeToLive", now.Sub(s.Started)-s.live
	case s.idle > 0 && s.running == 0 && now.Sub(s.used) > s.idle:
		limit, over = "timeToIdle", now.Sub(s.used)-s.idle
	default:
		return nil
	}
	e := &omero.SessionTimeoutException{}
	e.ServerError = serverError("SessionTimeoutException", "Session (started=%s, last access=%s) exceeded %s (%d) by %d ms",
		s.Started.Format(time.DateTime), s.used.Format(time.DateTime), limit, s.limit(limit).Milliseconds(), over.Milliseconds())
	return e
}

func (s *Session) limit(name string) time.Duration {
	if name == "timeToLive" {
		return s.live
	}
	return s.idle
}

// Ended reports whether the session is no more.
func (s *Session) Ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// Timeouts are after how long the session ends: when nobody uses it, and in any case.
// Zero is never.
func (s *Session) Timeouts() (idle, live time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.idle, s.live
}

// References is how many clients have joined.
func (s *Session) References() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refs
}

// DefaultGroup is the group that calls work in that name none.
func (s *Session) DefaultGroup() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.group
}

func (s *Session) join() {
	s.mu.Lock()
	s.refs++
	s.mu.Unlock()
}

// part takes a reference away and returns what is left of them.
func (s *Session) part() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refs--
	return s.refs
}

// identity is where a servant of the session is found. Routers let clients
// reach the category.
func (s *Session) identity(name string) ice.Identity {
	return ice.Identity{Category: s.UUID, Name: name}
}

// Add makes a servant reachable for the session's clients and returns its
// proxy. Its type must be in the table. Names are the client's choice for
// stateless services; others get one from here.
func (s *Session) Add(impl any) (ice.ObjectPrx, error) {
	o := object(impl)
	if o == nil {
		return nil, Internal("no interface is known for %T", impl)
	}
	return s.add(uuid.NewString()+o.iface.name, o.iface, impl, o.stateful)
}

func (s *Session) add(name string, in *iface, impl any, stateful bool) (ice.ObjectPrx, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil, removedSession(s.UUID)
	}
	if have := s.objects[name]; have != nil {
		return have.prx, nil
	}
	if len(s.objects) >= servantsPerSession {
		e := &omero.OverUsageException{}
		e.ServerError = serverError("OverUsageException", "%d servants are open in this session: close those that you do not need any more", servantsPerSession)
		return nil, e
	}
	prx, err := s.Server.Adapter.Add(newGuard(s, in, impl), s.identity(name))
	if err != nil {
		return nil, err
	}
	s.objects[name] = &held{impl: impl, stateful: stateful, prx: prx}
	return prx, nil
}

// Remove ends a servant: it gives back what it holds, and is not found any more.
func (s *Session) Remove(impl any) {
	s.mu.Lock()
	var name string
	for n, h := range s.objects {
		if h.impl == impl {
			name = n
			break
		}
	}
	if name == "" {
		s.mu.Unlock()
		return
	}
	delete(s.objects, name)
	s.mu.Unlock()
	s.Server.Adapter.Remove(s.identity(name))
	release(impl)
}

func release(impl any) {
	if r, ok := impl.(releaser); ok {
		r.release()
	}
}

// find returns the proxy of a servant by its name.
func (s *Session) find(name string) ice.ObjectPrx {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.objects[name]; h != nil {
		return h.prx
	}
	return nil
}

// Servants are the names of the session's servants.
func (s *Session) Servants() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects))
}

// open lists the stateful services that were not closed.
func (s *Session) open() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, h := range s.objects {
		if h.stateful {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// finish marks the session as ended and takes out all that it has.
func (s *Session) finish(why error) (objects map[string]*held, clients map[string]*factory, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil, nil, false
	}
	s.ended, s.expired = true, why
	objects, clients = s.objects, s.clients
	s.objects, s.clients = nil, nil
	return objects, clients, true
}

// String names the session without its key.
func (s *Session) String() string { return fmt.Sprintf("session %d of %s", s.ID, s.UserName) }

// firstLine keeps what clients send out of logs and messages in full length.
func firstLine(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return text
}

// proxyOf returns the proxy of a servant, or nil.
func (s *Session) proxyOf(impl any) ice.ObjectPrx {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.objects {
		if h.impl == impl {
			return h.prx
		}
	}
	return nil
}
