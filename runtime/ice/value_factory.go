package ice

import (
	"errors"
	"fmt"
	"maps"

	"github.com/slice2go/slice2go/runtime/wire"
)

// PreMarshaler is what a class may implement to be told before an instance is written; in Ice the method is ice_preMarshal.
type PreMarshaler = wire.PreMarshaler

// PostUnmarshaler is what a class may implement to be told after an instance was read, with all that it refers to; in Ice the method is
// ice_postUnmarshal.
type PostUnmarshaler = wire.PostUnmarshaler

// ValueFactory returns a new instance for a type id, or nil to leave the instance to the default factory or the generated class.
type ValueFactory func(typeID string) Value

// AddValueFactory has a factory make the instances of a class that this communicator receives, in place of the generated type: such as a type
// of the application's that embeds it and has methods of its own. A factory for the empty type id is the default: it is asked for classes without
// a factory, known here or not. It fails with an [AlreadyRegisteredError] if there is a factory for the type id. The manual's section is "Value
// Factories".
//
//	type widget struct {
//	    demo.Widget
//	    drawn bool
//	}
//	err := comm.AddValueFactory("::Demo::Widget", func(string) ice.Value { return &widget{} })
//
// A member of a plain pointer type (a class that nothing derives from) can only hold the generated type: for such a class the factory must
// return that, or receiving it is an error.
func (comm *Communicator) AddValueFactory(typeID string, factory ValueFactory) error {
	if factory == nil {
		return errors.New("ice: a value factory must not be nil")
	}
	for {
		old := comm.valueFactories.Load()
		next := valueFactories{}
		if old != nil {
			if (*old)[typeID] != nil {
				return &AlreadyRegisteredError{What: fmt.Sprintf("value factory for %q", typeID)}
			}
			next = maps.Clone(*old)
		}
		next[typeID] = factory
		if comm.valueFactories.CompareAndSwap(old, &next) {
			return nil
		}
	}
}

// FindValueFactory returns the factory that AddValueFactory added for the type id, nil if there is none.
func (comm *Communicator) FindValueFactory(typeID string) ValueFactory {
	if f := comm.valueFactories.Load(); f != nil {
		return (*f)[typeID]
	}
	return nil
}

// valueFactories are factories by type id; a map is replaced, never changed.
type valueFactories map[string]ValueFactory

// create asks the factory of the type, then the default one.
func (f valueFactories) create(typeID string) Value {
	for _, key := range []string{typeID, ""} {
		if factory := f[key]; factory != nil {
			if v := factory(typeID); v != nil {
				return v
			}
		}
	}
	return nil
}
