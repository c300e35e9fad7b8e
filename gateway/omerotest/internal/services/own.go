package services

import "github.com/slice2go/slice2go/generated/omero"

// own are the services of this package.
var own = []Offer{
	Object[omero.ServiceFactory, *factory](omero.NewServiceFactoryServant),
}

// called are the operations of clients' objects that this server calls.
var called = map[string]bool{}
