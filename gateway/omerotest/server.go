package omerotest

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/faults"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/glacier2"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/netdelay"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/sample"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/services"
	"github.com/slice2go/slice2go/runtime/ice"
)

// Server is an OMERO. All methods may be called by any number of goroutines.
type Server struct {
	options *options
	comm    *ice.Communicator
	server  *services.Server
	front   *glacier2.Front
	relays  []*netdelay.Relay
	ports   map[string]int // that clients connect to
	cert    *x509.Certificate
	users   []User
	faults  faults.Set

	closing sync.Once
	failed  error
}

// Start starts a server. ctx bounds the start only; the server goes on until
// Close.
func Start(ctx context.Context, opts ...Option) (_ *Server, err error) {
	o := defaults()
	for _, option := range opts {
		option(o)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Server{options: o, ports: map[string]int{}}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if err := s.setUpServices(ctx); err != nil {
		return nil, err
	}
	return s, s.listen()
}

// check looks at what can be wrong with options.
func (o *options) check() error {
	if o.logger == nil {
		o.logger = slog.New(slog.DiscardHandler)
	}
	if len(o.transports) == 0 {
		return errors.New("omerotest: no transport: name one of tcp, ssl, ws and wss")
	}
	for i, t := range o.transports {
		if !slices.Contains([]string{"tcp", "ssl", "ws", "wss"}, t) {
			return fmt.Errorf("omerotest: there is no transport %q: use tcp, ssl, ws or wss", t)
		}
		if slices.Contains(o.transports[:i], t) {
			return fmt.Errorf("omerotest: the transport %s is named twice", t)
		}
	}
	for t, port := range o.ports {
		if port < 0 || port > 65535 {
			return fmt.Errorf("omerotest: there is no port %d for %s", port, t)
		}
	}
	if o.delay < 0 || o.idle < 0 || o.live < 0 || o.router < 0 {
		return errors.New("omerotest: a time is negative")
	}
	if strings.ContainsAny(o.host, " \"\t\n") || o.host == "" {
		return fmt.Errorf("omerotest: %q is no address to listen at", o.host)
	}
	return nil
}

// communicate sets Ice up, with the settings of OMERO's servers.
func (s *Server) communicate() error {
	cert, err := newCertificate(s.options.host)
	if err != nil {
		return err
	}
	s.cert = cert.Leaf
	options := []ice.Option{
		ice.WithTLS(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}),
		ice.WithLogger(s.options.logger), ice.WithProperties(ice.NewProperties()),
	}
	for name, value := range map[string]string{
		"Ice.MessageSizeMax":                  "250000",
		"Ice.Default.EncodingVersion":         "1.0",
		"Ice.ACM.Server.Timeout":              "0", // the router looks after silent clients
		"Ice.RetryIntervals":                  "-1",
		"Ice.Warn.Dispatch":                   "0",
		"Ice.Connection.Server.MaxDispatches": "1000",
	} {
		options = append(options, ice.WithProperty(name, value))
	}
	s.comm, err = ice.NewCommunicator(options...)
	return err
}

// listen opens the ports and lets clients in.
func (s *Server) listen() error {
	if err := s.communicate(); err != nil {
		return fmt.Errorf("omerotest: cannot set Ice up: %w", err)
	}
	inner := s.options.delay > 0 // the relays have the ports that were asked for
	var endpoints []string
	for _, t := range s.options.transports {
		host, port := s.options.host, s.options.ports[t]
		if inner {
			host, port = "127.0.0.1", 0
		}
		endpoints = append(endpoints, fmt.Sprintf("%s -h %s -p %d", t, host, port))
	}
	adapter, err := s.comm.NewAdapter("omerotest", strings.Join(endpoints, ":"))
	if err != nil {
		return fmt.Errorf("omerotest: cannot listen: %w", err)
	}
	for i, endpoint := range adapter.Endpoints() {
		t := s.options.transports[i]
		if s.ports[t], err = portOf(endpoint); err != nil {
			return err
		}
	}
	if inner {
		if err := s.delayAll(adapter); err != nil {
			return err
		}
	}
	s.server.Adapter = adapter
	if s.front, err = glacier2.New(adapter, s.server, s.options.router); err != nil {
		return fmt.Errorf("omerotest: no router: %w", err)
	}
	s.server.Front = s.front
	s.server.Start()
	return adapter.Activate()
}

