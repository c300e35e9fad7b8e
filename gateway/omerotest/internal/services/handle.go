package services

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// cancelPatience is how long Handle.cancel waits for a command to stop.
const cancelPatience = 5 * time.Second

// Command does what a request asks for. It reports progress to the handle,
// whose Step fails once the command is to stop. An error becomes an ERR.
type Command func(ctx context.Context, h *Handle) (omero.AnyCmdResponse, error)

// commands are the requests that the server knows, by their type.
var commands = map[reflect.Type]func(omero.AnyCmdRequest) Command{}

// RegisterCommand says what does requests of a type. It is called by init
// functions.
func RegisterCommand[R omero.AnyCmdRequest](run func(ctx context.Context, h *Handle, r R) (omero.AnyCmdResponse, error)) {
	commands[reflect.TypeFor[R]()] = func(r omero.AnyCmdRequest) Command {
		return func(ctx context.Context, h *Handle) (omero.AnyCmdResponse, error) { return run(ctx, h, r.(R)) }
	}
}

// commandFor returns what does a request, or nil.
func commandFor(r omero.AnyCmdRequest) Command {
	if isNil(r) {
		return nil
	}
	if make := commands[reflect.TypeOf(r)]; make != nil {
		return make(r)
	}
	return nil
}

// Handle is a request that is being done, or was.
type Handle struct {
	call    *Call
	request omero.AnyCmdRequest
	stop    context.CancelFunc
	done    chan struct{}

	mu        sync.Mutex
	status    omero.CmdStatus
	response  omero.AnyCmdResponse
	callbacks []omero.CmdCallbackPrx
	cancelled bool
	parent    *Handle // of a part of a DoAll
}

// errCancelled says that somebody called Handle.cancel.
var errCancelled = errors.New("the request was cancelled")

// Submit starts a command. It returns nil for a request that the server does
// not know.
func (s *Session) Submit(call *Call, r omero.AnyCmdRequest) (*Handle, ice.ObjectPrx, error) {
	run := commandFor(r)
	if run == nil {
		return nil, nil, nil
	}
	ctx, stop := context.WithCancel(s.Server.ctx)
	h := &Handle{call: call, request: r, stop: stop, done: make(chan struct{})}
	h.status = omero.CmdStatus{Category: s.UUID, Name: r.IceTypeID(), StartTime: s.Server.Clock().UnixMilli(), Steps: 1}
	p, err := s.Add(h)
	if err != nil {
		stop()
		return nil, nil, err
	}
	if !s.Server.background(func() { h.run(context.WithValue(ctx, callKey{}, call), run) }) {
		s.Remove(h)
		return nil, nil, removedSession(s.UUID)
	}
	return h, p, nil
}

func (f *factory) Submit(ctx context.Context, r omero.AnyCmdRequest) (omero.CmdHandlePrx, error) {
	_, p, err := f.session.Submit(f.session.Call(ctx), r)
	if err != nil || p == nil {
		return nil, err
	}
	return omero.NewCmdHandlePrx(p), nil
}

// background runs fn in a goroutine that Close waits for, unless it is too late.
func (s *Server) background(fn func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Go(fn)
	return true
}

// Call is the call that the request came with.
func (h *Handle) Call() *Call { return h.call }

// Steps says how many steps there are.
func (h *Handle) Steps(n int) {
	h.mu.Lock()
	h.status.Steps = int32(n)
	h.mu.Unlock()
}

// Step says that another step is done. It fails when the command is to stop.
func (h *Handle) Step() error {
	h.mu.Lock()
	now := h.call.Server.Clock().UnixMilli()
	began := h.status.StartTime
	if n := len(h.status.StepStopTimes); n > 0 {
		began = h.status.StepStopTimes[n-1]
	}
	h.status.CurrentStep++
	h.status.StepStartTimes, h.status.StepStopTimes = append(h.status.StepStartTimes, began), append(h.status.StepStopTimes, now)
	complete, total, callbacks, stopped := h.status.CurrentStep, h.status.Steps, h.callbacks, h.cancelled
	h.mu.Unlock()
	for _, cb := range callbacks {
		cb.StepAsync(context.Background(), complete, total)
	}
	if stopped {
		return errCancelled
	}
	return nil
}

func (h *Handle) run(ctx context.Context, command Command) {
	defer close(h.done)
	defer h.stop()
	response, err := h.try(ctx, command)
	h.finish(response, err)
}

// try does the command. A panic is an error like others.
func (h *Handle) try(ctx context.Context, command Command) (response omero.AnyCmdResponse, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.call.Server.Log.Error("omerotest: a command failed", "request", h.request.IceTypeID(), "panic", p, "stack", stack())
			err = Internal("%s failed: %v", h.request.IceTypeID(), p)
		}
	}()
	h.mu.Lock()
	stopped := h.cancelled
	h.mu.Unlock()
	if stopped {
		return nil, errCancelled
	}
	err = h.call.Server.Faults.Run(ctx, "Handle.run", func() {}, func() error {
		response, err = command(ctx, h)
		return err
	})
	return response, err
}

