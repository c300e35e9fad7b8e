package services

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/generated/glacier2"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/faults"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	front "github.com/slice2go/slice2go/gateway/omerotest/internal/glacier2"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/tables"
)

// Server is what all sessions share.
type Server struct {
	// Dir is the folder of the server's data: everything that it writes is below.
	Dir string
	// Log receives what the server has to say. It is never told passwords or keys.
	Log *slog.Logger
	// Clock tells the time.
	Clock func() time.Time
	// Faults are those that tests have asked for.
	Faults *faults.Set
	// Accounts knows who may log in.
	Accounts Accounts
	// Data is the model.
	Data Database
	// Adapter has the servants.
	Adapter *ice.Adapter
	// Front is the router.
	Front *front.Front
	// Store has the database, and Files the bytes of files and pixels.
	Store *store.Store
	Files *files.Store
	// Pixels has the pixels of images.
	Pixels Pixels
	// Metadata tells what imported files said of themselves.
	Metadata Metadata
	// Config is the settings.
	Config Config
	// Idle and Live are how long sessions last that ask for nothing else, and
	// MostIdle what they can ask for. Zero is for ever.
	Idle, Live, MostIdle time.Duration
	// Public is the user that anybody becomes who logs in with the public user's
	// name, or nil.
	Public *PublicUser

	scripts map[int64]*Script // by the ids of their files; not changed after the start

	tables *tables.Tables

	mu       sync.Mutex
	sessions map[string]*Session
	topics   map[string][]ice.ObjectPrx
	closed   bool
	ctx      context.Context // ends when the server is closed
	stop     context.CancelFunc
	work     sync.WaitGroup
	failed   error
}

// PublicUser is an account that is open to everybody.
type PublicUser struct{ Name, Password string }

// Pixels has the pixels of images, by the ids of Pixels objects.
type Pixels interface {
	// Plane returns a plane's values, row by row.
	Plane(ctx context.Context, id int64, z, c, t int) (values []float64, width, height int, err error)
}

// Metadata tells what the file of an imported image said of itself: of all of
// the file, and of the image.
type Metadata interface {
	Metadata(ctx context.Context, image, fileset int64) (global, series omero.RTypeDict, err error)
}

// Accounts knows people and groups.
type Accounts interface {
	// Person finds somebody by name, and PersonByID by id. They return nil if
	// there is no such person.
	Person(ctx context.Context, name string) (*Person, error)
	PersonByID(ctx context.Context, id int64) (*Person, error)
	// Group finds a group by id, and GroupNamed by name. They return nil if there
	// is no such group.
	Group(ctx context.Context, id int64) (*Group, error)
	GroupNamed(ctx context.Context, name string) (*Group, error)
	// CheckPassword reports whether a password is that of a person.
	CheckPassword(ctx context.Context, p *Person, password string) (bool, error)
	// SetPassword gives a person another password.
	SetPassword(ctx context.Context, id int64, password string) error
	// SetDefaultGroup makes one of a person's groups the default one.
	SetDefaultGroup(ctx context.Context, id, group int64) error
	// OpenSession makes the row of a session, and CloseSession notes its end.
	OpenSession(ctx context.Context, s *Session) (id int64, err error)
	CloseSession(ctx context.Context, s *Session) error
}

// Group is a group of people.
type Group struct {
	ID          int64
	Name        string
	Permissions int64 // as in omero.model.Permissions
}

// Person is who can log in.
type Person struct {
	ID   int64
	Name string
	// DefaultGroup is the first of the person's groups that is not "user".
	DefaultGroup int64
	Member       []int64 // groups, those that the person leads included
	Leader       []int64
	Admin        bool // a member of the group "system"
	Guest        bool
	// Privileges are an administrator's; all of them unless restricted.
	Privileges []string
}

// Start sets the server going: sessions that nobody uses end from now on.
func (s *Server) Start() {
	s.sessions, s.topics = map[string]*Session{}, map[string][]ice.ObjectPrx{}
	s.work.Go(s.reap)
}

// Close ends all sessions and closes the data.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.stop()
	s.mu.Unlock()
	for _, session := range s.Sessions() {
		s.end(session, nil)
	}
	s.work.Wait()
	if s.Files != nil {
		s.failed = s.Files.Close()
	}
	if err := s.Store.Close(); err != nil {
		s.failed = err
	}
}

// Err is what went wrong in Close.
func (s *Server) Err() error { return s.failed }

// Sessions are those that there are now.
func (s *Server) Sessions() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.sessions))
}

