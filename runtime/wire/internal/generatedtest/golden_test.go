package generatedtest

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/generated"
)

type data interface {
	IceRead(*wire.Decoder)
	IceWrite(*wire.Encoder)
}

// TestGenerated reads every golden encapsulation with generated types, all of them known here, and writes it again.
func TestGenerated(t *testing.T) {
	text, err := os.ReadFile("../../../../testdata/wire/golden.json")
	require.NoError(t, err)
	var golden map[string]string
	require.NoError(t, json.Unmarshal(text, &golden))
	require.NotEmpty(t, golden)
	for key, want := range golden {
		t.Run(key, func(t *testing.T) {
			in, err := hex.DecodeString(want)
			require.NoError(t, err)
			version, name, _ := strings.Cut(key, " ")
			operation, _, _ := strings.Cut(name, "/")
			out := rewrite(t, operation, in)
			if version == "1.0" {
				require.Len(t, out, len(in), "encoding 1.0 leaves the order of instances open")
				return
			}
			require.Equal(t, want, hex.EncodeToString(out))
		})
	}
}

// rewrite decodes the parameters of an operation, or its exception, and encodes them again.
func rewrite(t *testing.T, operation string, in []byte) []byte {
	d := wire.NewDecoder(in, wire.Encoding10)
	v := d.StartEncaps()
	format := wire.CompactFormat
	if strings.HasSuffix(operation, "Sliced") {
		format = wire.SlicedFormat
	}
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartEncaps(v, format)
	structs := map[string]data{
		"echoEnums": &generated.Enums{}, "echoPrimitives": &generated.Primitives{}, "echoSequences": &generated.Sequences{},
		"echoDictionaries": &generated.Dictionaries{},
	}
	switch operation = strings.TrimSuffix(operation, "Sliced"); operation {
	case "echoValue":
		var x wire.Value
		wire.ReadValue(d, &x)
		d.PendingValues()
		e.Value(x)
		e.PendingValues()
	case "echoNodes":
		x := wire.ReadValues[*generated.Node](d)
		d.PendingValues()
		wire.WriteValues(e, x)
		e.PendingValues()
	case "throw", "throwCompact":
		x, err := wire.ReadException(d)
		require.NoError(t, err)
		wire.WriteException(e, x)
	case "echoStrings", "echoOptionals", "echoProxies":
		return in // nothing that is generated, or proxies, which belong to a communicator
	default:
		require.Contains(t, structs, operation)
		structs[operation].IceRead(d)
		structs[operation].IceWrite(e)
	}
	require.NoError(t, d.End())
	e.EndEncaps()
	require.NoError(t, e.Err())
	return e.Data()
}
