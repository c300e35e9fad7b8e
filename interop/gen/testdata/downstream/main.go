// Lab calls a Scanner, an interface that derives from OMERO's.
package main

//go:generate go tool slice2go generate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"example.com/lab/common"
	lab "example.com/lab/scan"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(proxy string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	comm, err := ice.NewCommunicator()
	if err != nil {
		return err
	}
	defer comm.Close()
	base, err := comm.StringToProxy(proxy)
	if err != nil {
		return err
	}
	for _, encoding := range []ice.EncodingVersion{ice.Encoding10, ice.Encoding11} {
		if err := use(ctx, ice.WithEncoding(base, encoding)); err != nil {
			return err
		}
	}
	return nil
}

func use(ctx context.Context, base ice.ObjectPrx) error {
	scanner, err := lab.CheckedScannerPrx(ctx, base)
	if err != nil {
		return err
	}
	s := lab.NewColourScan()
	if !s.Loaded || !s.PixelsLoaded || s.AddPixels(omero.NewPixels()) != nil {
		return errors.New("a new image of another package is not loaded")
	}
	if err := s.ClearPixels(); err != nil {
		return err
	}
	s.Scanner, s.Reading, s.Place = "old", omero.NewRLong(42), common.Place{Room: 7, Shelf: "b"}
	s.Id = omero.NewRLong(5)
	object, err := scanner.Rename(ctx, s, omero.NewRString("new"))
	if err != nil {
		return err
	}
	back, ok := object.(*lab.ColourScan)
	if !ok {
		return fmt.Errorf("got a %s", object.IceTypeID())
	}
	fmt.Println(back.GetId().GetValue(), back.GetName().GetValue(), back.Scanner, back.Reading.(*omero.RLong).Val, back.Place.Shelf, back.Channels)

	list, note, err := scanner.All(ctx, omero.RTypeDict{"n": omero.NewRInt(2)})
	if err != nil {
		return err
	}
	for _, o := range list {
		fmt.Println(o.IceTypeID(), o.AsIObject().Id.Val)
	}
	fmt.Println(note.(*omero.TagAnnotation).TextValue.Val)

	_, err = scanner.Rename(ctx, nil, nil)
	var broken *lab.Broken
	var server *omero.ServerError
	if !errors.As(err, &broken) || !errors.As(err, &server) {
		return fmt.Errorf("wanted Broken, got %w", err)
	}
	fmt.Println(broken.Code, server.Message)

	place, err := scanner.Where(ctx)
	if err != nil {
		return err
	}
	id, err := scanner.WhoAmI(ctx)
	if err != nil {
		return err
	}
	again, err := scanner.Again(ctx)
	if err != nil {
		return err
	}
	event, err := again.GetCurrentEventContext(ctx)
	if err != nil {
		return err
	}
	fmt.Println(place.Room, id.Name, event.UserName)
	return again.Close(ctx)
}
