package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slice2go/slice2go/generated/glacier2"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// Session is a session with an OMERO server. All methods may be called by any
// number of goroutines.
type Session struct {
	// Behind a pointer, so that printing a Session shows nothing: the proxies
	// of the services have the session's key in their identities.
	*session
}

// session is what a Session consists of.
type session struct {
	config   Config
	endpoint endpoint
	comm     *ice.Communicator
	router   glacier2.RouterPrx
	key      Secret // uuid of the session
	owner    bool   // we opened it, and did not join it

	quiet  time.Duration          // between the loss of a connection and joining again
	toHide atomic.Pointer[Secret] // the key, from the moment on at which it can be in a text
	ended  context.Context        // done when the session has ended for good
	end    context.CancelCauseFunc
	work   sync.WaitGroup // goroutines of ours
	closed sync.Once

	mu       sync.Mutex
	link     *link                     // nil while there is none
	changed  chan struct{}             // closed and replaced when link or trouble changes
	trouble  error                     // why there is no link
	refused  error                     // what the TLS policy said last
	services map[ice.Identity]closable // open ones
	known    map[string]ice.ObjectPrx  // stateless services, as they were last
	failed   map[string]error          // why there is no such service
	kept     map[*Callback]bool        // to be registered again
	first    ice.ObjectPrx             // of the first link: what other proxies are made from
}

// Connect logs in, or joins the session of Config.SessionKey. ctx and
// Config.Timeout bound the login; the session itself goes on until Close.
//
// A *LoginError says that the server refused, a *CertificateError that it is
// not trusted; other errors, that it could not be reached.
func Connect(ctx context.Context, config Config) (*Session, error) {
	config, e, err := config.complete()
	if err != nil {
		return nil, err
	}
	s := &Session{&session{
		config: config, endpoint: e, owner: config.SessionKey.IsZero(),
		changed: make(chan struct{}), services: map[ice.Identity]closable{}, known: map[string]ice.ObjectPrx{}, failed: map[string]error{}, kept: map[*Callback]bool{},
	}}
	s.ended, s.end = context.WithCancelCause(context.Background())
	if err := s.communicate(); err != nil {
		return nil, err
	}
	user, password := config.credentials()
	limited, cancel := s.bounded(ctx)
	defer cancel()
	begin := time.Now()
	l, err := s.login(limited, user, password)
	if err != nil {
		s.end(ErrClosed)
		_ = s.comm.Close()
		return nil, err
	}
	s.key, s.first = l.key, l.factory
	s.quiet = min(max(2*time.Since(begin), shortestQuiet), longestQuiet)
	s.use(l)
	if config.KeepAlive >= 0 {
		s.start(s.keepAlive)
	}
	return s, nil
}

// Key is the session's key. Whoever has it has the session: keep it like a
// password. Config.SessionKey joins the session with it.
func (s *Session) Key() string { return s.key.Reveal() }

// Done returns a channel that is closed when the session has ended for good.
func (s *Session) Done() <-chan struct{} { return s.ended.Done() }

// Err returns nil until the session has ended for good, and then why: ErrClosed,
// ErrSessionGone, or with Config.NoReconnect the loss of the connection.
func (s *Session) Err() error { return context.Cause(s.ended) }

// ServiceFactory returns OMERO's session object, which has everything that this
// type has no methods for. After a reconnection it is another one.
func (s *Session) ServiceFactory(ctx context.Context) (omero.ServiceFactoryPrx, error) {
	l, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	return l.factory, nil
}

// Communicator returns what the session's proxies belong to.
func (s *Session) Communicator() *ice.Communicator { return s.comm }

// Close ends the session, if it was not joined, after the stateful services
// that are still open. It is bounded by Config.Timeout and can be called more
// than once. An error says that the server could not be told.
func (s *Session) Close() error {
	ctx, cancel := s.bounded(context.Background())
	defer cancel()
	return s.shut(ctx, s.owner)
}

// Detach closes the connection but leaves the session on the server, for as
// long as that keeps an idle session. It returns the key that joins it again.
func (s *Session) Detach(ctx context.Context) (key string, err error) {
	return s.Key(), s.shut(ctx, false)
}

