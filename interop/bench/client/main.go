// Command client is the benchmark client in Go; ../README.md says what it measures and prints.
//
//	client --endpoint "tcp -h 127.0.0.1 -p PORT" [--transport LABEL] [--groups a,b] [--certs DIR] [--short]
//	       [--cpuprofile FILE] [--memprofile FILE]
//
// With --short every loop ends after a few hundredths of a second: the figures mean nothing then, but
// everything has run once. The profiles cover the groups, not the start.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/runtime/ice"
)

// client is one run: the proxy that is measured, and how.
type client struct {
	ctx       context.Context
	echo      bench.EchoPrx
	transport string
	short     bool
	first     time.Duration // from the start of the process to the first answer
}

var groups = map[string]func(*client){
	"start":   (*client).start,
	"ping":    (*client).ping,
	"async":   (*client).async,
	"sleep":   (*client).sleep,
	"mem":     (*client).mem,
	"futures": (*client).futures,
	"bytes":   (*client).bytes,
	"graph":   (*client).graph,
	"points":  (*client).points,
	"oneway":  (*client).oneway,
	"fail":    (*client).fail,
}

// unsupported is the exit status for a transport or group that this client does not have.
const unsupported = 77

func main() {
	c := &client{ctx: context.Background()}
	endpoint := flag.String("endpoint", "", "the server's endpoint")
	flag.StringVar(&c.transport, "transport", "tcp", "label in the output; ssl and wss verify the server")
	names := flag.String("groups", "start,ping,async,sleep,bytes,graph,points,oneway,fail", "what to measure")
	certs := flag.String("certs", "", "the folder with ca.pem")
	flag.BoolVar(&c.short, "short", false, "run everything, measure nothing")
	cpu := flag.String("cpuprofile", "", "file for a profile of the groups")
	mem := flag.String("memprofile", "", "file for a profile of all allocations")
	flag.Parse()

	options := []ice.Option{
		ice.WithProperty("Ice.MessageSizeMax", "1048576"),
		ice.WithProperty("Ice.ACM.Client.Timeout", "0"),
	}
	if c.transport == "ssl" {
		options = append(options, ice.WithProperty("IceSSL.CAs", filepath.Join(*certs, "ca.pem")))
	}
	comm := must(ice.NewCommunicator(options...))
	c.echo = bench.NewEchoPrx(must(comm.StringToProxy("echo:" + *endpoint)))
	check(c.echo.Ping(c.ctx))
	c.first = sinceProcessStart()
	c.verify()

	if *mem != "" {
		runtime.MemProfileRate = 1
	}
	if *cpu != "" {
		check(pprof.StartCPUProfile(must(os.Create(*cpu))))
	}
	for name := range strings.SplitSeq(*names, ",") {
		run, ok := groups[name]
		if !ok {
			fmt.Fprintln(os.Stderr, "client: no such group:", name)
			os.Exit(unsupported)
		}
		run(c)
	}
	if *cpu != "" {
		pprof.StopCPUProfile()
	}
	if *mem != "" {
		check(pprof.Lookup("allocs").WriteTo(must(os.Create(*mem)), 0))
	}
	check(comm.Close())
}

// verify checks each kind of answer once, so that no figure comes from a wrong one.
func (c *client) verify() {
	const text = "h\u00e9llo \u2713"
	expect(must(c.echo.EchoString(c.ctx, text)) == text, "echoString")
	b := must(c.echo.GetBytes(c.ctx, 1000))
	expect(len(b) == 1000 && b[999] == (999*31+999>>8)&255, "getBytes")
	check(c.echo.PutBytes(c.ctx, b))
	points := must(c.echo.GetPoints(c.ctx, 10))
	expect(len(points) == 10 && points[3] == bench.Point{X: 3.25, Y: 6, Z: -1}, "getPoints")
	for _, encoding := range encodings {
		images := must(ice.WithEncoding(c.echo, encoding.version).FindImages(c.ctx, 20))
		expect(len(images) == 20, "findImages: the number of images")
		image, next := images[5], images[6]
		expect(valueOfLong(image.Id) == 6 && valueOfString(image.Name) == "image-5.ome.tiff" && image.Version == nil &&
			len(image.Pixels) == 1 && image.Pixels[0].Owner == image &&
			image.Details.Owner == next.Pixels[0].Details.Owner, "findImages")
	}
	reason, _ := raised(c.echo.Fail(c.ctx))
	expect(reason == "as asked", "fail")
}

// emit prints one measure.
func (c *client) emit(measure string, value float64, unit string, n int) {
	line, err := json.Marshal(struct {
		Client    string  `json:"client"`
		Transport string  `json:"transport"`
		Measure   string  `json:"measure"`
		Value     float64 `json:"value"`
		Unit      string  `json:"unit"`
		N         int     `json:"n"`
	}{"go", c.transport, measure, value, unit, n})
	check(err)
	fmt.Println(string(line))
}

// loop calls f until maxCount calls or maxTime, whichever is first.
func (c *client) loop(maxCount int, maxTime time.Duration, f func()) (int, time.Duration) {
	maxTime = c.bound(maxTime)
	start := time.Now()
	n, spent := 0, time.Duration(0)
	for n < maxCount && spent < maxTime {
		f()
		n++
		spent = time.Since(start)
	}
	return n, spent
}

// timed is loop, with the time that each call took, in microseconds.
func (c *client) timed(maxCount int, maxTime time.Duration, f func()) []float64 {
	maxTime = c.bound(maxTime)
	start := time.Now()
	times := make([]float64, 0, maxCount)
	for last := start; len(times) < maxCount && last.Sub(start) < maxTime; {
		f()
		now := time.Now()
		times = append(times, micros(now.Sub(last)))
		last = now
	}
	slices.Sort(times)
	return times
}

func (c *client) bound(d time.Duration) time.Duration {
	if c.short {
		return min(d, 30*time.Millisecond)
	}
	return d
}

// count is how many outstanding calls a group uses: fewer in a short run.
func (c *client) count(n int) int {
	if c.short {
		return n / 10
	}
	return n
}

// quantile reads sorted values.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// sinceProcessStart is the time since the wrapper script noted it, just before it ran this program.
func sinceProcessStart() time.Duration {
	seconds, err := strconv.ParseFloat(os.Getenv("BENCH_T0"), 64)
	if err != nil {
		return -1
	}
	return time.Duration((float64(time.Now().UnixMicro())/1e6 - seconds) * float64(time.Second))
}

// cpuTime is the user and system time of this process.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// residentBytes is the resident set of this process.
func residentBytes() int {
	fields := strings.Fields(string(must(os.ReadFile("/proc/self/statm"))))
	return must(strconv.Atoi(fields[1])) * os.Getpagesize()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func expect(ok bool, what string) {
	if !ok {
		check(fmt.Errorf("wrong answer: %s", what))
	}
}
