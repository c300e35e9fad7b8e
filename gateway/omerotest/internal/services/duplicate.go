package services

import (
	"context"
	"maps"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/graph"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

func init() { RegisterCommand(duplicate) }

// duplicate copies objects with what is below them. What is of a class that is
// to be referenced is not copied: the copies refer to the original.
func duplicate(ctx context.Context, h *Handle, r *omero.CmdDuplicate) (omero.AnyCmdResponse, error) {
	return inGraph(ctx, h, r, r.DryRun, func(w *graphWork) (omero.AnyCmdResponse, error) {
		targets, err := w.targets(r.TargetObjects)
		if err != nil {
			return nil, err
		}
		return w.duplicate(targets, r)
	})
}

// notDuplicated are what copies refer to, unless they are asked for: what is in
// files is not copied, and so neither is what says where it is.
var notDuplicated = []string{"OriginalFile", "Fileset", "FilesetEntry", "FilesetJobLink", "Job", "Thumbnail", "PixelsOriginalFileMap"}

func (w *graphWork) duplicate(targets graph.Set, r *omero.CmdDuplicate) (omero.AnyCmdResponse, error) {
	for _, list := range [][]string{r.TypesToDuplicate, r.TypesToReference, r.TypesToIgnore} {
		if _, err := classesFor(list); err != nil {
			return nil, err
		}
	}
	if err := w.allowed(targets, "duplicate", func(graph.Info) bool { return true }); err != nil {
		return nil, err
	}
	stay := append(slices.Clone(r.TypesToReference), r.TypesToIgnore...)
	for _, name := range notDuplicated {
		if !slices.Contains(r.TypesToDuplicate, name) {
			stay = append(stay, name)
		}
	}
	walk := graph.Walk{Source: w.source, Stop: stay}
	copied, err := walk.From(w.ctx, targets)
	if err != nil {
		return nil, err
	}
	for root, ids := range targets {
		for id := range ids {
			copied.Add(graph.Node{Class: root, ID: id})
		}
	}
	if copied, err = w.only(copied, w.sees); err != nil {
		return nil, err
	}
	if err := w.h.Step(); err != nil {
		return nil, err
	}
	c := copier{w: w, ignored: r.TypesToIgnore, copies: map[graph.Node]omero.AnyIObject{}}
	if err := c.load(copied); err != nil {
		return nil, err
	}
	c.connect()
	return c.save()
}

// copier makes new objects that are like others.
type copier struct {
	w       *graphWork
	ignored []string
	copies  map[graph.Node]omero.AnyIObject
}

// load reads the originals, and makes new objects of them.
func (c *copier) load(set graph.Set) error {
	for _, root := range set.Classes() {
		for _, id := range set.IDs(root) {
			o, err := c.w.tx.Get(root, id)
			if err != nil {
				return err
			}
			base := o.AsIObject()
			base.Id, base.Details = nil, nil
			c.copies[graph.Node{Class: root, ID: id}] = o
		}
	}
	return nil
}

// connect makes copies refer to copies.
func (c *copier) connect() {
	for _, o := range c.copies {
		class := schema.Of(o)
		if version := class.Prop("version"); version != nil && version.Index != nil {
			version.Field(o).SetZero()
		}
		for _, p := range class.Props {
			if p.Kind != schema.Ref {
				continue
			}
			to := p.Object(o)
			id, ok := idOf(to)
			if !ok {
				continue
			}
			if other := c.copies[graph.Node{Class: p.Target.Root, ID: id}]; other != nil {
				p.SetObject(o, other)
			} else if c.isIgnored(p.Target) && !p.Required {
				p.SetObject(o, nil)
			}
		}
	}
}

func (c *copier) isIgnored(class *schema.Class) bool {
	return slices.ContainsFunc(c.ignored, func(name string) bool {
		other := schema.Find(name)
		return other != nil && class.Is(other)
	})
}

// save writes the copies, and tells their ids.
func (c *copier) save() (omero.AnyCmdResponse, error) {
	nodes := slices.Collect(maps.Keys(c.copies))
	slices.SortFunc(nodes, func(a, b graph.Node) int {
		if a.Class != b.Class {
			if a.Class.Name < b.Class.Name {
				return -1
			}
			return 1
		}
		return int(a.ID - b.ID)
	})
	all := make([]omero.AnyIObject, len(nodes))
	for i, n := range nodes {
		all[i] = c.copies[n]
	}
	ids, err := c.w.tx.SaveIDs(all...)
	if err != nil {
		return nil, err
	}
	response := omero.NewCmdDuplicateResponse()
	response.Duplicates = omero.StringLongListMap{}
	for i, o := range all {
		name := schema.Of(o).JavaName
		response.Duplicates[name] = append(response.Duplicates[name], ids[i])
	}
	return response, nil
}
