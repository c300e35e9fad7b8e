package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/generated/omero"
)

// Logs in, looks for images in all groups, and tells errors apart.
func ExampleConnect() {
	ctx := context.Background()
	session, err := gateway.Connect(ctx, gateway.Config{
		Host: "wss://omero.example.org/omero-ws", User: "me", Password: gateway.NewSecret(os.Getenv("OMERO_PASSWORD")),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()

	found, err := session.Query().FindAllByQuery(gateway.WithGroup(ctx, gateway.AllGroups),
		"select i from Image i where i.name like :name",
		&omero.SysParameters{Map: map[string]omero.AnyRType{"name": &omero.RString{Val: "%.tif"}}})
	var server *omero.ServerError
	switch {
	case gateway.SessionGone(err):
		log.Fatal("log in again: ", err)
	case errors.As(err, &server):
		log.Fatal("the server does not like the query: ", server.Message)
	case err != nil:
		log.Fatal(err)
	}
	for _, object := range found {
		image := object.(*omero.Image)
		fmt.Println(image.Id.Val, image.Name.Val)
	}
}

// A Config can be printed and logged: it shows no secrets.
func ExampleConfig() {
	fmt.Println(gateway.Config{Host: "omero.example.org", User: "me", Password: gateway.NewSecret("secret")})
	// Output: me at omero.example.org
}
