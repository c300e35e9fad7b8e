package ice

import (
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
)

// endpointData gives what a proxy holds of a tcp endpoint with the given port.
func endpointData(port int32) []byte {
	e := wire.NewEncoder(nil, wire.Encoding11)
	e.String("host")
	e.Int(port)
	e.Int(-1)
	e.Bool(false)
	return e.Data()
}

// "Fixed the unmarshaling of IP endpoints to reject a port value outside the 0..65535 range." (Ice 3.8.2)
func TestPortsFromTheWire(t *testing.T) {
	for port, ok := range map[int32]bool{-1: false, math.MinInt32: false, 0: true, 65535: true, 65536: false, 65536 + 80: false, math.MaxInt32: false} {
		for _, typ := range []int16{typeTCP, typeSSL} {
			e, err := endpointFromWire(&wire.Endpoint{Type: typ, Encoding: wire.Encoding11, Data: endpointData(port)})
			if !ok {
				require.ErrorContains(t, err, "port", port)
				continue
			}
			require.NoError(t, err)
			assert.Equal(t, int(port), e.port)
		}
	}
}

// FuzzProxies reads sequences of proxies, and measures what that takes.
func FuzzProxies(f *testing.F) {
	comm, err := NewCommunicator()
	require.NoError(f, err)
	f.Cleanup(func() { _ = comm.Close() })
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartEncaps(wire.Encoding11, wire.CompactFormat)
	e.Size(3)
	for _, p := range []wire.ProxyData{
		{Identity: Identity{Name: "i"}, Protocol: wire.Protocol10, Encoding: wire.Encoding11},
		{Identity: Identity{Name: "i", Category: "c"}, Facet: "f", AdapterID: "a", Protocol: wire.Protocol10, Encoding: wire.Encoding11},
		{Identity: Identity{Name: "i"}, Protocol: wire.Protocol10, Encoding: wire.Encoding11, Endpoints: []wire.Endpoint{
			{Type: typeTCP, Encoding: wire.Encoding11, Data: endpointData(1)}, {Type: 99, Encoding: wire.Encoding11, Data: []byte("opaque")}}},
	} {
		p.IceWrite(e)
	}
	e.EndEncaps()
	f.Add(e.Data())
	many := wire.NewEncoder(nil, wire.Encoding10)
	many.StartEncaps(wire.Encoding11, wire.CompactFormat)
	many.Size(2000)
	for range 2000 {
		p := wire.ProxyData{Identity: Identity{Name: "i"}, Protocol: wire.Protocol10, Encoding: wire.Encoding11}
		p.IceWrite(many)
	}
	many.EndEncaps()
	f.Add(many.Data())
	f.Fuzz(func(t *testing.T, b []byte) {
		d := wire.AcquireDecoder(b)
		defer d.Release()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d.Reset(b, wire.Encoding10)
		comm.prepareDecoder(d)
		d.StartEncaps()
		_ = wire.ReadSeq(d, 2, func(d *wire.Decoder, p *ObjectPrx) { *p = ReadProxy(d) })
		_ = d.End()
		runtime.ReadMemStats(&after)
		require.LessOrEqual(t, int(after.TotalAlloc-before.TotalAlloc), 128*len(b)+64<<10)
	})
}
