package graph

import (
	"context"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// Walk finds objects below others, or above them.
type Walk struct {
	Source Source
	// Up goes to parents rather than to children.
	Up bool
	// Stop are classes that are not entered.
	Stop []string
	// Enough reports whether the walk need not go on from an object. Nil is no.
	Enough func(Info) bool
}

// From returns all objects that are reached, without those that the walk began at.
func (w *Walk) From(ctx context.Context, start Set) (Set, error) {
	seen, found, fresh := Set{}, Set{}, Set{}
	for root, ids := range start {
		for id := range ids {
			seen.Add(Node{root, id})
			fresh.Add(Node{root, id})
		}
	}
	for fresh.Len() > 0 {
		round := fresh
		fresh = Set{}
		for _, root := range round.Classes() {
			next, err := w.step(ctx, root, round.IDs(root))
			if err != nil {
				return nil, err
			}
			for _, n := range next.Classes() {
				if err := w.enter(ctx, n, next.IDs(n), seen, found, fresh); err != nil {
					return nil, err
				}
			}
		}
	}
	return found, nil
}

// enter notes objects that were reached.
func (w *Walk) enter(ctx context.Context, root *schema.Class, ids []int64, seen, found, fresh Set) error {
	info, err := w.Source.Info(ctx, root, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		i, ok := info[id]
		n := Node{root, id}
		if !ok || names(w.Stop, i.Class) || !seen.Add(n) {
			continue
		}
		found.Add(n)
		if w.Enough == nil || !w.Enough(i) {
			fresh.Add(n)
		}
	}
	return nil
}

// step finds what is next to objects of a table. Links are reached, and passed.
func (w *Walk) step(ctx context.Context, root *schema.Class, ids []int64) (Set, error) {
	next := Set{}
	info, err := w.Source.Info(ctx, root, ids)
	if err != nil {
		return nil, err
	}
	byClass := map[*schema.Class][]int64{}
	for _, id := range ids {
		if i, ok := info[id]; ok {
			byClass[i.Class] = append(byClass[i.Class], id)
		}
	}
	for class, some := range byClass {
		for _, p := range refersTo(class) {
			if k := kindOf(p); w.Up && (k == down || k == child) || !w.Up && (k == up || k == parent) {
				edges, err := w.Source.Referrers(ctx, p, some)
				if err != nil {
					return nil, err
				}
				for _, e := range edges {
					next.Add(Node{p.Class.Root, e.From})
				}
			}
		}
		for _, p := range references(class) {
			if k := kindOf(p); w.Up && (k == up || k == parent) || !w.Up && (k == down || k == child) {
				edges, err := w.Source.Targets(ctx, p, some)
				if err != nil {
					return nil, err
				}
				for _, e := range edges {
					next.Add(Node{p.Target.Root, e.To})
				}
			}
		}
	}
	return next, nil
}
