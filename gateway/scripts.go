package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
)

// ScriptError says that a script ended with a return code other than zero, or
// was stopped. What it printed is in the results, as OriginalFiles.
type ScriptError struct {
	ReturnCode int    // of the script's process
	Message    string // that the script left, if any
	Stopped    bool   // it was cancelled or killed
}

// Error gives the return code and the message.
func (e *ScriptError) Error() string {
	text := fmt.Sprintf("gateway: the script ended with code %d", e.ReturnCode)
	if e.Stopped {
		text = "gateway: the script was stopped"
	}
	if e.Message != "" {
		text += ": " + wire.Printable(e.Message)
	}
	return text
}

// Script is a script that runs on the server. It has to be closed.
type Script struct {
	*script // behind a pointer, for the same reason as that of Session
}

type script struct {
	session  *Session
	process  omero.GridScriptProcessPrx
	callback *Callback

	once    sync.Once
	ended   chan struct{} // closed when the server has called back
	stopped bool          // set before that
}

// StartScript starts the script with this id, as Script().GetScriptID gives it
// for a path. Inputs are by the names that Script().GetParams lists.
//
// An *omero.NoProcessorAvailable says that the server has nobody who runs scripts.
func (s *Session) StartScript(ctx context.Context, id int64, inputs omero.RTypeDict) (*Script, error) {
	process, err := s.Script().RunScript(ctx, id, inputs, nil)
	if err == nil && ice.IsNil(process) {
		err = errors.New("the server gave a null proxy")
	}
	if err != nil {
		return nil, fmt.Errorf("gateway: cannot run the script %d: %w", id, s.explain(err))
	}
	script := &Script{&script{session: s, process: process, ended: make(chan struct{})}}
	servant := omero.NewGridProcessCallbackServant(scriptListener{script})
	script.callback, err = s.KeepCallback(ctx, servant, func(ctx context.Context, p ice.ObjectPrx) error {
		return process.RegisterCallback(ctx, omero.NewGridProcessCallbackPrx(p))
	})
	if err != nil {
		_ = script.Close()
		return nil, fmt.Errorf("gateway: cannot listen to the script %d: %w", id, s.explain(err))
	}
	return script, nil
}

// RunScript starts a script, waits for its results and closes it.
func (s *Session) RunScript(ctx context.Context, id int64, inputs omero.RTypeDict) (omero.RTypeDict, error) {
	script, err := s.StartScript(ctx, id, inputs)
	if err != nil {
		return nil, err
	}
	results, err := script.Wait(ctx)
	return results, errors.Join(err, script.Close())
}

// scriptListener is the servant that the server calls.
type scriptListener struct{ s *Script }

func (l scriptListener) ProcessFinished(context.Context, int32) error { return l.end(false) }

func (l scriptListener) ProcessCancelled(_ context.Context, success bool) error {
	return l.stop(success)
}

func (l scriptListener) ProcessKilled(_ context.Context, success bool) error { return l.stop(success) }

func (l scriptListener) stop(success bool) error {
	if !success {
		return nil // it runs on
	}
	return l.end(true)
}

func (l scriptListener) end(stopped bool) error {
	l.s.once.Do(func() {
		l.s.stopped = stopped
		close(l.s.ended)
	})
	return nil
}

// Process returns the server's side of the script.
func (r *Script) Process() omero.GridScriptProcessPrx { return r.process }

// Wait waits for the script's results until ctx ends; the script then goes on.
// As with commands, the server calls back and Wait also asks now and then. The
// results of a script that failed come together with a *ScriptError.
func (r *Script) Wait(ctx context.Context) (omero.RTypeDict, error) {
	var code int32
	err := awaitEnd(ctx, r.ended, func(ctx context.Context) (bool, error) {
		found, err := r.process.Poll(ctx)
		if found != nil {
			code = found.Val
		}
		return found != nil, err
	})
	if err != nil {
		return nil, fmt.Errorf("gateway: the script has not ended: %w", r.session.explain(err))
	}
	results, err := r.process.GetResults(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("gateway: no results of the script, which ended with code %d: %w", code, r.session.explain(err))
	}
	failure := &ScriptError{ReturnCode: int(code)}
	select {
	case <-r.ended:
		failure.Stopped = r.stopped
	default:
	}
	if message, ok := results["Message"].(*omero.RString); ok {
		failure.Message = message.Val
	}
	if code != 0 || failure.Stopped {
		return results, failure
	}
	return results, nil
}

// Cancel asks the server to stop the script, and reports whether it will.
func (r *Script) Cancel(ctx context.Context) (bool, error) {
	stopped, err := r.process.Cancel(ctx)
	return stopped, r.session.explain(err)
}

// Close frees what the server holds for the script, and stops it if it is
// still running. It is bounded by Config.Timeout, and fine to call twice.
func (r *Script) Close() error { return r.close(false) }

// Detach is Close for a script that is to run on.
func (r *Script) Detach() error { return r.close(true) }

func (r *Script) close(detach bool) error {
	if r.callback != nil {
		r.callback.Remove()
	}
	ctx, cancel := r.session.bounded(context.Background())
	defer cancel()
	err := r.process.Close(ctx, detach)
	if err == nil || errors.Is(err, ice.ErrObjectNotExist) {
		return nil
	}
	return fmt.Errorf("gateway: cannot close the script: %w", r.session.explain(err))
}
