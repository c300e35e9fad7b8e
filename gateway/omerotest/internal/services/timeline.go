package services

import (
	"context"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"
)

// timeline is ITimeline.
type timeline struct{ session *Session }

func newTimeline(s *Session) *timeline { return &timeline{s} }

// usual is how many objects a timeline returns when it is not told.
const usual = 50

// lines are the classes that timelines are about, with where their time is.
var lines = map[string]string{
	"Project": "x.details.updateEvent.time", "Dataset": "x.details.updateEvent.time", "RenderingDef": "x.details.updateEvent.time",
	"Image": "x.details.creationEvent.time", "Annotation": "x.details.updateEvent.time", "EventLog": "x.event.time",
}

// kinds checks the classes that a client asked for; none is all.
func kinds(names []string) ([]string, error) {
	if len(names) == 0 {
		return []string{"Annotation", "Dataset", "EventLog", "Image", "Project", "RenderingDef"}, nil
	}
	classes, err := classesNamed(names)
	if err != nil {
		return nil, err
	}
	for _, class := range classes {
		if lines[class] == "" {
			return nil, ApiUsage("Not supported type: %s", class)
		}
	}
	return classes, nil
}

// page is the paging of a timeline, with OMERO's default of limit.
func (t *timeline) page(p *omero.SysParameters) *omero.SysParameters {
	f := omero.SysFilter{Limit: omero.NewRInt(usual)}
	if p != nil && p.TheFilter != nil {
		f.Offset = p.TheFilter.Offset
		if p.TheFilter.Limit != nil {
			f.Limit = p.TheFilter.Limit
		}
	}
	return &omero.SysParameters{TheFilter: &f}
}

// conditions are those of a class: whose, and when.
func (t *timeline) conditions(class string, p *omero.SysParameters, start, end *omero.RTime, a args) []string {
	var list []string
	if class == "EventLog" {
		if p != nil && p.TheFilter != nil && p.TheFilter.OwnerId != nil {
			list, a["ownerId"] = append(list, "x.event.experimenter.id = :ownerId"), p.TheFilter.OwnerId
		}
	} else {
		list = owned(p, list, a)
	}
	if start != nil {
		list, a["start"] = append(list, lines[class]+" >= :start"), start
	}
	if end != nil {
		list, a["end"] = append(list, lines[class]+" < :end"), end
	}
	return list
}

func (t *timeline) objects(ctx context.Context, names []string, start, end *omero.RTime, p *omero.SysParameters, merge bool) (omero.IObjectListMap, error) {
	classes, err := kinds(names)
	if err != nil {
		return nil, err
	}
	all := omero.IObjectListMap{}
	call := t.session.Call(ctx)
	for _, class := range classes {
		a := args{}
		where := whereClause(t.conditions(class, p, start, end, a))
		found, err := call.find(ctx, "select x from "+class+" x"+where+"order by "+lines[class]+" desc, x.id desc", a.with(t.page(p)))
		if err != nil {
			return nil, err
		}
		all[class] = found
	}
	if !merge {
		return all, nil
	}
	return t.newest(ctx, all, p)
}

// newest leaves the objects that are among the latest of all classes together.
func (t *timeline) newest(ctx context.Context, all omero.IObjectListMap, p *omero.SysParameters) (omero.IObjectListMap, error) {
	type entry struct {
		class string
		o     omero.AnyIObject
		time  int64
	}
	var entries []entry
	call := t.session.Call(ctx)
	for class, list := range all {
		ids := make([]int64, len(list))
		for i, o := range list {
			ids[i], _ = idOf(o)
		}
		times := map[int64]int64{}
		if len(ids) > 0 {
			rows, err := call.project(ctx, "select x.id, "+lines[class]+" from "+class+" x where x.id in (:ids)", args{"ids": ids}.with(nil))
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				id, _ := asLong(row[0])
				if at, ok := row[1].(*omero.RTime); ok {
					times[id] = at.GetValue()
				}
			}
		}
		for i, o := range list {
			entries = append(entries, entry{class, o, times[ids[i]]})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		switch {
		case a.time > b.time:
			return -1
		case a.time < b.time:
			return 1
		}
		return 0
	})
	merged := omero.IObjectListMap{}
	for _, e := range entries[:min(len(entries), max(0, int(t.page(p).TheFilter.Limit.Val)))] {
		merged[e.class] = append(merged[e.class], e.o)
	}
	return merged, nil
}

