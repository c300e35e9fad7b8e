package ice

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

// Communicator is the door to Ice: it makes proxies from strings, and holds connections and adapters. A program needs one;
// several do not disturb each other. Close ends it. The manual's section is "Communicators".
type Communicator struct {
	serial               uint64 // orders communicators
	properties           *Properties
	args                 hidden[[]string] // what the options left over
	log                  *slog.Logger
	trace                *tracer
	interceptors         []Interceptor
	dispatchInterceptors []DispatchInterceptor
	batchInterceptor     BatchInterceptor
	tls                  *tlsSettings
	dialer               *transport.Dialer
	ctx                  context.Context // ends with the communicator
	cancel               context.CancelFunc
	closed               atomic.Bool
	closeOnce            sync.Once

	busyMu sync.Mutex
	busy   sync.WaitGroup // goroutines that make connections

	decompressing
	connections    *connections
	adapters       adapterSet
	shutdown       shutdown
	batches        batches
	valueFactories atomic.Pointer[valueFactories]
	dispatching    dispatchBudget
	implicit       *ImplicitContext
	locator        atomic.Pointer[locatorInfo]
	router         atomic.Pointer[routerInfo]
	locators       infos[locatorInfo]
	routers        infos[routerInfo]
	env            decodeEnv

	// What the properties say.
	toStringMode     ToStringMode
	endpointDefaults endpointDefaults
	defaults         referenceDefaults
	overrides        overrides
	retryIntervals   []time.Duration
	messageSizeMax   int
	batchFlushSize   int
	compressionLevel int
	limits           wire.Limits
	format           wire.Format
	client, server   connectionRules // for the connections that this side makes, and that it accepts
	backgroundLookup bool
}

// referenceDefaults is what a new reference has.
type referenceDefaults struct {
	encoding          wire.Version
	preferSecure      bool
	notCollocated     bool
	selection         EndpointSelection
	locatorTimeout    time.Duration
	invocationTimeout time.Duration
}

// overrides are the properties Ice.Override.*.
type overrides struct {
	compress, secure override
	timeout          int           // milliseconds, -1 is none, 0 is not set
	connectTimeout   time.Duration // < 0 is none, 0 is not set
	closeTimeout     time.Duration
}

// Option configures a Communicator.
type Option func(*settings)

type settings struct {
	properties           *Properties
	set                  [][2]string
	args                 []string
	tls                  *tls.Config
	log                  *slog.Logger
	interceptors         []Interceptor
	dispatchInterceptors []DispatchInterceptor
	batchInterceptor     BatchInterceptor
	dial                 func(ctx context.Context, network, address string) (net.Conn, error)
}

// WithProperties starts from the given properties. They are copied.
func WithProperties(p *Properties) Option { return func(s *settings) { s.properties = p } }

// WithProperty sets one property. It wins over WithProperties and over configuration files, and loses to WithArgs.
func WithProperty(key, value string) Option {
	return func(s *settings) { s.set = append(s.set, [2]string{key, value}) }
}

// WithArgs takes the options --Ice.*, --IceSSL.* and so on out of a command line; [Communicator.Args] gives what is left.
func WithArgs(args []string) Option {
	return func(s *settings) { s.args = append([]string{}, args...) }
}

// WithTLS has ssl and wss endpoints use a configuration of the application's; the IceSSL properties do not count then.
func WithTLS(c *tls.Config) Option { return func(s *settings) { s.tls = c } }

