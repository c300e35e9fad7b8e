package ice

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PropertyToProxy makes a proxy from the property of the given name and those below it (name.Locator, name.InvocationTimeout,
// name.Context.key and so on); nil if the property is not set. The manual's section is "Proxy Properties".
func (comm *Communicator) PropertyToProxy(name string) (ObjectPrx, error) {
	text := comm.properties.Get(name)
	if text == "" {
		return nil, nil
	}
	ref, err := comm.parseReference(text)
	if err != nil {
		return nil, fmt.Errorf("ice: property %s: %w", name, err)
	}
	if ref == nil {
		return nil, nil
	}
	settings := comm.properties.ForPrefix(name + ".")
	var failure error
	changed := ref.changed(true, func(r *reference) {
		for _, full := range slices.Sorted(maps.Keys(settings)) {
			if err := r.setting(comm, full, strings.TrimPrefix(full, name+"."), settings[full]); err != nil && failure == nil {
				failure = fmt.Errorf("ice: property %s: %w", full, err)
			}
		}
	})
	if failure != nil {
		return nil, failure
	}
	return Proxy{changed}, nil
}

// setting applies one of the properties below a proxy's.
func (r *reference) setting(comm *Communicator, full, key, value string) error {
	p := comm.properties // numbers that are none are warned of, and the default holds
	var err error
	switch key {
	case "Locator":
		var p ObjectPrx
		if p, err = comm.PropertyToProxy(full); err == nil {
			r.locator = comm.locatorInfo(p)
		}
	case "Router":
		var p ObjectPrx
		if p, err = comm.PropertyToProxy(full); err == nil {
			r.router = comm.routerInfo(p)
		}
	case "LocatorCacheTimeout":
		r.locatorTimeout = seconds(p.within(full, int(max(r.locatorTimeout, -time.Second)/time.Second), -1, math.MaxInt32))
	case "InvocationTimeout":
		if p.Int(full, 0) == -2 {
			r.invocationTimeout = UseConnectionTimeout
		} else if n := p.milliseconds(full, 0); n != 0 {
			r.invocationTimeout = max(time.Duration(n)*time.Millisecond, 0)
		}
	case "EndpointSelection":
		switch value {
		case "Random":
			r.selection = Random
		case "Ordered":
			r.selection = Ordered
		default:
			err = fmt.Errorf("%q is neither Random nor Ordered", value)
		}
	case "PreferSecure":
		r.preferSecure = p.Bool(full, r.preferSecure)
	case "ConnectionCached":
		r.uncached = !p.Bool(full, !r.uncached)
	case "CollocationOptimized":
		r.notCollocated = !p.Bool(full, !r.notCollocated)
	default:
		if entry, ok := strings.CutPrefix(key, "Context."); ok {
			entries := maps.Clone(r.context.get())
			if entries == nil {
				entries = map[string]string{}
			}
			entries[entry] = value
			r.context = hide(entries)
		} else if !strings.Contains(key, ".") {
			comm.log.Warn("ice: unknown property of a proxy", "property", full)
		}
	}
	return err
}

// ProxyToProperty gives the properties from which PropertyToProxy makes the proxy again; none for nil.
func (comm *Communicator) ProxyToProperty(p ObjectPrx, name string) map[string]string {
	if IsNil(p) {
		return nil
	}
	r := p.iceProxy().ref
	boolean := func(b bool) string {
		if b {
			return "1"
		}
		return "0"
	}
	set := map[string]string{
		name:                           r.text(),
		name + ".CollocationOptimized": boolean(!r.notCollocated),
		name + ".ConnectionCached":     boolean(!r.uncached),
		name + ".PreferSecure":         boolean(r.preferSecure),
		name + ".EndpointSelection":    r.selection.String(),
		name + ".LocatorCacheTimeout":  cacheSeconds(r.locatorTimeout),
	}
	invocation := int(r.invocationTimeout / time.Millisecond)
	switch r.invocationTimeout {
	case 0:
		invocation = -1
	case UseConnectionTimeout:
		invocation = -2
	}
	set[name+".InvocationTimeout"] = strconv.Itoa(invocation)
	for key, value := range r.context.get() {
		set[name+".Context."+key] = value
	}
	if r.router != nil {
		maps.Copy(set, comm.ProxyToProperty(r.router.router, name+".Router"))
	}
	if r.locator != nil && r.fixed == nil {
		maps.Copy(set, comm.ProxyToProperty(r.locator.locator, name+".Locator"))
	}
	return set
}

// cacheSeconds writes how long a locator's answers hold, -1 for ever.
func cacheSeconds(d time.Duration) string {
	if d < 0 {
		return "-1"
	}
	return strconv.Itoa(int(d / time.Second))
}
