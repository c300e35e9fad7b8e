package main

import (
	"errors"
	"slices"

	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
)

var encodings = []struct {
	version ice.EncodingVersion
	suffix  string
}{{wire.Encoding10, "_e10"}, {wire.Encoding11, "_e11"}}

// encapsulated gives the parameters of findImages as they travel.
func encapsulated(version ice.EncodingVersion, n int32) []byte {
	e := wire.NewEncoder(nil, version)
	e.StartEncaps(version, wire.DefaultFormat)
	e.Int(n)
	e.EndEncaps()
	check(e.Err())
	return e.Data()
}

// decodeImages decodes the results of findImages and tells how many there are.
func decodeImages(results []byte) int {
	d := wire.NewDecoder(results, wire.Encoding11)
	d.StartEncaps()
	images := wire.ReadValues[*bench.Image](d)
	d.PendingValues()
	d.EndEncaps()
	check(d.Err())
	return len(images)
}

func valueOfLong(v *bench.RLong) int64 {
	if v == nil {
		return 0
	}
	return v.Val
}

func valueOfString(v *bench.RString) string {
	if v == nil {
		return ""
	}
	return v.Val
}

// raised reports whether the server threw a BenchError, and its reason.
func raised(err error) (string, bool) {
	if e, ok := errors.AsType[*bench.BenchError](err); ok {
		return e.Reason, true
	}
	return "", false
}

func sorted(v []float64) []float64 {
	slices.Sort(v)
	return v
}
