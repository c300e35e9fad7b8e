package services

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// process is a script that runs, or has run.
type process struct {
	call   *Call
	script *Script
	inputs omero.RTypeDict
	jobID  int64
	stop   context.CancelFunc
	ctx    context.Context
	done   chan struct{}

	mu        sync.Mutex
	ended     bool
	code      int32
	stopped   bool // by cancel or kill
	results   omero.RTypeDict
	printed   strings.Builder
	callbacks []omero.GridProcessCallbackPrx
	detached  bool
}

// mostPrinted bounds what is kept of what a script prints.
const mostPrinted = 1 << 20

// startProcess checks the inputs and makes the job. start sets it going.
func startProcess(ctx context.Context, call *Call, id int64, s *Script, inputs omero.RTypeDict) (*process, error) {
	given := maps.Clone(inputs)
	if given == nil {
		given = omero.RTypeDict{}
	}
	for name, p := range s.Params.Inputs {
		v := given[name]
		switch {
		case isNil(v) && p.UseDefault:
			given[name] = p.Prototype
		case isNil(v) && !p.Optional:
			return nil, Validation("the input %q of the script is missing", name)
		case !isNil(v) && !isNil(p.Prototype) && v.IceTypeID() != p.Prototype.IceTypeID():
			return nil, Validation("the input %q of the script is a %s and not a %s", name, v.IceTypeID(), p.Prototype.IceTypeID())
		}
	}
	for name := range given {
		if s.Params.Inputs[name] == nil {
			return nil, Validation("the script has no input %q", firstLine(name))
		}
	}
	job := omero.NewScriptJob()
	if err := fillJob(ctx, call, &job.Job); err != nil {
		return nil, err
	}
	job.Description = omero.NewRString("runScript")
	link := omero.NewJobOriginalFileLink()
	link.Parent, link.Child = job, unloaded(omero.NewOriginalFile(), id)
	saved, err := call.asServer().save(ctx, link)
	if err != nil {
		return nil, err
	}
	jobID, _ := idOf(saved[0].(*omero.JobOriginalFileLink).Parent)
	p := &process{call: call, script: s, inputs: given, jobID: jobID, done: make(chan struct{})}
	p.ctx, p.stop = context.WithCancel(call.Server.ctx)
	return p, nil
}

// start runs the script in a goroutine.
func (p *process) start() {
	if !p.call.Server.background(p.run) {
		p.stop()
		close(p.done)
	}
}

func (p *process) run() {
	defer close(p.done)
	defer p.stop()
	p.setJob("Running", "")
	results, err := p.try()
	p.mu.Lock()
	if results == nil {
		results = omero.RTypeDict{}
	}
	message, status := "", "Finished"
	switch {
	case p.stopped:
		p.code, message, status = -9, "The script was cancelled", "Cancelled"
	case err != nil:
		p.code, message, status = 1, err.Error(), "Error"
	}
	if message != "" {
		if results["Message"] == nil {
			results["Message"] = omero.NewRString(message)
		}
	}
	if p.printed.Len() > 0 && results["stdout"] == nil {
		results["stdout"] = omero.NewRString(p.printed.String())
	}
	p.results, p.ended = results, true
	code, callbacks, stopped := p.code, p.callbacks, p.stopped
	p.mu.Unlock()
	p.setJob(status, message)
	for _, cb := range callbacks {
		if !stopped { // cancel and kill tell themselves
			cb.ProcessFinishedAsync(context.Background(), code)
		}
	}
}

// try runs the function. A panic is the script's, not the server's.
func (p *process) try() (results omero.RTypeDict, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the script panicked: %v", r)
		}
	}()
	return p.script.Run(p.ctx, ScriptCall{
		Inputs: p.inputs, User: p.call.UserID, Group: p.call.DefaultGroup(), SessionKey: p.call.UUID,
		Printf: func(format string, args ...any) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.printed.Len() < mostPrinted {
				fmt.Fprintf(&p.printed, format, args...)
			}
		},
	})
}

