package omerotest_test

import (
	"context"
	"fmt"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
)

func Example() {
	ctx := context.Background()
	server, err := omerotest.Start(ctx, omerotest.Users(omerotest.User{Name: "ada", Password: "secret"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	session, err := gateway.Connect(ctx, server.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()
	context, err := session.Admin().GetEventContext(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(context.UserName, "works in the group", context.GroupName)
	// Output: ada works in the group lab
}
