package interop

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/corpus"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// omeroClasses gives the type ids of OMERO's classes.
func omeroClasses(t testing.TB) []string {
	var ids []string
	for _, id := range wire.ClassIDs() {
		if strings.HasPrefix(id, "::omero::") {
			ids = append(ids, id)
		}
	}
	require.Greater(t, len(ids), 250)
	return ids
}

// filler fills instances with random members, which refer to each other across the graph.
type filler struct {
	*rand.Rand
	classes []string
	graph   []wire.Value
	room    int // how many instances may still be made
}

func (f *filler) instance(id string) wire.Value {
	v := wire.NewInstance(id)
	f.graph = append(f.graph, v)
	f.room--
	f.fill(reflect.ValueOf(v).Elem())
	return v
}

// reference gives an instance of a class type, a new one or one of the graph; or the zero value.
func (f *filler) reference(t reflect.Type) reflect.Value {
	if f.IntN(3) == 0 {
		return reflect.Zero(t)
	}
	if f.IntN(3) > 0 && f.room > 0 {
		for range 40 {
			id := f.classes[f.IntN(len(f.classes))]
			if v := reflect.ValueOf(wire.NewInstance(id)); v.Type().AssignableTo(t) {
				return reflect.ValueOf(f.instance(id))
			}
		}
		if t.Kind() == reflect.Pointer {
			return reflect.ValueOf(f.instance(reflect.New(t.Elem()).Interface().(wire.Value).IceTypeID()))
		}
	}
	for _, i := range f.Perm(len(f.graph)) {
		if v := reflect.ValueOf(f.graph[i]); v.Type().AssignableTo(t) {
			return v
		}
	}
	return reflect.Zero(t)
}

func (f *filler) fill(v reflect.Value) {
	t := v.Type()
	if t.Implements(reflect.TypeFor[wire.Value]()) {
		v.Set(f.reference(t))
		return
	}
	if enum := reflect.TypeFor[interface{ Valid() bool }](); t.Kind() == reflect.Int32 && t.Implements(enum) {
		v.SetInt(f.Int64N(64))
		for !v.Interface().(interface{ Valid() bool }).Valid() {
			v.SetInt(v.Int() / 2)
		}
		return
	}
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 1)
	case reflect.Uint8:
		v.SetUint(uint64(f.IntN(256)))
	case reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.Uint64()))
	case reflect.Float32:
		v.SetFloat(float64(float32(f.NormFloat64())))
	case reflect.Float64:
		v.SetFloat(f.NormFloat64())
	case reflect.String:
		v.SetString(strings.Repeat("\u00fc-", f.IntN(140)))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(t, f.IntN(4), 4))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		for range f.IntN(4) {
			key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			f.fill(key)
			f.fill(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if t.Field(i).IsExported() {
				f.fill(v.Field(i))
			}
		}
	}
}

// TestWireOmero sends instances of every class of OMERO, with members and graphs at random, to Ice and back.
func TestWireOmero(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3", "ice-slice")
	c := startCodec(t, "omero")
	classes := omeroClasses(t)
	var instances, size int
	for i, id := range classes {
		for seed := range uint64(3) {
			f := &filler{Rand: rand.New(rand.NewPCG(uint64(i), seed)), classes: classes, room: 30}
			value := f.instance(id)
			instances += len(f.graph)
			for _, name := range []string{"echoValue/omero", "echoValueSliced/omero"} {
				for _, v := range encodings {
					ours, err := sample.Encode(name, v, value)
					require.NoError(t, err, id)
					size += len(ours)
					back, err := c.echo(name, v, ours)
					require.NoError(t, err, "%s, seed %d", id, seed)
					if v == wire.Encoding11 {
						require.Equal(t, hex.EncodeToString(ours), hex.EncodeToString(back), id)
					} else {
						require.Len(t, back, len(ours), id)
					}
					again, err := sample.Decode(name, back)
					require.NoError(t, err, id)
					one, err := sample.Encode(name, wire.Encoding11, value)
					require.NoError(t, err)
					other, err := sample.Encode(name, wire.Encoding11, again)
					require.NoError(t, err)
					require.Equal(t, hex.EncodeToString(one), hex.EncodeToString(other), id)
				}
			}
		}
	}
	t.Logf("%d classes, %d instances, %d bytes each way", len(classes), instances, size)
}

