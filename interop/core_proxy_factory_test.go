package interop_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// proxyChange is a proxy factory of ours and Ice's method for the same, with its arguments as the oracle takes them.
type proxyChange struct {
	method    string
	arguments []any
	change    func(ice.ObjectPrx) ice.ObjectPrx
}

func (c proxyChange) String() string { return fmt.Sprint(c.method, c.arguments) }

// changed makes a proxyChange of a factory that takes an argument, which Ice writes as shown.
func changed[A any](method string, shown any, factory func(ice.ObjectPrx, A) ice.ObjectPrx, argument A) proxyChange {
	return proxyChange{method, []any{shown}, func(p ice.ObjectPrx) ice.ObjectPrx { return factory(p, argument) }}
}

// proxyChanges are all proxy factories but FixedTo, each with arguments that leave a proxy as it is and others.
func proxyChanges(t *testing.T, comm *ice.Communicator) []proxyChange {
	type prx = ice.ObjectPrx
	at := func(text string) prx {
		p, err := comm.StringToProxy(text)
		require.NoError(t, err)
		return p
	}
	changes := []proxyChange{
		{"ice_twoway", nil, ice.Twoway[prx]},
		{"ice_oneway", nil, ice.Oneway[prx]},
		{"ice_batchOneway", nil, ice.BatchOneway[prx]},
		{"ice_datagram", nil, ice.Datagram[prx]},
		{"ice_batchDatagram", nil, ice.BatchDatagram[prx]},
		{"ice_secure", []any{true}, func(p prx) prx { return ice.Secure(p) }},
		changed("ice_encodingVersion", "1.0", ice.WithEncoding[prx], ice.Encoding10),
		changed("ice_encodingVersion", "1.1", ice.WithEncoding[prx], ice.Encoding11),
		changed("ice_endpointSelection", "Random", ice.WithEndpointSelection[prx], ice.Random),
		changed("ice_endpointSelection", "Ordered", ice.WithEndpointSelection[prx], ice.Ordered),
		changed("ice_identity", "other", ice.WithIdentity[prx], ice.Identity{Name: "other"}),
		changed("ice_identity", "cat/a", ice.WithIdentity[prx], ice.Identity{Category: "cat", Name: "a"}),
		changed("ice_context", map[string]string{}, ice.WithContext[prx], nil),
		changed("ice_context", map[string]string{"k": "v"}, ice.WithContext[prx], map[string]string{"k": "v"}),
		changed("ice_context", map[string]string{"k": "w"}, ice.WithContext[prx], map[string]string{"k": "w"}),
	}
	for _, b := range []bool{true, false} {
		changes = append(changes,
			changed("ice_secure", b, func(p prx, b bool) prx { return ice.Secure(p, b) }, b),
			changed("ice_preferSecure", b, ice.PreferSecure[prx], b),
			changed("ice_compress", b, ice.WithCompress[prx], b),
			changed("ice_connectionCached", b, ice.WithConnectionCached[prx], b),
			changed("ice_collocationOptimized", b, ice.WithCollocationOptimized[prx], b))
	}
	for _, text := range []string{"", "q", "a b:c", "é"} {
		changes = append(changes,
			changed("ice_facet", text, ice.WithFacet[prx], text),
			changed("ice_connectionId", text, ice.WithConnectionID[prx], text),
			changed("ice_adapterId", text, ice.WithAdapterID[prx], text))
	}
	for _, ms := range []int{-1, 1, 5, 60000} {
		d := time.Duration(ms) * time.Millisecond
		changes = append(changes,
			changed("ice_timeout", ms, ice.WithTimeout[prx], d),
			changed("ice_invocationTimeout", ms, ice.WithInvocationTimeout[prx], d))
	}
	changes = append(changes, changed("ice_invocationTimeout", -2, ice.WithInvocationTimeout[prx], ice.UseConnectionTimeout))
	for _, s := range []int{-1, 0, 7} {
		changes = append(changes, changed("ice_locatorCacheTimeout", s, ice.WithLocatorCacheTimeout[prx], time.Duration(s)*time.Second))
	}
	for _, text := range []string{"", "there:tcp -h l -p 2", "there -t:ssl -h l -p 3 -t 8:tcp -h m -p 4"} {
		changes = append(changes,
			changed("ice_endpoints", text, ice.WithEndpoints[prx], at(text)),
			changed("ice_locator", text, ice.WithLocator[prx], at(text)),
			changed("ice_router", text, ice.WithRouter[prx], at(text)))
	}
	return changes
}

// factoriesAnswer is what Ice makes of a proxy and its changes; bits are a text of 0 and 1.
type factoriesAnswer struct {
	Strings                         []string
	Properties                      []map[string]string
	Equal                           []string // of each changed proxy with the first one, and with each changed one
	Again, SameObject, SameIdentity string
	Base                            string
	Getters                         []proxyState
}

