package services

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// container is IContainer.
type container struct{ session *Session }

func newContainer(s *Session) *container { return &container{s} }

// hierarchies are the queries for what is in a container, without and with
// what is at the bottom of it.
var hierarchies = map[string]struct{ top, leaves string }{
	"Project": {
		"select distinct x from Project x left outer join fetch x.datasetLinks pdl left outer join fetch pdl.child d ",
		"left outer join fetch d.imageLinks dil left outer join fetch dil.child i left outer join fetch i.pixels p left outer join fetch p.pixelsType ",
	},
	"Dataset": {
		"select distinct x from Dataset x ",
		"left outer join fetch x.imageLinks dil left outer join fetch dil.child i left outer join fetch i.pixels p left outer join fetch p.pixelsType ",
	},
	"Screen": {
		"select distinct x from Screen x left outer join fetch x.plateLinks spl left outer join fetch spl.child p left outer join fetch p.plateAcquisitions pa ",
		"",
	},
	"Plate": {
		"select distinct x from Plate x left outer join fetch x.plateAcquisitions pa ",
		"left outer join fetch x.wells w left outer join fetch w.wellSamples ws left outer join fetch ws.image i ",
	},
	"TagAnnotation": {
		"select distinct x from TagAnnotation x left outer join fetch x.annotationLinks al left outer join fetch al.child t ", "",
	},
	"Folder": {
		"select distinct x from Folder x left outer join fetch x.childFolders f ",
		"left outer join fetch x.imageLinks fil left outer join fetch fil.child i ",
	},
}

// owned adds the conditions of a filter to a query about x.
func owned(p *omero.SysParameters, conditions []string, values args) []string {
	if p == nil || p.TheFilter == nil {
		return conditions
	}
	if f := p.TheFilter; f.OwnerId != nil && f.OwnerId.Val >= 0 {
		conditions, values["ownerId"] = append(conditions, "x.details.owner.id = :ownerId"), f.OwnerId.Val
	}
	if f := p.TheFilter; f.GroupId != nil && f.GroupId.Val >= 0 {
		conditions, values["groupId"] = append(conditions, "x.details.group.id = :groupId"), f.GroupId.Val
	}
	return conditions
}

// paged is what is left of a filter when its conditions are in the query.
func paged(p *omero.SysParameters) *omero.SysParameters {
	if p == nil || p.TheFilter == nil {
		return nil
	}
	return &omero.SysParameters{TheFilter: &omero.SysFilter{Offset: p.TheFilter.Offset, Limit: p.TheFilter.Limit}}
}

// whereClause joins conditions.
func whereClause(conditions []string) string {
	if len(conditions) == 0 {
		return " "
	}
	return " where " + strings.Join(conditions, " and ") + " "
}

func option(b *omero.RBool) bool { return b != nil && b.Val }

func optionsOf(p *omero.SysParameters) *omero.SysOptions {
	if p == nil || p.TheOptions == nil {
		return &omero.SysOptions{}
	}
	return p.TheOptions
}

func (c *container) LoadContainerHierarchy(ctx context.Context, rootType string, ids omero.SysLongList, options *omero.SysParameters) (omero.IObjectList, error) {
	class, err := classNamed(rootType)
	if err != nil {
		return nil, err
	}
	h, ok := hierarchies[class]
	if !ok {
		return nil, ApiUsage("Class parameter for loadContainerHierarchy() must be in Project, Dataset, Screen, Plate, TagAnnotation or Folder, not %s", class)
	}
	hql := h.top
	if option(optionsOf(options).Leaves) {
		hql += h.leaves
	}
	values := args{}
	var conditions []string
	if len(ids) > 0 {
		conditions, values["ids"] = append(conditions, "x.id in (:ids)"), ids
	}
	conditions = owned(options, conditions, values)
	call := c.session.Call(ctx)
	found, err := call.find(ctx, hql+whereClause(conditions), values.with(nil))
	if err != nil || !option(optionsOf(options).Orphan) {
		return found, err
	}
	return c.withOrphans(ctx, class, found, options)
}