// finish notes the outcome and tells those who wait.
func (h *Handle) finish(response omero.AnyCmdResponse, err error) {
	if err != nil {
		response = failure(h.request, err)
	}
	_, failed := omero.AnyCmdResponse(response).(interface{ AsCmdERR() *omero.CmdERR })
	h.mu.Lock()
	h.response = response
	h.status.StopTime = h.call.Server.Clock().UnixMilli()
	switch {
	case errors.Is(err, errCancelled) || errors.Is(err, context.Canceled):
		h.status.Flags = omero.CmdStateList{omero.CmdStateCANCELLED, omero.CmdStateFAILURE}
	case failed:
		h.status.Flags = omero.CmdStateList{omero.CmdStateFAILURE}
	default:
		h.status.Flags = omero.CmdStateList{omero.CmdStateSUCCESS}
		h.status.CurrentStep = h.status.Steps
	}
	status, callbacks := h.copyStatus(), h.callbacks
	h.mu.Unlock()
	for _, cb := range callbacks {
		cb.FinishedAsync(context.Background(), response, status)
	}
}

// failure describes an error to clients, as OMERO does.
func failure(r omero.AnyCmdRequest, err error) omero.AnyCmdResponse {
	if given, ok := errors.AsType[*responseError](err); ok {
		return given.response
	}
	parameters := omero.CmdStringMap{"message": err.Error()}
	if server, ok := errors.AsType[*omero.ServerError](err); ok {
		parameters["message"] = server.Message
		parameters["exception"] = server.ServerExceptionClass
	}
	name := "failed"
	if errors.Is(err, errCancelled) {
		name = "cancelled"
	}
	return &omero.CmdERR{Category: r.IceTypeID(), Name: name, Parameters: parameters}
}

// responseError carries a response that says what failed better than a text.
type responseError struct{ response omero.AnyCmdResponse }

func (e *responseError) Error() string {
	return fmt.Sprintf("the response is %s", e.response.IceTypeID())
}

// copyStatus is what clients get. The lock is held.
func (h *Handle) copyStatus() *omero.CmdStatus {
	copied := h.status
	copied.Flags = slices.Clone(h.status.Flags)
	copied.StepStartTimes, copied.StepStopTimes = slices.Clone(h.status.StepStartTimes), slices.Clone(h.status.StepStopTimes)
	return &copied
}

// AddCallback has a client's object told of steps and the end. One that comes
// after the end is not told any more: clients look at the response after they
// have added it.
func (h *Handle) AddCallback(ctx context.Context, cb omero.CmdCallbackPrx) error {
	p := h.call.Session.Call(ctx).Callback(cb)
	if p == nil {
		return ApiUsage("the callback must be an object of this client")
	}
	const most = 100
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.callbacks) >= most {
		return ApiUsage("there are too many callbacks")
	}
	h.callbacks = append(slices.Clip(h.callbacks), omero.NewCmdCallbackPrx(ice.Oneway(p)))
	return nil
}

// RemoveCallback forgets a callback.
func (h *Handle) RemoveCallback(_ context.Context, cb omero.CmdCallbackPrx) error {
	if ice.IsNil(cb) {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.callbacks = slices.DeleteFunc(slices.Clone(h.callbacks), func(have omero.CmdCallbackPrx) bool {
		return have.IceIdentity() == cb.IceIdentity()
	})
	return nil
}

// GetRequest returns what was submitted.
func (h *Handle) GetRequest(context.Context) (omero.AnyCmdRequest, error) { return h.request, nil }

// GetResponse is null until the command has ended.
func (h *Handle) GetResponse(context.Context) (omero.AnyCmdResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.response, nil
}

// GetStatus says how far the command is.
func (h *Handle) GetStatus(context.Context) (*omero.CmdStatus, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.copyStatus(), nil
}

// Cancel stops the command, and returns false if it has ended by itself.
func (h *Handle) Cancel(ctx context.Context) (bool, error) {
	h.mu.Lock()
	if h.response != nil {
		cancelled := slices.Contains(h.status.Flags, omero.CmdStateCANCELLED)
		h.mu.Unlock()
		return cancelled, nil
	}
	h.cancelled = true
	h.mu.Unlock()
	h.stop()
	timer := time.NewTimer(cancelPatience)
	defer timer.Stop()
	select {
	case <-h.done:
		h.mu.Lock()
		defer h.mu.Unlock()
		return slices.Contains(h.status.Flags, omero.CmdStateCANCELLED), nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-timer.C:
		e := &omero.LockTimeout{Seconds: int32(cancelPatience / time.Second)}
		e.ServerError = serverError("LockTimeout", "the command has not stopped yet")
		return false, e
	}
}

// Close forgets the command. One that is not done yet is stopped.
func (h *Handle) Close(context.Context) error {
	h.call.Session.Remove(h)
	return nil
}

func (h *Handle) release() {
	h.mu.Lock()
	h.cancelled = true
	h.mu.Unlock()
	h.stop()
}
