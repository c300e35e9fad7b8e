package wirebench

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/bench"
)

var wireBench = flag.Duration("wire.bench", 20*time.Millisecond, "how long TestWireBench measures each job of each peer")

// wireJob is something to decode and encode, as an encapsulation.
type wireJob struct {
	name  string
	n     int // elements
	data  []byte
	write func(*wire.Encoder)
	read  func(*wire.Decoder)
}

func (j *wireJob) format() (wire.Version, wire.Format) {
	switch {
	case strings.HasSuffix(j.name, "-1.0"):
		return wire.Encoding10, wire.CompactFormat
	case strings.HasSuffix(j.name, "-sliced"):
		return wire.Encoding11, wire.SlicedFormat
	}
	return wire.Encoding11, wire.CompactFormat
}

func wireJobs(t *testing.T) []*wireJob {
	const images, points, bytes, strings = 1000, 100_000, 16 << 20, 10_000
	list, plain, raw, texts := bench.Images(images), bench.Points(points), make([]byte, bytes), bench.Strings(strings)
	var jobs []*wireJob
	for _, name := range []string{"images-1.0", "images-1.1", "images-1.1-sliced"} {
		jobs = append(jobs, &wireJob{name: name, n: images,
			write: func(e *wire.Encoder) {
				wire.WriteValues(e, list)
				e.PendingValues()
			},
			read: func(d *wire.Decoder) {
				wire.ReadValues[*bench.Image](d)
				d.PendingValues()
			}})
	}
	jobs = append(jobs,
		&wireJob{name: "points", n: points, write: func(e *wire.Encoder) { wire.WritePlain(e, plain, 24) }, read: func(d *wire.Decoder) { wire.ReadPlain[bench.Point](d, 24) }},
		&wireJob{name: "bytes", n: bytes, write: func(e *wire.Encoder) { e.Bytes(raw) }, read: func(d *wire.Decoder) { d.Bytes() }},
		&wireJob{name: "strings", n: strings, write: func(e *wire.Encoder) { e.Strings(texts) }, read: func(d *wire.Decoder) { d.Strings() }})
	for _, j := range jobs {
		j.data = slices.Clone(j.encode(t, wire.NewEncoder(nil, wire.Encoding10)))
	}
	return jobs
}

func (j *wireJob) encode(t *testing.T, e *wire.Encoder) []byte {
	v, f := j.format()
	e.StartEncaps(v, f)
	j.write(e)
	e.EndEncaps()
	require.NoError(t, e.Err())
	return e.Data()
}

func (j *wireJob) decode(t *testing.T) {
	d := wire.AcquireDecoder(j.data)
	d.StartEncaps()
	j.read(d)
	require.NoError(t, d.End())
	d.Release()
}

// median runs f for a while and gives the median of its times.
func median(f func()) time.Duration {
	var rounds []time.Duration
	for end := time.Now().Add(*wireBench); len(rounds) < 5 || time.Now().Before(end); {
		start := time.Now()
		f()
		rounds = append(rounds, time.Since(start))
	}
	slices.Sort(rounds)
	return rounds[len(rounds)/2]
}

// TestWireBench has Ice for C++, Ice for Java and package wire decode and encode the same bytes, one after the other, and
// logs how long they take. Nothing is asserted of the times; run it with -v -wire.bench 3s on a quiet machine for figures.
func TestWireBench(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "slice2cpp", "g++", "ice-cpp", "slice2java", "javac", "java", "ice-java", "ice-slice")
	root := peer.Root(t)
	definitions := []string{filepath.Join(root, "testdata/wire/Bench.ice")}
	cpp := peer.BuildCpp(t, peer.Cpp{Slice: definitions, Sources: []string{filepath.Join(root, "interop/peers/cpp/wirebench.cpp")}, Args: []string{"-O2"}})
	java := peer.BuildJava(t, peer.Java{Slice: definitions, Sources: []string{filepath.Join(root, "interop/peers/java/wirebench.java")}})

	jobs := wireJobs(t)
	args := []string{fmt.Sprint(wireBench.Seconds())}
	dir := t.TempDir()
	for _, j := range jobs {
		file := filepath.Join(dir, j.name)
		require.NoError(t, os.WriteFile(file, j.data, 0o600))
		args = append(args, j.name, file)
	}
	times := map[string]time.Duration{}
	collect := func(who, output string) {
		for line := range strings.Lines(output) {
			f := strings.Fields(line)
			require.Len(t, f, 3, "%s printed %q", who, line)
			ns, err := strconv.ParseInt(f[2], 10, 64)
			require.NoError(t, err)
			times[who+" "+f[0]+" "+f[1]] = time.Duration(ns)
		}
	}
	collect("cpp", peer.Run(t, cpp, args...))
	collect("java", peer.Run(t, "java", append([]string{"-Xmx1g", "-Xss64m", "-cp", java, "wirebench"}, args...)...))
	for _, j := range jobs {
		times["go "+j.name+" decode"] = median(func() { j.decode(t) })
		times["go "+j.name+" encode"] = median(func() {
			e := wire.AcquireEncoder()
			j.encode(t, e)
			e.Release()
		})
	}

	t.Logf("%-26s %12s %12s %12s %18s", "ns per element", "C++", "Java", "Go", "Go to the better")
	for _, j := range jobs {
		for _, do := range []string{"decode", "encode"} {
			key := " " + j.name + " " + do
			per := func(who string) float64 { return float64(times[who+key]) / float64(j.n) }
			require.NotZero(t, times["cpp"+key])
			require.NotZero(t, times["java"+key])
			t.Logf("%-26s %12.2f %12.2f %12.2f %18.2f", key[1:], per("cpp"), per("java"), per("go"), per("go")/min(per("cpp"), per("java")))
		}
	}
}
