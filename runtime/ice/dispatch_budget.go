package ice

import "sync"

// dispatchBudget bounds what requests of all connections of a communicator take while they wait to be dispatched, by the property
// Ice.DispatchQueueSizeMax. A connection whose request does not fit is not read any further; each may have one that waits.
type dispatchBudget struct {
	max int // bytes; 0 is no bound

	mu      sync.Mutex
	used    int
	blocked map[*dispatcher]struct{} // whose readers wait
}

const defaultDispatchQueue = 64 << 20

// full reports whether nothing more should wait; the dispatcher is told then when that changes. Its mutex is held, which comes before this one.
// A connection with calls of this side outstanding can need what comes behind the requests, and may take four times as much.
func (b *dispatchBudget) full(p *dispatcher, calling bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	limit := b.max
	if calling {
		limit *= 4
	}
	if b.max == 0 || b.used < limit {
		delete(b.blocked, p)
		return false
	}
	if b.blocked == nil {
		b.blocked = map[*dispatcher]struct{}{}
	}
	b.blocked[p] = struct{}{}
	return true
}

// add takes bytes up, or with n below 0 gives them back. No dispatcher's mutex may be held when they are given back.
func (b *dispatchBudget) add(n int) {
	b.mu.Lock()
	b.used += n
	var wake []*dispatcher
	if n < 0 && b.used < b.max {
		for p := range b.blocked {
			wake = append(wake, p)
		}
	}
	b.mu.Unlock()
	for _, p := range wake {
		p.mu.Lock()
		if p.room != nil {
			p.room.Signal()
		}
		p.mu.Unlock()
	}
}

// forget takes out a dispatcher that ends.
func (b *dispatchBudget) forget(p *dispatcher) {
	b.mu.Lock()
	delete(b.blocked, p)
	b.mu.Unlock()
}