// setJob notes in the database how the script is doing.
func (p *process) setJob(status, message string) {
	ctx := context.Background()
	call := p.call.asServer()
	job, err := loadJob(ctx, call, p.jobID)
	if err == nil {
		base := job.AsJob()
		if base.Status, err = jobStatus(ctx, call, status); err == nil {
			now := omero.NewRTime(call.Server.Clock().UnixMilli())
			if status == "Running" {
				base.Started = now
			} else {
				base.Finished = now
			}
			if message != "" {
				base.Message = omero.NewRString(message)
			}
			_, err = call.save(ctx, job)
		}
	}
	if err != nil {
		call.Server.Log.Warn("omerotest: the job of a script could not be updated", "job", p.jobID, "error", err)
	}
}

func (p *process) Poll(context.Context) (*omero.RInt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		return nil, nil
	}
	return omero.NewRInt(p.code), nil
}

func (p *process) Wait(ctx context.Context) (int32, error) {
	select {
	case <-p.done:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code, nil
}

// end stops the script and tells the callbacks with tell. It reports whether it
// still ran.
func (p *process) end(ctx context.Context, tell func(omero.GridProcessCallbackPrx, bool)) bool {
	p.mu.Lock()
	if p.ended {
		p.mu.Unlock()
		return false
	}
	p.stopped = true
	callbacks := p.callbacks
	p.mu.Unlock()
	p.stop()
	stopped := true
	timer := time.NewTimer(cancelPatience)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-ctx.Done():
		stopped = false
	case <-timer.C:
		stopped = false
	}
	for _, cb := range callbacks {
		tell(cb, stopped)
	}
	return stopped
}

func (p *process) Cancel(ctx context.Context) (bool, error) {
	return p.end(ctx, func(cb omero.GridProcessCallbackPrx, ok bool) { cb.ProcessCancelledAsync(context.Background(), ok) }), nil
}

func (p *process) Kill(ctx context.Context) (bool, error) {
	return p.end(ctx, func(cb omero.GridProcessCallbackPrx, ok bool) { cb.ProcessKilledAsync(context.Background(), ok) }), nil
}

func (p *process) Shutdown(ctx context.Context) error {
	_, err := p.Kill(ctx)
	return err
}

func (p *process) RegisterCallback(ctx context.Context, cb omero.GridProcessCallbackPrx) error {
	found := p.call.Session.Call(ctx).Callback(cb)
	if found == nil {
		return ApiUsage("the callback must be an object of this client")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	const most = 100
	if len(p.callbacks) >= most {
		return ApiUsage("there are too many callbacks")
	}
	p.callbacks = append(slices.Clip(p.callbacks), omero.NewGridProcessCallbackPrx(ice.Oneway(found)))
	return nil
}

func (p *process) UnregisterCallback(_ context.Context, cb omero.GridProcessCallbackPrx) error {
	if ice.IsNil(cb) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.callbacks = slices.DeleteFunc(slices.Clone(p.callbacks), func(have omero.GridProcessCallbackPrx) bool {
		return have.IceIdentity() == cb.IceIdentity()
	})
	return nil
}

func (p *process) GetJob(ctx context.Context) (*omero.ScriptJob, error) {
	job, err := loadJob(ctx, p.call.asServer(), p.jobID)
	if err != nil {
		return nil, err
	}
	return job.(*omero.ScriptJob), nil
}

// GetResults waits for so many seconds, and fails if the script runs on.
func (p *process) GetResults(ctx context.Context, seconds int32) (omero.RTypeDict, error) {
	timer := time.NewTimer(time.Duration(max(0, min(seconds, 3600))) * time.Second)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		select {
		case <-p.done:
		default:
			return nil, ApiUsage("the script has not ended yet")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.results), nil
}

// SetMessage returns the job's message of before.
func (p *process) SetMessage(ctx context.Context, message string) (string, error) {
	job, err := p.GetJob(ctx)
	if err != nil {
		return "", err
	}
	old := job.Message.GetValue()
	job.Message = omero.NewRString(message)
	_, err = p.call.asServer().save(ctx, job)
	return old, err
}

// Close lets go of the script, which goes on only if it is detached.
func (p *process) Close(_ context.Context, detach bool) error {
	p.mu.Lock()
	p.detached = detach
	p.mu.Unlock()
	p.call.Session.Remove(p)
	return nil
}

func (p *process) release() {
	p.mu.Lock()
	detached := p.detached
	if !detached && !p.ended {
		p.stopped = true
	}
	p.mu.Unlock()
	if !detached {
		p.stop()
	}
}
