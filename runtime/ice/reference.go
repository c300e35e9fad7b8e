package ice

import (
	"bytes"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// reference is what a proxy refers to, and how. It does not change once a proxy has it; a changed proxy has a copy.
type reference struct {
	comm *Communicator
	proxySettings

	bind    *binding
	batch   *batchQueue
	encoded atomic.Pointer[[]byte]
}

// proxySettings is all that tells one proxy of a communicator from another. Its slices and maps are never changed in place.
type proxySettings struct {
	id                Identity
	facet             string
	mode              byte // wire.ModeTwoway and so on
	secure            bool // secure endpoints only
	preferSecure      bool
	protocol          wire.Version
	encoding          wire.Version
	endpoints         []*endpoint
	adapterID         string
	context           hidden[map[string]string] // sessions' keys may be in it
	invocationTimeout time.Duration             // 0 is none, UseConnectionTimeout the connection's
	timeout           int                       // milliseconds for all endpoints, -1 is none, 0 leaves them their own
	compress          override
	connectionID      string
	uncached          bool // every invocation looks for a connection anew
	notCollocated     bool // Ice's CollocationOptimized is off; kept for the property form
	selection         EndpointSelection
	locator           *locatorInfo
	locatorTimeout    time.Duration // how long the locator's answers hold; < 0 is for ever
	router            *routerInfo
	fixed             *Connection
	fault             string // the factory that asked for what a fixed proxy cannot have; calls fail
}

// override is a setting that may be left to something else.
type override int8

const (
	unset override = iota
	yes
	no
)

func overrideOf(b bool) override {
	if b {
		return yes
	}
	return no
}

// newReference returns a two-way reference with the communicator's defaults.
func (comm *Communicator) newReference(id Identity) *reference {
	d := &comm.defaults
	return comm.referenceWith(proxySettings{
		id: id, protocol: wire.Protocol10, encoding: d.encoding, preferSecure: d.preferSecure, notCollocated: d.notCollocated,
		selection: d.selection, locatorTimeout: d.locatorTimeout, invocationTimeout: d.invocationTimeout,
		locator: comm.locator.Load(), router: comm.router.Load(),
	})
}

// referenceWith returns a reference with a binding and a batch queue of its own.
func (comm *Communicator) referenceWith(s proxySettings) *reference {
	r := &reference{comm: comm, proxySettings: s}
	r.bind = &binding{ref: r}
	r.batch = &batchQueue{ref: r}
	return r
}

// changed returns a copy to which change is applied. rebind says whether the copy may need another connection.
func (r *reference) changed(rebind bool, change func(*reference)) *reference {
	c := r.comm.referenceWith(r.proxySettings)
	change(c)
	if !rebind {
		c.bind = r.bind
	}
	return c
}

// encodingUsed is what parameters are written in: the newest that both sides know.
func (r *reference) encodingUsed() wire.Version {
	if r.encoding.Major == 1 && r.encoding.Minor > 1 {
		return wire.Encoding11
	}
	return r.encoding
}

func (r *reference) isBatch() bool {
	return r.mode == wire.ModeBatchOneway || r.mode == wire.ModeBatchDatagram
}

// isIndirect reports whether a locator has to say where the object is.
func (r *reference) isIndirect() bool { return len(r.endpoints) == 0 && r.fixed == nil }

// head gives how every request to the object begins: header, request number, identity, facet. It is encoded once.
func (r *reference) head() []byte {
	if b := r.encoded.Load(); b != nil {
		return *b
	}
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartMessage(wire.RequestMessage, wire.NoCompression)
	e.Int(0)
	r.id.IceWrite(e)
	if r.facet == "" {
		e.Size(0)
	} else {
		e.Strings([]string{r.facet})
	}
	b := bytes.Clone(e.Data())
	r.encoded.Store(&b)
	return b
}

// data gives the reference as it travels.
func (r *reference) data(p *wire.ProxyData) error {
	if r.fixed != nil {
		return &InvocationError{Kind: ErrFixedProxy, ID: r.id, Err: errFixedSent}
	}
	*p = wire.ProxyData{Identity: r.id, Facet: r.facet, Mode: r.mode, Secure: r.secure, Protocol: r.protocol, Encoding: r.encoding}
	if len(r.endpoints) == 0 {
		p.AdapterID = r.adapterID
		return nil
	}
	p.Endpoints = make([]wire.Endpoint, len(r.endpoints))
	for i, e := range r.endpoints {
		p.Endpoints[i] = e.wire()
	}
	return nil
}

var errFixedSent error = &kind{text: "it cannot be sent"}

// decodeEnv is what a Decoder needs to make proxies.
type decodeEnv struct{ comm *Communicator }

func (r *reference) prepareDecoder(d *wire.Decoder) { r.comm.prepareDecoder(d) }

func (comm *Communicator) prepareDecoder(d *wire.Decoder) {
	d.Env = &comm.env
	d.SetLimits(comm.limits)
	if f := comm.valueFactories.Load(); f != nil {
		d.Factory = f.create
	}
	if comm.trace.slicing > 0 {
		d.Sliced = comm.trace.sliced
	}
}

// reference makes a reference from what came over the wire.
func (env *decodeEnv) reference(p *wire.ProxyData) (*reference, error) {
	r := env.comm.newReference(p.Identity)
	r.facet, r.mode, r.secure, r.protocol, r.encoding, r.adapterID = p.Facet, p.Mode, p.Secure, p.Protocol, p.Encoding, p.AdapterID
	for i := range p.Endpoints {
		e, err := endpointFromWire(&p.Endpoints[i])
		if err != nil {
			return nil, err
		}
		r.endpoints = append(r.endpoints, e)
	}
	return r, nil
}

func sameEndpoints(a, b []*endpoint) bool {
	return slices.EqualFunc(a, b, func(x, y *endpoint) bool { return *x == *y })
}

// current gives the connection in use, nil if there is none.
func (r *reference) current() *Connection {
	if r.fixed != nil {
		return r.fixed
	}
	return r.bind.used.Load()
}

// connection gives the connection that invocations use.
func (r *reference) connection(ctx context.Context) *Future[*Connection] {
	f, resolver := NewFuture[*Connection]()
	f.operation = "ice_getConnection"
	if r == nil {
		resolver.Reject(&InvocationError{Kind: errNilProxy, Operation: f.operation})
		return f
	}
	f.ref = r
	if err := r.checkCall(f.operation, true); err != nil {
		resolver.Reject(err)
		return f
	}
	if r.fixed != nil {
		if err := r.fixed.Err(); err != nil {
			resolver.Reject(err)
		} else {
			f.conn = r.fixed
			resolver.Resolve(r.fixed)
		}
		return f
	}
	if ctx, _, watched := optionsOf(ctx); watched && ctx.Done() != nil {
		f.watch(ctx)
	}
	r.bind.connection(func(c *Connection, err error) {
		if err != nil {
			resolver.f.fail(err, inReader)
			return
		}
		f.mu.Lock()
		if f.has(flagDone) {
			f.mu.Unlock()
			return
		}
		f.value = c
		f.conn = c
		f.finishLocked(flagDecoded|flagSent, nil, inReader)
	})
	return f
}
