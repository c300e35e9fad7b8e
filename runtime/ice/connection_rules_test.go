package ice

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// An adapter's own limit wins over the communicator's, in both directions; 0 is none.
func TestMessageSizeMaxOfAdapter(t *testing.T) {
	peer.CheckLeaks(t)
	for _, tt := range []struct {
		own, all string
		size     int
		fits     bool
	}{
		{"1", "", 500, true}, {"1", "", 2000, false}, {"", "1", 2000, false}, {"4", "1", 2000, true}, {"0", "1", 3 << 20, true}, {"", "0", 3 << 20, true},
		{"", "", 3 << 20, false}, {"-1", "1", 3 << 20, true},
	} {
		server, err := NewCommunicator(WithProperty("A.MessageSizeMax", tt.own), WithProperty("Ice.MessageSizeMax", tt.all))
		require.NoError(t, err)
		a, err := server.NewAdapter("A", "tcp -h 127.0.0.1")
		require.NoError(t, err)
		p, err := a.Add(newGreeter(func(context.Context, string) (string, error) { return "", nil }), Identity{Name: "greeter"})
		require.NoError(t, err)
		require.NoError(t, a.Activate())
		client, err := NewCommunicator()
		require.NoError(t, err)
		p, err = client.StringToProxy(p.String())
		require.NoError(t, err)
		_, err = greet(t.Context(), p, strings.Repeat("x", tt.size))
		if tt.fits {
			assert.NoError(t, err, tt)
		} else {
			assert.ErrorIs(t, err, ErrConnectionLost, tt)
		}
		require.NoError(t, client.Close())
		require.NoError(t, server.Close())
	}
}

