package gateway

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/omero"
)

func TestTables(t *testing.T) {
	for _, encoding := range []string{"1.0", "1.1"} {
		t.Run(encoding, func(t *testing.T) {
			server := startServer(t, "--encoding", encoding)
			session := server.connect(server.config("tcp"))
			ctx := t.Context()
			column := func(name string) omero.GridColumn { return omero.GridColumn{Name: name, Description: "a column"} }
			table, err := session.NewTable(ctx, "cells", &omero.GridLongColumn{GridColumn: column("cell")},
				&omero.GridDoubleColumn{GridColumn: column("area")}, &omero.GridStringColumn{GridColumn: column("class"), Size: 8},
				&omero.GridBoolColumn{GridColumn: column("good")}, &omero.GridDoubleArrayColumn{GridColumn: column("centre"), Size: 2})
			require.NoError(t, err)
			require.NoError(t, table.AddData(ctx, omero.GridColumnArray{
				&omero.GridLongColumn{Values: []int64{1, 2, 3}}, &omero.GridDoubleColumn{Values: []float64{0.5, 1.5, 2.5}},
				&omero.GridStringColumn{Size: 8, Values: []string{"a", "b", "c"}}, &omero.GridBoolColumn{Values: []bool{true, false, true}},
				&omero.GridDoubleArrayColumn{Size: 2, Values: [][]float64{{1, 2}, {3, 4}, {5, 6}}},
			}))
			file, err := table.GetOriginalFile(ctx)
			require.NoError(t, err)
			require.NoError(t, table.Close(ctx))

			table, err = session.OpenTable(ctx, file.Id.Val)
			require.NoError(t, err)
			headers, err := table.GetHeaders(ctx)
			require.NoError(t, err)
			require.Len(t, headers, 5)
			assert.Equal(t, &omero.GridStringColumn{GridColumn: column("class"), Size: 8}, headers[2])
			rows, err := table.GetWhereList(ctx, "(area > limit)", omero.RTypeDict{"limit": &omero.RDouble{Val: 1}}, 0, 0, 0)
			require.NoError(t, err)
			assert.Equal(t, []int64{1, 2}, rows)
			data, err := table.Slice(ctx, []int64{0, 2, 4}, rows)
			require.NoError(t, err)
			assert.Equal(t, rows, data.RowNumbers)
			assert.Equal(t, []int64{2, 3}, data.Columns[0].(*omero.GridLongColumn).Values)
			assert.Equal(t, []string{"b", "c"}, data.Columns[1].(*omero.GridStringColumn).Values)
			assert.Equal(t, [][]float64{{3, 4}, {5, 6}}, data.Columns[2].(*omero.GridDoubleArrayColumn).Values)
			err = table.AddData(ctx, omero.GridColumnArray{&omero.GridBoolColumn{}})
			var usage *omero.ApiUsageException
			require.ErrorAs(t, err, &usage)

			server.do(nil, "reset")
			require.NoError(t, session.Close())
			assert.Equal(t, 1, server.stats().Counts["Table.close"], "the session closes what is open")
		})
	}
}

func TestTablesThatCannotBe(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	_, err := session.OpenTable(t.Context(), 424242)
	var validation *omero.ValidationException
	require.ErrorAs(t, err, &validation)
	assert.ErrorContains(t, err, "OriginalFile 424242")
	server.do(nil, "set", "tables", false)
	_, err = session.NewTable(t.Context(), "cells", omero.NewGridLongColumn())
	require.ErrorIs(t, err, ErrNoTables)
}

func TestScripts(t *testing.T) {
	for _, encoding := range []string{"1.0", "1.1"} {
		t.Run(encoding, func(t *testing.T) {
			server := startServer(t, "--encoding", encoding)
			session := server.connect(server.config("ssl"))
			ctx := t.Context()
			id, err := session.Script().GetScriptID(ctx, "/greet.py")
			require.NoError(t, err)
			about, err := session.Script().GetParams(ctx, id)
			require.NoError(t, err)
			assert.Equal(t, "Who", about.Inputs["name"].Description)
			results, err := session.RunScript(ctx, id, omero.RTypeDict{"name": &omero.RString{Val: "Ada"}})
			require.NoError(t, err)
			assert.Equal(t, &omero.RString{Val: "hello Ada"}, results["Message"])

			results, err = session.RunScript(ctx, 2, nil)
			var failure *ScriptError
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, ScriptError{ReturnCode: 1, Message: "it does not work"}, *failure)
			assert.Contains(t, results, "code", "a script that fails has results too")
			for _, service := range server.stats().Sessions[session.Key()].Services {
				assert.NotContains(t, service, "Process", "processes are closed")
			}
		})
	}
}

// waitFor waits for a channel to be closed.
func waitFor(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		t.Fatal("it does not happen")
	}
}

func TestScriptThatCallsBack(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	ctx := t.Context()
	script, err := session.StartScript(ctx, 3, nil)
	require.NoError(t, err)
	_, err = script.Process().SetMessage(ctx, "go on")
	require.NoError(t, err)
	waitFor(t, script.ended) // by the callback: nobody has asked
	results, err := script.Wait(ctx)
	require.NoError(t, err)
	assert.Equal(t, &omero.RString{Val: "go on"}, results["Message"])
	require.NoError(t, script.Close())
	require.NoError(t, script.Close())

	script, err = session.StartScript(ctx, 3, nil)
	require.NoError(t, err)
	short, cancel := context.WithCancel(ctx)
	cancel()
	_, err = script.Wait(short)
	require.ErrorIs(t, err, context.Canceled)
	stopped, err := script.Cancel(ctx)
	require.NoError(t, err)
	assert.True(t, stopped)
	waitFor(t, script.ended)
	_, err = script.Wait(ctx)
	var failure *ScriptError
	require.ErrorAs(t, err, &failure)
	assert.True(t, failure.Stopped)
	require.NoError(t, script.Detach())

	server.do(nil, "set", "processors", false)
	_, err = session.RunScript(ctx, 1, nil)
	var nobody *omero.NoProcessorAvailable
	require.ErrorAs(t, err, &nobody)
}

// After a reconnection the server has a proxy that leads to the new
// connection, for commands and for scripts.
func TestCallbacksAfterAReconnection(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	ctx := t.Context()
	var steps atomic.Int64
	command, err := session.Submit(ctx, &omero.CmdTiming{Steps: 1 << 30, MillisPerStep: 10}, func(complete, _ int) { steps.Store(int64(complete)) })
	require.NoError(t, err)
	eventually(t, "progress is told", func() bool { return steps.Load() > 0 })
	script, err := session.StartScript(ctx, 3, nil)
	require.NoError(t, err)

	server.do(nil, "stop_router")
	before := steps.Load()
	server.do(nil, "start_router")
	eventually(t, "the session is joined again", func() bool { return strings.Contains(server.log.String(), "joined the session again") })
	eventually(t, "progress is told again", func() bool { return steps.Load() > before })
	eventually(t, "both are registered again", func() bool {
		counts := server.stats().Counts
		return counts["Handle.addCallback"] == 2 && counts["ScriptProcess.registerCallback"] == 2
	})
	_, err = script.Process().SetMessage(ctx, "go on")
	require.NoError(t, err)
	waitFor(t, script.ended)
	require.NoError(t, script.Close())
	require.NoError(t, command.Close())
}
