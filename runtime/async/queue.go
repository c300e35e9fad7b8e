package async

import (
	"container/heap"
	"context"
	"errors"
	"iter"
	"sync"
)

// ErrQueueClosed is what Put returns on a closed queue, and Get on one that is also empty.
var ErrQueueClosed = errors.New("async: the queue is closed")

// Queue hands items from producers to consumers, as asyncio's queues do: bounded, in a chosen order,
// and with a way to wait until every item has been dealt with. Where first-in first-out is all that
// is wanted, a channel is simpler. Queues are made by NewQueue, NewStack and NewPriorityQueue.
type Queue[T any] struct {
	limit int

	mu         sync.Mutex
	items      store[T]
	closed     bool
	unfinished int
	changed    chan struct{} // closed and replaced when a waiter may go on; nil while nobody waits
}

// NewQueue returns a queue that gives its items in the order in which they came. It holds at most limit
// items; 0 is no limit.
func NewQueue[T any](limit int) *Queue[T] { return &Queue[T]{limit: limit, items: &fifo[T]{}} }

// NewStack returns a queue that gives the latest item first.
func NewStack[T any](limit int) *Queue[T] { return &Queue[T]{limit: limit, items: &lifo[T]{}} }

// NewPriorityQueue returns a queue that gives the least item first; equal items come in any order.
func NewPriorityQueue[T any](limit int, less func(a, b T) bool) *Queue[T] {
	return &Queue[T]{limit: limit, items: &priority[T]{less: less}}
}

// Put adds an item, waiting for room if the queue is full. It fails when ctx ends first, and with
// ErrQueueClosed.
func (q *Queue[T]) Put(ctx context.Context, item T) error {
	return q.wait(ctx, func() (bool, error) {
		switch {
		case q.closed:
			return true, ErrQueueClosed
		case q.full():
			return false, nil
		}
		q.add(item)
		return true, nil
	})
}

// TryPut adds an item if the queue is open and has room.
func (q *Queue[T]) TryPut(item T) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.full() {
		return false
	}
	q.add(item)
	return true
}

// Get takes an item, waiting for one if the queue is empty. It fails when ctx ends first, and
// with ErrQueueClosed when no item will come any more.
func (q *Queue[T]) Get(ctx context.Context) (item T, err error) {
	err = q.wait(ctx, func() (bool, error) {
		switch {
		case q.items.Len() > 0:
			item = q.take()
			return true, nil
		case q.closed:
			return true, ErrQueueClosed
		}
		return false, nil
	})
	return item, err
}

// TryGet takes an item if there is one.
func (q *Queue[T]) TryGet() (item T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.items.Len() == 0 {
		return item, false
	}
	return q.take(), true
}

// All yields the items until the queue is closed and empty, or ctx ends. Each is reported done
// when the loop asks for the next one.
func (q *Queue[T]) All(ctx context.Context) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			item, err := q.Get(ctx)
			if err != nil {
				return
			}
			more := yield(item)
			q.Done()
			if !more {
				return
			}
		}
	}
}

// Len is how many items wait in the queue.
func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.items.Len()
}

// Done says that an item which was taken has been dealt with; see Join. Saying so more often than
// items were put is a bug of the caller, and panics.
func (q *Queue[T]) Done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.unfinished == 0 {
		panic("async: Queue.Done called more often than Put")
	}
	q.unfinished--
	if q.unfinished == 0 {
		q.wake()
	}
}

// Join waits until Done has been called for every item put so far.
func (q *Queue[T]) Join(ctx context.Context) error {
	return q.wait(ctx, func() (bool, error) { return q.unfinished == 0, nil })
}

// Close refuses further items. Those in the queue can still be taken.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

// wait calls attempt under the lock, now and after each change, until it says that it is through.
func (q *Queue[T]) wait(ctx context.Context, attempt func() (through bool, err error)) error {
	for {
		q.mu.Lock()
		if through, err := attempt(); through {
			q.mu.Unlock()
			return err
		}
		if q.changed == nil {
			q.changed = make(chan struct{})
		}
		changed := q.changed
		q.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return contextError(ctx)
		}
	}
}

func (q *Queue[T]) wake() {
	if q.changed != nil {
		close(q.changed)
		q.changed = nil
	}
}

func (q *Queue[T]) full() bool { return q.limit > 0 && q.items.Len() >= q.limit }

func (q *Queue[T]) add(item T) {
	q.items.add(item)
	q.unfinished++
	q.wake()
}

func (q *Queue[T]) take() T {
	item := q.items.take()
	q.wake()
	return item
}

// store is the order in which a queue keeps its items.
type store[T any] interface {
	Len() int
	add(T)
	take() T
}

type fifo[T any] struct {
	items []T
	first int
}

func (s *fifo[T]) Len() int   { return len(s.items) - s.first }
func (s *fifo[T]) add(item T) { s.items = append(s.items, item) }

func (s *fifo[T]) take() T {
	item := s.items[s.first]
	s.items[s.first] = *new(T)
	s.first++
	if s.first*2 >= len(s.items) { // at most half of the slice is room already given
		n := copy(s.items, s.items[s.first:])
		clear(s.items[n:])
		s.items, s.first = s.items[:n], 0
	}
	return item
}

type lifo[T any] struct{ items []T }

func (s *lifo[T]) Len() int   { return len(s.items) }
func (s *lifo[T]) add(item T) { s.items = append(s.items, item) }

func (s *lifo[T]) take() T {
	last := len(s.items) - 1
	item := s.items[last]
	s.items[last] = *new(T)
	s.items = s.items[:last]
	return item
}

// priority is a heap; it implements heap.Interface beside store.
type priority[T any] struct {
	items []T
	less  func(a, b T) bool
}

func (s *priority[T]) Len() int           { return len(s.items) }
func (s *priority[T]) Less(i, j int) bool { return s.less(s.items[i], s.items[j]) }
func (s *priority[T]) Swap(i, j int)      { s.items[i], s.items[j] = s.items[j], s.items[i] }
func (s *priority[T]) Push(item any)      { s.items = append(s.items, item.(T)) }

func (s *priority[T]) Pop() any {
	last := len(s.items) - 1
	item := s.items[last]
	s.items[last] = *new(T)
	s.items = s.items[:last]
	return item
}

func (s *priority[T]) add(item T) { heap.Push(s, item) }
func (s *priority[T]) take() T    { return heap.Pop(s).(T) }