// proxyState is what the getters of a proxy tell, in one form for both languages: times in Ice's units, "not set" as null.
type proxyState struct {
	Identity, Facet, AdapterID, Encoding, ConnectionID, Selection string
	Mode, InvocationTimeout, CacheTimeout                         int
	Secure, PreferSecure, Cached, Collocated, Fixed               bool
	Context                                                       map[string]string
	Timeout                                                       *int
	Compress                                                      *bool
	Locator, Router                                               *string
	Endpoints                                                     []endpointState
}

type endpointState struct {
	String                     string
	Type                       int16
	Secure, Datagram, Compress bool
	Timeout, Port              int
	Host, Source, Resource     string
	McastInterface             string
	McastTTL                   int
	Raw                        string
}

// milliseconds writes a time as Ice does: none is -1.
func milliseconds(d time.Duration) int {
	if d == 0 {
		return -1
	}
	return int(d / time.Millisecond)
}

func stateOf(prx ice.ObjectPrx) proxyState {
	p := ice.ProxyOf(prx)
	s := proxyState{
		Identity: ice.IdentityToString(p.IceIdentity()), Facet: p.IceFacet(), AdapterID: p.IceAdapterID(), Encoding: p.IceEncoding().String(),
		ConnectionID: p.IceConnectionID(), Selection: p.IceEndpointSelection().String(), Mode: int(p.IceMode()), InvocationTimeout: milliseconds(p.IceInvocationTimeout()),
		CacheTimeout: int(p.IceLocatorCacheTimeout() / time.Second), Secure: p.IceSecure(), PreferSecure: p.IcePreferSecure(), Cached: p.IceConnectionCached(),
		Collocated: p.IceCollocationOptimized(), Fixed: p.IceFixedConnection() != nil, Context: p.IceContext(), Endpoints: []endpointState{},
	}
	if s.Context == nil {
		s.Context = map[string]string{}
	}
	if d, ok := p.IceTimeout(); ok {
		s.Timeout = new(milliseconds(d))
	}
	if compress, ok := p.IceCompress(); ok {
		s.Compress = new(compress)
	}
	if l := p.IceLocator(); l != nil {
		s.Locator = new(l.String())
	}
	if r := p.IceRouter(); r != nil {
		s.Router = new(r.String())
	}
	for _, e := range p.IceEndpoints() {
		i := e.Info()
		state := endpointState{
			String: e.String(), Type: i.Type, Secure: i.Secure, Datagram: i.Datagram, Compress: i.Compress, Timeout: milliseconds(i.Timeout), Port: i.Port,
			Host: i.Host, Source: i.SourceAddress, Resource: i.Resource, McastInterface: i.McastInterface, McastTTL: i.McastTTL, Raw: hex.EncodeToString(i.RawBytes),
		}
		if !i.Datagram {
			state.McastTTL = 0 // Ice has none
		}
		s.Endpoints = append(s.Endpoints, state)
	}
	return s
}

// Each proxy factory does to a proxy what Ice's does: to its string, its properties, and what it is equal to. The proxy itself stays as it was.
func TestCoreProxyFactories(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	script := filepath.Join(peer.Root(t), "interop", "peers", "python", "core_proxy_factory.py")
	oracle := peer.Start(t, peer.PythonCommand(t, script, "--Ice.Plugin.IceSSL=IceSSL:createIceSSL"))
	comm := newCommunicator(t)
	changes := proxyChanges(t, comm)
	for i, text := range []string{
		"a", "cat/a -f q -o", "a @ b", "cat/a -s -e 1.0 @ q",
		"a:tcp -h h -p 1", "a -f q -O:tcp -h h -p 1 -t 5:ssl -h h -p 2 -z", "a -d:udp -h h -p 1 -z:wss -h h -p 2 -r /x",
		"a:tcp -h l -p 2", "a:tcp -h h -p 1 -t infinite -z:opaque -t 99 -e 1.1 -v abch",
	} {
		base, err := comm.StringToProxy(text)
		require.NoError(t, err)
		want := askFactories(t, oracle, i, text, changes)
		var all []ice.ObjectPrx
		for _, c := range changes {
			all = append(all, c.change(base))
		}
		for j, p := range all {
			what := fmt.Sprintf("%q after %v", text, changes[j])
			assert.Equal(t, want.Strings[j], comm.ProxyToString(p), what)
			assert.Equal(t, want.Getters[j], stateOf(p), what)
			properties := comm.ProxyToProperty(p, "Out")
			delete(properties, "Out.Context.k") // Ice 3.7 forgets it
			assert.Equal(t, want.Properties[j], properties, what)
			for _, other := range all {
				assert.Equal(t, p.Equal(other), ice.Compare(p, other) == 0, what)
				assert.Equal(t, ice.Compare(p, other), -ice.Compare(other, p), what)
			}
			equal := bits(append([]ice.ObjectPrx{base}, all...), func(other ice.ObjectPrx) bool { return p.Equal(other) })
			for k := range equal {
				other := "the first"
				if k > 0 {
					other = changes[k-1].String()
				}
				assert.Equal(t, want.Equal[j][k], equal[k], "%s is equal to %s", what, other)
			}
		}
		same := func(is func(a, b ice.ObjectPrx) bool) string {
			return bits(all, func(p ice.ObjectPrx) bool {
				assert.Equal(t, is(p, base), is(base, p))
				return is(p, base)
			})
		}
		assert.Equal(t, want.SameObject, same(ice.SameObject), text)
		assert.Equal(t, want.SameIdentity, same(ice.SameIdentity), text)
		again := ""
		for j, c := range changes {
			again += bits(all[j:j+1], func(p ice.ObjectPrx) bool { return c.change(p).Equal(p) })
		}
		assert.Equal(t, want.Again, again, "%q: a change that is made again", text)
		assert.Equal(t, want.Base, comm.ProxyToString(base), "the proxy that was changed")
		fresh, err := comm.StringToProxy(text)
		require.NoError(t, err)
		assert.True(t, base.Equal(fresh), "the proxy %q that was changed", text)
	}
}