// What properties say of connections is in force on the connections that they are about: of this side, of the other, of an adapter.
func TestConnectionRules(t *testing.T) {
	peer.CheckLeaks(t)
	minute := time.Minute
	standard := ACM{minute, CloseOnInvocationAndIdle, HeartbeatAlways}
	accepted := ACM{minute, CloseOnInvocation, HeartbeatAlways}
	base := func(acm ACM) connectionRules {
		return connectionRules{acm: acm, dispatches: 100, sizeMax: 1 << 20, coalesce: defaultCoalesceDelay, sendQueue: defaultServerSendQueue}
	}
	with := func(r connectionRules, change func(*connectionRules)) connectionRules { change(&r); return r }
	idle := func(r connectionRules, timeout time.Duration, check bool) connectionRules {
		return with(r, func(r *connectionRules) {
			r.acm, r.idle.timeout, r.idle.check = ACM{Heartbeat: HeartbeatAlways}, timeout, check
		})
	}
	tests := []struct {
		properties              string
		client, server, adapter connectionRules
	}{
		{"", base(standard), base(accepted), base(accepted)},
		{"Ice.ACM.Timeout=7 Ice.ACM.Close=1 Ice.ACM.Heartbeat=2", base(ACM{7 * time.Second, 1, 2}), base(ACM{7 * time.Second, 1, 2}), base(ACM{7 * time.Second, 1, 2})},
		{"Ice.ACM.Timeout=7 Ice.ACM.Client=8 Ice.ACM.Server.Timeout=9 A.ACM.Timeout=10 A.ACM.Close=4 A.ACM.Heartbeat=0",
			base(ACM{8 * time.Second, 3, 3}), base(ACM{9 * time.Second, 2, 3}), base(ACM{10 * time.Second, 4, 0})},
		{"Ice.ACM.Server=5 Ice.ACM.Client.Close=0 Ice.ACM.Client.Heartbeat=1", base(ACM{minute, 0, 1}), base(ACM{5 * time.Second, 2, 3}), base(ACM{5 * time.Second, 2, 3})},
		{"Ice.ACM.Client.Close=9 Ice.ACM.Server.Heartbeat=-1 Ice.ACM.Timeout=-5", base(standard), base(accepted), base(accepted)},
		{"Ice.Connection.Client.IdleTimeout=6", idle(base(standard), 6*time.Second, true), base(accepted), base(accepted)},
		{"Ice.Connection.Server.IdleTimeout=6 Ice.Connection.Server.EnableIdleCheck=0 A.Connection.IdleTimeout=8", base(standard), idle(base(accepted), 6*time.Second, false), idle(base(accepted), 8*time.Second, false)},
		{"Ice.Connection.Client.EnableIdleCheck=0 A.Connection.EnableIdleCheck=1", idle(base(standard), minute, false), base(accepted), idle(base(accepted), minute, true)},
		{"Ice.Connection.Client.IdleTimeout=0", with(base(standard), func(r *connectionRules) { r.acm, r.idle.check = ACM{}, true }), base(accepted), base(accepted)},
		{"Ice.Connection.Client.InactivityTimeout=5 Ice.Connection.Client.ConnectTimeout=3 Ice.Connection.Client.CloseTimeout=4 Ice.Connection.Server.MaxDispatches=7 A.Connection.MaxDispatches=1 A.Connection.InactivityTimeout=2",
			with(base(standard), func(r *connectionRules) {
				r.idle.inactivity, r.connect, r.close = 5*time.Second, 3*time.Second, 4*time.Second
			}),
			with(base(accepted), func(r *connectionRules) { r.dispatches = 7 }),
			with(base(accepted), func(r *connectionRules) { r.dispatches, r.idle.inactivity = 1, 2*time.Second })},
		{"Ice.ThreadPool.Server.Serialize=1", base(standard), base(accepted), with(base(accepted), func(r *connectionRules) { r.dispatches = 1 })},
		{"A.ThreadPool.Serialize=1 A.MessageSizeMax=2", base(standard), base(accepted), with(base(accepted), func(r *connectionRules) { r.dispatches, r.sizeMax = 1, 2048 })},
	}
	for _, tt := range tests {
		t.Run(tt.properties, func(t *testing.T) {
			var options []Option
			for _, s := range strings.Fields(tt.properties) {
				name, value, _ := strings.Cut(s, "=")
				options = append(options, WithProperty(name, value))
			}
			comm, err := NewCommunicator(options...)
			require.NoError(t, err)
			defer func() { assert.NoError(t, comm.Close()) }()
			a, err := comm.NewAdapter("A", "tcp -h 127.0.0.1")
			require.NoError(t, err)
			connected := make(chan *Connection, 1)
			p, err := a.Add(newGreeter(func(ctx context.Context, _ string) (string, error) {
				connected <- CurrentFrom(ctx).Connection
				return "", nil
			}), Identity{Name: "greeter"})
			require.NoError(t, err)
			require.NoError(t, a.Activate())
			_, err = greet(t.Context(), p, "x")
			require.NoError(t, err)
			out, in := p.iceProxy().IceCachedConnection(), <-connected
			assert.Equal(t, with(tt.client, func(r *connectionRules) { r.sendQueue = defaultClientSendQueue }), *out.rules)
			assert.Equal(t, tt.server, comm.server)
			assert.Equal(t, tt.adapter, *in.rules)
			assert.Equal(t, tt.client.acm, out.ACM())
			assert.Equal(t, tt.adapter.acm, in.ACM())
			assert.Equal(t, tt.client.idle, out.monitor.idle)
			assert.Equal(t, tt.adapter.idle, in.monitor.idle)
			assert.Equal(t, tt.adapter.sizeMax, in.sizeMax)
		})
	}
}