// omeroImages gives what bench.Images gives, in OMERO's own classes.
func omeroImages(n int) []*omero.Image {
	list := make([]*omero.Image, n)
	owner, group := &omero.Experimenter{IObject: omero.IObject{Id: omero.NewRLong(7)}}, &omero.ExperimenterGroup{IObject: omero.IObject{Id: omero.NewRLong(3)}}
	event := &omero.Event{IObject: omero.IObject{Id: omero.NewRLong(1000)}}
	kind := &omero.PixelsType{Value: omero.NewRString("uint16")}
	order := &omero.DimensionOrder{Value: omero.NewRString("XYZCT")}
	format := &omero.Format{Value: omero.NewRString("OMETiff")}
	object := func(id int) omero.IObject {
		return omero.IObject{Id: omero.NewRLong(int64(id)), Loaded: true, Details: &omero.Details{Owner: owner, Group: group, CreationEvent: event, UpdateEvent: event, Permissions: &omero.Permissions{}}}
	}
	for i := range list {
		im := &omero.Image{
			IObject: object(i + 1), Name: omero.NewRString(fmt.Sprintf("image-%d.ome.tiff", i)), Series: omero.NewRInt(int32(i % 4)),
			AcquisitionDate: omero.NewRTime(1550000000000 + int64(i)*1000), Archived: omero.NewRBool(false), Format: format, PixelsLoaded: true,
		}
		if i%2 == 1 {
			im.Description = omero.NewRString(fmt.Sprintf("acquired in series, plate well %d", i%96))
		}
		im.PixelsSeq = []*omero.Pixels{{
			IObject: object(500000 + i), Image: im, PixelsType: kind, DimensionOrder: order,
			SizeX: omero.NewRInt(1024), SizeY: omero.NewRInt(1024), SizeZ: omero.NewRInt(21), SizeC: omero.NewRInt(3), SizeT: omero.NewRInt(1),
			PhysicalSizeX: &omero.Length{Value: 0.108}, PhysicalSizeY: &omero.Length{Value: 0.108},
			Sha1: omero.NewRString("da39a3ee5e6b4b0d3255bfef95601890afd80709"), SignificantBits: omero.NewRInt(16),
		}}
		list[i] = im
	}
	return list
}

func omeroJob(t testing.TB, v wire.Version, n int) (data []byte, encode func(*wire.Encoder), decode func(*wire.Decoder) []*omero.Image) {
	list := omeroImages(n)
	encode = func(e *wire.Encoder) {
		e.StartEncaps(v, wire.CompactFormat)
		wire.WriteValues(e, list)
		e.PendingValues()
		e.EndEncaps()
	}
	e := wire.NewEncoder(nil, wire.Encoding10)
	encode(e)
	require.NoError(t, e.Err())
	decode = func(d *wire.Decoder) []*omero.Image {
		d.StartEncaps()
		r := wire.ReadValues[*omero.Image](d)
		d.PendingValues()
		return r
	}
	return e.Data(), encode, decode
}

// BenchmarkWireOmero encodes and decodes 1,000 images of OMERO; an element is an image with its pixels.
func BenchmarkWireOmero(b *testing.B) {
	const n = 1000
	for _, v := range encodings {
		data, encode, decode := omeroJob(b, v, n)
		report := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/image")
		}
		b.Run("encode/"+v.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				e := wire.AcquireEncoder()
				encode(e)
				e.Release()
			}
			report(b)
		})
		b.Run("decode/"+v.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				d := wire.AcquireDecoder(data)
				decode(d)
				if err := d.End(); err != nil {
					b.Fatal(err)
				}
				d.Release()
			}
			report(b)
		})
	}
}

// FuzzWireOmero decodes instances of OMERO's classes from arbitrary bytes. What can be decoded can be encoded, and
// then has one form.
func FuzzWireOmero(f *testing.F) {
	corpus.Add(f, "FuzzWireOmero")
	classes := omeroClasses(f)
	for i, id := range classes {
		fill := &filler{Rand: rand.New(rand.NewPCG(uint64(i), 1)), classes: classes, room: 3}
		value := fill.instance(id)
		for _, v := range encodings {
			b, err := sample.Encode("echoValueSliced/omero", v, value)
			require.NoError(f, err)
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		value, err := sample.Decode("echoValueSliced/omero", b)
		if err != nil {
			return
		}
		v := wire.Version{Major: b[4], Minor: b[5]}
		once, err := sample.Encode("echoValueSliced/omero", v, value)
		require.NoError(t, err)
		again, err := sample.Decode("echoValueSliced/omero", once)
		require.NoError(t, err)
		twice, err := sample.Encode("echoValueSliced/omero", v, again)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}