// delayAll puts a relay before every port.
func (s *Server) delayAll(adapter *ice.Adapter) error {
	var published []string
	for _, t := range s.options.transports {
		r, err := netdelay.Listen(net.JoinHostPort(s.options.host, strconv.Itoa(s.options.ports[t])),
			net.JoinHostPort("127.0.0.1", strconv.Itoa(s.ports[t])), s.options.delay/2)
		if err != nil {
			return err
		}
		s.relays = append(s.relays, r)
		s.ports[t] = r.Addr().Port
		published = append(published, fmt.Sprintf("%s -h %s -p %d", t, s.options.host, s.ports[t]))
	}
	return adapter.SetPublishedEndpoints(strings.Join(published, ":"))
}

// portOf reads the port out of an endpoint in Ice's notation.
func portOf(endpoint string) (int, error) {
	words := strings.Fields(endpoint)
	for i := range words[:len(words)-1] {
		if words[i] == "-p" {
			return strconv.Atoi(words[i+1])
		}
	}
	return 0, fmt.Errorf("omerotest: the endpoint %q has no port", endpoint)
}

// Close ends all sessions and stops the server. Data in a folder stay. It can be
// called more than once.
func (s *Server) Close() error {
	s.closing.Do(func() {
		if s.front != nil {
			s.front.Close()
		}
		for _, r := range s.relays {
			r.Close()
		}
		if s.comm != nil {
			s.failed = s.comm.Close()
		}
		if s.server != nil {
			s.server.Close()
			s.failed = errors.Join(s.failed, s.server.Err())
		}
	})
	return s.failed
}

// Addr is where the server listens for a transport, as host:port; without a
// name, for the one that [Server.Config] uses. It is empty if it does not.
func (s *Server) Addr(transport ...string) string {
	t := s.options.transports[0]
	if len(transport) > 0 {
		t = transport[0]
	}
	port, ok := s.ports[t]
	if !ok {
		return ""
	}
	return net.JoinHostPort(s.options.host, strconv.Itoa(port))
}

// URL is the server's address for a transport as gateway.Config.Host takes it:
// "ssl://127.0.0.1:41234".
func (s *Server) URL(transport string) string { return transport + "://" + s.Addr(transport) }

// Users are the accounts that options made, the public user and root. The first
// is the one that [Server.Config] logs in.
func (s *Server) Users() []User { return slices.Clone(s.users) }

// Config logs the first of the server's users in. It trusts the server's
// certificate and no other. Name a user to have that one, and a transport by
// setting Host to [Server.URL].
func (s *Server) Config(name ...string) gateway.Config {
	user := s.users[0]
	if len(name) > 0 {
		i := slices.IndexFunc(s.users, func(u User) bool { return u.Name == name[0] })
		user = User{Name: name[0]}
		if i >= 0 {
			user = s.users[i]
		}
	}
	return gateway.Config{
		Host: s.URL(s.options.transports[0]), User: user.Name, Password: gateway.NewSecret(user.Password),
		TLS: gateway.PinPublicKey(gateway.PublicKey(s.cert)), Logger: s.options.logger,
	}
}

// Certificate is what the server shows on ssl and wss, in PEM. It is made at
// each start and vouches for itself.
func (s *Server) Certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw})
}

// Fault is what shall go wrong with calls; see [Server.Fault].
type Fault = faults.Fault

