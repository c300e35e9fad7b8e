package services

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
)

// sessionService is ISession.
type sessionService struct{ session *Session }

func newSessionService(s *Session) *sessionService { return &sessionService{s} }

// Row is the session as an object of the model.
func (s *Session) Row() *omero.Session {
	idle, live := s.Timeouts()
	row := omero.NewSession()
	row.Loaded = true
	row.Id, row.Uuid, row.Owner = omero.NewRLong(s.ID), omero.NewRString(s.UUID), userRef(s.UserID)
	row.TimeToIdle, row.TimeToLive = omero.NewRLong(idle.Milliseconds()), omero.NewRLong(live.Milliseconds())
	row.Started, row.DefaultEventType = omero.NewRTime(s.Started.UnixMilli()), omero.NewRString(s.EventType)
	//lint:ignore SA1019 deprecated in OMERO, which still fills it in
	row.UserAgent, row.UserIP, row.Message = omero.NewRString(s.Agent), omero.NewRString(s.IP), omero.NewRString("Initial message.")
	if s.SudoerName != "" {
		row.Sudoer = userRef(s.SudoerID)
	}
	d := details(row)
	d.Owner, d.Group = userRef(s.UserID), groupRef(s.DefaultGroup())
	return row
}

// Joined reports whether somebody other than who opened the session uses it
// too, or has used it.
func (s *Session) Joined() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.joined && !s.proven
}

// principal finds who a principal is.
func (s *sessionService) principal(ctx context.Context, p *omero.SysPrincipal) (*Person, error) {
	if p == nil || p.Name == "" {
		return nil, ApiUsage("the principal has no name")
	}
	person, err := s.session.Server.Accounts.Person(ctx, p.Name)
	if err == nil && person == nil {
		err = ApiUsage("No such user: %s", firstLine(p.Name))
	}
	return person, err
}

// create makes a session. Nobody has logged in to it, but it counts as joined
// once, so that it does not end with the first client that leaves it.
func (s *sessionService) create(ctx context.Context, p *Person, r Request) (omero.AnySession, error) {
	made, err := s.session.Server.open(ctx, p, r)
	if err != nil {
		if cannot, ok := errors.AsType[*omero.WrappedCreateSessionException](err); ok {
			return nil, ApiUsage("%s", cannot.Reason)
		}
		return nil, err
	}
	made.join()
	return made.Row(), nil
}

func (s *sessionService) CreateSession(ctx context.Context, p *omero.SysPrincipal, credentials string) (omero.AnySession, error) {
	if found := s.session.Server.Session(credentials); found != nil {
		found.join()
		return found.Row(), nil
	}
	person, err := s.principal(ctx, p)
	if err != nil {
		return nil, err
	}
	ok, err := s.session.Server.Accounts.CheckPassword(ctx, person, credentials)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, Security("Authentication exception.")
	}
	return s.create(ctx, person, Request{Group: p.Group, EventType: p.EventType, Agent: "createSession"})
}

func (s *sessionService) CreateUserSession(ctx context.Context, live, idle int64, group string) (omero.AnySession, error) {
	person, err := s.session.Server.Accounts.PersonByID(ctx, s.session.UserID)
	if err != nil {
		return nil, err
	}
	r := Request{Group: group, EventType: s.session.EventType, Agent: s.session.Agent}
	if err := s.times(&r, live, idle, false); err != nil {
		return nil, err
	}
	return s.create(ctx, person, r)
}

// times reads how long a session is to last. Only administrators may ask for
// more than the server gives by itself.
func (s *sessionService) times(r *Request, live, idle int64, trusted bool) error {
	if live < 0 || idle < 0 {
		return ApiUsage("a session cannot last for less than no time")
	}
	const longest = int64(100*365*24*time.Hour) / int64(time.Millisecond)
	r.Live, r.Idle = time.Duration(min(live, longest))*time.Millisecond, time.Duration(min(idle, longest))*time.Millisecond
	server := s.session.Server
	if trusted {
		return nil
	}
	if server.MostIdle > 0 && r.Idle > server.MostIdle {
		return Security("the time to idle must be %d ms at most", server.MostIdle.Milliseconds())
	}
	return nil
}

func (s *sessionService) CreateSessionWithTimeout(ctx context.Context, p *omero.SysPrincipal, live int64) (omero.AnySession, error) {
	return s.CreateSessionWithTimeouts(ctx, p, live, 0)
}

// CreateSessionWithTimeouts is how administrators become somebody else (sudo).
func (s *sessionService) CreateSessionWithTimeouts(ctx context.Context, p *omero.SysPrincipal, live, idle int64) (omero.AnySession, error) {
	who, err := s.session.Call(ctx).caller(ctx)
	if err != nil {
		return nil, err
	}
	person, err := s.principal(ctx, p)
	switch {
	case err != nil:
		return nil, err
	case !who.may(privSudo):
		return nil, Security("only administrators with the privilege %s may create sessions for others", privSudo)
	}
	if err := elevation(who, person); err != nil {
		return nil, err
	}
	r := Request{Group: p.Group, EventType: p.EventType, Agent: s.session.Agent, Sudoer: who.Person}
	if err := s.times(&r, live, idle, true); err != nil {
		return nil, err
	}
	return s.create(ctx, person, r)
}