// withOrphans adds what is in no container, one level below.
func (c *container) withOrphans(ctx context.Context, class string, found omero.IObjectList, options *omero.SysParameters) (omero.IObjectList, error) {
	below, link := "Dataset", "ProjectDatasetLink"
	switch class {
	case "Project":
	case "Dataset":
		below, link = "Image", "DatasetImageLink"
	case "Screen":
		below, link = "Plate", "ScreenPlateLink"
	default:
		return found, nil
	}
	values := args{}
	conditions := owned(options, []string{"x.id not in (select l.child.id from " + link + " l)"}, values)
	hql := "select distinct x from " + below + " x "
	if h := hierarchies[below]; h.top != "" && option(optionsOf(options).Leaves) {
		hql += h.leaves
	}
	orphans, err := c.session.Call(ctx).find(ctx, hql+whereClause(conditions), values.with(nil))
	return append(found, orphans...), err
}

// FindContainerHierarchies returns projects with the images below them, the
// datasets that are in no project, and the images that are in no dataset.
func (c *container) FindContainerHierarchies(ctx context.Context, rootType string, images omero.SysLongList, options *omero.SysParameters) (omero.IObjectList, error) {
	class, err := classNamed(rootType)
	if err != nil {
		return nil, err
	}
	if class != "Project" && class != "Dataset" {
		return nil, ApiUsage("Class parameter for findContainerHierarchies() must be Project or Dataset, not %s", class)
	}
	if len(images) == 0 {
		return nil, ApiUsage("there are no images to find containers of")
	}
	call := c.session.Call(ctx)
	values := args{"ids": images}
	var all omero.IObjectList
	for _, hql := range []string{
		"select distinct x from Project x join fetch x.datasetLinks pdl join fetch pdl.child d join fetch d.imageLinks dil join fetch dil.child i where i.id in (:ids)",
		"select distinct x from Dataset x join fetch x.imageLinks dil join fetch dil.child i where i.id in (:ids) and x.id not in (select l.child.id from ProjectDatasetLink l)",
		"select distinct x from Image x where x.id in (:ids) and x.id not in (select l.child.id from DatasetImageLink l)",
	} {
		if class == "Dataset" && strings.Contains(hql, "Project x") {
			continue
		}
		if class == "Dataset" {
			hql = strings.Replace(hql, " and x.id not in (select l.child.id from ProjectDatasetLink l)", "", 1)
		}
		found, err := call.find(ctx, hql, values.with(nil))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

const imageWithPixels = "select distinct x from Image x left outer join fetch x.pixels p left outer join fetch p.pixelsType "

// imagesIn are the conditions for images in containers.
var imagesIn = map[string]string{
	"Image":   "x.id in (:ids)",
	"Dataset": "x.id in (select l.child.id from DatasetImageLink l where l.parent.id in (:ids))",
	"Project": "x.id in (select l.child.id from DatasetImageLink l, ProjectDatasetLink m where l.parent.id = m.child.id and m.parent.id in (:ids))",
	"Plate":   "x.id in (select s.image.id from WellSample s where s.well.plate.id in (:ids))",
	"Screen":  "x.id in (select s.image.id from WellSample s, ScreenPlateLink m where s.well.plate.id = m.child.id and m.parent.id in (:ids))",
	"Well":    "x.id in (select s.image.id from WellSample s where s.well.id in (:ids))",
	"Folder":  "x.id in (select l.child.id from FolderImageLink l where l.parent.id in (:ids))",
}

func (c *container) GetImages(ctx context.Context, rootType string, ids omero.SysLongList, options *omero.SysParameters) (omero.ImageList, error) {
	class, err := classNamed(rootType)
	if err != nil {
		return nil, err
	}
	condition, ok := imagesIn[class]
	switch {
	case !ok:
		return nil, ApiUsage("Class parameter for getImages() must be in Project, Dataset, Image, Screen, Plate, Well or Folder, not %s", class)
	case len(ids) == 0:
		return nil, ApiUsage("there are no ids of containers to get images of")
	}
	return c.images(ctx, []string{condition}, args{"ids": ids}, options)
}

// images runs a query for images with its conditions and those of the options.
func (c *container) images(ctx context.Context, conditions []string, values args, options *omero.SysParameters) (omero.ImageList, error) {
	conditions = owned(options, conditions, values)
	if options != nil && options.TheFilter != nil {
		if t := options.TheFilter.StartTime; t != nil {
			conditions, values["startTime"] = append(conditions, "x.details.creationEvent.time > :startTime"), t
		}
		if t := options.TheFilter.EndTime; t != nil {
			conditions, values["endTime"] = append(conditions, "x.details.creationEvent.time < :endTime"), t
		}
	}
	return findList[*omero.Image](ctx, c.session.Call(ctx), imageWithPixels+whereClause(conditions)+"order by x.id", values.with(paged(options)))
}

func (c *container) GetUserImages(ctx context.Context, options *omero.SysParameters) (omero.ImageList, error) {
	if options == nil || options.TheFilter == nil || options.TheFilter.OwnerId == nil && options.TheFilter.GroupId == nil {
		own := &omero.SysFilter{OwnerId: omero.NewRLong(c.session.UserID)}
		if options != nil && options.TheFilter != nil {
			own.Offset, own.Limit = options.TheFilter.Offset, options.TheFilter.Limit
		}
		options = &omero.SysParameters{TheFilter: own}
	}
	return c.images(ctx, nil, args{}, options)
}

func (c *container) GetImagesByOptions(ctx context.Context, options *omero.SysParameters) (omero.ImageList, error) {
	if options == nil || options.TheFilter == nil || options.TheFilter.StartTime == nil && options.TheFilter.EndTime == nil {
		return nil, ApiUsage("start or end time option is required for getImagesByOptions().")
	}
	return c.images(ctx, nil, args{}, options)
}

// GetImagesBySplitFilesets tells of filesets only a part of which is among the
// images.
func (c *container) GetImagesBySplitFilesets(ctx context.Context, included omero.StringLongListMap, _ *omero.SysParameters) (omero.IdBooleanLongListMapMap, error) {
	call := c.session.Call(ctx)
	among := map[int64]bool{}
	for rootType, ids := range included {
		class, err := classNamed(rootType)
		if err != nil {
			return nil, err
		}
		condition := imagesIn[class]
		if class == "Fileset" {
			condition = "x.fileset.id in (:ids)"
		}
		if condition == "" {
			return nil, ApiUsage("images are not in objects of class %s", class)
		}
		if len(ids) == 0 {
			continue
		}
		found, err := call.ids(ctx, "select x.id from Image x where "+condition, args{"ids": ids})
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			among[id] = true
		}
	}
	result := omero.IdBooleanLongListMapMap{}
	if len(among) == 0 {
		return result, nil
	}
	rows, err := call.project(ctx, "select i.fileset.id, i.id from Image i where i.fileset.id in (select x.fileset.id from Image x where x.id in (:ids)) order by i.id",
		args{"ids": slices.Sorted(maps.Keys(among))}.with(nil))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		fileset, _ := asLong(row[0])
		image, _ := asLong(row[1])
		if result[fileset] == nil {
			result[fileset] = omero.BooleanLongListMap{}
		}
		result[fileset][among[image]] = append(result[fileset][among[image]], image)
	}
	maps.DeleteFunc(result, func(_ int64, m omero.BooleanLongListMap) bool { return len(m) < 2 })
	return result, nil
}