// Fault has calls go wrong from now on, and returns what ends that.
func (s *Server) Fault(f Fault) (remove func()) { return s.faults.Add(f) }

// ClearFaults ends all faults.
func (s *Server) ClearFaults() { s.faults.Clear() }

// CutConnections breaks the connection of every client. It returns how many
// there were.
func (s *Server) CutConnections() int {
	clients := s.front.Clients()
	for _, c := range clients {
		c.Connection().Abort()
	}
	return len(clients)
}

// ExpireSessions ends all sessions as if nobody had used them for too long. It
// returns how many there were.
func (s *Server) ExpireSessions() int {
	sessions := s.server.Sessions()
	for _, session := range sessions {
		s.server.Expire(session)
	}
	return len(sessions)
}

// Sessions is how many sessions there are.
func (s *Server) Sessions() int { return len(s.server.Sessions()) }

// Operation is an operation of OMERO's interfaces; see [Operations].
type Operation = services.Operation

// Operations are all operations of OMERO, in the order of their interfaces'
// names, with which of them this server offers.
func Operations() []Operation { return services.Operations() }

// setUpServices opens the data and makes the accounts that options ask for.
func (s *Server) setUpServices(ctx context.Context) (err error) {
	o := s.options
	settings := services.Settings{
		Dir: o.folder, Log: o.logger, Faults: &s.faults, Idle: o.idle, Live: o.live, MostIdle: 10 * o.idle, RootPassword: o.rootPassword,
	}
	if o.public != nil {
		settings.Public = &services.PublicUser{Name: o.public.Name, Password: o.public.Password}
	}
	if s.server, err = services.New(ctx, settings); err != nil {
		return fmt.Errorf("omerotest: cannot open the data: %w", err)
	}
	if err := s.makeAccounts(ctx); err != nil || !o.sample {
		return err
	}
	if err := sample.Fill(ctx, s.server); err != nil {
		return fmt.Errorf("omerotest: cannot make the sample data: %w", err)
	}
	for i, p := range sample.People {
		s.users = slices.Insert(s.users, len(o.users)+i, User{
			Name: p.Name, Password: sample.Password, FirstName: p.FirstName, LastName: p.LastName, Groups: p.Groups, Leads: p.Leads,
		})
	}
	return nil
}

// makeAccounts makes groups and users that are not there yet.
func (s *Server) makeAccounts(ctx context.Context) error {
	for _, g := range s.options.groups {
		if _, err := s.server.EnsureGroup(ctx, g.Name, cmp.Or(g.Permissions, "rw----"), g.Description); err != nil {
			return fmt.Errorf("omerotest: cannot make the group %q: %w", g.Name, err)
		}
	}
	users := slices.Clone(s.options.users)
	if s.options.public != nil {
		users = append(users, *s.options.public)
	}
	for i, u := range users {
		if len(u.Groups) == 0 && !u.Admin {
			users[i].Groups = append(slices.Clone(u.Leads), "lab")
		}
		for _, name := range append(slices.Clone(users[i].Groups), u.Leads...) {
			if _, err := s.server.EnsureGroup(ctx, name, "rw----", ""); err != nil {
				return fmt.Errorf("omerotest: cannot make the group %q: %w", name, err)
			}
		}
		first, last := u.names()
		if _, err := s.server.EnsureUser(ctx, services.Account{
			Name: u.Name, Password: u.Password, FirstName: first, LastName: last,
			Groups: users[i].Groups, Leads: u.Leads, Admin: u.Admin, Privileges: u.Privileges,
		}); err != nil {
			return fmt.Errorf("omerotest: cannot make the user %q: %w", u.Name, err)
		}
	}
	s.users = append(users, User{Name: "root", Password: s.options.rootPassword, Admin: true})
	return nil
}

// names makes a first and a last name of an account's.
func (u User) names() (first, last string) {
	return cmp.Or(u.FirstName, u.Name), cmp.Or(u.LastName, u.Name)
}
