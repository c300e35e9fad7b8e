package omerotest_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
)

var update = flag.Bool("update", false, "write OPERATIONS.md anew")

// TestOperationsAreWrittenDown compares OPERATIONS.md with what the server
// offers, or writes it.
func TestOperationsAreWrittenDown(t *testing.T) {
	all := omerotest.Operations()
	require.Len(t, all, 623)
	var text strings.Builder
	offered := 0
	byInterface := map[string][]omerotest.Operation{}
	for _, o := range all {
		byInterface[o.Interface] = append(byInterface[o.Interface], o)
		if o.Offered {
			offered++
		}
	}
	fmt.Fprintf(&text, "# Which of OMERO's operations omerotest offers\n\n%d of %d. The others answer with an `omero.ApiUsageException` that names them.\n"+
		"This file is written by `go test ./gateway/omerotest -run OperationsAreWrittenDown -update`.\n", offered, len(all))
	for _, name := range slices.Sorted(maps.Keys(byInterface)) {
		var does, not []string
		for _, o := range byInterface[name] {
			if o.Offered {
				does = append(does, o.Name)
			} else {
				not = append(not, o.Name)
			}
		}
		fmt.Fprintf(&text, "\n## %s\n", name)
		if byInterface[name][0].Client {
			text.WriteString("\nClients implement it, and the server calls what it offers.\n")
		}
		if len(does) > 0 {
			fmt.Fprintf(&text, "\nOffered: %s\n", strings.Join(does, ", "))
		}
		if len(not) > 0 {
			fmt.Fprintf(&text, "\nNot offered: %s\n", strings.Join(not, ", "))
		}
	}
	if *update {
		require.NoError(t, os.WriteFile("OPERATIONS.md", []byte(text.String()), 0o644))
	}
	written, err := os.ReadFile("OPERATIONS.md")
	require.NoError(t, err)
	assert.Equal(t, text.String(), string(written), "go test ./gateway/omerotest -run OperationsAreWrittenDown -update")
}

// TestWhatIsNotOfferedSaysSo asks for every operation that the server does not
// have.
func TestWhatIsNotOfferedSaysSo(t *testing.T) {
	session, err := gateway.Connect(t.Context(), omerotest.New(t).Config())
	require.NoError(t, err)
	defer func() { require.NoError(t, session.Close()) }()
	factory, err := session.ServiceFactory(t.Context())
	require.NoError(t, err)
	for _, o := range omerotest.Operations() {
		if o.Offered {
			continue
		}
		proxy, err := factory.GetByName(t.Context(), o.Interface)
		require.NoError(t, err, o.Interface)
		// Which mode an operation has is looked at after whether it is offered.
		ok, results, err := proxy.IceInvoke(t.Context(), o.Name, ice.Normal, nil)
		require.NoError(t, err, o.Name)
		require.False(t, ok, "%s.%s answered", o.Interface, o.Name)
		var usage *omero.ApiUsageException
		require.True(t, errors.As(exception(t, results), &usage), "%s.%s", o.Interface, o.Name)
		assert.Contains(t, usage.Message, "."+o.Name+" is not offered")
	}
}

// exception reads an exception out of a reply.
func exception(t *testing.T, results []byte) error {
	d := wire.AcquireDecoder(results)
	defer d.Release()
	d.StartEncaps()
	thrown, err := wire.ReadException(d)
	require.NoError(t, err)
	return thrown
}
