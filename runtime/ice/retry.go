package ice

import (
	"errors"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// This file has the rules of the manual's "Automatic Retries". A request goes out again only if it cannot have run:
// it was not sent whole, the peer took leave before it ran, or it may run twice because it is idempotent. Then it goes out again after a lost
// connection, and after the answer that something unknown went wrong.

// lost is told that the request will not be answered: err is why, and sent whether all of it went out.
// It runs in any goroutine, and does not block.
func (v *invocation) lost(err error, sent bool) {
	if v.has(flagDone) {
		return
	}
	var c *ConnectionError
	graceful := errors.As(err, &c) && c.Graceful
	if c != nil && c.Sent != sent {
		own := *c
		own.Sent = sent
		err = &own
	}
	ref := v.ref
	switch {
	case ref.comm.closed.Load():
		v.fail(v.destroyedError(), inReader)
		return
	case ref.fixed != nil, errors.Is(err, errManual), !retryable(err), sent && !graceful && v.mode == Normal:
		v.fail(err, inReader)
		return
	}
	delay, ok := v.nextDelay(graceful)
	if !ok {
		v.fail(err, inReader)
		return
	}
	ref.comm.trace.retry(v, err, delay)
	v.again(delay)
}

// retryable reports whether another attempt can end differently.
func retryable(err error) bool {
	if _, ok := errors.AsType[*ConnectionError](err); ok {
		return true
	}
	return errors.Is(err, ErrTimeout)
}

// nextDelay gives the time before the next attempt, and whether there is one. What a graceful close has cut off is always sent again once.
func (v *invocation) nextDelay(graceful bool) (time.Duration, bool) {
	intervals := v.ref.comm.retryIntervals
	n := int(v.attempt)
	switch {
	case n < len(intervals):
	case graceful && n == 0:
		intervals = []time.Duration{0}
	default:
		return 0, false
	}
	v.attempt++
	return intervals[n], true
}

// again sends the request once more.
func (v *invocation) again(delay time.Duration) {
	v.mu.Lock()
	if v.has(flagDone) {
		v.mu.Unlock()
		return
	}
	// The old connection's writer may still hold the frame, and another connection numbers requests otherwise.
	request := newFrame(len(v.request.b))
	request.b = append(request.b, v.request.b...)
	request.lent, request.at = v.request.lent, v.request.at
	v.request = request
	v.flags.And(^(flagSent | flagSentSync | flagAnswered))
	v.conn = nil
	v.mu.Unlock()
	if delay <= 0 {
		v.start(sendMode{})
		return
	}
	// Ending the communicator before that lets start fail, so the timer needs no watch.
	time.AfterFunc(delay, func() { v.start(sendMode{}) })
}

// addProxyOperation is what a router names in an ObjectNotExist if it has forgotten a proxy of its routing table.
const addProxyOperation = "ice_add_proxy"

// retried looks at a reply that is no result and no exception of the operation's, and reports whether the request is on its way again because of it.
func (v *invocation) retried(reply *frame) bool {
	switch status := wire.ReplyStatus(reply.b[replyBody]); {
	case status <= wire.ReplyUserException || v.ref.fixed != nil || v.has(flagDone):
		return false
	case status == wire.ReplyObjectNotExist:
		return v.notExist(reply)
	case status <= wire.ReplyOperationNotExist:
		return false
	}
	return v.failedThere(reply)
}

// failedThere takes the answer that something went wrong in the server, or between a router and the server, as Ice does: what may run twice is tried again.
func (v *invocation) failedThere(reply *frame) bool {
	if v.mode == Normal || v.ref.comm.closed.Load() {
		return false
	}
	r, err := readReply(reply)
	if err != nil {
		return false
	}
	delay, ok := v.nextDelay(false)
	if !ok {
		return false
	}
	v.ref.comm.trace.retry(v, v.systemError(&r), delay)
	reply.release()
	v.again(delay)
	return true
}

// readReply reads a reply's status and what belongs to it.
func readReply(reply *frame) (r wire.Reply, err error) {
	d := wire.AcquireDecoder(reply.b)
	defer d.Release()
	d.Skip(wire.HeaderSize)
	r.IceRead(d)
	return r, d.Err()
}

// notExist looks at a reply that says the object does not exist, and reports whether the request is on its way
// again: through a router that forgot the proxy, or to where a locator says that the object is now.
func (v *invocation) notExist(reply *frame) bool {
	ref := v.ref
	if ref.router == nil && !ref.isIndirect() {
		return false
	}
	r, err := readReply(reply)
	if err != nil {
		return false
	}
	switch {
	case ref.router != nil && r.Operation == addProxyOperation:
		ref.router.forget(ref)
		ref.bind.reset(nil)
	case ref.isIndirect() && ref.locator != nil:
		if !ref.locator.clearCache(ref) {
			return false // it was asked just now: the answer holds
		}
		if _, ok := v.nextDelay(false); !ok {
			return false
		}
		ref.bind.reset(nil)
	default:
		return false
	}
	reply.release()
	v.again(0)
	return true
}
