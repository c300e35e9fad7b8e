package ice_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/slice2go/slice2go/runtime/ice"
)

func Example() {
	comm, err := ice.NewCommunicator(ice.WithProperty("Ice.RetryIntervals", "-1"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = comm.Close() }()
	hello, err := comm.StringToProxy("demo/hello:tcp -h 127.0.0.1 -p 1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ice.Oneway(ice.WithFacet(hello, "admin")))

	future := hello.IcePingAsync(context.Background()) // port 1: nobody is there
	err = future.Err(context.Background())
	fmt.Println(errors.Is(err, ice.ErrConnectionRefused), ice.MayHaveRun(err))
	// Output:
	// demo/hello -f admin -o -e 1.1:tcp -h 127.0.0.1 -p 1 -t 60000
	// true false
}

func ExampleNewFuture() {
	future, resolver := ice.NewFuture[int]()
	future.OnDone(func(f *ice.Future[int]) { fmt.Println("done:", f.IsDone()) })
	resolver.Resolve(42)
	fmt.Println(future.Result(context.Background()))
	// Output:
	// done: true
	// 42 <nil>
}
