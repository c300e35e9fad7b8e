package ice

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// How often an operation runs that the server answers with an error, as often as in Ice (see the rows "Automatic Retries" of interop/manual).
func TestRetriesAfterAnswers(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	runs := 0
	var answer error
	methods := Methods{}
	for _, m := range []Method{{Name: "again", Mode: Idempotent}, {Name: "normal"}, {Name: "old", Mode: Nonmutating}} {
		methods = append(methods, Method{Name: m.Name, Mode: m.Mode, Call: func(_ context.Context, _ any, d *wire.Decoder, _ *wire.Encoder) error {
			runs++
			if runs > 3 {
				return nil
			}
			return errors.Join(answer, d.End())
		}})
	}
	target := w.add(NewServant(w, []string{"::T", "::Ice::Object"}, methods), "object").String()
	unknown := errors.New("unknown")
	tests := []struct {
		name      string
		mode      OperationMode
		answer    error
		intervals string
		runs      int
	}{
		{"normal", Normal, unknown, "0 0", 1},
		{"again", Idempotent, unknown, "0", 2},
		{"again", Idempotent, unknown, "0 1 0", 4},
		{"again", Idempotent, unknown, "-1", 1},
		{"old", Nonmutating, unknown, "0 0", 3},
		{"again", Idempotent, &greeterError{"declared or not, it is the operation's"}, "0 0", 1},
		{"again", Idempotent, nil, "0", 1},
		{"missing", Idempotent, nil, "0 0", 0},
	}
	for _, tt := range tests {
		client, err := NewCommunicator(WithProperty("Ice.RetryIntervals", tt.intervals))
		require.NoError(t, err)
		p, err := client.StringToProxy(target)
		require.NoError(t, err)
		runs, answer = 0, tt.answer
		_, err = Call(t.Context(), p, &Op[Void]{Name: tt.name, Mode: tt.mode}, nil).Result(t.Context())
		if tt.answer != nil && tt.runs <= 3 {
			assert.Error(t, err, tt)
		}
		assert.Equal(t, tt.runs, runs, "%+v", tt)
		fixed := FixedTo(p, p.iceProxy().IceCachedConnection())
		runs = 0
		_, _ = Call(t.Context(), fixed, &Op[Void]{Name: tt.name, Mode: tt.mode}, nil).Result(t.Context())
		assert.LessOrEqual(t, runs, 1, "a fixed proxy does not retry: %+v", tt)
		require.NoError(t, client.Close())
	}
}