// End ends the session for everyone who has joined it.
func (s *Session) End(ctx context.Context) error {
	row := omero.NewSession()
	row.Uuid = &omero.RString{Val: s.Key()}
	for {
		left, err := s.Sessions().CloseSession(ctx, row)
		switch {
		case SessionGone(err):
			return s.shut(ctx, false)
		case err != nil:
			return fmt.Errorf("gateway: cannot end the session: %w", err)
		case left <= 0:
			return s.shut(ctx, false)
		}
	}
}

// shut does what Close and Detach have in common, once.
func (s *Session) shut(ctx context.Context, destroy bool) (err error) {
	s.closed.Do(func() {
		reason := s.Err()
		s.end(ErrClosed) // stops keeping alive, joining again, and the program's calls
		s.work.Wait()
		s.mu.Lock()
		l, open := s.link, s.services
		s.services = map[ice.Identity]closable{}
		s.mu.Unlock()
		if l != nil && reason == nil {
			err = s.takeLeave(ours(ctx), l, open, destroy)
		}
		err = errors.Join(err, s.comm.Close())
	})
	return err
}

// takeLeave tells the server that we go.
func (s *Session) takeLeave(ctx context.Context, l *link, open map[ice.Identity]closable, destroy bool) error {
	closing := make([]*ice.Future[ice.Void], 0, len(open)+1)
	for _, service := range open {
		closing = append(closing, service.CloseAsync(ctx))
	}
	if destroy {
		closing = append(closing, l.factory.CloseOnDestroyAsync(ctx))
	}
	var failed error
	for _, f := range closing {
		if err := f.Err(ctx); err != nil && !errors.Is(err, ice.ErrObjectNotExist) && !SessionGone(err) {
			failed = err
		}
	}
	if err := s.router.DestroySession(ctx); err != nil && !SessionGone(err) && !lost(err) {
		failed = errors.Join(failed, err)
	}
	if failed != nil {
		return fmt.Errorf("gateway: could not take leave of the server: %w", failed)
	}
	return nil
}

// start runs fn in a goroutine that closing waits for, unless it is too late.
func (s *Session) start(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended.Err() == nil {
		s.work.Go(fn)
	}
}

// bounded limits ctx to Config.Timeout.
func (s *Session) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.config.Timeout)
}

// keepAlive keeps the session from timing out on the server until it ends.
func (s *Session) keepAlive() {
	pause := s.config.KeepAlive
	if pause == 0 {
		pause = s.pace()
	}
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-s.ended.Done():
			return
		}
		ctx, cancel := s.bounded(s.ended)
		l, err := s.ready(ctx)
		if err == nil {
			_, err = l.factory.KeepAlive(ctx, nil)
		}
		cancel()
		switch {
		case SessionGone(err), errors.Is(err, ice.ErrObjectNotExist):
			// OMERO takes the session's objects away when it ends: without the
			// factory there is no session.
			s.end(fmt.Errorf("%w: %w", ErrSessionGone, err))
			return
		case errors.Is(err, ice.ErrTimeout) && l != nil && s.ended.Err() == nil:
			// A server that does not answer that for so long is not there.
			s.config.Logger.Warn("gateway: the server does not answer", "server", s.endpoint.address())
			l.drop()
		}
	}
}

// pace returns a third of the shortest time that the session may be idle, and
// a minute at most. A server that does not tell gets a minute.
func (s *Session) pace() time.Duration {
	ctx, cancel := s.bounded(s.ended)
	defer cancel()
	pause := time.Minute
	shorten := func(limit time.Duration) {
		if limit > 0 {
			pause = max(min(pause, limit/3), 100*time.Millisecond)
		}
	}
	if seconds, err := s.router.GetSessionTimeout(ctx); err == nil {
		shorten(time.Duration(seconds) * time.Second)
	}
	if row, err := s.Sessions().GetSession(ctx, s.Key()); err == nil && row != nil {
		if idle := row.AsSession().TimeToIdle; idle != nil {
			shorten(time.Duration(idle.Val) * time.Millisecond)
		}
	}
	return pause
}
