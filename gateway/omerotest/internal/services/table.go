package services

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/slice2go/slice2go/runtime/ice"
)

// offer is an interface that the server implements, by one type.
type offer struct {
	iface *iface
	impl  reflect.Type
	// make makes the servant of a service that clients ask for by name; it is
	// nil for objects that other operations give.
	make     func(*Session) any
	stateful bool
	guests   bool // also the guest may have it
}

// offers is the table. Services of other packages are put into it by [Register].
var (
	offersMu sync.RWMutex
	offers   []offer
)

func init() {
	Register(own...)
}

// Register adds services to the table. It is called by init functions.
func Register(list ...Offer) {
	offersMu.Lock()
	defer offersMu.Unlock()
	for _, o := range list {
		offers = append(offers, offer(o))
	}
}

// Offer is a line of the table; see [Stateless], [StatefulService] and [Object].
type Offer offer

// Stateless is a service of which each client of a session has one, made with
// the first call of getByName. T implements I.
func Stateless[I, T any](servant func(I) ice.Servant, make func(*Session) T) Offer {
	o := Object[I, T](servant)
	o.make = func(s *Session) any { return make(s) }
	return o
}

// StatefulService is a service of which each call of createByName makes another.
func StatefulService[I, T any](servant func(I) ice.Servant, make func(*Session) T) Offer {
	o := Stateless(servant, make)
	o.stateful = true
	return o
}

// Object is what other operations give to clients, with [Session.Add].
func Object[I, T any](_ func(I) ice.Servant) Offer {
	want, impl := reflect.TypeFor[I](), reflect.TypeFor[T]()
	i := interfaceOf(want)
	if i == nil {
		panic(fmt.Sprintf("services: %v is no interface of OMERO", want))
	}
	if !impl.Implements(want) {
		panic(fmt.Sprintf("services: %v does not implement %v", impl, want))
	}
	return Offer{iface: i, impl: impl}
}

// ForGuests lets the guest have a service too.
func (o Offer) ForGuests() Offer {
	o.guests = true
	return o
}

// service returns the service of a name, or nil.
func service(name string) *offer {
	offersMu.RLock()
	defer offersMu.RUnlock()
	for i := range offers {
		if offers[i].make != nil && offers[i].iface.name == name {
			return &offers[i]
		}
	}
	return nil
}

// object returns the line for an implementation, or nil.
func object(impl any) *offer {
	offersMu.RLock()
	defer offersMu.RUnlock()
	t := reflect.TypeOf(impl)
	for i := range offers {
		if offers[i].impl == t {
			return &offers[i]
		}
	}
	return nil
}

// Operation is an operation of OMERO's interfaces.
type Operation struct {
	// Interface is the Slice name: "omero.api.IQuery".
	Interface string
	Name      string
	// Offered says that the server does what the operation is for. Otherwise it
	// answers with an ApiUsageException.
	Offered bool
	// Client says that the operation is one that clients implement and the server
	// calls; Offered then says that this server does call it.
	Client bool
}

// Operations are all operations of OMERO, by interface and name.
func Operations() []Operation {
	offersMu.RLock()
	defer offersMu.RUnlock()
	var all []Operation
	for i := range interfaces {
		in := &interfaces[i]
		for _, m := range ice.MethodsOf(in.servant(nil)) {
			o := Operation{Interface: in.name, Name: m.Name, Client: in.client}
			if in.client {
				o.Offered = called[in.name+"."+m.Name]
			}
			for j := range offers {
				if offers[j].impl.Implements(in.goType) && has(offers[j].impl, m.Name) {
					o.Offered = true
				}
			}
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		if c := strings.Compare(a.Interface, b.Interface); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}
