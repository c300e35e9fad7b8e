package manual_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// odd is a value that makes no sense for a property: what Ice for Python makes of it, and what we do: take it, warn and keep the default, or refuse to
// start.
type odd struct {
	setting   string
	ice, ours string
	why       string // where they differ
}

const (
	takes   = "takes it"
	warns   = "warns"
	refuses = "refuses"
)

var oddValues = []odd{
	{"Ice.ACM.Heartbeat=9", warns, warns, ""},
	{"Ice.ACM.Heartbeat=abc", takes, warns, "a typing error is heard of"},
	{"Ice.ACM.Close=9", warns, warns, ""},
	{"Ice.ACM.Close=-1", warns, warns, ""},
	{"Ice.ACM.Timeout=-5", warns, warns, ""},
	{"Ice.ACM.Timeout=abc", takes, warns, "a typing error is heard of"},
	{"Ice.ACM.Client=-3", warns, warns, ""},
	{"A.ACM.Close=7", warns, warns, ""},
	{"A.ACM.Timeout=-1", warns, warns, ""},
	{"Ice.RetryIntervals=abc", takes, warns, "a typing error is heard of"},
	{"Ice.RetryIntervals=-5", takes, takes, ""},
	{"Ice.RetryIntervals=0 -1", takes, takes, ""},
	{"Ice.RetryIntervals=1.5", takes, warns, "a typing error is heard of"},
	{"Ice.RetryIntervals='0", takes, warns, "a typing error is heard of"},
	{"Ice.MessageSizeMax=abc", takes, warns, "a typing error is heard of"},
	{"Ice.MessageSizeMax=-1", takes, takes, ""},
	{"Ice.MessageSizeMax=9999999999", takes, warns, "a typing error is heard of"},
	{"A.MessageSizeMax=abc", takes, warns, "a typing error is heard of"},
	{"Ice.BatchAutoFlushSize=-1", takes, takes, ""},
	{"Ice.BatchAutoFlushSize=abc", takes, warns, "a typing error is heard of"},
	{"Ice.ClassGraphDepthMax=-1", takes, takes, ""},
	{"Ice.Compression.Level=0", takes, warns, "a typing error is heard of"},
	{"Ice.Compression.Level=10", takes, warns, "a typing error is heard of"},
	{"Ice.Compression.Level=abc", takes, warns, "a typing error is heard of"},
	{"Ice.Default.CollocationOptimized=abc", takes, warns, "it has no effect here"},
	{"Ice.Default.EncodingVersion=2.0", refuses, refuses, ""},
	{"Ice.Default.EncodingVersion=1.2", refuses, refuses, ""},
	{"Ice.Default.EncodingVersion=abc", refuses, refuses, ""},
	{"Ice.Default.EndpointSelection=Best", refuses, refuses, ""},
	{"Ice.Default.InvocationTimeout=0", warns, warns, ""},
	{"Ice.Default.InvocationTimeout=-3", warns, warns, ""},
	{"Ice.Default.InvocationTimeout=abc", takes, warns, "a typing error is heard of"},
	{"Ice.Default.LocatorCacheTimeout=-2", warns, warns, ""},
	{"Ice.Default.LocatorCacheTimeout=abc", takes, warns, "a typing error is heard of"},
	{"Ice.Default.Timeout=0", warns, warns, ""},
	{"Ice.Default.Timeout=-2", warns, warns, ""},
	{"Ice.Default.Timeout=abc", takes, warns, "a typing error is heard of"},
	{"Ice.Default.Protocol=smoke", takes, takes, ""},
	{"Ice.Default.PreferSecure=yes", takes, warns, "a typing error is heard of"},
	{"Ice.Default.SlicedFormat=yes", takes, warns, "a typing error is heard of"},
	{"Ice.Default.SourceAddress=nope", refuses, refuses, ""},
	{"Ice.Default.Locator=a b", refuses, refuses, ""},
	{"Ice.Default.Locator=l:smoke -h h", refuses, refuses, ""},
	{"Ice.Default.Router=r", takes, takes, ""},
	{"Ice.Override.Timeout=0", warns, warns, ""},
	{"Ice.Override.Timeout=-2", warns, warns, ""},
	{"Ice.Override.Timeout=abc", warns, warns, ""},
	{"Ice.Override.ConnectTimeout=0", warns, warns, ""},
	{"Ice.Override.ConnectTimeout=abc", warns, warns, ""},
	{"Ice.Override.CloseTimeout=-2", warns, warns, ""},
	{"Ice.Override.CloseTimeout=abc", warns, warns, ""},
	{"Ice.Override.Compress=abc", takes, warns, "a typing error is heard of"},
	{"Ice.Override.Secure=abc", takes, warns, "a typing error is heard of"},
	{"Ice.ImplicitContext=Other", refuses, refuses, ""},
	{"Ice.ImplicitContext=PerThread", takes, refuses, "goroutines have no contexts of their own; use Shared and ContextWith"},
	{"Ice.ToStringMode=Latin", refuses, refuses, ""},
	{"Ice.IPv4=abc", takes, warns, "a typing error is heard of"},
	{"Ice.PreferIPv6Address=abc", takes, warns, "a typing error is heard of"},
	{"Ice.HTTPProxyPort=99999", takes, takes, ""},
	{"Ice.SOCKSProxyPort=abc", takes, takes, ""},
	{"Ice.TCP.RcvSize=-1", takes, takes, ""},
	{"Ice.TCP.RcvSize=abc", takes, warns, "a typing error is heard of"},
	{"Ice.ServerIdleTime=-1", takes, warns, "a typing error is heard of"},
	{"Ice.ServerIdleTime=abc", takes, warns, "a typing error is heard of"},
	{"Ice.Trace.Network=abc", takes, warns, "a typing error is heard of"},
	{"Ice.Warn.Dispatch=abc", takes, takes, ""},
	{"Ice.ThreadPool.Server.Size=-1", warns, warns, ""},
	{"Ice.Nonsense=1", takes, warns, "Ice for Python has read the properties before its logger is there"},
	{"IceSSL.Nonsense=1", takes, warns, "Ice for Python has read the properties before its logger is there"},
	{"A.Endpoints=smoke -h h", refuses, refuses, ""},
	{"A.Endpoints=tcp -p 99999", refuses, refuses, ""},
	{"A.PublishedEndpoints=tcp -q", refuses, refuses, ""},
	{"A.ProxyOptions=-?", refuses, refuses, ""},
	{"A.Locator=a b", refuses, refuses, ""},
	{"A.MaxConnections=abc", warns, warns, ""},
	{"A.Nonsense=1", warns, warns, ""},
	{"P=a b", refuses, refuses, ""},
	{"P.EndpointSelection=Best", refuses, refuses, ""},
	{"P.InvocationTimeout=0", warns, warns, ""},
	{"P.InvocationTimeout=abc", takes, warns, "a typing error is heard of"},
	{"P.LocatorCacheTimeout=-2", warns, warns, ""},
	{"P.LocatorCacheTimeout=abc", takes, warns, "a typing error is heard of"},
	{"P.Locator=a b", refuses, refuses, ""},
	{"P.PreferSecure=abc", takes, warns, "a typing error is heard of"},
	{"P.ConnectionCached=abc", takes, warns, "a typing error is heard of"},
	{"P.Nonsense=1", warns, warns, ""},
}