// Session finds a session by its key, or returns nil.
func (s *Server) Session(key string) *Session {
	s.mu.Lock()
	found := s.sessions[key]
	s.mu.Unlock()
	if found == nil {
		return nil
	}
	found.mu.Lock()
	err := found.expiry(s.Clock())
	found.mu.Unlock()
	if err != nil {
		s.end(found, err)
		return nil
	}
	return found
}

// reapInterval is how often sessions are looked at that nobody uses.
const reapInterval = 500 * time.Millisecond

// reap ends sessions whose time is over.
func (s *Server) reap() {
	ticker := time.NewTicker(reapInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
		}
		for _, session := range s.Sessions() {
			s.Session(session.UUID)
		}
	}
}

// CreateSession is the login. It is what [front.Backend] asks for.
func (s *Server) CreateSession(ctx context.Context, user, password string, client *front.Client) (prx ice.ObjectPrx, lease func(), err error) {
	current := ice.CurrentFrom(ctx)
	err = s.Faults.Run(ctx, "Router.createSession", current.Connection.Abort, func() error {
		prx, lease, err = s.login(ctx, current, user, password, client)
		return err
	})
	return prx, lease, err
}

func (s *Server) login(ctx context.Context, current *ice.Current, user, password string, client *front.Client) (ice.ObjectPrx, func(), error) {
	person, joined, err := s.verify(ctx, user, password)
	if err != nil {
		return nil, nil, err
	}
	id := current.Context[omero.ConstantsCLIENTUUID]
	if id == "" {
		return nil, nil, cannotCreate("ApiUsageException", "No omero.client.uuid key provided in context.")
	}
	session := joined
	if session == nil {
		session, err = s.open(ctx, person, Request{
			Group: current.Context[omero.ConstantsGROUP], EventType: current.Context["omero.event"],
			Agent: current.Context[omero.ConstantsAGENT], IP: current.Context["omero.ip"],
		})
		if err != nil {
			return nil, nil, err
		}
	}
	session.join()
	if joined != nil {
		session.mu.Lock()
		session.joined = true
		session.mu.Unlock()
	}
	f := &factory{session: session, client: id, close: true}
	prx, err := s.attach(f)
	if err != nil {
		s.leave(f)
		return nil, nil, cannotCreate("InternalException", "%v", err)
	}
	client.Allow(f.identity().Category, session.UUID, "ProcessCallback", "ProcessorCallback")
	s.Log.Info("omerotest: logged in", "user", session.UserName, "session", session.ID, "agent", firstLine(session.Agent), "joined", joined != nil)
	return prx, func() { s.leave(f) }, nil
}

// verify checks a name and a password. The key of a session is both.
func (s *Server) verify(ctx context.Context, user, password string) (*Person, *Session, error) {
	denied := &glacier2.PermissionDeniedException{Reason: "Password check failed"}
	if session := s.Session(user); session != nil {
		if user != password {
			return nil, nil, denied
		}
		return nil, session, nil
	}
	person, err := s.Accounts.Person(ctx, user)
	if err != nil {
		return nil, nil, cannotCreate("InternalException", "%v", err)
	}
	if person == nil {
		return nil, nil, denied
	}
	ok := s.Public != nil && user == s.Public.Name && password == s.Public.Password
	if !ok {
		if ok, err = s.Accounts.CheckPassword(ctx, person, password); err != nil {
			return nil, nil, cannotCreate("InternalException", "%v", err)
		}
	}
	if !ok {
		return nil, nil, denied
	}
	return person, nil, nil
}

// cannotCreate is how OMERO reports through Glacier2 what went wrong.
func cannotCreate(class, format string, args ...any) error {
	e := &omero.WrappedCreateSessionException{BackOff: -1, Type: "ome.conditions." + class}
	e.Reason = serverError(class, format, args...).Message
	return e
}

// Request is what somebody asks of a new session.
type Request struct {
	Group      string // its name; empty is the default
	EventType  string
	Agent      string
	IP         string
	Idle, Live time.Duration // zero is the server's
	Sudoer     *Person
}

