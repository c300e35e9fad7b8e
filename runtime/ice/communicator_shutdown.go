package ice

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// shutdown is the end of a communicator's life as a server.
type shutdown struct {
	once  sync.Once
	begun chan struct{}
	idle  *serverIdle // nil without Ice.ServerIdleTime
}

// Shutdown ends what the communicator does as a server: its adapters are deactivated, and no more can be made. Requests that run end first;
// Shutdown does not wait for them, WaitForShutdown does. Calls of this side can still be made. The manual's section is "Communicator Shutdown
// and Destruction".
func (comm *Communicator) Shutdown() {
	comm.shutdown.once.Do(func() {
		for _, a := range comm.adapters.end() {
			a.Deactivate()
		}
		comm.shutdown.idle.stop()
		close(comm.shutdown.begun)
	})
}

// IsShutdown reports whether Shutdown was called, by the program, by Close, or because of Ice.ServerIdleTime.
func (comm *Communicator) IsShutdown() bool {
	select {
	case <-comm.shutdown.begun:
		return true
	default:
		return false
	}
}

// WaitForShutdown waits until Shutdown was called and all requests have ended: what a server's main function does once its adapters are active.
func (comm *Communicator) WaitForShutdown(ctx context.Context) error {
	select {
	case <-comm.shutdown.begun:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for _, a := range comm.adapters.list() {
		if err := a.WaitForDeactivate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// end lets no more adapters in, and gives those that there are.
func (s *adapterSet) end() []*Adapter {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.list()
}

func (s *adapterSet) list() []*Adapter {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Adapter, 0, len(s.byName))
	for _, a := range s.byName {
		all = append(all, a)
	}
	return all
}

// serverIdle shuts a server down that gets no requests for the time of Ice.ServerIdleTime. As in Ice, the time begins with the first adapter.
type serverIdle struct {
	comm     *Communicator
	after    time.Duration
	begin    sync.Once
	mu       sync.Mutex
	timer    *time.Timer
	stopped  bool
	requests atomic.Uint64
	running  atomic.Int64
	seen     uint64
}

func (comm *Communicator) watchServerIdle(after time.Duration) {
	if after > 0 {
		comm.shutdown.idle = &serverIdle{comm: comm, after: after}
	}
}

// start begins the time. A nil serverIdle has none.
func (i *serverIdle) start() {
	if i != nil {
		i.begin.Do(i.schedule)
	}
}

func (i *serverIdle) schedule() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.stopped {
		i.timer = time.AfterFunc(i.after, i.look)
	}
}

// look is called when the time is over.
func (i *serverIdle) look() {
	if requests := i.requests.Load(); requests != i.seen || i.running.Load() > 0 {
		i.seen = requests
		i.schedule()
		return
	}
	i.comm.log.Info("ice: no requests for the time of Ice.ServerIdleTime: shutting down", "time", i.after)
	i.comm.Shutdown()
}

func (i *serverIdle) stop() {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stopped = true
	if i.timer != nil {
		i.timer.Stop()
	}
}

// around counts the requests that pass.
func (i *serverIdle) around(next DispatchFunc) DispatchFunc {
	if i == nil {
		return next
	}
	return func(ctx context.Context, r *IncomingRequest) error {
		i.requests.Add(1)
		i.running.Add(1)
		defer i.running.Add(-1)
		return next(ctx, r)
	}
}
