package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// Node is an object. Class is the class whose table it is in.
type Node struct {
	Class *schema.Class
	ID    int64
}

// String is "Image[5]", as OMERO's errors have it.
func (n Node) String() string { return fmt.Sprintf("%s[%d]", n.Class.Name, n.ID) }

// Edge is a reference from one object to another.
type Edge struct{ From, To int64 }

// Info is what is known of an object besides what it refers to.
type Info struct {
	Class        *schema.Class // its own
	Owner, Group int64
	Namespace    string // of an annotation
}

// Source answers questions about the objects there are. It sees all of them.
type Source interface {
	// Referrers are the references with p to any of some objects.
	Referrers(ctx context.Context, p *schema.Prop, to []int64) ([]Edge, error)
	// Targets are the references with p from any of some objects.
	Targets(ctx context.Context, p *schema.Prop, from []int64) ([]Edge, error)
	// Info tells of objects in the table of a root class. What does not exist is
	// left out.
	Info(ctx context.Context, root *schema.Class, ids []int64) (map[int64]Info, error)
}

// Error is a reason why a request cannot be done.
type Error struct{ Message string }

// Error is the reason.
func (e *Error) Error() string { return e.Message }

func failf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Set is objects, by the classes whose tables they are in.
type Set map[*schema.Class]map[int64]bool

// Add puts an object into the set, and returns false if it is there already.
func (s Set) Add(n Node) bool {
	ids := s[n.Class]
	if ids[n.ID] {
		return false
	}
	if ids == nil {
		ids = map[int64]bool{}
		s[n.Class] = ids
	}
	ids[n.ID] = true
	return true
}

// Has reports whether an object is in the set.
func (s Set) Has(n Node) bool { return s[n.Class][n.ID] }

// IDs are the objects of a table, in order.
func (s Set) IDs(root *schema.Class) []int64 { return slices.Sorted(maps.Keys(s[root])) }

// Classes are the tables that the set has objects of, by name.
func (s Set) Classes() []*schema.Class {
	list := slices.Collect(maps.Keys(s))
	slices.SortFunc(list, func(a, b *schema.Class) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list
}

// Len is how many objects there are.
func (s Set) Len() (n int) {
	for _, ids := range s {
		n += len(ids)
	}
	return n
}

// Named are the objects by the Java names of their own classes, as responses
// have them.
func Named(ctx context.Context, source Source, s Set) (map[string][]int64, error) {
	all := map[string][]int64{}
	for _, root := range s.Classes() {
		info, err := source.Info(ctx, root, s.IDs(root))
		if err != nil {
			return nil, err
		}
		for _, id := range s.IDs(root) {
			class := root
			if i, ok := info[id]; ok {
				class = i.Class
			}
			all[class.JavaName] = append(all[class.JavaName], id)
		}
	}
	return all, nil
}

// Targets makes nodes of what a request names, and fails for what does not
// exist or may not be named.
func Targets(ctx context.Context, source Source, objects map[string][]int64) (Set, error) {
	all := Set{}
	for name, ids := range objects {
		class := schema.Find(name)
		if class == nil {
			return nil, failf("unknown model object class: %s", name)
		}
		info, err := source.Info(ctx, class.Root, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			i, ok := info[id]
			if !ok || !i.Class.Is(class) {
				return nil, failf("cannot read model object %s[%d]: it does not exist", class.Name, id)
			}
			all.Add(Node{class.Root, id})
		}
	}
	return all, nil
}
