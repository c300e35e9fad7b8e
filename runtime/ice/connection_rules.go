package ice

import (
	"math"
	"time"
)

// connectionRules are what properties say about the connections of one side, or of an adapter.
type connectionRules struct {
	acm        ACM
	idle       idleRules
	connect    time.Duration // bounds each step of making a connection; 0 is not set
	close      time.Duration // bounds a graceful close; 0 is not set
	dispatches int           // at the same time on a connection; 0 is any number
	sizeMax    int           // of a message that is read, in bytes
	coalesce   time.Duration // how long replies may wait to be read together when many calls are outstanding; 0 is not at all
	sendQueue  int           // bytes that wait to be written before others must wait; 0 is any number
}

// idleRules are Ice 3.8's for connections on which nothing happens. They are in force where their properties are set.
type idleRules struct {
	timeout    time.Duration // a heartbeat goes out after half of it; 0 is not set
	check      bool          // a peer from which nothing came for the timeout is dead
	inactivity time.Duration // a connection without requests is closed after it; 0 is not set
}

const defaultMaxDispatches = 100

// defaultCoalesceDelay is that of the property CoalesceDelay, which is in microseconds. Only many outstanding calls on tcp and Linux are delayed by it,
// and only while their replies come one by one in quick succession; 0 switches it off.
const defaultCoalesceDelay = 500 * time.Microsecond

// defaultIdleTimeout is Ice 3.8's, for who sets EnableIdleCheck alone.
const defaultIdleTimeout = time.Minute

// defaultRules are what holds without properties: those of Ice 3.7, but with heartbeats that keep a connection alive with servers of any release.
func (comm *Communicator) defaultRules(rule ACMClose) connectionRules {
	return connectionRules{
		acm:        ACM{Timeout: 2 * heartbeatMax, Close: rule, Heartbeat: HeartbeatAlways},
		dispatches: defaultMaxDispatches, sizeMax: comm.messageSizeMax, coalesce: defaultCoalesceDelay,
	}
}

// sideRules reads the properties of the connections that this side makes ("Client", which proxies use) or accepts ("Server").
func (comm *Communicator) sideRules(side string, rule ACMClose) connectionRules {
	r := comm.defaultRules(rule)
	r.sendQueue = defaultServerSendQueue
	if side == "Client" {
		r.sendQueue = defaultClientSendQueue
	}
	r.readACM(comm.properties, "Ice.ACM")
	r.acm.Timeout = seconds(notNegative(comm.properties, "Ice.ACM."+side, int(r.acm.Timeout/time.Second))) // as older releases named it
	r.readACM(comm.properties, "Ice.ACM."+side)
	r.readConnection(comm.properties, "Ice.Connection."+side)
	return r
}

// adapterRules reads what an adapter's own properties say beyond those of its side.
func (comm *Communicator) adapterRules(name string, side connectionRules) connectionRules {
	if name == "" {
		return side
	}
	p := comm.properties
	side.readACM(p, name+".ACM")
	side.readConnection(p, name+".Connection")
	if p.Bool(name+".ThreadPool.Serialize", p.Bool("Ice.ThreadPool.Server.Serialize", false)) {
		side.dispatches = 1
	}
	side.sizeMax = kibibytes(p.Int(name+".MessageSizeMax", kibibytesOf(side.sizeMax)))
	return side
}

// readACM reads the properties of active connection management below a prefix.
func (r *connectionRules) readACM(p *Properties, prefix string) {
	r.acm.Timeout = seconds(notNegative(p, prefix+".Timeout", int(r.acm.Timeout/time.Second)))
	r.acm.Close = ACMClose(p.within(prefix+".Close", int(r.acm.Close), int(CloseOff), int(CloseOnIdleForceful)))
	r.acm.Heartbeat = ACMHeartbeat(p.within(prefix+".Heartbeat", int(r.acm.Heartbeat), int(HeartbeatOff), int(HeartbeatAlways)))
}

// readConnection reads the properties that Ice 3.8 has in their place. What they say of heartbeats and dead peers wins over active connection
// management.
func (r *connectionRules) readConnection(p *Properties, prefix string) {
	r.dispatches = notNegative(p, prefix+".MaxDispatches", r.dispatches)
	r.coalesce = time.Duration(notNegative(p, prefix+".CoalesceDelay", int(r.coalesce/time.Microsecond))) * time.Microsecond
	r.sendQueue = queueBytes(notNegative(p, prefix+".SendQueueMax", kibibytesOf(r.sendQueue)))
	r.connect = seconds(notNegative(p, prefix+".ConnectTimeout", int(r.connect/time.Second)))
	r.close = seconds(notNegative(p, prefix+".CloseTimeout", int(r.close/time.Second)))
	r.idle.inactivity = seconds(notNegative(p, prefix+".InactivityTimeout", int(r.idle.inactivity/time.Second)))
	_, timeout := p.Lookup(prefix + ".IdleTimeout")
	_, check := p.Lookup(prefix + ".EnableIdleCheck")
	if !timeout && !check {
		return
	}
	if r.idle.timeout == 0 {
		r.idle.timeout, r.idle.check = defaultIdleTimeout, true
	}
	r.idle.timeout = seconds(notNegative(p, prefix+".IdleTimeout", int(r.idle.timeout/time.Second)))
	r.idle.check = p.Bool(prefix+".EnableIdleCheck", r.idle.check)
	r.acm = ACM{}
	if r.idle.timeout > 0 {
		r.acm.Heartbeat = HeartbeatAlways
	}
}

// within reads a number that must lie in a range; another is warned of, and the fallback holds.
func (p *Properties) within(name string, fallback, low, high int) int {
	n := p.Int(name, fallback)
	if n < low || n > high {
		p.logger().Warn("a property is out of range; the default holds", "property", name, "value", n, "lowest", low, "highest", high, "default", fallback)
		return fallback
	}
	return n
}

// milliseconds reads a time-out: -1 for none, or a number from 1. Another is warned of, and the fallback holds; so it does where nothing is set.
func (p *Properties) milliseconds(name string, fallback int) int {
	if _, ok := p.Lookup(name); !ok {
		return fallback
	}
	n := p.Int(name, fallback)
	if n < 1 && n != -1 && n != fallback || n == 0 {
		p.logger().Warn("a property is neither -1 nor a number of milliseconds from 1; the default holds", "property", name, "value", n)
		return fallback
	}
	return n
}

// notNegative is within for what has no upper bound.
func notNegative(p *Properties, name string, fallback int) int {
	return p.within(name, fallback, 0, math.MaxInt32)
}

// queueBytes gives a bound in bytes for one in KiB, 0 for none.
func queueBytes(n int) int { return min(n, 1<<31/1024-1) * 1024 }

// kibibytesOf is what kibibytes has made bytes of.
func kibibytesOf(bytes int) int { return bytes / 1024 }