// WithLogger has warnings and traces go to a logger, instead of slog's default one.
func WithLogger(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

// WithInterceptor has interceptors called around every invocation. The first is the outermost.
func WithInterceptor(i ...Interceptor) Option {
	return func(s *settings) { s.interceptors = append(s.interceptors, i...) }
}

// WithDialer has connections be opened by a function of the application's, in place of TCP and of the proxies that properties name. The address is
// host:port, not resolved. TLS and WebSocket come on top.
func WithDialer(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(s *settings) { s.dial = dial }
}

// NewCommunicator makes a communicator. Configuration files that ICE_CONFIG or --Ice.Config names are read. It starts no connection.
func NewCommunicator(opts ...Option) (*Communicator, error) {
	s := &settings{}
	for _, o := range opts {
		o(s)
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.properties == nil {
		s.properties = NewProperties()
	}
	initial := s.properties.Clone()
	initial.SetLogger(s.log)
	for _, kv := range s.set {
		initial.Set(kv[0], kv[1])
	}
	properties, rest, err := propertiesFromArgs(initial, s.args)
	if err != nil {
		return nil, err
	}
	// What the program sets in its code holds against a configuration file, but not against its command line.
	for _, kv := range s.set {
		if !givenInArgs(s.args, kv[0]) && !properties.holds(kv[0], kv[1]) {
			properties.Set(kv[0], kv[1])
		}
	}
	comm := &Communicator{serial: serials.Add(1), properties: properties, args: hide(rest), log: s.log, interceptors: s.interceptors, dispatchInterceptors: s.dispatchInterceptors, batchInterceptor: s.batchInterceptor}
	comm.ctx, comm.cancel = context.WithCancel(context.Background())
	comm.env.comm = comm
	comm.shutdown.begun = make(chan struct{})
	comm.connections = &connections{comm: comm, all: map[*Connection]struct{}{}, shared: map[connectionKey]*Connection{}, attempts: map[connectionKey]*attempt{}}
	if err := comm.configure(s); err != nil {
		comm.cancel()
		return nil, err
	}
	return comm, nil
}

func givenInArgs(args []string, key string) bool {
	for _, a := range args {
		if name, _, _ := strings.Cut(strings.TrimPrefix(a, "--"), "="); name == key && strings.HasPrefix(a, "--") {
			return true
		}
	}
	return false
}

// Properties gives the communicator's properties. Changes have no effect on what is configured already.
func (comm *Communicator) Properties() *Properties { return comm.properties }

// Args gives what WithArgs left over.
func (comm *Communicator) Args() []string { return comm.args.get() }

// Logger gives the logger.
func (comm *Communicator) Logger() *slog.Logger { return comm.log }

// StringToProxy makes a proxy from its string form; an empty string gives nil. See the manual's "Proxy and Endpoint Syntax".
func (comm *Communicator) StringToProxy(s string) (ObjectPrx, error) {
	if comm.closed.Load() {
		return nil, ErrCommunicatorDestroyed
	}
	ref, err := comm.parseReference(s)
	if err != nil || ref == nil {
		return nil, err
	}
	return Proxy{ref}, nil
}

// ProxyToString gives a proxy's string form, the empty string for nil.
func (comm *Communicator) ProxyToString(p ObjectPrx) string {
	if IsNil(p) {
		return ""
	}
	return p.String()
}

// ImplicitContext gives the context that every request carries, nil unless the property Ice.ImplicitContext is Shared.
func (comm *Communicator) ImplicitContext() *ImplicitContext { return comm.implicit }

// ToStringMode gives how identities are written, the property Ice.ToStringMode.
func (comm *Communicator) ToStringMode() ToStringMode { return comm.toStringMode }

// IdentityToString gives an identity's string form in the communicator's mode.
func (comm *Communicator) IdentityToString(id Identity) string {
	return IdentityToString(id, comm.toStringMode)
}

// Closed reports whether Close was called.
func (comm *Communicator) Closed() bool { return comm.closed.Load() }

// begin counts a goroutine of the communicator in, if it is not closed.
func (comm *Communicator) begin() bool {
	comm.busyMu.Lock()
	defer comm.busyMu.Unlock()
	if comm.closed.Load() {
		return false
	}
	comm.busy.Add(1)
	return true
}

func (comm *Communicator) end() { comm.busy.Done() }

// Close ends the communicator: adapters are destroyed, connections closed gracefully, invocations that are outstanding end with
// ErrCommunicatorDestroyed. A peer that does not answer is left after the close timeout (Ice.Override.CloseTimeout, at most 10 seconds
// if that is not set). Close may be called more than once, and waits each time.
func (comm *Communicator) Close() error {
	var failure error
	comm.closeOnce.Do(func() {
		ctx := context.Background()
		if d := comm.closeTimeout(); d > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, d)
			defer cancel()
		}
		comm.Shutdown()
		failure = comm.adapters.close(ctx)
		comm.busyMu.Lock()
		comm.closed.Store(true)
		comm.busyMu.Unlock()
		comm.cancel()
		comm.connections.close()
		comm.busy.Wait()
		if unused := comm.properties.Unused(); len(unused) > 0 && comm.properties.Bool("Ice.Warn.UnusedProperties", false) {
			comm.log.Warn("properties were set and never read", "properties", unused)
		}
	})
	return failure
}

