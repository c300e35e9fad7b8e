package services

import (
	"context"
	"maps"
	"regexp"
	"strings"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
)

// Version is the version of OMERO that the server says that it is.
const Version = "5.6.15"

// Config is the server's settings, which administrators can change while it runs.
type Config struct {
	mu     sync.Mutex
	values map[string]string
}

// configDefaults are settings as OMERO has them, of those that this server has
// a use for or clients ask for.
var configDefaults = map[string]string{
	"omero.db.version":                               "OMERO5.4",
	"omero.db.patch":                                 "0",
	"omero.server.build.version":                     Version,
	"omero.sessions.timeout":                         "600000",
	"omero.sessions.maximum":                         "0",
	"omero.security.password_required":               "true",
	"omero.client.icetransports":                     "ssl,tcp",
	"omero.client.viewer.roi_limit":                  "2000",
	"omero.client.viewer.initial_zoom_level":         "0",
	"omero.client.viewer.interpolate_pixels":         "true",
	"omero.client.ui.menu.dropdown.colleagues.label": "Members",
	"omero.client.ui.tree.orphans.name":              "Orphaned Images",
	"omero.client.ui.tree.orphans.enabled":           "true",
	"omero.client.scripts_to_ignore":                 "",
	"omero.client.download_as.max_size":              "144000000",
	"omero.pixeldata.max_plane_width":                "3192",
	"omero.pixeldata.max_plane_height":               "3192",
	"omero.pixeldata.max_projection_bytes":           "268435456",
	"omero.policy.binary_access":                     "+read,+write,+image",
	"omero.throttling.servants_per_session":          "10000",
	"omero.upgrades.url":                             "",
}

// secretSettings are for administrators.
var secretSettings = regexp.MustCompile(`(?i)(pass|secret|key)`)

// get returns a setting, and false if there is none.
func (c *Config) get(key string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.values[key]; ok {
		return v, true
	}
	v, ok := configDefaults[key]
	return v, ok
}

func (c *Config) set(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.values == nil {
		c.values = map[string]string{}
	}
	if value == "" {
		delete(c.values, key)
		return
	}
	c.values[key] = value
}

// all are the settings whose names a function wants.
func (c *Config) all(want func(string) bool) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := maps.Clone(configDefaults)
	maps.Copy(found, c.values)
	maps.DeleteFunc(found, func(key, _ string) bool { return !want(key) })
	return found
}

// config is IConfig.
type config struct{ session *Session }

func newConfig(s *Session) *config { return &config{s} }

func (c *config) server() *Server { return c.session.Server }

func (c *config) GetVersion(context.Context) (string, error) { return Version, nil }

// admin refuses others.
func (c *config) admin(ctx context.Context) error {
	who, err := c.session.Call(ctx).caller(ctx)
	if err == nil && !who.Admin {
		err = Security("only administrators may do this")
	}
	return err
}

func (c *config) GetConfigValue(ctx context.Context, key string) (string, error) {
	if strings.HasPrefix(key, "omero.") && !secretSettings.MatchString(key) {
		v, _ := c.server().Config.get(key)
		return v, nil
	}
	if err := c.admin(ctx); err != nil {
		return "", err
	}
	v, _ := c.server().Config.get(key)
	return v, nil
}

func (c *config) GetConfigValues(ctx context.Context, pattern string) (omero.StringStringMap, error) {
	if err := c.admin(ctx); err != nil {
		return nil, err
	}
	expression, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		return nil, ApiUsage("the pattern %q cannot be read: %v", firstLine(pattern), err)
	}
	return c.server().Config.all(expression.MatchString), nil
}

func (c *config) GetConfigDefaults(ctx context.Context) (omero.StringStringMap, error) {
	if err := c.admin(ctx); err != nil {
		return nil, err
	}
	return maps.Clone(configDefaults), nil
}

func forClients(key string) bool { return strings.HasPrefix(key, "omero.client.") }

func (c *config) GetClientConfigValues(context.Context) (omero.StringStringMap, error) {
	return c.server().Config.all(forClients), nil
}

func (c *config) GetClientConfigDefaults(context.Context) (omero.StringStringMap, error) {
	found := maps.Clone(configDefaults)
	maps.DeleteFunc(found, func(key, _ string) bool { return !forClients(key) })
	return found, nil
}

func (c *config) SetConfigValue(ctx context.Context, key, value string) error {
	if err := c.admin(ctx); err != nil {
		return err
	}
	c.server().Config.set(key, value)
	return nil
}

func (c *config) SetConfigValueIfEquals(ctx context.Context, key, value, test string) (bool, error) {
	if err := c.admin(ctx); err != nil {
		return false, err
	}
	settings := &c.server().Config
	settings.mu.Lock()
	have, ok := settings.values[key]
	if !ok {
		have = configDefaults[key]
	}
	settings.mu.Unlock()
	if have != test {
		return false, nil
	}
	settings.set(key, value)
	return true, nil
}

func (c *config) GetDatabaseUuid(context.Context) (string, error) {
	return c.server().Data.UUID(), nil
}

func (c *config) GetDatabaseTime(context.Context) (*omero.RTime, error) {
	return omero.NewRTime(c.server().Clock().UnixMilli()), nil
}

func (c *config) GetServerTime(context.Context) (*omero.RTime, error) {
	return omero.NewRTime(c.server().Clock().UnixMilli()), nil
}
