package ice_test

import (
	"context"
	"fmt"

	"github.com/slice2go/slice2go/runtime/ice"
	at "github.com/slice2go/slice2go/testdata/interop/adaptertest"
)

// base implements the Slice interface Base, as slice2go has it in Go.
type base struct{}

func (base) BaseName(ctx context.Context) (string, error) {
	return "called by " + ice.CurrentFrom(ctx).ID.Name, nil
}

// A server: an adapter, an object on it, and a call to it over TCP.
func ExampleAdapter() {
	comm, err := ice.NewCommunicator()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer comm.Close()
	adapter, err := comm.NewAdapter("Example", "tcp -h 127.0.0.1") // on a port of the system's choosing
	if err != nil {
		fmt.Println(err)
		return
	}
	object, err := adapter.Add(at.NewBaseServant(base{}), ice.Identity{Name: "base"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := adapter.Activate(); err != nil {
		fmt.Println(err)
		return
	}
	name, err := at.NewBasePrx(object).BaseName(context.Background())
	fmt.Println(name, err)
	// Output: called by base <nil>
}

// A servant for any operation: it sends back what it gets.
func ExampleNewBlobject() {
	comm, err := ice.NewCommunicator()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer comm.Close()
	adapter, err := comm.NewAdapter("", "tcp -h 127.0.0.1")
	if err != nil {
		fmt.Println(err)
		return
	}
	echo := ice.BlobjectFunc(func(ctx context.Context, params []byte) (bool, []byte, error) {
		fmt.Println("asked for", ice.CurrentFrom(ctx).Operation)
		return true, params, nil
	})
	object, err := adapter.AddWithUUID(ice.NewBlobject(echo))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := adapter.Activate(); err != nil {
		fmt.Println(err)
		return
	}
	ok, results, err := object.IceInvoke(context.Background(), "anything", ice.Normal, []byte{6, 0, 0, 0, 1, 1})
	fmt.Println(ok, results, err)
	// Output:
	// asked for anything
	// true [6 0 0 0 1 1] <nil>
}

// Settings come from files, from the command line and from the program.
func ExampleProperties() {
	p := ice.NewProperties()
	rest := p.ParseIceArgs([]string{"--Ice.Trace.Network=1", "--IceSSL.CAs=ca.pem", "file.txt"})
	p.Set("Greeter.Names", `Anna "Bert the Second"`)
	fmt.Println(rest)
	fmt.Println(p.Int("Ice.Trace.Network", 0), p.Get("IceSSL.CAs"), p.Int("Ice.Trace.Retry", 0))
	fmt.Printf("%q\n", p.List("Greeter.Names"))
	// Output:
	// [file.txt]
	// 1 ca.pem 0
	// ["Anna" "Bert the Second"]
}
