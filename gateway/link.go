package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/generated/glacier2"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

const (
	// loginTries is how often a server is asked that says that it is busy, and
	// unsureTries one that may be.
	loginTries  = 5
	unsureTries = 3
	// unsureBackOff is the pause when nobody says how long: what OMERO asks for
	// while it starts.
	unsureBackOff = time.Second
	// longestBackOff bounds what a busy server may ask for.
	longestBackOff = 10 * time.Second
	// firstRetry and lastRetry are the pauses between attempts to join again.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
	// shortestQuiet and longestQuiet bound the pause before the first of these
	// attempts, which otherwise is twice the time that logging in took.
	shortestQuiet = 50 * time.Millisecond
	longestQuiet  = time.Second
)

// link is a connection to the router with the session on it. The router ties
// the one to the other, so that a new connection is a new link.
type link struct {
	client  string // uuid of this client
	key     Secret // of the session
	factory omero.ServiceFactoryPrx
	conn    *ice.Connection

	mu       sync.Mutex
	services map[string]ice.ObjectPrx // the stateless ones that were asked for
	adapter  *ice.Adapter             // for callbacks, made when the first is needed
	category string                   // of their identities
}

// drop breaks the connection, which makes the session look for a new one.
func (l *link) drop() { l.conn.Abort() }

// communicate makes the communicator, the settings of which are those of
// OMERO's own clients.
func (s *Session) communicate() error {
	props := s.config.Properties.Clone()
	for name, value := range map[string]string{
		"Ice.ImplicitContext":           "Shared",
		"Ice.RetryIntervals":            "-1",
		"Ice.Default.EndpointSelection": "Ordered",
		"Ice.MessageSizeMax":            fmt.Sprint(omero.ConstantsMESSAGESIZEMAX),
		"Ice.Override.ConnectTimeout":   fmt.Sprint(omero.ConstantsCONNECTTIMEOUT),
		"Ice.ACM.Client.Timeout":        "0", // an idle connection still carries the session
	} {
		if props.Get(name) == "" {
			props.Set(name, value)
		}
	}
	props.Set("Ice.Default.Router", "") // it is set below, with placeholders filled in
	tlsConfig, err := s.config.tlsConfig(s.endpoint, func(err error) {
		s.mu.Lock()
		s.refused = err
		s.mu.Unlock()
	})
	if err != nil {
		return err
	}
	options := append([]ice.Option{
		ice.WithProperties(props), ice.WithTLS(tlsConfig), ice.WithLogger(slog.New(hidingHandler{s.config.Logger.Handler(), s})), ice.WithInterceptor(s.intercept),
	}, s.config.Options...)
	s.comm, err = ice.NewCommunicator(options...)
	if err != nil {
		return fmt.Errorf("gateway: cannot set Ice up: %w", err)
	}
	proxy, err := s.comm.StringToProxy(s.endpoint.proxy)
	if err != nil {
		_ = s.comm.Close()
		return fmt.Errorf("gateway: no proxy of the router: %w", err)
	}
	s.router = glacier2.NewRouterPrx(proxy)
	s.comm.SetDefaultRouter(s.router)
	return nil
}

// login creates or joins a session on the router's connection.
func (s *Session) login(ctx context.Context, user, password string) (*link, error) {
	l := &link{client: uuid.NewString(), services: map[string]ice.ObjectPrx{}}
	with := map[string]string{omero.ConstantsCLIENTUUID: l.client, omero.ConstantsAGENT: s.config.Agent}
	if s.config.Group != "" {
		with[omero.ConstantsGROUP] = s.config.Group
	}
	session, err := s.createSession(ice.ContextOnly(ctx, with), user, password)
	if err == nil {
		err = s.settle(ctx, l, session)
	}
	if err != nil {
		s.mu.Lock()
		refused := s.refused
		s.mu.Unlock()
		err = s.config.loginError(s.endpoint, err, refused)
		if login, ok := errors.AsType[*LoginError](err); ok {
			login.Reason = s.hide(login.Reason)
		}
		return nil, s.hideError(err)
	}
	return l, nil
}

// createSession asks again when the server is only busy, or may be.
func (s *Session) createSession(ctx context.Context, user, password string) (glacier2.SessionPrx, error) {
	for try := 1; ; try++ {
		session, err := s.router.CreateSession(ctx, user, password)
		tries, pause := patience(err)
		if try >= tries {
			return session, err
		}
		s.config.Logger.Info("gateway: the server may be busy, trying again", "server", s.endpoint.address(), "after", pause, "error", err)
		if sleep(ctx, pause) != nil {
			return nil, err
		}
	}
}