// The monitor's judgement, tick by tick, without a clock.
func TestMonitorTicks(t *testing.T) {
	type tick struct {
		writes, reads uint64
		calls         int
		active        bool
	}
	tests := []struct {
		name  string
		acm   ACM
		idle  idleRules
		ticks []tick
		want  string // of each tick: b(eat), d(ead), u(nanswered), i(dle), n (inactive), . for nothing
	}{
		{"heartbeats each time", ACM{Timeout: 4 * time.Second}, idleRules{}, make([]tick, 3), "b b b"},
		{"3.8: heartbeats at half of the idle time-out", ACM{Heartbeat: HeartbeatAlways}, idleRules{timeout: 8 * time.Second}, []tick{{}, {writes: 1}, {writes: 1}, {writes: 2}}, "b . b ."},
		{"3.8: a long idle time-out is not cut short", ACM{Heartbeat: HeartbeatAlways}, idleRules{timeout: 240 * time.Second}, make([]tick, 2), "b b"},
		{"3.8: dead after the idle time-out", ACM{}, idleRules{timeout: 8 * time.Second, check: true}, []tick{{}, {reads: 1}, {reads: 1}, {reads: 1}, {reads: 1}, {reads: 1}}, "b b b b b bd"},
		{"3.8: not without the check", ACM{}, idleRules{timeout: 8 * time.Second}, make([]tick, 6), "b b b b b b"},
		{"3.8: inactive", ACM{}, idleRules{inactivity: 4 * time.Second}, []tick{{}, {writes: 1}, {writes: 1}, {writes: 1}, {writes: 1}, {writes: 1, active: true}, {writes: 1}}, ". . . . . . ."},
		{"3.8: inactive at last", ACM{}, idleRules{inactivity: 4 * time.Second}, make([]tick, 5), ". . . n n"},
		{"unanswered from the call on, not from the last word", ACM{Timeout: 8 * time.Second}, idleRules{}, []tick{{}, {}, {}, {}, {}, {}, {writes: 1, calls: 1}, {writes: 1, calls: 1}, {writes: 1, calls: 1}, {writes: 1, calls: 1}, {writes: 1, calls: 1}},
			"b b b bi bi bi . b b b bui"},
		{"answered in time", ACM{Timeout: 8 * time.Second}, idleRules{}, []tick{{calls: 1}, {calls: 1}, {calls: 1}, {calls: 1}, {reads: 1, calls: 1}, {reads: 1, calls: 1}}, "b b b bi b b"},
		{"off", ACM{}, idleRules{}, make([]tick, 3), ". . ."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &monitor{acm: tt.acm, idle: tt.idle}
			var got []string
			for _, k := range tt.ticks {
				v := m.observe(k.writes, k.reads, k.writes+k.reads, k.calls, k.active)
				text := ""
				for _, f := range []struct {
					set  bool
					name string
				}{{v.beat, "b"}, {v.dead, "d"}, {v.unanswered, "u"}, {v.idle, "i"}, {v.inactive, "n"}} {
					if f.set {
						text += f.name
					}
				}
				if text == "" {
					text = "."
				}
				got = append(got, text)
			}
			assert.Equal(t, tt.want, strings.Join(got, " "))
		})
	}
	assert.Equal(t, 60*time.Second, (&monitor{idle: idleRules{timeout: 240 * time.Second}}).interval())
	assert.Equal(t, 15*time.Second, (&monitor{acm: ACM{Timeout: 240 * time.Second}}).interval())
	assert.Equal(t, time.Second, (&monitor{acm: ACM{Timeout: 60 * time.Second}, idle: idleRules{inactivity: 4 * time.Second}}).interval())
}

// Settings that make no sense are refused, and change nothing.
func TestConnectionRefusesSettings(t *testing.T) {
	peer.CheckLeaks(t)
	p := newACMPair(t)
	c := p.client.c
	for _, bad := range []ACM{{Timeout: -1}, {Timeout: -time.Second}, {Close: -1}, {Close: 5}, {Heartbeat: -1}, {Heartbeat: 4}} {
		require.Error(t, c.SetACM(bad), bad)
	}
	assert.Equal(t, ACM{}, c.ACM())
	require.NoError(t, c.SetACM(ACM{time.Minute, CloseOnIdleForceful, HeartbeatAlways}))

	a, err := c.comm.NewAdapter("", "")
	require.NoError(t, err)
	before := c.Adapter()
	require.NoError(t, a.Destroy(t.Context()))
	require.ErrorIs(t, c.SetAdapter(a), ErrAdapterDeactivated)
	assert.Same(t, before, c.Adapter())
	require.NoError(t, c.SetAdapter(nil))
}
