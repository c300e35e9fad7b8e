package store

import (
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
)

// Save stores objects and all that they lead to, as OMERO's IUpdate does, and
// gives copies of the graph with ids, versions and details. The given objects
// are left as they are.
//
// An object without an id is new. A loaded one with an id replaces what is
// stored, if its version is the stored one. An unloaded one is a reference.
// Collections that are not loaded are left alone; an element that is missing in a
// loaded one is not deleted.
func (tx *Tx) Save(objects ...omero.AnyIObject) ([]omero.AnyIObject, error) {
	g := newGraph(tx)
	for i, v := range objects {
		if schema.IsNil(v) {
			return nil, ApiUsage("object %d of those to save is null", i)
		}
		if _, err := g.node(v); err != nil {
			return nil, err
		}
	}
	if err := g.followAll(); err != nil {
		return nil, err
	}
	if err := g.write(); err != nil {
		return nil, err
	}
	out := make([]omero.AnyIObject, len(objects))
	for i, v := range objects {
		out[i] = g.copyOf(v)
	}
	return out, nil
}

// SaveIDs is like Save, but gives only the ids.
func (tx *Tx) SaveIDs(objects ...omero.AnyIObject) ([]int64, error) {
	saved, err := tx.Save(objects...)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(saved))
	for i, v := range saved {
		ids[i] = v.GetId().Val
	}
	return ids, nil
}

// Save stores an object like [Tx.Save].
func Save[T omero.AnyIObject](tx *Tx, v T) (T, error) {
	saved, err := tx.Save(v)
	if err != nil {
		var none T
		return none, err
	}
	return saved[0].(T), nil
}
