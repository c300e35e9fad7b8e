package ice

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Properties is a set of named settings, as the Ice manual's chapter
// "Properties and Configuration" has them. A property that is not set and one
// that is set to the empty string are the same thing.
//
// A Properties is safe for concurrent use. The communicator reads what concerns
// it once, when it is made; later changes are for the application's own names.
//
// Passwords and session keys are among them, so a Properties tells no values when it is printed by accident: fmt and
// slog show names, and the values of those that are no secrets ([IsSecretProperty]); where fmt does not call methods, in a
// field that is not exported, they show nothing.
type Properties struct {
	set hidden[*propertySet]
}

// propertySet is what a Properties has.
type propertySet struct {
	mu     sync.RWMutex
	values map[string]string
	read   map[string]bool
	log    *slog.Logger
}

// NewProperties returns an empty set.
func NewProperties() *Properties {
	return &Properties{hide(&propertySet{values: map[string]string{}, read: map[string]bool{}})}
}

// LoadProperties reads a property file in Ice's format.
func LoadProperties(path string) (*Properties, error) {
	p := NewProperties()
	if err := p.Load(path); err != nil {
		return nil, err
	}
	return p, nil
}

// SetLogger says where warnings go: unknown Ice names, values that are no
// numbers, lines of a file that say nothing. Without it they go to
// slog.Default.
func (p *Properties) SetLogger(log *slog.Logger) {
	s := p.set.get()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = log
}

func (p *Properties) logger() *slog.Logger {
	s := p.set.get()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.log == nil {
		return slog.Default()
	}
	return s.log
}

// Set gives a property a value; the empty value removes it. White space around
// the name does not count. An unknown name under Ice or IceSSL is kept, and
// warned of.
func (p *Properties) Set(name, value string) {
	s := p.set.get()
	name = strings.TrimSpace(name)
	if name == "" {
		p.logger().Warn("a property without a name is ignored")
		return
	}
	if hint, ok := checkPropertyName(name); !ok {
		p.warnUnknown(name, hint)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if value == "" {
		delete(s.values, name)
		return
	}
	s.values[name] = value
}

func (p *Properties) warnUnknown(name, hint string) {
	if p.Get("Ice.Warn.UnknownProperties") == "0" {
		return
	}
	if hint == "" {
		p.logger().Warn("unknown Ice property", "property", name)
		return
	}
	p.logger().Warn("unknown Ice property", "property", name, "did_you_mean", hint)
}

// Get returns a property's value, or "" if it is not set.
func (p *Properties) Get(name string) string {
	v, _ := p.Lookup(name)
	return v
}

// GetOr returns a property's value, or fallback if it is not set.
func (p *Properties) GetOr(name, fallback string) string {
	if v, ok := p.Lookup(name); ok {
		return v
	}
	return fallback
}

// Lookup returns a property's value and whether it is set.
func (p *Properties) Lookup(name string) (string, bool) {
	s := p.set.get()
	s.mu.RLock()
	v, ok := s.values[name]
	seen := !ok || s.read[name]
	s.mu.RUnlock()
	if !seen {
		s.mu.Lock()
		s.read[name] = true
		s.mu.Unlock()
	}
	return v, ok
}

// Int returns a property as a decimal number in the range of an int32. If it is
// not set, or is no such number (which is warned of), the result is fallback.
func (p *Properties) Int(name string, fallback int) int {
	v, ok := p.Lookup(name)
	if !ok {
		return fallback
	}
	n, err := strconv.ParseInt(strings.TrimLeft(v, " \t\r\n\v\f"), 10, 32)
	if err != nil {
		p.logger().Warn("a property that must be a number is none; the default holds",
			"property", name, "value", shownValue(name, v), "default", fallback)
		return fallback
	}
	return int(n)
}

// Bool returns whether a property is a number greater than zero, which is how
// Ice's switches are read, or fallback if it is not set.
func (p *Properties) Bool(name string, fallback bool) bool {
	n := 0
	if fallback {
		n = 1
	}
	return p.Int(name, n) > 0
}

// List returns a property's value split at white space and commas. An element
// with separators in it is put in single or double quotes, and a quote inside
// such an element, or outside of one, is written with a backslash before it. A
// quote that is never closed is warned of, and ends with the value.
func (p *Properties) List(name string) []string {
	list, err := splitList(p.Get(name))
	if err != nil {
		p.logger().Warn("a property that must be a list is malformed", "property", name, "error", err)
	}
	return list
}

// ListOr is List, with the answer for an empty list.
func (p *Properties) ListOr(name string, fallback []string) []string {
	if list := p.List(name); len(list) > 0 {
		return list
	}
	return fallback
}

// ForPrefix returns all properties whose names start with prefix. The empty
// prefix stands for all of them.
func (p *Properties) ForPrefix(prefix string) map[string]string {
	s := p.set.get()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]string{}
	for name, value := range s.values {
		if strings.HasPrefix(name, prefix) {
			found[name] = value
			s.read[name] = true
		}
	}
	return found
}

