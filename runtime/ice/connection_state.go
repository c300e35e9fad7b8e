package ice

// The life of a connection is this table. It goes only forward, and nothing else changes the state.
//
//	            close            settled                 fail
//	active      closing          -                       closed
//	closing     closing          leaving: send Close     closed
//	leaving     leaving          -                       closed
//	closed      closed           -                       closed
//
// close is the beginning of a graceful close by this side, settled that nothing is outstanding on it any more, and fail whatever ends a connection
// for good: the peer's CloseMessage, an error of the socket, a timeout, an abort.
//
// What a state allows is the second table. A connection that is closed has neither reader nor writer: whoever hands something over to them asks first,
// under the same lock, and completes it himself if the answer is no. So nothing is left behind on a closed connection.
//
//	            requests      messages
//	active      yes           yes
//	closing     no            yes: replies, and what is queued
//	leaving     no            yes: the Close message, and replies of requests that came before it
//	closed      no            no

type connectionState byte

const (
	connectionActive  connectionState = iota
	connectionClosing                 // no new requests; the close message follows when nothing is outstanding
	connectionLeaving                 // the close message is queued or sent; the peer is to close the socket
	connectionClosed
	connectionStates
)

type connectionEvent byte

const (
	eventClose connectionEvent = iota
	eventSettled
	eventFail
	connectionEvents
)

// transition is what an event does to a connection: its next state, and what is done with the mutex held.
type transition struct {
	next   connectionState
	action func(*Connection)
}

var transitions = [connectionStates][connectionEvents]transition{
	connectionActive:  {{connectionClosing, (*Connection).refuseLocked}, {connectionActive, nil}, {connectionClosed, (*Connection).refuseLocked}},
	connectionClosing: {{connectionClosing, nil}, {connectionLeaving, (*Connection).sendCloseLocked}, {connectionClosed, (*Connection).refuseLocked}},
	connectionLeaving: {{connectionLeaving, nil}, {connectionLeaving, nil}, {connectionClosed, (*Connection).refuseLocked}},
	connectionClosed:  {{connectionClosed, nil}, {connectionClosed, nil}, {connectionClosed, nil}},
}

// happensLocked changes the state as the event demands, and reports whether that was a change. The connection's mutex is held.
func (c *Connection) happensLocked(e connectionEvent) bool {
	t := transitions[c.state][e]
	changed := t.next != c.state
	c.state = t.next
	if changed && t.action != nil {
		t.action(c)
	}
	return changed
}

// takesRequests reports whether new requests can be sent.
func (s connectionState) takesRequests() bool { return s == connectionActive }

// takesMessages reports whether what is queued is still written.
func (s connectionState) takesMessages() bool { return s < connectionClosed }

// refuseLocked has those look up that wait to send or to write.
func (c *Connection) refuseLocked() {
	if !c.state.takesMessages() {
		c.sending.full.Store(false)
		c.wakeWriter.Broadcast()
	}
	c.sending.room.Broadcast()
}