func askFactories(t *testing.T, oracle *peer.Process, number int, text string, changes []proxyChange) factoriesAnswer {
	t.Helper()
	asked := make([][]any, len(changes))
	for i, c := range changes {
		asked[i] = []any{c.method, append([]any{}, c.arguments...)}
	}
	line, err := json.Marshal([]any{number, text, asked})
	require.NoError(t, err)
	oracle.Send(string(line))
	prefix := fmt.Sprintf("answer %d: ", number)
	var answer factoriesAnswer
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(oracle.WaitLine(prefix), prefix)), &answer))
	require.Len(t, answer.Strings, len(changes))
	return answer
}

func bits(list []ice.ObjectPrx, is func(ice.ObjectPrx) bool) string {
	var b strings.Builder
	for _, p := range list {
		if is(p) {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return b.String()
}

// The null proxy stays null, whatever it is changed to, and is equal to the null proxy only.
func TestCoreProxyFactoriesOfNull(t *testing.T) {
	peer.CheckLeaks(t)
	comm := newCommunicator(t)
	some, err := comm.StringToProxy("a")
	require.NoError(t, err)
	var typed ice.ObjectPrx = ice.Proxy{}
	for _, c := range proxyChanges(t, comm) {
		assert.Nil(t, c.change(nil), c)
		assert.True(t, ice.IsNil(c.change(typed)), c)
	}
	for _, same := range []func(a, b ice.ObjectPrx) bool{ice.SameObject, ice.SameIdentity} {
		assert.True(t, same(typed, nil))
		assert.True(t, same(nil, typed))
		assert.False(t, same(typed, some))
		assert.False(t, same(some, nil))
	}
	assert.True(t, typed.Equal(nil))
	assert.False(t, some.Equal(nil))
	assert.False(t, some.Equal(typed))
	assert.False(t, typed.Equal(some))
}

// A fixed proxy is equal to those that are fixed to the same connection, and stays fixed when it is changed.
func TestCoreFixedProxies(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t)
	ctx := patient(t)
	p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	first, err := p.IceConnection(ctx)
	require.NoError(t, err)
	second, err := ice.WithConnectionID(p, "second").IceConnection(ctx)
	require.NoError(t, err)
	before := p.String()
	fixed := ice.FixedTo(p, first)
	assert.Equal(t, before, p.String(), "the proxy that was changed")
	assert.True(t, fixed.Equal(ice.FixedTo(p, first)))
	assert.False(t, fixed.Equal(ice.FixedTo(p, second)))
	assert.False(t, fixed.Equal(p))
	assert.False(t, p.Equal(fixed))
	assert.True(t, ice.SameObject(fixed, p))
	oneway := ice.Oneway(fixed)
	assert.True(t, oneway.Equal(ice.FixedTo(ice.Oneway(p), first)))
	require.NoError(t, oneway.void(ctx, "mark", ice.Normal, "fixed"))
	eventuallyCounted(t, ice.FixedTo(p, second), "fixed", 1)
	assert.Same(t, first, oneway.IceCachedConnection())
	side, err := ice.Await(ctx, ice.Call(ctx, ice.WithFacet(fixed, "side"), &opFacet, nil))
	require.NoError(t, err)
	assert.Equal(t, "side", side)
}
