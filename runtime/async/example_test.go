package async_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

// sleep stands for an invocation that takes a while.
func sleep[T any](v T, d time.Duration) *ice.Future[T] {
	return async.Map(async.After(context.Background(), d), func(ice.Void) (T, error) { return v, nil })
}

// thumbnail stands for an invocation.
func thumbnail(ctx context.Context, image int) *ice.Future[string] {
	if image == 13 {
		return ice.Failed[string](fmt.Errorf("image %d: %w", image, fs.ErrNotExist))
	}
	return sleep(fmt.Sprint("thumbnail ", image), time.Millisecond)
}

func Example() {
	ctx := context.Background()
	names, err := async.All(ctx, thumbnail(ctx, 1), thumbnail(ctx, 2))
	fmt.Println(strings.Join(names, ", "), err)
	// Output: thumbnail 1, thumbnail 2 <nil>
}

func ExampleRun() {
	ctx := context.Background()
	words, err := async.Run(ctx,
		func(ctx context.Context) (string, error) {
			_, err := async.After(ctx, 5*time.Millisecond).Result(ctx)
			return "hello", err
		},
		func(context.Context) (string, error) { return "world", nil },
	)
	fmt.Println(words, err)
	// Output: [hello world] <nil>
}

func ExampleRun_nested() {
	ctx := context.Background()
	square := func(n int) func(context.Context) (int, error) {
		return func(context.Context) (int, error) { return n * n, nil }
	}
	squares := func(from int) func(context.Context) ([]int, error) {
		return func(ctx context.Context) ([]int, error) { return async.Run(ctx, square(from), square(from+1)) }
	}
	fmt.Println(async.Run(ctx, squares(2), squares(10)))
	// Output: [[4 9] [100 121]] <nil>
}

func ExampleCatch() {
	ctx := context.Background()
	open := func(path string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) {
			if path == "" {
				return "", &fs.PathError{Op: "open", Path: path, Err: fs.ErrInvalid}
			}
			return "contents of " + path, nil
		}
	}
	outcomes, err := async.Run(ctx, async.Catch[*fs.PathError](open("")), async.Catch[*fs.PathError](open("b")))
	for _, o := range outcomes {
		fmt.Printf("%q %v\n", o.Value, o.Err)
	}
	fmt.Println(err)
	// Output:
	// "" open : invalid argument
	// "contents of b" <nil>
	// <nil>
}

func ExampleCatch_all() {
	broken := func(context.Context) (int, error) { panic("broken") }
	outcomes, err := async.Run(context.Background(), async.Catch[error](broken))
	_, panicked := errors.AsType[*async.PanicError](outcomes[0].Err)
	fmt.Println(panicked, err)
	// Output: true <nil>
}

func ExampleUntyped() {
	count := func(context.Context) (int, error) { return 3, nil }
	name := func(context.Context) (string, error) { return "three", nil }
	fmt.Println(async.Run(context.Background(), async.Untyped(count), async.Untyped(name)))
	// Output: [3 three] <nil>
}

func ExampleAll() {
	ctx := context.Background()
	fmt.Println(async.All(ctx, sleep(1, 9*time.Millisecond), sleep(2, time.Millisecond)))
	_, err := async.All(ctx, sleep("late", time.Hour), thumbnail(ctx, 13))
	fmt.Println(err)
	// Output:
	// [1 2] <nil>
	// image 13: file does not exist
}

func ExampleSettle() {
	ctx := context.Background()
	for _, o := range async.Settle(ctx, thumbnail(ctx, 12), thumbnail(ctx, 13)) {
		fmt.Println(o.Get())
	}
	// Output:
	// thumbnail 12 <nil>
	//  image 13: file does not exist
}

func ExampleRace() {
	fmt.Println(async.Race(context.Background(), sleep("tortoise", time.Hour), sleep("hare", time.Millisecond)))
	// Output: hare <nil>
}

func ExampleWait() {
	fast, slow := sleep("fast", time.Millisecond), sleep("slow", time.Hour)
	done, pending := async.Wait(context.Background(), async.FirstCompleted, fast, slow)
	fmt.Println(len(done), len(pending), done[0] == fast)
	slow.Cancel()
	// Output: 1 1 true
}

func ExampleAsCompleted() {
	slow, fast := sleep("slow", 30*time.Millisecond), sleep("fast", time.Millisecond)
	for i, o := range async.AsCompleted(context.Background(), slow, fast) {
		fmt.Println(i, o.Value)
	}
	// Output:
	// 1 fast
	// 0 slow
}

func ExampleWaitFor() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	slow := sleep("slow", time.Hour)
	_, err := async.WaitFor(ctx, slow)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), slow.Cancelled())
	// Output: true true
}

func ExampleTimeout() {
	_, err := async.Timeout(sleep("slow", time.Hour), time.Millisecond).Result(context.Background())
	fmt.Println(errors.Is(err, ice.ErrTimeout), errors.Is(err, context.DeadlineExceeded))
	// Output: true true
}

// asyncio.timeout bounds a block of code; in Go the context does.
func Example_timeout() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := async.All(ctx, sleep(1, time.Hour), sleep(2, time.Hour))
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleShield() {
	save := sleep("saved", 5*time.Millisecond)
	async.Shield(save).Cancel()
	fmt.Println(save.Result(context.Background()))
	// Output: saved <nil>
}

func ExampleGroup() {
	group := async.NewGroup(context.Background())
	name := async.Track(group, thumbnail(group.Context(), 1))
	size := async.GoIn(group, func(context.Context) (int, error) { return 96, nil })
	if err := group.Wait(); err != nil {
		fmt.Println(err)
		return
	}
	n, _ := name.Result(context.Background())
	s, _ := size.Result(context.Background())
	fmt.Println(n, s)
	// Output: thumbnail 1 96
}

