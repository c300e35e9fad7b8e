package wire_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// goldenBytes gives what ZeroC's Ice 3.7.8 wrote for the table of values; interop's TestWireTable keeps the file.
func goldenBytes(t testing.TB) map[string][]byte {
	b, err := os.ReadFile("../../testdata/wire/golden.json")
	require.NoError(t, err)
	var texts map[string]string
	require.NoError(t, json.Unmarshal(b, &texts))
	golden := map[string][]byte{}
	for k, v := range texts {
		golden[k], err = hex.DecodeString(v)
		require.NoError(t, err)
	}
	return golden
}

func TestGolden(t *testing.T) {
	golden := goldenBytes(t)
	for _, c := range sample.Cases() {
		for _, v := range []wire.Version{wire.Encoding10, wire.Encoding11} {
			t.Run(c.Key(v), func(t *testing.T) {
				theirs := golden[c.Key(v)]
				require.NotEmpty(t, theirs)
				delete(golden, c.Key(v))
				got, err := sample.Decode(c.Name, theirs)
				if c.Sliced {
					checkSliced(t, c, v, theirs, got, err)
					return
				}
				require.NoError(t, err)
				want := c.Value
				if c.Opaque {
					want = got
				}
				if v == wire.Encoding10 {
					want = sample.In10(want)
				}
				require.Equal(t, want, got)
				ours, err := sample.Encode(c.Name, v, c.Value)
				if c.Opaque {
					ours, err = sample.Encode(c.Name, v, got)
				}
				require.NoError(t, err)
				if c.AnyOrder(v) {
					require.Len(t, ours, len(theirs))
					again, err := sample.Decode(c.Name, ours)
					require.NoError(t, err)
					require.Equal(t, want, again)
					return
				}
				require.Equal(t, hex.EncodeToString(theirs), hex.EncodeToString(ours))
			})
		}
	}
	assert.Empty(t, golden, "golden bytes without a case")
}

// checkSliced checks what becomes of a value whose most derived type is unknown.
func checkSliced(t *testing.T, c sample.Case, v wire.Version, theirs []byte, got any, err error) {
	sliced := v == wire.Encoding11 && strings.Contains(c.Name, "Sliced/")
	compact := v == wire.Encoding11 && !sliced
	if compact || c.Value == nil && !(sliced && c.Kept) && !strings.Contains(c.Name, "keptPair") {
		require.Error(t, err)
		if strings.HasPrefix(c.Name, "throw") {
			var unknown *wire.UnknownExceptionError
			require.ErrorAs(t, err, &unknown)
			require.Contains(t, unknown.TypeID, "::WireTest::Unknown")
			return
		}
		require.ErrorIs(t, err, wire.ErrUnknownType)
		return
	}
	require.NoError(t, err)
	if sliced && c.Kept {
		ours, err := sample.Encode(c.Name, v, got)
		require.NoError(t, err)
		require.Equal(t, hex.EncodeToString(theirs), hex.EncodeToString(ours))
		return
	}
	if c.Value != nil {
		require.Equal(t, c.Value, got)
	}
}

// TestProxies looks into proxies, which the table of values compares as bytes only.
func TestProxies(t *testing.T) {
	for _, v := range []wire.Version{wire.Encoding10, wire.Encoding11} {
		got, err := sample.Decode("echoProxies/some", goldenBytes(t)[v.String()+" echoProxies/some"])
		require.NoError(t, err)
		p := got.(*sample.Proxies)
		assert.Equal(t, wire.Identity{Name: "id", Category: "cat"}, p.First.Identity)
		assert.Equal(t, "facet", p.First.Facet)
		assert.Equal(t, wire.ModeOneway, p.First.Mode)
		assert.True(t, p.First.Secure)

		var types []int16
		for _, e := range p.First.Endpoints {
			types = append(types, e.Type)
			assert.Equal(t, v, e.Encoding)
		}
		assert.Equal(t, []int16{1, 2, 4, 5}, types)
		assert.Equal(t, "adapter", p.Second.AdapterID)
		assert.Equal(t, wire.Identity{Name: "wellknown"}, p.Third.Identity)
		assert.Equal(t, wire.Encoding10, p.Third.Encoding)
		assert.Empty(t, p.Third.AdapterID)

		got, err = sample.Decode("echoProxies/opaque", goldenBytes(t)[v.String()+" echoProxies/opaque"])
		require.NoError(t, err)
		p = got.(*sample.Proxies)
		require.Len(t, p.First.Endpoints, 2)
		assert.Equal(t, wire.Endpoint{Type: 99, Encoding: wire.Encoding11, Data: []byte{0xab, 0xcd, 0xef}}, p.First.Endpoints[0])
		assert.Equal(t, wire.Endpoint{Type: 100, Encoding: wire.Encoding10, Data: []byte{1, 2, 3}}, p.First.Endpoints[1])
		assert.True(t, p.Second.IsNull())
		assert.Equal(t, wire.ModeDatagram, p.Third.Mode)
	}
}