func (cs *connections) close() {
	cs.mu.Lock()
	cs.closed = true
	cs.mu.Unlock()
	list := cs.list()
	for _, c := range list {
		c.closeNow(&ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Err: ErrCommunicatorDestroyed})
	}
	var expired <-chan time.Time
	if d := cs.comm.closeTimeout(); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		expired = timer.C
	}
	for _, c := range list {
		select {
		case <-c.done:
		case <-expired: // a dispatch does not end, or the peer does not close
			c.die(&ConnectionError{Kind: ErrCloseTimeout, Peer: c.peer()})
			closed := make(chan time.Time)
			close(closed)
			expired = closed
		}
	}
}

// closeTimeoutMax is how long to wait for a peer to close where no property says it.
const closeTimeoutMax = 10 * time.Second

func (comm *Communicator) closeTimeout() time.Duration {
	if t := comm.overrides.closeTimeout; t != 0 {
		return max(t, 0)
	}
	if t := comm.client.close; t > 0 {
		return t
	}
	return closeTimeoutMax
}

// stallTimeout bounds how long a message may be stuck half way.
func (comm *Communicator) stallTimeout(e *endpoint) time.Duration {
	if e == nil || e.timeout <= 0 {
		return 0
	}
	return time.Duration(e.timeout) * time.Millisecond
}

// configure reads the properties.
func (comm *Communicator) configure(s *settings) error {
	p := comm.properties
	if err := comm.refuse(s); err != nil {
		return err
	}
	comm.warnWithoutEffect()
	if name := p.Get("Ice.ProgramName"); name != "" {
		comm.log = comm.log.With("program", name)
	}
	var err error
	if comm.tls, err = newTLS(p, s.tls); err != nil {
		return err
	}
	if comm.dialer, err = newDialer(p, comm.tls.client, s.dial); err != nil {
		return err
	}
	comm.trace = newTracer(p, comm.log)
	if comm.toStringMode, err = parseToStringMode(p.Get("Ice.ToStringMode")); err != nil {
		return err
	}
	if comm.implicit, err = newImplicitContext(p.Get("Ice.ImplicitContext")); err != nil {
		return err
	}
	if err := comm.configureProxies(p); err != nil {
		return err
	}
	if err := comm.configureConnections(p); err != nil {
		return err
	}
	for _, d := range []struct {
		property string
		set      func(ObjectPrx)
	}{{"Ice.Default.Locator", comm.SetDefaultLocator}, {"Ice.Default.Router", comm.SetDefaultRouter}} {
		prx, err := comm.PropertyToProxy(d.property)
		if err != nil {
			return err
		}
		if prx != nil {
			d.set(prx)
		}
	}
	if p.Bool("Ice.PrintProcessId", false) {
		fmt.Println(os.Getpid())
	}
	comm.watchServerIdle(seconds(notNegative(p, "Ice.ServerIdleTime", 0)))
	return nil
}