func ExampleGo() {
	sum := async.Go(context.Background(), func(context.Context) (int, error) {
		total := 0 // work that would hold up the caller
		for i := range 1000 {
			total += i
		}
		return total, nil
	})
	fmt.Println(sum.Result(context.Background()))
	// Output: 499500 <nil>
}

func ExampleAfter() {
	ctx := context.Background()
	_, err := async.After(ctx, time.Millisecond).Result(ctx)
	fmt.Println("rested", err)
	// Output: rested <nil>
}

// Something is started later, and can be canceled until then.
func ExampleAfter_callLater() {
	ctx := context.Background()
	alarm := async.Map(async.After(ctx, time.Millisecond), func(ice.Void) (string, error) { return "ring", nil })
	fmt.Println(alarm.Result(ctx))
	// Output: ring <nil>
}

func ExampleThen() {
	ctx := context.Background()
	newest := sleep(7, time.Millisecond)
	picture := async.Then(newest, func(image int) *ice.Future[string] { return thumbnail(ctx, image) })
	fmt.Println(picture.Result(ctx))
	// Output: thumbnail 7 <nil>
}

func ExampleMap() {
	upper := async.Map(sleep("loud", time.Millisecond), func(s string) (string, error) { return strings.ToUpper(s), nil })
	fmt.Println(upper.Result(context.Background()))
	// Output: LOUD <nil>
}

func ExampleSettled() {
	ctx := context.Background()
	call := func(ctx context.Context, image int) *ice.Future[async.Outcome[string]] {
		return async.Settled(thumbnail(ctx, image))
	}
	for o, err := range async.Pipeline(ctx, 2, slices.Values([]int{12, 13, 14}), call) {
		fmt.Println(o.Value, o.Err, err)
	}
	// Output:
	// thumbnail 12 <nil> <nil>
	//  image 13: file does not exist <nil>
	// thumbnail 14 <nil> <nil>
}

// A file of ten bytes is read in blocks of four, with two reads outstanding.
func ExamplePipeline() {
	const file, block = "0123456789", 4
	read := func(_ context.Context, offset int) *ice.Future[string] {
		return sleep(file[offset:min(offset+block, len(file))], time.Millisecond)
	}
	offsets := func(yield func(int) bool) {
		for offset := 0; offset < len(file) && yield(offset); offset += block {
		}
	}
	for data, err := range async.Pipeline(context.Background(), 2, offsets, read) {
		fmt.Println(data, err)
	}
	// Output:
	// 0123 <nil>
	// 4567 <nil>
	// 89 <nil>
}

// A future of one's own, with the three things that asyncio's futures are asked.
func Example_createFuture() {
	future, resolver := ice.NewFuture[string]()
	future.OnDone(func(f *ice.Future[string]) { fmt.Println("done:", f.IsDone()) })
	resolver.Resolve("value")
	fmt.Println(future.Result(context.Background()))

	canceled, _ := ice.NewFuture[string]()
	canceled.Cancel()
	_, err := canceled.Result(context.Background())
	fmt.Println(canceled.Cancelled(), errors.Is(err, ice.ErrCanceled))
	// Output:
	// done: true
	// value <nil>
	// true true
}

func ExampleSemaphore() {
	ctx := context.Background()
	two := async.NewSemaphore(2)
	fmt.Println(two.Acquire(ctx), two.TryAcquire(), two.TryAcquire())
	two.Release()
	fmt.Println(two.TryAcquire())
	// Output:
	// <nil> true false
	// true
}

func ExampleLimited() {
	ctx := context.Background()
	three := async.NewSemaphore(3)
	var calls []*ice.Future[string]
	for image := range 5 {
		calls = append(calls, async.Limited(ctx, three, func(ctx context.Context) *ice.Future[string] {
			return thumbnail(ctx, image)
		}))
	}
	names, err := async.All(ctx, calls...)
	fmt.Println(len(names), err)
	// Output: 5 <nil>
}

func ExampleQueue() {
	ctx := context.Background()
	queue := async.NewQueue[string](1)
	reader := async.Go(ctx, func(ctx context.Context) (string, error) {
		var words []string
		for word := range queue.All(ctx) {
			words = append(words, word)
		}
		return strings.Join(words, " "), nil
	})
	for _, word := range []string{"to", "and", "fro"} {
		if err := queue.Put(ctx, word); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println("all read:", queue.Join(ctx))
	queue.Close()
	fmt.Println(reader.Result(ctx))
	// Output:
	// all read: <nil>
	// to and fro <nil>
}

func ExampleNewStack() {
	stack := async.NewStack[int](0)
	stack.TryPut(1)
	stack.TryPut(2)
	fmt.Println(stack.TryGet())
	// Output: 2 true
}

func ExampleNewPriorityQueue() {
	queue := async.NewPriorityQueue(0, func(a, b int) bool { return a < b })
	for _, n := range []int{5, 1, 3} {
		queue.TryPut(n)
	}
	queue.Close()
	fmt.Println(slices.Collect(queue.All(context.Background())))
	// Output: [1 3 5]
}

// asyncio.Event and asyncio.Lock are a channel and a mutex.
func Example_eventAndLock() {
	ready := make(chan struct{})
	var lock sync.Mutex
	name := ""
	go func() {
		lock.Lock()
		name = "ready"
		lock.Unlock()
		close(ready)
	}()
	<-ready
	lock.Lock()
	defer lock.Unlock()
	fmt.Println(name)
	// Output: ready
}
