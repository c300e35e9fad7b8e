package wire

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// class is what decoding needs to know of a registered class.
type class struct {
	typeID    string
	goType    reflect.Type
	make      func() Value
	preserves bool
}

// exception is what decoding needs to know of a registered exception.
type exception struct {
	goType reflect.Type
	make   func() UserException
}

var registry = struct {
	sync.RWMutex
	classes    map[string]*class
	compact    map[int32]*class
	exceptions map[string]*exception
}{classes: map[string]*class{}, compact: map[int32]*class{}, exceptions: map[string]*exception{}}

// RegisterClass makes a class known to decoding under its type id, and under its compact id unless that is -1. create
// returns a new instance, with an address of its own ([NewDistinct]). Generated packages do it in init. Two Go types for
// one id panic: each package would get the other's instances. It is no generic function because that would leave one
// copy of itself per class in every program.
func RegisterClass(typeID string, compact int32, create func() Value) {
	v := create()
	_, preserves := v.(preserver)
	c := &class{typeID: typeID, goType: reflect.TypeOf(v), make: create, preserves: preserves}
	registry.Lock()
	defer registry.Unlock()
	if old := registry.classes[typeID]; old != nil && old.goType != c.goType {
		panic(fmt.Sprintf("ice: class %s is registered twice, as %v and as %v: import only one of the packages", typeID, old.goType, c.goType))
	}
	registry.classes[typeID] = c
	if compact == -1 {
		return
	}
	if old := registry.compact[compact]; old != nil && old.goType != c.goType {
		panic(fmt.Sprintf("ice: compact type id %d is registered twice, for %s and for %s", compact, old.typeID, typeID))
	}
	registry.compact[compact] = c
}

// RegisterException makes an exception known to decoding. Generated packages do it in init.
func RegisterException(typeID string, create func() UserException) {
	x := &exception{goType: reflect.TypeOf(create()), make: create}
	registry.Lock()
	defer registry.Unlock()
	if old := registry.exceptions[typeID]; old != nil && old.goType != x.goType {
		panic(fmt.Sprintf("ice: exception %s is registered twice, as %v and as %v: import only one of the packages", typeID, old.goType, x.goType))
	}
	registry.exceptions[typeID] = x
}

// ClassIDs gives the type ids of all registered classes, sorted.
func ClassIDs() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.classes))
}

// NewInstance gives a zero instance of a registered class, or nil.
func NewInstance(typeID string) Value {
	registry.RLock()
	defer registry.RUnlock()
	if c := registry.classes[typeID]; c != nil {
		return c.make()
	}
	return nil
}

func classByID(id []byte) *class {
	registry.RLock()
	defer registry.RUnlock()
	return registry.classes[string(id)]
}

func classByCompact(id int32) *class {
	registry.RLock()
	defer registry.RUnlock()
	return registry.compact[id]
}

func exceptionByID(id string) *exception {
	registry.RLock()
	defer registry.RUnlock()
	return registry.exceptions[id]
}

// NewDistinct is like new(T), but gives an instance of a type without size an address of its own too. All
// such instances made by new share one address, so a graph of them would lose its identities.
func NewDistinct[T any]() *T {
	if unsafe.Sizeof(*new(T)) != 0 {
		return new(T)
	}
	// One byte of a block that is nobody else's: zero-size T at the front of a non-empty struct.
	return &new(struct {
		v T
		_ byte
	}).v
}