// named finds a session by its key. Others' sessions are for administrators.
func (s *sessionService) named(ctx context.Context, key string) (*Session, error) {
	found := s.session.Server.Session(key)
	if found == nil {
		return nil, removedSession(firstLine(key))
	}
	if found.UserID != s.session.UserID {
		who, err := s.session.Call(ctx).caller(ctx)
		if err != nil {
			return nil, err
		}
		if !who.may(privReadSession) {
			return nil, removedSession(firstLine(key))
		}
	}
	return found, nil
}

func (s *sessionService) GetSession(ctx context.Context, key string) (omero.AnySession, error) {
	found, err := s.named(ctx, key)
	if err != nil {
		return nil, err
	}
	return found.Row(), nil
}

func (s *sessionService) GetReferenceCount(ctx context.Context, key string) (int32, error) {
	found, err := s.named(ctx, key)
	if err != nil {
		return 0, err
	}
	return int32(found.References()), nil
}

// CloseSession takes one reference away. With the last the session ends. -2
// says that there is no such session.
func (s *sessionService) CloseSession(ctx context.Context, row omero.AnySession) (int32, error) {
	if isNil(row) || row.AsSession().Uuid == nil {
		return 0, ApiUsage("the session has no uuid")
	}
	found, err := s.named(ctx, row.AsSession().Uuid.Val)
	if err != nil {
		if _, gone := errors.AsType[*omero.RemovedSessionException](err); gone {
			return -2, nil
		}
		return 0, err
	}
	left := found.part()
	if left < 1 {
		found.Server.endSoon(found)
	}
	return int32(max(left, 0)), nil
}

// mine are the caller's sessions that a function wants.
func (s *sessionService) mine(want func(*Session) bool) omero.SessionList {
	var list omero.SessionList
	sessions := s.session.Server.Sessions()
	slices.SortFunc(sessions, func(a, b *Session) int { return int(a.ID - b.ID) })
	for _, other := range sessions {
		if other.UserID == s.session.UserID && want(other) {
			list = append(list, other.Row())
		}
	}
	return list
}

func (s *sessionService) GetMyOpenSessions(context.Context) (omero.SessionList, error) {
	return s.mine(func(*Session) bool { return true }), nil
}

func (s *sessionService) GetMyOpenAgentSessions(_ context.Context, agent string) (omero.SessionList, error) {
	return s.mine(func(other *Session) bool { return other.Agent == agent }), nil
}

// clientAgents are the agents of the clients that OMERO itself has.
var clientAgents = []string{"OMERO.insight", "OMERO.web", "OMERO.importer"}

func (s *sessionService) GetMyOpenClientSessions(context.Context) (omero.SessionList, error) {
	return s.mine(func(other *Session) bool { return slices.Contains(clientAgents, other.Agent) }), nil
}

// mostValues is how many values a session keeps for its clients in each direction.
const mostValues = 10000

// values runs fn with what is kept in a session.
func (s *sessionService) values(ctx context.Context, key string, out bool, fn func(map[string]omero.AnyRType) error) error {
	found, err := s.named(ctx, key)
	if err != nil {
		return err
	}
	found.mu.Lock()
	defer found.mu.Unlock()
	if out {
		return fn(found.outputs)
	}
	return fn(found.inputs)
}

func (s *sessionService) value(ctx context.Context, session, key string, out bool) (v omero.AnyRType, err error) {
	err = s.values(ctx, session, out, func(m map[string]omero.AnyRType) error {
		v = m[key]
		return nil
	})
	return v, err
}

func (s *sessionService) setValue(ctx context.Context, session, key string, v omero.AnyRType, out bool) error {
	return s.values(ctx, session, out, func(m map[string]omero.AnyRType) error {
		switch {
		case isNil(v):
			delete(m, key)
		case len(m) >= mostValues:
			return ApiUsage("a session keeps %d values at most", mostValues)
		default:
			m[key] = v
		}
		return nil
	})
}

func (s *sessionService) all(ctx context.Context, session string, out bool) (all map[string]omero.AnyRType, err error) {
	err = s.values(ctx, session, out, func(m map[string]omero.AnyRType) error {
		all = maps.Clone(m)
		return nil
	})
	return all, err
}

func (s *sessionService) GetInput(ctx context.Context, session, key string) (omero.AnyRType, error) {
	return s.value(ctx, session, key, false)
}

func (s *sessionService) GetOutput(ctx context.Context, session, key string) (omero.AnyRType, error) {
	return s.value(ctx, session, key, true)
}

func (s *sessionService) SetInput(ctx context.Context, session, key string, v omero.AnyRType) error {
	return s.setValue(ctx, session, key, v, false)
}

func (s *sessionService) SetOutput(ctx context.Context, session, key string, v omero.AnyRType) error {
	return s.setValue(ctx, session, key, v, true)
}

func (s *sessionService) GetInputKeys(ctx context.Context, session string) (omero.StringSet, error) {
	all, err := s.all(ctx, session, false)
	return slices.Sorted(maps.Keys(all)), err
}

func (s *sessionService) GetOutputKeys(ctx context.Context, session string) (omero.StringSet, error) {
	all, err := s.all(ctx, session, true)
	return slices.Sorted(maps.Keys(all)), err
}

func (s *sessionService) GetInputs(ctx context.Context, session string) (omero.RTypeDict, error) {
	return s.all(ctx, session, false)
}

func (s *sessionService) GetOutputs(ctx context.Context, session string) (omero.RTypeDict, error) {
	return s.all(ctx, session, true)
}
