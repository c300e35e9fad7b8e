package omerotest

import (
	"log/slog"
	"time"
)

// Option says how a server is to be. See [Start].
type Option func(*options)

type options struct {
	folder       string
	sample       bool
	users        []User
	groups       []Group
	rootPassword string
	delay        time.Duration
	idle, live   time.Duration
	router       time.Duration
	transports   []string
	host         string
	ports        map[string]int
	public       *User
	logger       *slog.Logger
}

// User is an account.
type User struct {
	// Name and Password are what the user logs in with.
	Name, Password string
	// FirstName and LastName are made of Name if they are empty.
	FirstName, LastName string
	// Groups are the names of the user's groups. The first is the default one.
	// Those that do not exist are made, private. A user without any is put in the
	// group "lab".
	Groups []string
	// Leads are the groups that the user is an owner of. They need not be among
	// Groups.
	Leads []string
	// Admin makes the user an administrator.
	Admin bool
	// Privileges restrict an administrator to these, such as "Sudo" or "Chgrp".
	// Nil is all of them.
	Privileges []string
}

// Group is a group of users.
type Group struct {
	Name string
	// Permissions are as OMERO writes them: "rw----" (private, the default),
	// "rwr---" (read-only), "rwra--" (read-annotate) or "rwrw--" (read-write).
	Permissions string
	Description string
}

// DefaultRootPassword is root's unless [RootPassword] says another.
const DefaultRootPassword = "omero"

func defaults() *options {
	return &options{
		rootPassword: DefaultRootPassword, idle: 10 * time.Minute, router: 10 * time.Minute,
		transports: []string{"tcp", "ssl", "ws", "wss"}, host: "127.0.0.1", ports: map[string]int{},
	}
}

// DataFolder keeps the server's data in a folder, which is made if it is not
// there. A server that is started with it again has it again. Without this
// option the data goes when the server is closed.
func DataFolder(path string) Option { return func(o *options) { o.folder = path } }

// SampleData fills an empty server with a small lab: people, groups, projects,
// datasets, a screen with plates, images with pixels, tags, regions of interest
// and a table. It is the same each time. See [Server.Users] for who works there.
func SampleData() Option { return func(o *options) { o.sample = true } }

// Users adds accounts. They are made when there is none of that name yet.
func Users(users ...User) Option {
	return func(o *options) { o.users = append(o.users, users...) }
}

// Groups adds groups. They are made when there is none of that name yet.
func Groups(groups ...Group) Option {
	return func(o *options) { o.groups = append(o.groups, groups...) }
}

// RootPassword sets the password of the account "root" in a new server.
func RootPassword(password string) Option { return func(o *options) { o.rootPassword = password } }

// NetworkDelay has everything take that much longer that goes to the server and
// comes back: half of it each way, however much is on its way at a time.
func NetworkDelay(roundTrip time.Duration) Option { return func(o *options) { o.delay = roundTrip } }

// SessionTimeouts are how long OMERO sessions last: when nobody uses them, and
// in any case. Zero is for ever. The default is OMERO's, ten minutes and for ever.
func SessionTimeouts(idle, live time.Duration) Option {
	return func(o *options) { o.idle, o.live = idle, live }
}

// RouterTimeout is how long a client may be silent before the router closes its
// connection. Zero is for ever. The default is OMERO's, ten minutes.
func RouterTimeout(idle time.Duration) Option { return func(o *options) { o.router = idle } }

// Transports says where the server listens: any of tcp, ssl, ws and wss, all of
// them by default. [Server.Config] uses the first.
func Transports(names ...string) Option { return func(o *options) { o.transports = names } }

// Port has the server listen on a port of its own choosing for a transport.
// Otherwise it takes a free one.
func Port(transport string, port int) Option {
	return func(o *options) { o.ports[transport] = port }
}

// Host is the address that the server listens at, 127.0.0.1 by default. Anyone
// who can reach it can try passwords.
func Host(address string) Option { return func(o *options) { o.host = address } }

// PublicUser makes an account that anybody may use, as OMERO servers have for
// published data. The password is not secret.
func PublicUser(user User) Option { return func(o *options) { o.public = &user } }

// Logger receives what the server has to say; by default that is dropped. It is
// never told passwords or session keys.
func Logger(l *slog.Logger) Option { return func(o *options) { o.logger = l } }