// Unused returns, sorted, the properties that nobody has asked for so far: a
// way to find misspelt names of an application's own.
func (p *Properties) Unused() []string {
	s := p.set.get()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var unused []string
	for name := range s.values {
		if !s.read[name] {
			unused = append(unused, name)
		}
	}
	slices.Sort(unused)
	return unused
}

// holds reports whether a property has a value, and does not count as reading it.
func (p *Properties) holds(name, value string) bool {
	s := p.set.get()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.values[name] == value
}

// names lists what is set, and does not count as reading it.
func (p *Properties) names() []string {
	s := p.set.get()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.values))
}

// Clone returns an independent copy. All properties of the copy count as
// unused.
func (p *Properties) Clone() *Properties {
	s := p.set.get()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &Properties{hide(&propertySet{values: maps.Clone(s.values), read: map[string]bool{}, log: s.log})}
}

// CommandLineOptions returns the set as sorted arguments of the form
// --name=value, fit for starting another Ice program with the same settings.
func (p *Properties) CommandLineOptions() []string {
	s := p.set.get()
	s.mu.RLock()
	defer s.mu.RUnlock()
	options := make([]string, 0, len(s.values))
	for name, value := range s.values {
		options = append(options, "--"+name+"="+value)
	}
	slices.Sort(options)
	return options
}

// ParseArgs takes the arguments --prefix.name=value and --prefix.name (which
// sets the value 1) out of args, sets them, and returns the others. A prefix
// without its dot gets one; the empty prefix takes every argument that starts
// with two dashes.
func (p *Properties) ParseArgs(prefix string, args []string) []string {
	if prefix != "" && !strings.HasSuffix(prefix, ".") {
		prefix += "."
	}
	var rest []string
	for _, arg := range args {
		option, ok := strings.CutPrefix(arg, "--"+prefix)
		if !ok {
			rest = append(rest, arg)
			continue
		}
		if !strings.Contains(option, "=") {
			option += "=1"
		}
		if name, value, ok := parsePropertyLine(prefix + option); ok {
			p.Set(name, value)
		}
	}
	return rest
}

// icePrefixes are the top-level names that belong to Ice on a command line.
var icePrefixes = []string{
	"Ice", "IceBox", "IceBoxAdmin", "IceBridge", "IceBT", "IceDiscovery", "IceGrid", "IceGridAdmin", "IceLocatorDiscovery", "IceMX", "IcePatch2", "IceSSL", "IceStormAdmin", "Glacier2",
}

// ParseIceArgs is ParseArgs for all prefixes that belong to Ice: Ice, IceSSL,
// IceGrid, Glacier2 and so on.
func (p *Properties) ParseIceArgs(args []string) []string {
	for _, prefix := range icePrefixes {
		args = p.ParseArgs(prefix, args)
	}
	return args
}

// LoadConfig reads the files that the property Ice.Config names, separated by
// commas, each overriding the ones before. If the property is not set, or is 1,
// the environment variable ICE_CONFIG is asked instead. Nothing to read is no
// error. Afterwards Ice.Config holds the names of the files that were read,
// whatever the files themselves say of it.
func (p *Properties) LoadConfig() error {
	source, config := "Ice.Config", p.Get("Ice.Config")
	if config == "" || config == "1" {
		source, config = "ICE_CONFIG", os.Getenv("ICE_CONFIG")
	}
	if strings.TrimSpace(config) == "" {
		return nil
	}
	for path := range strings.SplitSeq(config, ",") {
		if err := p.Load(strings.TrimSpace(path)); err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
	}
	p.Set("Ice.Config", config)
	return nil
}

// propertiesFromArgs makes a program's properties the way Ice does: defaults
// first, over them the files of --Ice.Config or ICE_CONFIG, over these the
// command line. It returns the arguments that are not Ice's.
func propertiesFromArgs(defaults *Properties, args []string) (*Properties, []string, error) {
	p := NewProperties()
	if defaults != nil {
		p = defaults.Clone()
	}
	for _, arg := range args {
		if arg == "--Ice.Config" || strings.HasPrefix(arg, "--Ice.Config=") {
			p.ParseArgs("Ice", []string{arg})
		}
	}
	if err := p.LoadConfig(); err != nil {
		return nil, nil, err
	}
	config := p.Get("Ice.Config")
	rest := p.ParseIceArgs(args)
	p.Set("Ice.Config", config)
	return p, rest, nil
}
