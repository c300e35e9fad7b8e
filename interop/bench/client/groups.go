package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
)

func (c *client) start() {
	c.emit("startup_first_call", millis(c.first), "ms", 1)
	n := 0
	var times []float64
	c.loop(200, 5*time.Second, func() {
		p := ice.WithConnectionID(c.echo, fmt.Sprint("c", n))
		n++
		start := time.Now()
		check(p.Ping(c.ctx))
		times = append(times, micros(time.Since(start)))
		check(must(p.IceConnection(c.ctx)).Close(c.ctx))
	})
	c.emit("connect_first_call_p50", quantile(sorted(times), .5), "us", len(times))
}

func (c *client) warm() { c.loop(20000, 3*time.Second, c.call) }

func (c *client) call() { check(c.echo.Ping(c.ctx)) }

func (c *client) ping() {
	c.warm()
	times := c.timed(20000, 10*time.Second, c.call)
	c.emit("ping_p50", quantile(times, .5), "us", len(times))
	c.emit("ping_p99", quantile(times, .99), "us", len(times))
	cpu := cpuTime()
	n, spent := c.loop(200000, 2*time.Second, c.call)
	c.emit("ping_sync_rate", float64(n)/spent.Seconds(), "1/s", n)
	c.emit("ping_sync_cpu", micros(cpuTime()-cpu)/float64(n), "us/op", n)
}

// windowed keeps width calls outstanding and waits for the oldest first.
func windowed[T any](c *client, width, maxCount int, maxTime time.Duration, call func() *ice.Future[T], done func(T)) (int, time.Duration) {
	window := make([]*ice.Future[T], width)
	wait := func(slot int) {
		v := must(window[slot].Result(c.ctx))
		if done != nil {
			done(v)
		}
	}
	at := 0
	start := time.Now()
	n, _ := c.loop(maxCount, maxTime, func() {
		if window[at] != nil {
			wait(at)
		}
		window[at] = call()
		at++
		if at == width {
			at = 0
		}
	})
	for range width { // the rest, oldest first
		if window[at] != nil {
			wait(at)
		}
		at = (at + 1) % width
	}
	return n, time.Since(start)
}

func (c *client) async() {
	c.warm()
	call := func() *ice.Future[ice.Void] { return c.echo.PingAsync(c.ctx) }
	for _, width := range []int{100, 1000} {
		windowed(c, width, 20000, time.Second, call, nil)
		cpu := cpuTime()
		n, spent := windowed(c, width, 2000000, 2*time.Second, call, nil)
		c.emit(fmt.Sprintf("ping_async%d_rate", width), float64(n)/spent.Seconds(), "1/s", n)
		c.emit(fmt.Sprintf("ping_async%d_cpu", width), micros(cpuTime()-cpu)/float64(n), "us/op", n)
	}
}

// outstanding starts n calls that take a while.
func (c *client) outstanding(n int, ms int32) []*ice.Future[ice.Void] {
	calls := make([]*ice.Future[ice.Void], n)
	for i := range calls {
		calls[i] = c.echo.SleepAsync(c.ctx, ms)
	}
	return calls
}

func (c *client) drain(calls []*ice.Future[ice.Void]) {
	for _, f := range calls {
		check(f.Err(c.ctx))
	}
}

func (c *client) sleep() {
	n := c.count(10000)
	var walls, peaks []float64
	for range 3 {
		start := time.Now()
		calls := c.outstanding(n, 200)
		peak := 0
		for _, f := range calls {
			if !f.IsDone() {
				peak++
			}
		}
		peaks = append(peaks, float64(peak))
		c.drain(calls)
		walls = append(walls, millis(time.Since(start)))
	}
	c.emit("sleep10k_wall", quantile(sorted(walls), .5), "ms", n)
	c.emit("sleep10k_peak", quantile(sorted(peaks), .5), "calls", n)
}

func (c *client) mem() {
	n, ms := c.count(10000), int32(4000)
	if c.short {
		ms = 500
	}
	c.loop(1000, 2*time.Second, c.call)
	windowed(c, 100, 1000, time.Second, func() *ice.Future[ice.Void] { return c.echo.PingAsync(c.ctx) }, nil)
	heapBefore, rssBefore := heapInUse(), residentBytes()
	calls := c.outstanding(n, ms)
	time.Sleep(time.Duration(ms) * time.Millisecond * 3 / 40)
	rss := residentBytes()
	inUse := heapInUse()
	for _, f := range calls {
		expect(!f.IsDone(), "calls ended before memory was read")
	}
	c.drain(calls)
	c.emit("call_rss", float64(rss-rssBefore)/float64(n), "B/call", n)
	c.emit("call_heap", float64(inUse-heapBefore)/float64(n), "B/call", n)
}

// futures has a hundred thousand calls outstanding on one connection.
func (c *client) futures() {
	n, ms := c.count(100000), int32(5000)
	if c.short {
		ms = 500
	}
	c.loop(1000, 2*time.Second, c.call)
	heapBefore, rssBefore := heapInUse(), residentBytes()
	cpu := cpuTime()
	start := time.Now()
	calls := c.outstanding(n, ms)
	issued := time.Since(start)
	cpu = cpuTime() - cpu
	rss, inUse := residentBytes(), heapInUse() // outside of the measured time
	running := 0
	for _, f := range calls {
		if f.Running() {
			running++
		}
	}
	rest := cpuTime()
	c.drain(calls)
	cpu += cpuTime() - rest
	c.emit("futures100k_outstanding", float64(running), "calls", n)
	c.emit("futures100k_issue", micros(issued)/float64(n), "us/op", n)
	c.emit("futures100k_cpu", micros(cpu)/float64(n), "us/op", n)
	c.emit("futures100k_rss", float64(rss-rssBefore)/float64(n), "B/call", n)
	c.emit("futures100k_heap", float64(inUse-heapBefore)/float64(n), "B/call", n)
}