// collection checks the name of a collection of a class. Java's constants have
// the class before it: "ome.model.containers.Dataset_imageLinks".
func collection(class, name string) (string, error) {
	name = name[strings.LastIndexByte(name, '_')+1:]
	if !isPath(name) || strings.Contains(name, ".") {
		return "", ApiUsage("%q is no collection", firstLine(name))
	}
	t := reflect.TypeOf(newObject(class)).Elem()
	if f, ok := t.FieldByName(strings.ToUpper(name[:1]) + name[1:] + "Seq"); !ok || f.Type.Kind() != reflect.Slice {
		return "", ApiUsage("%s has no collection %q", class, firstLine(name))
	}
	return name, nil
}

func (c *container) GetCollectionCount(ctx context.Context, class, property string, ids omero.SysLongList, _ *omero.SysParameters) (omero.SysCountMap, error) {
	class, err := classNamed(class)
	if err != nil {
		return nil, err
	}
	if property, err = collection(class, property); err != nil {
		return nil, err
	}
	counts := omero.SysCountMap{}
	if len(ids) == 0 {
		return counts, nil
	}
	rows, err := c.session.Call(ctx).project(ctx, fmt.Sprintf("select x.id, count(c.id) from %s x join x.%s c where x.id in (:ids) group by x.id", class, property), args{"ids": ids}.with(nil))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		counts[id] = 0
	}
	for _, row := range rows {
		id, _ := asLong(row[0])
		counts[id], _ = asLong(row[1])
	}
	return counts, nil
}

