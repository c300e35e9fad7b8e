package services

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/graph"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// The requests that delete, move and give away.

func init() {
	RegisterCommand(delete2)
	RegisterCommand(chgrp2)
	RegisterCommand(chown2)
	RegisterCommand(chmod2)
	RegisterCommand(skipHead)
	RegisterCommand(findParents)
	RegisterCommand(findChildren)
	RegisterCommand(legalTargets)
}

// graphError makes the exception that OMERO's graph requests answer with.
func graphError(r omero.AnyCmdRequest, err error) error {
	given, ok := errors.AsType[*graph.Error](err)
	if !ok {
		return err
	}
	e := omero.NewCmdGraphException()
	e.Category, e.Name, e.Message = r.IceTypeID(), "graph-fail", given.Message
	e.Parameters = omero.CmdStringMap{"message": given.Message}
	return &responseError{e}
}

// optionsFor reads child options.
func optionsFor(list omero.CmdGraphsChildOptions) ([]graph.Option, error) {
	var all []graph.Option
	for _, o := range list {
		if o == nil {
			continue
		}
		for _, name := range append(slices.Clone(o.IncludeType), o.ExcludeType...) {
			if schema.Find(name) == nil {
				return nil, ApiUsage("unknown model object class: %s", firstLine(name))
			}
		}
		all = append(all, graph.Option{Include: o.IncludeType, Exclude: o.ExcludeType, IncludeNS: o.IncludeNs, ExcludeNS: o.ExcludeNs})
	}
	return all, nil
}

// graphWork is a graph request under way.
type graphWork struct {
	ctx    context.Context
	h      *Handle
	who    *Caller
	tx     *store.Tx
	source graphSource
	dryRun bool
	after  []func() // what is done once everything is written: files
}

// inGraph runs fn in a transaction. A dry run is taken back.
func inGraph(ctx context.Context, h *Handle, r omero.AnyCmdRequest, dryRun bool, fn func(w *graphWork) (omero.AnyCmdResponse, error)) (response omero.AnyCmdResponse, err error) {
	who, err := h.call.caller(ctx)
	if err != nil {
		return nil, err
	}
	h.Steps(3)
	w := &graphWork{ctx: ctx, h: h, who: who, dryRun: dryRun}
	undo := errors.New("only a dry run")
	err = h.call.Server.Store.Update(ctx, who.stored(), func(tx *store.Tx) error {
		w.tx, w.source, w.after = tx, graphSource{tx}, nil
		var err error
		if response, err = fn(w); err != nil {
			return err
		}
		if dryRun {
			return undo
		}
		return nil
	})
	if err != nil && !errors.Is(err, undo) {
		return nil, graphError(r, err)
	}
	if err == nil {
		for _, fn := range w.after {
			fn()
		}
	}
	return response, h.Step()
}

// targets reads what a request names, as far as the caller sees it.
func (w *graphWork) targets(objects omero.StringLongListMap) (graph.Set, error) {
	if len(objects) == 0 {
		return nil, ApiUsage("the request has no targets")
	}
	set, err := graph.Targets(w.ctx, w.source, objects)
	if err != nil {
		return nil, err
	}
	for _, root := range set.Classes() {
		ids := set.IDs(root)
		if err := w.visible(root, ids); err != nil {
			return nil, err
		}
	}
	return set, w.h.Step()
}

// visible fails when the caller does not see one of the objects.
func (w *graphWork) visible(root *schema.Class, ids []int64) error {
	condition := w.tx.Visible(root, "t")
	if condition == "" {
		return nil
	}
	seen := map[int64]bool{}
	err := inChunks(ids, func(list string) error {
		rows, err := w.tx.SQL(`SELECT t."id" FROM ` + sqlName(root.Table()) + ` AS "t" WHERE t."id" IN (` + list + `) AND ` + condition)
		for _, row := range rows {
			id, _ := row[0].(int64)
			seen[id] = true
		}
		return err
	})
	for _, id := range ids {
		if err == nil && !seen[id] {
			err = &graph.Error{Message: "cannot read model object " + graph.Node{Class: root, ID: id}.String()}
		}
	}
	return err
}

// allowed fails when the caller may not do something to a target.
func (w *graphWork) allowed(set graph.Set, verb string, may func(graph.Info) bool) error {
	for _, root := range set.Classes() {
		info, err := w.source.Info(w.ctx, root, set.IDs(root))
		if err != nil {
			return err
		}
		for _, id := range set.IDs(root) {
			i := info[id]
			if i.Class.Global || i.Class.Enum {
				return &graph.Error{Message: "objects of class " + i.Class.Name + " are not for this request"}
			}
			if !may(i) {
				return &graph.Error{Message: "not permitted to " + verb + " " + graph.Node{Class: i.Class, ID: id}.String()}
			}
		}
	}
	return nil
}