// tryOdd makes a communicator, an adapter and a proxy with the setting.
const tryOdd = `
		log = Log()
		try:
		    c = comm("A.Endpoints=tcp -h 127.0.0.1", "P=x:tcp -h h -p 1", %q, log=log)
		    c.createObjectAdapter("A"); c.propertyToProxy("P")
		    out = "warns" if any(l.startswith("warning") for l in log.lines) else "takes it"
		except Exception as x:
		    out = "refuses"
		`

func TestOddValues(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	python := peer.Start(t, peer.PythonCommand(t, filepath.Join(peer.Root(t), "interop", "peers", "python", "manual.py")))
	table, err := os.ReadFile(filepath.Join(peer.Root(t), "runtime", "ice", "DEPARTURES.md"))
	require.NoError(t, err)
	for i, o := range oddValues {
		var theirs string
		require.NoError(t, json.Unmarshal([]byte(ask(t, python, i, fmt.Sprintf(tryOdd, o.setting))), &theirs))
		w := &world{t: t}
		ours := takes
		c, err := w.make("A.Endpoints=tcp -h 127.0.0.1", "P=x:tcp -h h -p 1", o.setting)
		if err == nil {
			_, err = c.NewAdapter("A", "")
		}
		if err == nil {
			_, err = c.PropertyToProxy("P")
		}
		switch {
		case err != nil:
			ours = refuses
			property, _, _ := strings.Cut(o.setting, "=")
			assert.ErrorContains(t, err, property, "it does not say which property it is about")
		case w.log.warned():
			ours = warns
		}
		w.close()
		assert.Equal(t, o.ice, theirs, "Ice: %s", o.setting)
		assert.Equal(t, o.ours, ours, "ours: %s", o.setting)
		if o.ice != o.ours {
			assert.NotEmpty(t, o.why, o.setting)
			line := fmt.Sprintf("| `%s` | %s | %s | %s |", o.setting, o.ice, o.ours, o.why)
			assert.Contains(t, string(table), line+"\n", "DEPARTURES.md lacks it")
		}
	}
}
