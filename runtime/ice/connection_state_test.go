package ice

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
)

// The table of states goes only forward, each state can fail, and what is closed stays so.
func TestConnectionStates(t *testing.T) {
	for from := range connectionStates {
		for event := range connectionEvents {
			next := transitions[from][event].next
			assert.GreaterOrEqual(t, next, from, "state %d, event %d", from, event)
			assert.Less(t, next, connectionStates)
			assert.False(t, next == from && transitions[from][event].action != nil, "state %d, event %d: an action without a change", from, event)
		}
		assert.Equal(t, connectionClosed, transitions[from][eventFail].next, from)
		assert.NotEqual(t, connectionActive, transitions[from][eventClose].next, from)
		assert.False(t, from.takesRequests() && !from.takesMessages(), from)
	}
	assert.Equal(t, connectionActive, transitions[connectionActive][eventSettled].next, "being idle is no reason to close")
	assert.False(t, connectionClosed.takesMessages())
	assert.True(t, connectionLeaving.takesMessages(), "the close message itself")
}

// Every way through the table, on a connection: the close message is queued once, and who waits is woken.
func TestConnectionEvents(t *testing.T) {
	comm, err := NewCommunicator()
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	var walk func(path []connectionEvent)
	walk = func(path []connectionEvent) {
		c := newConnection(comm, newScheduledSocket("tcp"), &transport.Info{Protocol: "tcp"}, nil, connectionKey{}, false)
		state := connectionActive
		for _, e := range path {
			c.mu.Lock()
			changed := c.happensLocked(e)
			c.mu.Unlock()
			assert.Equal(t, transitions[state][e].next, c.state, path)
			assert.Equal(t, state != c.state, changed, path)
			state = c.state
		}
		queued := 0
		if strings.Contains(events(path), "cs") && !strings.Contains(strings.SplitN(events(path), "s", 2)[0], "f") {
			queued = 1
		}
		if len(path) > 0 && state != connectionClosed {
			assert.Len(t, c.queue, queued, events(path))
		}
		assert.LessOrEqual(t, len(c.queue), 1, events(path))
		if len(path) < 5 {
			for e := range connectionEvents {
				walk(append(path[:len(path):len(path)], e))
			}
		}
	}
	walk(nil)
}

// events writes a path as letters.
func events(path []connectionEvent) string {
	var b strings.Builder
	for _, e := range path {
		b.WriteByte("csf"[e])
	}
	return b.String()
}

// Nothing but the table changes a connection's state.
func TestStateIsChangedByTheTableAlone(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	assignment := regexp.MustCompile(`\bc\.state = `)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		want := 0
		if file == "connection_state.go" {
			want = 1
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		assert.Len(t, assignment.FindAllIndex(text, -1), want, file)
	}
}
