package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
)

// Defaults of a Config's fields.
const (
	DefaultAgent   = "slice2go"
	DefaultTimeout = 30 * time.Second
)

// Config says where the server is and who logs in. Host and either User with
// Password or SessionKey are enough. Printing or logging a Config, or a value
// that holds one, never shows the password or the key.
type Config struct {
	// Host is the server: a name or an address ("omero.example.org"), with a
	// port ("omero.example.org:14064"), or a URL of the scheme ssl, wss, tcp or
	// ws ("wss://omero.example.org/omero-ws"). A plain host means ssl. tcp and ws
	// are not encrypted: use them for a server on the same machine only.
	Host string
	// Port, if Host names none. Zero is the scheme's: ssl 4064, tcp 4063, wss
	// 443, ws 80.
	Port int

	// User and Password open a new session; NewSecret makes a password of a text.
	User     string
	Password Secret
	// SessionKey joins the session of this key instead. Closing leaves a joined
	// session to those who opened it.
	SessionKey Secret
	// Group is the name of the group to work in; empty for the user's default.
	Group string
	// Agent is what the server lists the session under; empty for DefaultAgent.
	Agent string

	// TLS says how the server's certificate is verified. Nil stands for
	// VerifySystem with wss and for TrustOnFirstUse("") with ssl.
	TLS TLSPolicy
	// LegacyTLS also accepts what crypto/tls leaves out by default because it
	// is weak: TLS 1.0 and 1.1, and key exchange by RSA. Old servers need it.
	LegacyTLS bool

	// KeepAlive is how often the session is kept from timing out. Zero stands
	// for a third of what the server allows, a minute at most. A negative value
	// switches it off.
	KeepAlive time.Duration
	// Timeout bounds logging in, logging in again, closing, and each call that
	// keeps the session alive. Zero stands for DefaultTimeout. What the program
	// itself calls is bounded by the contexts that it passes.
	Timeout time.Duration
	// NoReconnect ends the session when its connection is lost. Otherwise the
	// gateway joins it again over a new connection.
	NoReconnect bool

	// Properties are further settings of Ice and of OMERO, as LoadConfig reads
	// them. The fields above go before the properties omero.host, omero.port
	// (which goes with a host that is no URL), omero.user, omero.pass, omero.sess,
	// omero.group and omero.agent.
	Properties *ice.Properties
	// Logger receives what the gateway has to say: trust in new servers,
	// reconnections. Nil stands for slog.Default.
	Logger *slog.Logger
	// Options are passed on to the communicator.
	Options []ice.Option
}

// LoadConfig reads an ice.config file as OMERO's own clients take it: the
// properties omero.host, omero.port, omero.user, omero.pass, omero.sess,
// omero.group, omero.agent, Ice.Default.Router and every other property of Ice.
// IceSSL properties have no say in how certificates are verified, because such
// files switch that off by habit: set Config.TLS.
func LoadConfig(path string) (Config, error) {
	props, err := ice.LoadProperties(path)
	if err != nil {
		return Config{}, fmt.Errorf("gateway: cannot read the configuration: %w", err)
	}
	return Config{Properties: props}, nil
}

// complete returns the configuration with the properties and the defaults
// filled in, and where it leads.
func (c Config) complete() (Config, endpoint, error) {
	if c.Properties == nil {
		c.Properties = ice.NewProperties()
	}
	fill := func(field *string, property string) {
		if *field == "" {
			*field = c.Properties.Get(property)
		}
	}
	fill(&c.Host, "omero.host")
	if c.Port == 0 && isBareHost(c.Host) {
		c.Port = c.Properties.Int("omero.port", 0)
	}
	if c.User == "" && c.SessionKey.IsZero() {
		c.SessionKey = NewSecret(c.Properties.Get("omero.sess"))
	}
	if c.SessionKey.IsZero() {
		fill(&c.User, "omero.user")
		if c.Password.IsZero() {
			c.Password = NewSecret(c.Properties.Get("omero.pass"))
		}
	}
	fill(&c.Group, "omero.group")
	fill(&c.Agent, "omero.agent")

	if c.Agent == "" {
		c.Agent = DefaultAgent
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	e, err := parseEndpoint(c.Host, c.Port, c.Properties.Get("Ice.Default.Router"))
	if err != nil {
		return c, e, err
	}
	switch {
	case c.User == "" && c.SessionKey.IsZero():
		err = errors.New("gateway: no credentials: set Config.User and Password, or Config.SessionKey")
	case c.User != "" && !c.SessionKey.IsZero():
		err = errors.New("gateway: set either Config.User or Config.SessionKey, not both")
	case c.Timeout < 0:
		err = fmt.Errorf("gateway: Config.Timeout is %v, but must be positive", c.Timeout)
	}
	if c.TLS == nil {
		c.TLS = defaultPolicy(e.transport)
	}
	return c, e, err
}

// credentials are what createSession is called with. A session's key is both
// its name and its password.
func (c Config) credentials() (user, password string) {
	if !c.SessionKey.IsZero() {
		return c.SessionKey.Reveal(), c.SessionKey.Reveal()
	}
	return c.User, c.Password.Reveal()
}

// String names the server and the user, and no secrets.
func (c Config) String() string {
	who := c.User
	if !c.SessionKey.IsZero() {
		who = "(session key)"
	}
	if c.Port != 0 {
		return fmt.Sprintf("%s at %s port %d", who, c.Host, c.Port)
	}
	return fmt.Sprintf("%s at %s", who, c.Host)
}

// GoString is String, so that %#v shows no secrets either.
func (c Config) GoString() string { return "gateway.Config{" + c.String() + "}" }

// Format makes every verb print what String returns.
func (c Config) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		fmt.Fprint(f, c.GoString())
		return
	}
	fmt.Fprint(f, c.String())
}

// LogValue is what package slog shows.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON refuses, because the result would hold the password.
func (c Config) MarshalJSON() ([]byte, error) {
	return nil, errors.New("gateway: a Config is not for JSON: it holds a password")
}

// defaultKnownHosts is where TrustOnFirstUse keeps keys if it is not told.
func defaultKnownHosts() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("gateway: no place for the keys of known servers: %w (name a file in TrustOnFirstUse)", err)
	}
	return dir + string(os.PathSeparator) + "slice2go" + string(os.PathSeparator) + "omero_known_hosts", nil
}