// open makes a session. Nobody has joined it yet.
func (s *Server) open(ctx context.Context, p *Person, r Request) (*Session, error) {
	group := p.DefaultGroup
	// "user" stands for the default group, because every session must name one.
	if r.Group != "" && r.Group != "user" {
		g, err := s.Accounts.GroupNamed(ctx, r.Group)
		switch {
		case err != nil:
			return nil, cannotCreate("InternalException", "%v", err)
		case g == nil:
			return nil, cannotCreate("ApiUsageException", "No such group: %s", firstLine(r.Group))
		case !p.Admin && !slices.Contains(p.Member, g.ID):
			return nil, cannotCreate("SecurityViolation", "User %s is not a member of group %s", p.Name, firstLine(r.Group))
		}
		group = g.ID
	}
	if r.EventType == "" {
		r.EventType = "User"
	}
	now := s.Clock()
	session := &Session{
		Server: s, UUID: uuid.NewString(), UserID: p.ID, UserName: p.Name, EventType: r.EventType, Agent: r.Agent, IP: r.IP,
		Started: now, used: now, group: group, idle: s.Idle, live: s.Live, guest: p.Guest,
		objects: map[string]*held{}, clients: map[string]*factory{},
		inputs: map[string]omero.AnyRType{}, outputs: map[string]omero.AnyRType{},
	}
	if r.Idle > 0 {
		session.idle = r.Idle
	}
	if r.Live > 0 {
		session.live = r.Live
	}
	if r.Sudoer != nil {
		session.SudoerID, session.SudoerName = r.Sudoer.ID, r.Sudoer.Name
	}
	id, err := s.Accounts.OpenSession(ctx, session)
	if err != nil {
		return nil, cannotCreate("InternalException", "%v", err)
	}
	session.ID = id
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, cannotCreate("ShutdownInProgress", "the server is being shut down")
	}
	s.sessions[session.UUID] = session
	return session, nil
}

// attach makes a client's factory reachable. A client that comes again takes
// the place of what it had.
func (s *Server) attach(f *factory) (ice.ObjectPrx, error) {
	f.session.mu.Lock()
	defer f.session.mu.Unlock()
	if f.session.ended {
		return nil, removedSession(f.session.UUID)
	}
	if f.session.clients[f.client] != nil {
		s.Adapter.Remove(f.identity())
		f.session.refs--
	}
	f.session.clients[f.client] = f
	return s.Adapter.Add(newGuard(f.session, interfaceNamed("omero.api.ServiceFactory"), f), f.identity())
}

// leave is told once that a client has gone.
func (s *Server) leave(f *factory) {
	session := f.session
	session.mu.Lock()
	if session.clients[f.client] != f {
		session.mu.Unlock()
		return
	}
	delete(session.clients, f.client)
	session.refs--
	over := session.refs < 1 && f.close
	session.mu.Unlock()
	s.Adapter.Remove(f.identity())
	if over {
		s.end(session, nil)
	}
}

// Expire ends a session as if nobody had used it for too long.
func (s *Server) Expire(session *Session) {
	e := &omero.SessionTimeoutException{}
	e.ServerError = serverError("SessionTimeoutException", "Session exceeded timeToIdle (%d)", session.idle.Milliseconds())
	s.end(session, e)
}

// end ends a session: its services are closed, and its clients find none of
// its objects any more.
func (s *Server) end(session *Session, why error) {
	objects, clients, first := session.finish(why)
	if !first {
		return
	}
	s.mu.Lock()
	delete(s.sessions, session.UUID)
	s.mu.Unlock()
	for _, f := range clients {
		s.Adapter.Remove(f.identity())
	}
	for name, h := range objects {
		s.Adapter.Remove(session.identity(name))
		release(h.impl)
	}
	if err := s.Accounts.CloseSession(context.Background(), session); err != nil {
		s.Log.Warn("omerotest: the end of a session could not be noted", "session", session.ID, "error", err)
	}
}

// endSoon ends a session once the call that asked for it has been answered.
func (s *Server) endSoon(session *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.work.Go(func() { s.end(session, nil) })
	}
}

// subscribe notes who wants to hear of a topic. Only clients' callbacks can.
func (s *Server) subscribe(topic string, prx ice.ObjectPrx) error {
	callback := s.Front.Callback(prx)
	if callback == nil {
		return ApiUsage("the object of a subscription must be a callback of this client")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	const most = 1000
	if len(s.topics[topic]) >= most || len(s.topics) >= most {
		return ApiUsage("there are too many subscriptions")
	}
	s.topics[topic] = append(s.topics[topic], ice.Oneway(callback))
	return nil
}

// Subscribers are those who asked for a topic and are still there.
func (s *Server) Subscribers(topic string) []ice.ObjectPrx {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.DeleteFunc(s.topics[topic], func(p ice.ObjectPrx) bool {
		c := p.(ice.Proxy).IceCachedConnection()
		return c != nil && c.Err() != nil
	})
	s.topics[topic] = list
	return slices.Clone(list)
}

// stack is the part of the stack that tells where a servant panicked.
func trimStack(text string) string {
	if i := strings.Index(text, "panic("); i > 0 {
		text = text[i:]
	}
	if len(text) > 4000 {
		text = text[:4000]
	}
	return text
}