func (t *timeline) GetMostRecentObjects(ctx context.Context, types omero.StringSet, p *omero.SysParameters, merge bool) (omero.IObjectListMap, error) {
	return t.objects(ctx, types, nil, nil, p, merge)
}

func (t *timeline) GetByPeriod(ctx context.Context, types omero.StringSet, start, end *omero.RTime, p *omero.SysParameters, merge bool) (omero.IObjectListMap, error) {
	return t.objects(ctx, types, start, end, p, merge)
}

func (t *timeline) CountByPeriod(ctx context.Context, types omero.StringSet, start, end *omero.RTime, p *omero.SysParameters) (omero.StringLongMap, error) {
	classes, err := kinds(types)
	if err != nil {
		return nil, err
	}
	counts := omero.StringLongMap{}
	for _, class := range classes {
		a := args{}
		where := whereClause(t.conditions(class, p, start, end, a))
		n, err := t.session.Call(ctx).count(ctx, "select count(x.id) from "+class+" x"+where, a)
		if err != nil {
			return nil, err
		}
		counts[class] = n.Val
	}
	return counts, nil
}

func (t *timeline) GetEventLogsByPeriod(ctx context.Context, start, end *omero.RTime, p *omero.SysParameters) (omero.EventLogList, error) {
	a := args{}
	where := whereClause(t.conditions("EventLog", p, start, end, a))
	return findList[*omero.EventLog](ctx, t.session.Call(ctx), "select x from EventLog x left outer join fetch x.event ev"+where+"order by ev.time desc, x.id desc", a.with(t.page(p)))
}

// GetMostRecentAnnotationLinks looks at the links of some classes to
// annotations of some classes, with some namespaces; none stands for all.
func (t *timeline) GetMostRecentAnnotationLinks(ctx context.Context, parents, children, namespace omero.StringSet, p *omero.SysParameters) (omero.IObjectList, error) {
	if len(parents) == 0 {
		parents = tagged
	}
	parents, err := classesNamed(parents)
	if err != nil {
		return nil, err
	}
	children, err = classesNamed(children)
	if err != nil {
		return nil, err
	}
	var all omero.IObjectList
	call := t.session.Call(ctx)
	for _, parent := range parents {
		link, err := annotationLink(parent)
		if err != nil {
			return nil, err
		}
		a := args{}
		conditions := owned(p, nil, a)
		if len(namespace) > 0 {
			conditions, a["ns"] = append(conditions, "c.ns in (:ns)"), namespace
		}
		found, err := call.find(ctx, "select x from "+link+" x join fetch x.child c join fetch x.parent p"+whereClause(conditions)+"order by x.details.updateEvent.time desc, x.id desc", a.with(t.page(p)))
		if err != nil {
			return nil, err
		}
		for _, l := range found {
			if child := endObject(l, "Child"); len(children) == 0 || child != nil && slices.Contains(children, classOf(child)) {
				all = append(all, l)
			}
		}
	}
	return all[:min(len(all), max(0, int(t.page(p).TheFilter.Limit.Val)))], nil
}

// GetMostRecentShareCommentLinks are the newest comments on shares.
func (t *timeline) GetMostRecentShareCommentLinks(ctx context.Context, p *omero.SysParameters) (omero.IObjectList, error) {
	a := args{"ns": shareCommentNamespace}
	conditions := owned(p, []string{"c.ns = :ns"}, a)
	return t.session.Call(ctx).find(ctx, "select x from SessionAnnotationLink x join fetch x.child c"+whereClause(conditions)+"order by x.id desc", a.with(t.page(p)))
}