// heapInUse is what is reachable on the heap.
func heapInUse() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func (c *client) bytes() {
	for _, block := range []struct {
		size int32
		name string
	}{{64 << 10, "64K"}, {1 << 20, "1M"}} {
		data := make([]byte, block.size)
		emit := func(measure string, n int, spent time.Duration) {
			c.emit(measure, float64(n)*float64(block.size)/1e6/spent.Seconds(), "MB/s", n)
		}
		sized := func(b []byte) {
			expect(len(b) == int(block.size), "getBytes: the size")
			ice.Recycle(b)
		}
		get := func() { sized(must(c.echo.GetBytes(c.ctx, block.size))) }
		put := func() { check(c.echo.PutBytes(c.ctx, data)) }

		c.loop(50, time.Second, get)
		n, spent := c.loop(50000, time.Second, get)
		emit("get"+block.name+"_sync", n, spent)
		c.loop(50, time.Second, put)
		n, spent = c.loop(50000, time.Second, put)
		emit("put"+block.name+"_sync", n, spent)
		n, spent = windowed(c, 6, 50000, time.Second, func() *ice.Future[[]byte] { return c.echo.GetBytesAsync(c.ctx, block.size) }, sized)
		emit("get"+block.name+"_win6", n, spent)
		n, spent = windowed(c, 6, 50000, time.Second, func() *ice.Future[ice.Void] { return c.echo.PutBytesAsync(c.ctx, data) }, nil)
		emit("put"+block.name+"_win6", n, spent)
	}
}

func (c *client) graph() {
	for _, encoding := range encodings {
		echo := ice.WithEncoding(c.echo, encoding.version)
		call := func(images int32) {
			expect(len(must(echo.FindImages(c.ctx, images))) == int(images), "findImages: the number of images")
		}
		thousand := func() { call(1000) }
		c.loop(20, 2*time.Second, thousand)
		cpu := cpuTime()
		n, spent := c.loop(2000, 2*time.Second, thousand)
		c.emit("images1000"+encoding.suffix+"_rate", float64(n)/spent.Seconds(), "1/s", n)
		c.emit("images1000"+encoding.suffix+"_cpu", millis(cpuTime()-cpu)/float64(n), "ms/op", n)

		// The same reply, not decoded: server and transport alone.
		parameters := encapsulated(encoding.version, 1000)
		var reply []byte
		raw := func() {
			ok, out, err := echo.IceInvoke(c.ctx, "findImages", ice.Normal, parameters)
			check(err)
			expect(ok, "findImages, not decoded")
			reply = out
		}
		c.loop(10, time.Second, raw)
		n, spent = c.loop(1000, time.Second, raw)
		c.emit("images1000"+encoding.suffix+"_raw", millis(spent)/float64(n), "ms", n)
		c.emit("images1000"+encoding.suffix+"_size", float64(len(reply)), "B", 1)

		// And decoded from memory: no server, no transport.
		decode := func() { expect(decodeImages(reply) == 1000, "findImages, from memory") }
		c.loop(10, time.Second, decode)
		n, spent = c.loop(1000, time.Second, decode)
		c.emit("images1000"+encoding.suffix+"_decode", millis(spent)/float64(n), "ms", n)

		call(10000)
		times := c.timed(7, 20*time.Second, func() { call(10000) })
		c.emit("images10000"+encoding.suffix+"_time", quantile(times, .5)/1e3, "ms", len(times))
	}
}

func (c *client) points() {
	call := func() {
		expect(len(must(c.echo.GetPoints(c.ctx, 100000))) == 100000, "getPoints: the number of points")
	}
	c.loop(5, 3*time.Second, call)
	times := c.timed(50, 3*time.Second, call)
	c.emit("points100k_time", quantile(times, .5)/1e3, "ms", len(times))
}

func (c *client) oneway() {
	oneway, batch := ice.Oneway(c.echo), ice.BatchOneway(c.echo)
	// The server reads in order: when a two-way call is answered, everything before it has arrived.
	measure := func(name string, each, maxCount, warmup int, warmTime time.Duration, f func()) {
		c.loop(warmup, warmTime, f)
		c.call()
		start := time.Now()
		n, _ := c.loop(maxCount, 2*time.Second, f)
		c.call()
		c.emit(name, float64(n*each)/time.Since(start).Seconds(), "1/s", n*each)
	}
	measure("oneway_rate", 1, 2000000, 20000, time.Second, func() { check(oneway.Ping(c.ctx)) })
	measure("batch_oneway_rate", 1000, 5000, 20, time.Second, func() {
		for range 1000 {
			check(batch.Ping(context.Background()))
		}
		check(batch.IceFlushBatch(c.ctx))
	})
}

func (c *client) fail() {
	call := func() {
		_, ok := raised(c.echo.Fail(c.ctx))
		expect(ok, "fail")
	}
	c.loop(1000, time.Second, call)
	times := c.timed(5000, 2*time.Second, call)
	c.emit("fail_p50", quantile(times, .5), "us", len(times))
}
