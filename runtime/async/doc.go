// Package async combines futures: it waits for many of them, races them, chains them, bounds how
// many are outstanding, and runs plain functions beside them. It is to [ice.Future] what asyncio's and
// miniasync's functions are to Python's futures.
//
// Waiting costs no goroutine. Whoever stops waiting (because of an error, of a context that ends, or of a
// break in a loop) cancels what is still running, except where the table says otherwise, so nothing is
// left behind. A panic in a function given to this package is the error of its future, a
// [*PanicError]. A context that ends gives an error that errors.Is knows as context.Canceled or
// context.DeadlineExceeded.
//
// Each line of the table has a runnable example, which is named after the Go call.
//
//	Python                                       Go
//	asyncio.run(main()), miniasync.run(a, b)     Run(ctx, a, b)
//	miniasync.run(…, return_exceptions=(E,))     Run(ctx, Catch[*E](a), Catch[*E](b))
//	miniasync.run(…, return_exceptions=True)     Run(ctx, Catch[error](a), Catch[error](b))
//	miniasync.run of different result types      Run(ctx, Untyped(a), Untyped(b))
//	miniasync.run inside of miniasync.run        Run(ctx, …) in a function that Run runs
//	asyncio.gather(a, b)                         All(ctx, a, b)
//	asyncio.gather(…, return_exceptions=True)    Settle(ctx, a, b)
//	asyncio.wait(fs, return_when=…)              Wait(ctx, FirstCompleted | FirstError | AllCompleted, fs...); cancels nothing
//	asyncio.as_completed(fs)                     for i, outcome := range AsCompleted(ctx, fs...)
//	asyncio.wait_for(f, 5)                       WaitFor(ctx, f) with context.WithTimeout; Timeout(f, 5*time.Second)
//	asyncio.timeout(5)                           context.WithTimeout(ctx, 5*time.Second)
//	asyncio.shield(f)                            Shield(f)
//	asyncio.TaskGroup()                          NewGroup(ctx), GoIn(group, fn), Track(group, f), group.Wait()
//	asyncio.create_task(fn())                    Go(ctx, fn)
//	loop.run_in_executor(None, fn), to_thread    Go(ctx, fn)
//	asyncio.sleep(5)                             After(ctx, 5*time.Second)
//	loop.call_later(5, fn)                       Map(After(ctx, 5*time.Second), fn)
//	x = await a(); y = await b(x)                Then(a, b), Map(a, fn)
//	loop.create_future()                         ice.NewFuture[T]()
//	f.add_done_callback(fn)                      f.OnDone(fn)
//	f.cancel()                                   f.Cancel()
//	asyncio.Semaphore(n)                         NewSemaphore(n); Limited(ctx, semaphore, start)
//	asyncio.Queue(n)                             NewQueue[T](n), or make(chan T, n)
//	asyncio.LifoQueue(n)                         NewStack[T](n)
//	asyncio.PriorityQueue(n)                     NewPriorityQueue(n, less)
//	asyncio.Event()                              make(chan struct{}), set by close
//	asyncio.Lock()                               sync.Mutex
//
// What Python's libraries lack: [Race] takes the first to complete and cancels the others;
// [Pipeline] keeps a bounded number of calls outstanding and yields their results in order, which is
// how a file is transferred at full speed; [Settled] turns a failure into a value.
package async