// patience says how many times to ask for a session in all after a refusal,
// and how long to wait in between.
//
// OMERO says that it is busy in a WrappedCreateSessionException. With encoding
// 1.0, which it uses, the router does not know that type and passes on its base
// only: such a refusal can mean anything, also that trying again helps.
func patience(err error) (tries int, pause time.Duration) {
	if wrapped, ok := errors.AsType[*omero.WrappedCreateSessionException](err); ok {
		if !wrapped.Concurrency {
			return 1, 0
		}
		return loginTries, min(max(time.Duration(wrapped.BackOff)*time.Millisecond, 0), longestBackOff)
	}
	switch {
	case credentialsRefused(err):
		return 1, 0
	case errors.Is(err, ice.ErrConnectTimeout):
		return unsureTries, 0
	}
	if _, ok := errors.AsType[*glacier2.CannotCreateSessionException](err); ok || backendDown(err) {
		return unsureTries, unsureBackOff
	}
	return 1, 0
}

// settle makes a link of a session that was just created.
func (s *Session) settle(ctx context.Context, l *link, session glacier2.SessionPrx) (err error) {
	if ice.IsNil(session) {
		return errors.New("the router has no session manager")
	}
	l.key = NewSecret(session.IceIdentity().Name)
	s.toHide.Store(&l.key)
	l.factory = omero.NewServiceFactoryPrx(session)
	s.comm.ImplicitContext().SetContext(map[string]string{
		omero.ConstantsCLIENTUUID: l.client, omero.ConstantsSESSIONUUID: l.key.Reveal(),
	})
	if l.conn, err = s.router.IceConnection(ctx); err != nil {
		return err
	}
	// So that losing the connection does not lose the session.
	return l.factory.DetachOnDestroy(ours(ctx))
}

// use makes l the link that calls go over.
func (s *Session) use(l *link) {
	s.mu.Lock()
	s.link, s.trouble = l, nil
	s.announce()
	s.mu.Unlock()
	l.conn.OnClose(func(_ *ice.Connection, err error) { s.lose(l, err) })
}

// announce wakes those who wait for a change. The lock is held.
func (s *Session) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// lose is called when a link's connection has ended.
func (s *Session) lose(l *link, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != l || s.ended.Err() != nil {
		return
	}
	s.link = nil
	go l.stopCallbacks() // whoever adds one now holds its lock
	s.trouble = &ice.ConnectionError{Kind: ice.ErrConnectionLost, Peer: s.endpoint.address(), Err: err}
	if s.config.NoReconnect {
		s.end(s.trouble)
	} else {
		s.work.Go(s.rejoin)
	}
	s.announce()
}

// rejoin joins the session again, for as long as the server does not say that
// there is none any more.
func (s *Session) rejoin() {
	log := s.config.Logger.With("server", s.endpoint.address())
	log.Warn("gateway: the connection is lost, joining the session again")
	// A call that was about to be sent when the connection was lost is sent over
	// a new connection by package ice. That has no session, so that the router closes it.
	// Joining over the same connection would fail with it, half way: the server would
	// then end the session, which was to be left open only a moment later.
	if sleep(s.ended, s.quiet) != nil {
		return
	}
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		ctx, cancel := s.bounded(s.ended)
		s.comm.ResetRouter(s.router)
		l, err := s.login(ctx, s.Key(), s.Key())
		cancel()
		if err == nil {
			log.Info("gateway: joined the session again")
			s.use(l)
			s.renewCallbacks()
			return
		}
		if s.ended.Err() != nil {
			return
		}
		if _, denied := errors.AsType[*glacier2.PermissionDeniedException](err); denied && !backendDown(err) {
			log.Warn("gateway: the session is gone")
			s.end(fmt.Errorf("%w: %w", ErrSessionGone, err))
			s.mu.Lock()
			s.announce()
			s.mu.Unlock()
			return
		}
		s.mu.Lock()
		s.trouble = &ice.ConnectionError{Kind: ice.ErrConnectionLost, Peer: s.endpoint.address(), Err: err}
		s.mu.Unlock()
		log.Debug("gateway: not yet", "error", err)
		if sleep(s.ended, pause) != nil {
			return
		}
	}
}

// ready waits until there is a link, Config.Timeout at most. Its errors say
// both what ended the wait and why there is no link: whichever of two time-outs
// comes first, a caller can tell that the connection is lost.
func (s *Session) ready(ctx context.Context) (*link, error) {
	var timeout <-chan time.Time
	for {
		s.mu.Lock()
		l, changed := s.link, s.changed
		s.mu.Unlock()
		if s.ended.Err() != nil {
			return nil, s.Err()
		}
		if l != nil {
			return l, nil
		}
		if timeout == nil {
			timer := time.NewTimer(s.config.Timeout)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case <-changed:
		case <-s.ended.Done():
		case <-timeout:
			return nil, fmt.Errorf("gateway: the connection could not be restored so far: %w", s.why())
		case <-ctx.Done():
			return nil, fmt.Errorf("gateway: waiting for the connection to be restored: %w: %w", context.Cause(ctx), s.why())
		}
	}
}

// why returns the last reason for there being no link.
func (s *Session) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble == nil { // it came back this very moment
		return ice.ErrConnectionLost
	}
	return s.trouble
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