// mayDelete is who may delete an object: its owner, an owner of its group, in a
// read-write group any member, and administrators.
func (w *graphWork) mayDelete(i graph.Info) bool {
	if i.Owner == w.who.ID || w.who.leads(i.Group) || w.who.may("DeleteOwned") {
		return true
	}
	rights, err := w.tx.GroupRights(i.Group)
	return err == nil && rights&0x020 != 0 && slices.Contains(w.who.Member, i.Group)
}

func delete2(ctx context.Context, h *Handle, r *omero.CmdDelete2) (omero.AnyCmdResponse, error) {
	return inGraph(ctx, h, r, r.DryRun, func(w *graphWork) (omero.AnyCmdResponse, error) {
		targets, err := w.targets(r.TargetObjects)
		if err != nil {
			return nil, err
		}
		return w.delete(targets, r)
	})
}

func (w *graphWork) delete(targets graph.Set, r *omero.CmdDelete2) (omero.AnyCmdResponse, error) {
	if err := w.allowed(targets, "delete", w.mayDelete); err != nil {
		return nil, err
	}
	options, err := optionsFor(r.ChildOptions)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 deprecated in OMERO, whose clients still set it
	planner := graph.Planner{Source: w.source, Options: options, May: w.mayDelete, Keep: r.TypesToIgnore}
	plan, err := planner.Delete(w.ctx, targets)
	if err != nil {
		return nil, err
	}
	response := omero.NewCmdDelete2Response()
	if response.DeletedObjects, err = graph.Named(w.ctx, w.source, plan.Included); err != nil {
		return nil, err
	}
	if err := w.h.Step(); err != nil {
		return nil, err
	}
	return response, w.erase(plan.Included, plan.Unlink)
}

// erase takes rows away, and references to them.
func (w *graphWork) erase(set graph.Set, unlink []graph.Unlink) error {
	for _, u := range unlink {
		if err := inChunks(u.From, func(list string) error {
			_, err := w.tx.Exec(`UPDATE ` + sqlName(u.Prop.Class.Table()) + ` SET ` + sqlName(u.Prop.Column) + ` = NULL WHERE "id" IN (` + list + `)`)
			return err
		}); err != nil {
			return err
		}
	}
	for _, root := range set.Classes() {
		ids := set.IDs(root)
		for _, id := range ids {
			if err := w.tx.Remove(root, id); err != nil {
				return err
			}
		}
		server := w.h.call.Server
		switch root.Name {
		case "OriginalFile":
			w.after = append(w.after, func() {
				for _, id := range ids {
					if err := server.RemoveFile(id); err != nil {
						server.Log.Warn("omerotest: the bytes of a deleted file stay", "file", id, "error", err)
					}
				}
			})
		case "Pixels":
			w.after = append(w.after, func() {
				for _, id := range ids {
					if err := server.RemovePixels(id); err != nil {
						server.Log.Warn("omerotest: the pixels of a deleted image stay", "pixels", id, "error", err)
					}
				}
			})
		}
	}
	return nil
}