func (comm *Communicator) configureProxies(p *Properties) error {
	d := &comm.defaults
	comm.endpointDefaults = endpointDefaults{protocol: p.GetOr("Ice.Default.Protocol", "tcp"), host: p.Get("Ice.Default.Host"), source: p.Get("Ice.Default.SourceAddress"), timeout: p.milliseconds("Ice.Default.Timeout", 60000)}
	encoding, err := parseVersion(p.GetOr("Ice.Default.EncodingVersion", "1.1"))
	if source := comm.endpointDefaults.source; source != "" {
		if _, err := netip.ParseAddr(source); err != nil {
			return fmt.Errorf("ice: Ice.Default.SourceAddress is %q; it must be an IP address", source)
		}
	}
	if err != nil || !encoding.Supported() {
		return fmt.Errorf("ice: Ice.Default.EncodingVersion is %q; it must be 1.0 or 1.1", p.Get("Ice.Default.EncodingVersion"))
	}
	d.encoding = encoding
	d.preferSecure = p.Bool("Ice.Default.PreferSecure", false)
	d.notCollocated = !p.Bool("Ice.Default.CollocationOptimized", true)
	switch v := p.GetOr("Ice.Default.EndpointSelection", "Random"); v {
	case "Random":
	case "Ordered":
		d.selection = Ordered
	default:
		return fmt.Errorf("ice: Ice.Default.EndpointSelection is %q; it must be Random or Ordered", v)
	}
	d.locatorTimeout = seconds(p.within("Ice.Default.LocatorCacheTimeout", -1, -1, math.MaxInt32))
	if p.Int("Ice.Default.InvocationTimeout", -1) == -2 {
		d.invocationTimeout = UseConnectionTimeout
	} else {
		d.invocationTimeout = max(time.Duration(p.milliseconds("Ice.Default.InvocationTimeout", -1))*time.Millisecond, 0)
	}
	comm.backgroundLookup = p.Bool("Ice.BackgroundLocatorCacheUpdates", false)
	if p.Bool("Ice.Default.SlicedFormat", false) {
		comm.format = wire.SlicedFormat
	}
	comm.limits = wire.Limits{ClassDepth: max(p.Int("Ice.ClassGraphDepthMax", 0), 0), NoSlicing: p.Bool("Ice.NoSlicing", false)}
	return nil
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func (comm *Communicator) configureConnections(p *Properties) error {
	o := &comm.overrides
	for name, into := range map[string]*override{"Ice.Override.Compress": &o.compress, "Ice.Override.Secure": &o.secure} {
		if _, ok := p.Lookup(name); ok {
			*into = overrideOf(p.Bool(name, false))
		}
	}
	o.timeout = p.milliseconds("Ice.Override.Timeout", 0)
	o.connectTimeout = time.Duration(p.milliseconds("Ice.Override.ConnectTimeout", 0)) * time.Millisecond
	o.closeTimeout = time.Duration(p.milliseconds("Ice.Override.CloseTimeout", 0)) * time.Millisecond
	comm.retryIntervals = retryIntervals(p)
	comm.messageSizeMax = kibibytes(p.Int("Ice.MessageSizeMax", 1024))
	comm.decompressing.requests.max = kibibytes(p.Int("Ice.Compression.MemoryMax", 128<<10))
	comm.decompressing.replies.max = comm.decompressing.requests.max
	comm.dispatching.max = queueBytes(notNegative(p, "Ice.DispatchQueueSizeMax", kibibytesOf(defaultDispatchQueue)))
	comm.batchFlushSize = comm.batchAutoFlush(p)
	comm.compressionLevel = p.within("Ice.Compression.Level", 1, 1, 9)
	comm.client, comm.server = comm.sideRules("Client", CloseOnInvocationAndIdle), comm.sideRules("Server", CloseOnInvocation)
	return nil
}

// kibibytes gives a limit in bytes; what is no limit becomes the largest message that there can be.
func kibibytes(n int) int {
	if n < 1 || n > wire.MaxSize/1024 {
		return wire.MaxSize
	}
	return n * 1024
}

// batchAutoFlush reads Ice.BatchAutoFlushSize, or the switch that was there before it.
func (comm *Communicator) batchAutoFlush(p *Properties) int {
	if _, ok := p.Lookup("Ice.BatchAutoFlushSize"); !ok {
		if _, old := p.Lookup("Ice.BatchAutoFlush"); old {
			if p.Bool("Ice.BatchAutoFlush", true) {
				return comm.messageSizeMax
			}
			return wire.MaxSize
		}
	}
	return kibibytes(p.Int("Ice.BatchAutoFlushSize", 1024))
}

// retryIntervals reads Ice.RetryIntervals: milliseconds before each retry, -1 for none.
func retryIntervals(p *Properties) []time.Duration {
	standard := []time.Duration{0}
	var intervals []time.Duration
	for i, text := range p.ListOr("Ice.RetryIntervals", []string{"0"}) {
		ms, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			p.logger().Warn("a property that must be a list of milliseconds is none; the default holds", "property", "Ice.RetryIntervals", "value", text, "default", "0")
			return standard
		}
		if i == 0 && ms == -1 {
			return nil
		}
		intervals = append(intervals, time.Duration(max(ms, 0))*time.Millisecond)
	}
	return intervals
}
