package gateway

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
)

// How long Wait goes without asking for the response: at first, and at most.
const (
	firstPoll = 500 * time.Millisecond
	lastPoll  = 15 * time.Second
)

// ErrUnknownRequest says that the server has no use for a request.
var ErrUnknownRequest = errors.New("gateway: the server does not know this kind of request")

// CommandError is the answer of a submitted request that failed or was
// cancelled on the server.
type CommandError struct {
	Category   string // of the request
	Name       string // of the error
	Parameters map[string]string
	Cancelled  bool
	Response   omero.AnyCmdResponse // the whole answer
}

// Error gives the names and the parameters, in order.
func (e *CommandError) Error() string {
	var b strings.Builder
	b.WriteString("gateway: the server could not carry out the request: ")
	if e.Cancelled {
		b.Reset()
		b.WriteString("gateway: the request was cancelled on the server: ")
	}
	fmt.Fprintf(&b, "%s (%s)", wire.Printable(e.Name), wire.Printable(e.Category))
	keys := make([]string, 0, len(e.Parameters))
	for key := range e.Parameters {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		fmt.Fprintf(&b, ", %s: %s", wire.Printable(key), wire.Printable(e.Parameters[key]))
	}
	return b.String()
}

// Command is a request that the server is working on. It has to be closed;
// closing it before it is done cancels the work.
type Command struct {
	*command // behind a pointer, for the same reason as that of Session
}

type command struct {
	session  *Session
	handle   omero.CmdHandlePrx
	callback *Callback
	progress func(complete, total int)

	once     sync.Once
	finished chan struct{} // closed when the server has called back
	response omero.AnyCmdResponse
}

// Submit starts a request, such as omero.NewCmdDelete2 or omero.NewCmdChgrp2.
// progress, which may be nil, is called with each step that the server tells
// of; not every step arrives.
func (s *Session) Submit(ctx context.Context, request omero.AnyCmdRequest, progress func(complete, total int)) (*Command, error) {
	factory, err := s.ServiceFactory(ctx)
	if err != nil {
		return nil, err
	}
	handle, err := factory.Submit(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("gateway: cannot submit %s: %w", request.IceTypeID(), s.explain(err))
	}
	if handle == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnknownRequest, request.IceTypeID())
	}
	c := &Command{&command{session: s, handle: handle, progress: progress, finished: make(chan struct{})}}
	if err := c.listen(ctx); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("gateway: cannot listen to %s: %w", request.IceTypeID(), s.explain(err))
	}
	return c, nil
}

// Do submits a request, waits for its response and closes it.
func (s *Session) Do(ctx context.Context, request omero.AnyCmdRequest) (omero.AnyCmdResponse, error) {
	c, err := s.Submit(ctx, request, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.Wait(ctx)
	return response, errors.Join(err, c.Close())
}

// listen has the server call back, over a new connection too.
func (c *Command) listen(ctx context.Context) error {
	var err error
	c.callback, err = c.session.KeepCallback(ctx, omero.NewCmdCallbackServant(listener{c}), func(ctx context.Context, p ice.ObjectPrx) error {
		return c.handle.AddCallback(ctx, omero.NewCmdCallbackPrx(p))
	})
	return err
}

// listener is the servant that the server calls.
type listener struct{ c *Command }

func (l listener) Step(_ context.Context, complete, total int32) error {
	if l.c.progress != nil {
		l.c.progress(int(complete), int(total))
	}
	return nil
}

func (l listener) Finished(_ context.Context, response omero.AnyCmdResponse, _ *omero.CmdStatus) error {
	l.c.once.Do(func() {
		l.c.response = response
		close(l.c.finished)
	})
	return nil
}

// Handle returns the server's side of the command.
func (c *Command) Handle() omero.CmdHandlePrx { return c.handle }

// Wait waits for the response until ctx ends; the command then goes on. The
// server calls back when it is done, but such a call can get lost: Wait also
// asks, at first at once and then ever more rarely. A response that says that
// the command failed is returned together with a *CommandError.
func (c *Command) Wait(ctx context.Context) (omero.AnyCmdResponse, error) {
	var response omero.AnyCmdResponse
	err := awaitEnd(ctx, c.finished, func(ctx context.Context) (_ bool, err error) {
		select {
		case <-c.finished:
			response = c.response
		default:
		}
		if response == nil {
			response, err = c.handle.GetResponse(ctx)
		}
		return response != nil, err
	})
	if err != nil {
		return nil, fmt.Errorf("gateway: the command has not finished: %w", c.session.explain(err))
	}
	return c.judge(ctx, response)
}

// awaitEnd waits for work on the server: it asks whether that is done at once,
// when the server calls back, and in between ever more rarely.
func awaitEnd(ctx context.Context, calledBack <-chan struct{}, done func(context.Context) (bool, error)) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for pause := firstPoll; ; pause = min(2*pause, lastPoll) {
		select {
		case <-calledBack:
			calledBack = nil // once is enough
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if ended, err := done(ctx); ended || err != nil {
			return err
		}
		timer.Reset(pause)
	}
}

// judge turns the response of a command that failed into an error.
func (c *Command) judge(ctx context.Context, response omero.AnyCmdResponse) (omero.AnyCmdResponse, error) {
	failure, ok := response.(omero.AnyCmdERR)
	if !ok {
		return response, nil
	}
	err := failure.AsCmdERR()
	result := &CommandError{Category: err.Category, Name: err.Name, Parameters: err.Parameters, Response: response}
	if status, statusErr := c.handle.GetStatus(ctx); statusErr == nil && status != nil {
		for _, flag := range status.Flags {
			result.Cancelled = result.Cancelled || flag == omero.CmdStateCANCELLED
		}
	}
	return response, result
}

// Cancel asks the server to stop, and reports whether it will. An
// *omero.LockTimeout says that the server did not answer in time.
func (c *Command) Cancel(ctx context.Context) (bool, error) {
	stopped, err := c.handle.Cancel(ctx)
	return stopped, c.session.explain(err)
}

// Close frees what the server holds for the command. It is bounded by
// Config.Timeout, and fine to call twice.
func (c *Command) Close() error {
	if c.callback != nil {
		c.callback.Remove()
	}
	ctx, cancel := c.session.bounded(context.Background())
	defer cancel()
	err := c.handle.Close(ctx)
	if err == nil || errors.Is(err, ice.ErrObjectNotExist) {
		return nil
	}
	return fmt.Errorf("gateway: cannot close the command: %w", c.session.explain(err))
}
