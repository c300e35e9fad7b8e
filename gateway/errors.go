package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/slice2go/slice2go/generated/glacier2"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
)

var (
	// ErrClosed says that this program closed the session.
	ErrClosed = errors.New("gateway: the session was closed")
	// ErrSessionGone says that the server has ended the session: it was idle for
	// too long, somebody closed it, or the server was restarted. Connect again.
	ErrSessionGone = errors.New("gateway: the server has ended the session")
	// ErrNotFound says that there is no such object, or none that the user may see.
	ErrNotFound = errors.New("gateway: no such object")
)

// LoginError says that the server did not let somebody in.
type LoginError struct {
	Server string // host:port
	User   string // empty when a session was to be joined
	Reason string // in the server's words
	Hint   string // what can be done
	cause  error
}

// Error gives the reason and what can be done.
func (e *LoginError) Error() string {
	who := fmt.Sprintf("log in as %q", e.User)
	if e.User == "" {
		who = "join the session"
	}
	text := fmt.Sprintf("gateway: cannot %s at %s", who, e.Server)
	if e.Reason != "" {
		text += ": " + wire.Printable(e.Reason)
	}
	return text + "; " + wire.Printable(e.Hint)
}

// Unwrap returns the exception that the server threw.
func (e *LoginError) Unwrap() error { return e.cause }

// loginError explains why there is no session. refused is what the TLS policy
// said last.
func (c Config) loginError(e endpoint, err, refused error) error {
	login := &LoginError{Server: e.address(), User: c.User, cause: err}
	if backendDown(err) {
		login.Reason, login.Hint = internalError, "OMERO behind the router does not answer: it may be starting, try again in a while; otherwise its logs say more"
		return login
	}
	if denied, ok := errors.AsType[*glacier2.PermissionDeniedException](err); ok {
		login.Reason, login.Hint = denied.Reason, "check the user name and the password"
		if !c.SessionKey.IsZero() {
			login.Hint = "the session has ended, or the key is not right: log in again"
		}
		return login
	}
	if wrapped, ok := errors.AsType[*omero.WrappedCreateSessionException](err); ok {
		login.Reason, login.Hint = wrapped.Reason, "the server's log says more about "+wrapped.Type
		if wrapped.Concurrency {
			login.Hint = "the server is starting or very busy: try again in a while"
		}
		return login
	}
	if cannot, ok := errors.AsType[*glacier2.CannotCreateSessionException](err); ok {
		login.Reason, login.Hint = cannot.Reason, "if the server is starting or busy, try again in a while; otherwise its log says more"
		return login
	}
	if refused != nil {
		return refused
	}
	return fmt.Errorf("gateway: cannot reach the server at %s: %w%s", e.address(), err, connectHint(e, err))
}

// internalError is the reason that Glacier2 gives when it cannot reach what is
// behind it, in the same exceptions as a refusal.
const internalError = "internal server error"

// backendDown says that the router could not ask OMERO.
func backendDown(err error) bool {
	if denied, ok := errors.AsType[*glacier2.PermissionDeniedException](err); ok {
		return denied.Reason == internalError
	}
	cannot, ok := errors.AsType[*glacier2.CannotCreateSessionException](err)
	return ok && cannot.Reason == internalError
}

// credentialsRefused says that no other try with the same credentials helps.
func credentialsRefused(err error) bool {
	_, wrong := errors.AsType[*omero.AuthenticationException](err)
	_, expired := errors.AsType[*omero.ExpiredCredentialException](err)
	return wrong || expired
}

// connectHint guesses what is behind a connection that did not come about.
func connectHint(e endpoint, err error) string {
	text := err.Error()
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "; check the spelling of the host"
	case e.encrypted() && strings.Contains(text, "handshake failure"):
		return "; server and client have no way of encryption in common. A server without certificates offers only " +
			"anonymous Diffie-Hellman, which Go does not have: its administrator can install the plugin omero-certificates, " +
			"run `omero certificates` and restart it. For other old servers Config.LegacyTLS may help"
	case e.encrypted() && strings.Contains(text, "protocol version"):
		return "; the server only has old versions of TLS: set Config.LegacyTLS if you have to"
	case errors.Is(err, ice.ErrConnectionRefused):
		return fmt.Sprintf("; OMERO's own ports are 4064 for ssl (the default) and 4063 for tcp, here it is %s", e.transport)
	case errors.Is(err, ice.ErrTimeout) || errors.Is(err, context.DeadlineExceeded):
		return "; is the server running, and does a firewall let this port through?"
	case errors.Is(err, ice.ErrConnectionLost) || errors.Is(err, ice.ErrConnectionClosed):
		return "; does an OMERO server listen on this port, and in this way (" + e.transport + ")?"
	}
	return ""
}

// SessionGone reports whether an error of a call says that the session does
// not exist any more. The gateway's own errors are ErrSessionGone then; the
// server has several exceptions for it, and operations that declare none of
// them can only say so in words.
func SessionGone(err error) bool {
	if errors.Is(err, ErrSessionGone) {
		return true
	}
	if _, ok := errors.AsType[*omero.SessionException](err); ok {
		return true
	}
	if _, ok := errors.AsType[*glacier2.SessionNotExistException](err); ok {
		return true
	}
	unknown, ok := errors.AsType[*ice.UnknownError](err)
	return ok && (strings.Contains(unknown.Reason, "RemovedSessionException") || strings.Contains(unknown.Reason, "SessionTimeoutException"))
}

// explain makes errors that say that the session has ended recognizable, and
// takes the session's key out of the server's words.
func (s *Session) explain(err error) error {
	err = s.hideError(err)
	if SessionGone(err) && !errors.Is(err, ErrSessionGone) {
		return fmt.Errorf("%w: %w", ErrSessionGone, err)
	}
	return err
}

// lost says whether an error is one of the connection's and not of the call's.
func lost(err error) bool {
	return errors.Is(err, ice.ErrConnectionLost) || errors.Is(err, ice.ErrConnectionClosed) ||
		errors.Is(err, ice.ErrConnectFailed) || errors.Is(err, ice.ErrConnectTimeout)
}