// assign gives objects another owner or group.
func (w *graphWork) assign(set graph.Set, column string, to int64) error {
	for _, root := range set.Classes() {
		if root.Global || root.Enum {
			continue
		}
		if err := inChunks(set.IDs(root), func(list string) error {
			_, err := w.tx.Exec(`UPDATE `+sqlName(root.Table())+` SET `+sqlName(column)+` = ? WHERE "id" IN (`+list+`)`, to)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func chgrp2(ctx context.Context, h *Handle, r *omero.CmdChgrp2) (omero.AnyCmdResponse, error) {
	return inGraph(ctx, h, r, r.DryRun, func(w *graphWork) (omero.AnyCmdResponse, error) {
		targets, err := w.targets(r.TargetObjects)
		if err != nil {
			return nil, err
		}
		return w.chgrp(targets, r)
	})
}

func (w *graphWork) chgrp(targets graph.Set, r *omero.CmdChgrp2) (omero.AnyCmdResponse, error) {
	group, err := w.h.call.Server.Accounts.Group(w.ctx, r.GroupId)
	switch {
	case err != nil:
		return nil, err
	case group == nil:
		return nil, ApiUsage("No such group: %d", r.GroupId)
	case !slices.Contains(w.who.Member, r.GroupId) && !w.who.may(privChgrp):
		return nil, Security("not a member of the group %d to move to", r.GroupId)
	}
	may := func(i graph.Info) bool { return i.Owner == w.who.ID || w.who.may(privChgrp) }
	if err := w.allowed(targets, "move", may); err != nil {
		return nil, err
	}
	options, err := optionsFor(r.ChildOptions)
	if err != nil {
		return nil, err
	}
	rights, err := w.tx.GroupRights(r.GroupId)
	if err != nil {
		return nil, err
	}
	// What others added to an image would be hidden from them in a private group:
	// it does not go there.
	private := rights&0x040 == 0
	foreign := graph.Set{}
	planner := graph.Planner{Source: w.source, Options: options, May: may}
	plan, err := planner.Move(w.ctx, targets, "move")
	if err != nil {
		return nil, err
	}
	if private {
		if foreign, err = w.foreign(plan.Included, targets); err != nil {
			return nil, err
		}
	}
	gone := graph.Set{}
	for _, set := range []graph.Set{foreign, plan.Links} {
		for root, ids := range set {
			for id := range ids {
				gone.Add(graph.Node{Class: root, ID: id})
				delete(plan.Included[root], id)
			}
		}
	}
	response := omero.NewCmdChgrp2Response()
	if response.IncludedObjects, err = graph.Named(w.ctx, w.source, plan.Included); err != nil {
		return nil, err
	}
	if response.DeletedObjects, err = graph.Named(w.ctx, w.source, gone); err != nil {
		return nil, err
	}
	if err := w.h.Step(); err != nil {
		return nil, err
	}
	if err := w.erase(gone, plan.Unlink); err != nil {
		return nil, err
	}
	return response, w.assign(plan.Included, schema.GroupColumn, r.GroupId)
}

// foreign are the regions, rendering settings and thumbnails, with their parts,
// that are not the owner's of the targets.
func (w *graphWork) foreign(included, targets graph.Set) (graph.Set, error) {
	owners := map[int64]bool{}
	for _, root := range targets.Classes() {
		info, err := w.source.Info(w.ctx, root, targets.IDs(root))
		if err != nil {
			return nil, err
		}
		for _, i := range info {
			owners[i.Owner] = true
		}
	}
	found := graph.Set{}
	for _, root := range included.Classes() {
		if !slices.Contains([]string{"Roi", "Shape", "RenderingDef", "ChannelBinding", "QuantumDef", "Thumbnail"}, root.Name) {
			continue
		}
		info, err := w.source.Info(w.ctx, root, included.IDs(root))
		if err != nil {
			return nil, err
		}
		for id, i := range info {
			if !owners[i.Owner] {
				found.Add(graph.Node{Class: root, ID: id})
			}
		}
	}
	return found, nil
}

func chown2(ctx context.Context, h *Handle, r *omero.CmdChown2) (omero.AnyCmdResponse, error) {
	return inGraph(ctx, h, r, r.DryRun, func(w *graphWork) (omero.AnyCmdResponse, error) {
		targets := graph.Set{}
		if len(r.TargetObjects) > 0 {
			var err error
			if targets, err = w.targets(r.TargetObjects); err != nil {
				return nil, err
			}
		}
		for _, user := range r.TargetUsers {
			if err := w.ownedBy(user, targets); err != nil {
				return nil, err
			}
		}
		return w.chown(targets, r)
	})
}

// ownedBy adds the top of what a user has to a set: all that can be on its own.
func (w *graphWork) ownedBy(user int64, set graph.Set) error {
	for _, root := range schema.Roots() {
		if root.Global || root.Enum {
			continue
		}
		condition := w.tx.Visible(root, "t")
		if condition != "" {
			condition = " AND " + condition
		}
		rows, err := w.tx.SQL(`SELECT t."id" FROM `+sqlName(root.Table())+` AS "t" WHERE t.`+sqlName(schema.OwnerColumn)+` = ?`+condition, user)
		if err != nil {
			return err
		}
		for _, row := range rows {
			id, _ := row[0].(int64)
			set.Add(graph.Node{Class: root, ID: id})
		}
	}
	return nil
}

func (w *graphWork) chown(targets graph.Set, r *omero.CmdChown2) (omero.AnyCmdResponse, error) {
	to, err := w.h.call.Server.Accounts.PersonByID(w.ctx, r.UserId)
	switch {
	case err != nil:
		return nil, err
	case to == nil:
		return nil, ApiUsage("No such user: %d", r.UserId)
	}
	may := func(i graph.Info) bool {
		return w.who.may(privChown) || w.who.leads(i.Group) && slices.Contains(to.Member, i.Group)
	}
	if err := w.allowed(targets, "give away", may); err != nil {
		return nil, err
	}
	options, err := optionsFor(r.ChildOptions)
	if err != nil {
		return nil, err
	}
	// What belongs to somebody else than the whole does stays theirs.
	same := func(part, whole graph.Info) bool { return part.Owner == whole.Owner }
	owners := map[int64]bool{}
	for _, root := range targets.Classes() {
		info, err := w.source.Info(w.ctx, root, targets.IDs(root))
		if err != nil {
			return nil, err
		}
		for _, i := range info {
			owners[i.Owner] = true
		}
	}
	mayGive := func(i graph.Info) bool { return may(i) && owners[i.Owner] }
	planner := graph.Planner{Source: w.source, Options: options, May: mayGive, Along: same}
	plan, err := planner.Give(w.ctx, targets)
	if err != nil {
		return nil, err
	}
	response := omero.NewCmdChown2Response()
	response.DeletedObjects = omero.StringLongListMap{}
	if response.IncludedObjects, err = graph.Named(w.ctx, w.source, plan.Included); err != nil {
		return nil, err
	}
	if err := w.h.Step(); err != nil {
		return nil, err
	}
	return response, w.assign(plan.Included, schema.OwnerColumn, r.UserId)
}

// chmod2 changes the permissions of groups.
func chmod2(ctx context.Context, h *Handle, r *omero.CmdChmod2) (omero.AnyCmdResponse, error) {
	rights, err := store.RightsFrom(r.Permissions)
	if err != nil {
		return nil, err
	}
	return inGraph(ctx, h, r, r.DryRun, func(w *graphWork) (omero.AnyCmdResponse, error) {
		response := omero.NewCmdChmod2Response()
		response.IncludedObjects, response.DeletedObjects = omero.StringLongListMap{}, omero.StringLongListMap{}
		for name, ids := range r.TargetObjects {
			if class := schema.Find(name); class == nil || class.Name != "ExperimenterGroup" {
				return nil, &graph.Error{Message: "the permissions of objects of class " + firstLine(name) + " cannot be changed"}
			}
			for _, id := range ids {
				if id == systemGroupID || id == userGroupID || id == guestGroupID {
					return nil, Security("the permissions of the group %d cannot be changed", id)
				}
				if !w.who.may(privModifyGroup) && !w.who.leads(id) {
					return nil, Security("not permitted to change ExperimenterGroup[%d]", id)
				}
				if _, err := w.tx.Exec(`UPDATE "ExperimenterGroup" SET `+sqlName(schema.PermsColumn)+` = ? WHERE "id" = ?`, int64(rights), id); err != nil {
					return nil, err
				}
				key := schema.Find("ExperimenterGroup").JavaName
				response.IncludedObjects[key] = append(response.IncludedObjects[key], id)
			}
		}
		return response, nil
	})
}

// skipHead does a request to what is below the targets and of some classes.
func skipHead(ctx context.Context, h *Handle, r *omero.CmdSkipHead) (omero.AnyCmdResponse, error) {
	if isNil(r.Request) || len(r.StartFrom) == 0 {
		return nil, ApiUsage("a SkipHead needs a request, and classes to start from")
	}
	inner := r.Request
	dryRun := r.DryRun || inner.AsCmdGraphModify2().DryRun
	return inGraph(ctx, h, r, dryRun, func(w *graphWork) (omero.AnyCmdResponse, error) {
		head, err := w.targets(r.TargetObjects)
		if err != nil {
			return nil, err
		}
		classes, err := classesFor(r.StartFrom)
		if err != nil {
			return nil, err
		}
		wanted := func(i graph.Info) bool {
			return slices.ContainsFunc(classes, func(c *schema.Class) bool { return i.Class.Is(c) })
		}
		walk := graph.Walk{Source: w.source, Enough: wanted}
		found, err := walk.From(ctx, head)
		if err != nil {
			return nil, err
		}
		targets, err := w.only(found, wanted)
		if err != nil {
			return nil, err
		}
		switch inner := inner.(type) {
		case *omero.CmdDelete2:
			inner.ChildOptions = append(slices.Clone(r.ChildOptions), inner.ChildOptions...)
			return w.delete(targets, inner)
		case *omero.CmdChgrp2:
			inner.ChildOptions = append(slices.Clone(r.ChildOptions), inner.ChildOptions...)
			return w.chgrp(targets, inner)
		case *omero.CmdChown2:
			inner.ChildOptions = append(slices.Clone(r.ChildOptions), inner.ChildOptions...)
			return w.chown(targets, inner)
		case *omero.CmdDuplicate:
			return w.duplicate(targets, inner)
		}
		return nil, ApiUsage("the request %s cannot be in a SkipHead", inner.IceTypeID())
	})
}

// only are the objects of a set that a function wants.
func (w *graphWork) only(set graph.Set, want func(graph.Info) bool) (graph.Set, error) {
	found := graph.Set{}
	for _, root := range set.Classes() {
		info, err := w.source.Info(w.ctx, root, set.IDs(root))
		if err != nil {
			return nil, err
		}
		for id, i := range info {
			if want(i) {
				found.Add(graph.Node{Class: root, ID: id})
			}
		}
	}
	return found, nil
}

func classesFor(list []string) ([]*schema.Class, error) {
	var classes []*schema.Class
	for _, name := range list {
		c := schema.Find(name)
		if c == nil {
			return nil, ApiUsage("unknown model object class: %s", firstLine(name))
		}
		classes = append(classes, c)
	}
	return classes, nil
}

// family finds parents or children.
func family(ctx context.Context, h *Handle, r omero.AnyCmdRequest, targets omero.StringLongListMap, types, stop []string, up bool) (omero.StringLongListMap, error) {
	classes, err := classesFor(types)
	if err != nil {
		return nil, err
	}
	if len(classes) == 0 {
		return nil, ApiUsage("no types are asked for")
	}
	if _, err := classesFor(stop); err != nil {
		return nil, err
	}
	var all omero.StringLongListMap
	_, err = inGraph(ctx, h, r, true, func(w *graphWork) (omero.AnyCmdResponse, error) {
		start, err := w.targets(targets)
		if err != nil {
			return nil, err
		}
		walk := graph.Walk{Source: w.source, Up: up, Stop: stop}
		found, err := walk.From(ctx, start)
		if err != nil {
			return nil, err
		}
		found, err = w.only(found, func(i graph.Info) bool {
			return slices.ContainsFunc(classes, func(c *schema.Class) bool { return i.Class.Is(c) }) && w.sees(i)
		})
		if err != nil {
			return nil, err
		}
		all, err = graph.Named(ctx, w.source, found)
		return omero.NewCmdOK(), err
	})
	return all, err
}

// sees reports whether the caller may read an object.
func (w *graphWork) sees(i graph.Info) bool {
	if i.Class.Global || i.Class.Enum || w.who.Admin || i.Owner == w.who.ID || w.who.leads(i.Group) {
		return true
	}
	rights, err := w.tx.GroupRights(i.Group)
	return err == nil && slices.Contains(w.who.Member, i.Group) && strings.HasPrefix(rights.String()[2:], "r")
}

func findParents(ctx context.Context, h *Handle, r *omero.CmdFindParents) (omero.AnyCmdResponse, error) {
	found, err := family(ctx, h, r, r.TargetObjects, r.TypesOfParents, r.StopBefore, true)
	if err != nil {
		return nil, err
	}
	return &omero.CmdFoundParents{Parents: found}, nil
}

func findChildren(ctx context.Context, h *Handle, r *omero.CmdFindChildren) (omero.AnyCmdResponse, error) {
	found, err := family(ctx, h, r, r.TargetObjects, r.TypesOfChildren, r.StopBefore, false)
	if err != nil {
		return nil, err
	}
	return &omero.CmdFoundChildren{Children: found}, nil
}

// legalTargets are the classes that a request can be given objects of.
func legalTargets(_ context.Context, _ *Handle, r *omero.CmdLegalGraphTargets) (omero.AnyCmdResponse, error) {
	if isNil(r.Request) {
		return nil, ApiUsage("there is no request to tell targets of")
	}
	response := omero.NewCmdLegalGraphTargetsResponse()
	if _, chmod := r.Request.(*omero.CmdChmod2); chmod {
		response.Targets = omero.StringSet{schema.Find("ExperimenterGroup").JavaName}
		return response, nil
	}
	for _, c := range schema.Classes() {
		if !c.Global && !c.Enum {
			response.Targets = append(response.Targets, c.JavaName)
		}
	}
	return response, nil
}