func (c *container) RetrieveCollection(ctx context.Context, o omero.AnyIObject, name string, _ *omero.SysParameters) (omero.IObjectList, error) {
	id, ok := idOf(o)
	if !ok {
		return nil, ApiUsage("the object has no id")
	}
	name, err := collection(classOf(o), name)
	if err != nil {
		return nil, err
	}
	return c.session.Call(ctx).find(ctx, fmt.Sprintf("select c from %s x join x.%s c where x.id = :id", classOf(o), name), args{"id": id}.with(nil))
}

func (c *container) CreateDataObject(ctx context.Context, o omero.AnyIObject, _ *omero.SysParameters) (omero.AnyIObject, error) {
	return newUpdate(c.session).SaveAndReturnObject(ctx, o)
}

func (c *container) CreateDataObjects(ctx context.Context, list omero.IObjectList, _ *omero.SysParameters) (omero.IObjectList, error) {
	return newUpdate(c.session).SaveAndReturnArray(ctx, list)
}

func (c *container) UpdateDataObject(ctx context.Context, o omero.AnyIObject, _ *omero.SysParameters) (omero.AnyIObject, error) {
	return newUpdate(c.session).SaveAndReturnObject(ctx, o)
}

func (c *container) UpdateDataObjects(ctx context.Context, list omero.IObjectList, _ *omero.SysParameters) (omero.IObjectList, error) {
	return newUpdate(c.session).SaveAndReturnArray(ctx, list)
}

func (c *container) Link(ctx context.Context, links omero.IObjectList, _ *omero.SysParameters) (omero.IObjectList, error) {
	for _, l := range links {
		if isNil(l) || !l.IsLink() {
			return nil, ApiUsage("only links can be linked")
		}
	}
	return newUpdate(c.session).SaveAndReturnArray(ctx, links)
}

// Unlink deletes links, which are told by their ids or by what they join.
func (c *container) Unlink(ctx context.Context, links omero.IObjectList, _ *omero.SysParameters) error {
	call := c.session.Call(ctx)
	for _, l := range links {
		if isNil(l) || !l.IsLink() {
			return ApiUsage("only links can be unlinked")
		}
		ids := []int64{}
		if id, ok := idOf(l); ok {
			ids = append(ids, id)
		} else {
			parent, p := endOf(l, "Parent")
			child, c := endOf(l, "Child")
			if !p || !c {
				return ApiUsage("a link needs an id, or a parent and a child that have one")
			}
			found, err := call.ids(ctx, "select l.id from "+classOf(l)+" l where l.parent.id = :parent and l.child.id = :child", args{"parent": parent, "child": child})
			if err != nil {
				return err
			}
			ids = found
		}
		for _, id := range ids {
			if err := call.remove(ctx, classOf(l), id); err != nil {
				return err
			}
		}
	}
	return nil
}

// endOf is the id of what a link joins.
func endOf(link omero.AnyIObject, end string) (int64, bool) {
	f := reflect.ValueOf(link).Elem().FieldByName(end)
	if !f.IsValid() {
		return 0, false
	}
	o, _ := f.Interface().(omero.AnyIObject)
	return idOf(o)
}

// endObject is what a link joins, or nil.
func endObject(link omero.AnyIObject, end string) omero.AnyIObject {
	f := reflect.ValueOf(link).Elem().FieldByName(end)
	if !f.IsValid() {
		return nil
	}
	if o, ok := f.Interface().(omero.AnyIObject); ok && !isNil(o) {
		return o
	}
	return nil
}
