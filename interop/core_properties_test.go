package interop_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What Ice makes of a proxy's properties we make of them, and we give the properties back that Ice gives, and the context beside them.
func TestCoreProxyProperties(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	script := filepath.Join(peer.Root(t), "interop", "peers", "python", "core_strings.py")
	oracle := peer.Start(t, peer.PythonCommand(t, script, "--Ice.Warn.UnknownProperties=0", "--Ice.Plugin.IceSSL=IceSSL:createIceSSL"))
	for i, settings := range []map[string]string{
		{},
		{"Prx": "a:tcp -h h -p 1"},
		{"Prx": "a -o -f x @ id", "Prx.LocatorCacheTimeout": "7"},
		{"Prx": "a", "Prx.LocatorCacheTimeout": "0", "Prx.InvocationTimeout": "1500"},
		{"Prx": "a:ssl -h h -p 1", "Prx.PreferSecure": "1", "Prx.ConnectionCached": "0", "Prx.EndpointSelection": "Ordered"},
		{"Prx": "a", "Prx.PreferSecure": "0", "Prx.ConnectionCached": "1", "Prx.EndpointSelection": "Random", "Prx.InvocationTimeout": "-1", "Prx.LocatorCacheTimeout": "-1"},
		{"Prx": "a", "Prx.Context.k": "v", "Prx.Context.x.y": "z w"},
		{"Prx": "a @ b", "Prx.Locator": "loc/ator:tcp -h l -p 2", "Prx.Locator.InvocationTimeout": "9", "Prx.Locator.EndpointSelection": "Ordered"},
		{"Prx": "a", "Prx.Router": "rou/ter:tcp -h r -p 3", "Prx.Router.PreferSecure": "1"},
		{"Prx": "a", "Prx.Locator": "loc/ator:tcp -h l -p 2", "Prx.Locator.Locator": "other:tcp -h o -p 3"},
		{"Prx": "a", "Prx.Locator": "loc/ator:tcp -h l -p 2", "Prx.Locator.Router": "rou/ter:tcp -h r -p 3", "Prx.Router.Locator": "other:tcp -h o -p 4", "Prx.Router": "far:tcp -h f -p 5"},
		{"Prx": "a b"}, {"Prx": "a", "Prx.EndpointSelection": "Best"}, {"Prx": "a", "Prx.InvocationTimeout": "-3"}, {"Prx": "a", "Prx.InvocationTimeout": "0"},
		{"Prx": "a", "Prx.Locator": "loc ator"}, {"Prx": "a", "Prx.LocatorCacheTimeout": "-2"}, {"Prx": "a", "Prx.Nothing": "1"}, {"Prx.Locator": "l:tcp -h h -p 1"},
	} {
		text, err := json.Marshal(settings)
		require.NoError(t, err)
		line, err := json.Marshal([]any{i, "properties", string(text)})
		require.NoError(t, err)
		oracle.Send(string(line))
		prefix := fmt.Sprintf("answer %d: ", i)
		var answer *string
		require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(oracle.WaitLine(prefix), prefix)), &answer))

		var options []ice.Option
		for name, value := range settings {
			options = append(options, ice.WithProperty(name, value))
		}
		comm := newCommunicator(t, options...)
		p, err := comm.PropertyToProxy("Prx")
		if !assert.Equal(t, answer != nil, err == nil, "%v: Ice gives %v, we give %v", settings, answer, err) || answer == nil {
			continue
		}
		var want map[string]string
		require.NoError(t, json.Unmarshal([]byte(*answer), &want))
		got := comm.ProxyToProperty(p, "Out")
		for name, value := range settings {
			// Ice 3.7 forgets these here; we give them back.
			if key, ok := strings.CutPrefix(name, "Prx.Context."); ok {
				assert.Equal(t, value, got["Out.Context."+key])
				delete(got, "Out.Context."+key)
			}
		}
		assert.Equal(t, want, got, "%v", settings)
	}
}
