package services

import (
	"context"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// metadata is IMetadata.
type metadata struct{ session *Session }

func newMetadata(s *Session) *metadata { return &metadata{s} }

// tagSetNamespace marks tags that hold tags.
const tagSetNamespace = "openmicroscopy.org/omero/insight/tagset"

func (m *metadata) LoadChannelAcquisitionData(ctx context.Context, ids omero.SysLongList) (omero.LogicalChannelList, error) {
	if len(ids) == 0 {
		return nil, ApiUsage("there are no ids of channels")
	}
	return findList[*omero.LogicalChannel](ctx, m.session.Call(ctx), "select distinct x from LogicalChannel x "+
		"left outer join fetch x.mode left outer join fetch x.illumination left outer join fetch x.contrastMethod "+
		"left outer join fetch x.photometricInterpretation left outer join fetch x.detectorSettings ds left outer join fetch ds.detector "+
		"left outer join fetch x.lightSourceSettings ls left outer join fetch ls.lightSource left outer join fetch x.lightPath lp "+
		"left outer join fetch x.filterSet where x.id in (:ids)", args{"ids": ids}.with(nil))
}

// annotationLink is the class of the links between a class and annotations.
func annotationLink(class string) (string, error) {
	class, err := classNamed(class)
	if err != nil {
		return "", err
	}
	link := annotatedBase(class) + "AnnotationLink"
	if !isClass(link) {
		return "", ApiUsage("objects of class %s are not annotated", class)
	}
	return link, nil
}

// annotations loads annotations with what they hold; condition is about x.
func (c *Call) annotations(ctx context.Context, class, condition string, a args, options *omero.SysParameters) (omero.AnnotationList, error) {
	hql := "select distinct x from " + class + " x "
	if class == "FileAnnotation" {
		hql += "left outer join fetch x.file f "
	}
	found, err := findList[omero.AnyAnnotation](ctx, c, hql+condition+" order by x.id", a.with(paged(options)))
	if err != nil || class == "FileAnnotation" {
		return found, err
	}
	return c.withFiles(ctx, found)
}

// withFiles loads the files of those annotations that have one.
func (c *Call) withFiles(ctx context.Context, list omero.AnnotationList) (omero.AnnotationList, error) {
	var ids []int64
	for _, a := range list {
		if f, ok := a.(*omero.FileAnnotation); ok {
			ids = append(ids, f.Id.GetValue())
		}
	}
	if len(ids) == 0 {
		return list, nil
	}
	loaded, err := findList[*omero.FileAnnotation](ctx, c, "select x from FileAnnotation x left outer join fetch x.file f where x.id in (:ids)", args{"ids": ids}.with(nil))
	if err != nil {
		return nil, err
	}
	for i, a := range list {
		for _, l := range loaded {
			if a.GetId().GetValue() == l.Id.GetValue() {
				list[i] = l
			}
		}
	}
	return list, nil
}

// linked has the annotations of objects, by the objects' ids; more is further
// conditions about the link l and the annotation a.
func (m *metadata) linked(ctx context.Context, root string, ids []int64, annotationClass string, more []string, a args) (map[int64]omero.AnnotationList, error) {
	link, err := annotationLink(root)
	if err != nil {
		return nil, err
	}
	all := map[int64]omero.AnnotationList{}
	if len(ids) == 0 {
		return all, nil
	}
	a["ids"] = ids
	call := m.session.Call(ctx)
	rows, err := call.project(ctx, "select l.parent.id, a.id from "+link+" l, "+annotationClass+" a where l.child.id = a.id and l.parent.id in (:ids)"+and(more)+" order by l.parent.id, a.id", a.with(nil))
	if err != nil || len(rows) == 0 {
		return all, err
	}
	wanted := map[int64]bool{}
	var annotationIDs []int64
	for _, row := range rows {
		if id, _ := asLong(row[1]); !wanted[id] {
			wanted[id] = true
			annotationIDs = append(annotationIDs, id)
		}
	}
	list, err := call.annotations(ctx, annotationClass, "where x.id in (:ids)", args{"ids": annotationIDs}, nil)
	if err != nil {
		return nil, err
	}
	byID := map[int64]omero.AnyAnnotation{}
	for _, x := range list {
		byID[x.GetId().GetValue()] = x
	}
	for _, row := range rows {
		parent, _ := asLong(row[0])
		child, _ := asLong(row[1])
		if x := byID[child]; x != nil && !slices.Contains(all[parent], x) {
			all[parent] = append(all[parent], x)
		}
	}
	return all, nil
}

func and(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " and " + strings.Join(conditions, " and ")
}

func (m *metadata) LoadAnnotations(ctx context.Context, root string, ids omero.SysLongList, annotationTypes omero.StringSet, annotators omero.SysLongList, _ *omero.SysParameters) (omero.LongIObjectListMap, error) {
	var more []string
	a := args{}
	if len(annotators) > 0 {
		more, a["annotators"] = append(more, "l.details.owner.id in (:annotators)"), annotators
	}
	classes, err := classesNamed(annotationTypes)
	if err != nil {
		return nil, err
	}
	found, err := m.linked(ctx, root, ids, "Annotation", more, a)
	if err != nil {
		return nil, err
	}
	all := omero.LongIObjectListMap{}
	for id, list := range found {
		for _, x := range list {
			if len(classes) == 0 || slices.Contains(classes, classOf(x)) {
				all[id] = append(all[id], x)
			}
		}
	}
	return all, nil
}

func classesNamed(names []string) ([]string, error) {
	var classes []string
	for _, name := range names {
		class, err := classNamed(name)
		if err != nil {
			return nil, err
		}
		classes = append(classes, class)
	}
	return classes, nil
}

// annotationClass checks the name of a class of annotations.
func annotationClass(name string) (string, error) {
	class, err := classNamed(name)
	if err != nil {
		return "", err
	}
	if _, ok := newObject(class).(omero.AnyAnnotation); !ok {
		return "", ApiUsage("%s is no class of annotations", class)
	}
	return class, nil
}

// namespaces are the conditions for the namespaces to have and not to have, of
// the annotation with a name.
func namespaces(name string, include, exclude []string, a args) (conditions []string) {
	if len(include) > 0 {
		conditions, a["include"] = append(conditions, name+".ns in (:include)"), include
	}
	if len(exclude) > 0 {
		conditions, a["exclude"] = append(conditions, "("+name+".ns is null or "+name+".ns not in (:exclude))"), exclude
	}
	return conditions
}

func (m *metadata) LoadSpecifiedAnnotations(ctx context.Context, class string, include, exclude omero.StringSet, options *omero.SysParameters) (omero.AnnotationList, error) {
	class, err := annotationClass(class)
	if err != nil {
		return nil, err
	}
	a := args{}
	conditions := owned(options, namespaces("x", include, exclude, a), a)
	return m.session.Call(ctx).annotations(ctx, class, whereClause(conditions), a, options)
}

func (m *metadata) CountSpecifiedAnnotations(ctx context.Context, class string, include, exclude omero.StringSet, options *omero.SysParameters) (*omero.RLong, error) {
	class, err := annotationClass(class)
	if err != nil {
		return nil, err
	}
	a := args{}
	conditions := owned(options, namespaces("x", include, exclude, a), a)
	return m.session.Call(ctx).count(ctx, "select count(x.id) from "+class+" x"+whereClause(conditions), a)
}

// count runs a query for one number.
func (c *Call) count(ctx context.Context, hql string, a args) (*omero.RLong, error) {
	rows, err := c.project(ctx, hql, a.with(nil))
	if err != nil {
		return nil, err
	}
	var n int64
	if len(rows) > 0 {
		n, _ = asLong(rows[0][0])
	}
	return omero.NewRLong(n), nil
}

func (m *metadata) LoadSpecifiedAnnotationsLinkedTo(ctx context.Context, class string, include, exclude omero.StringSet, root string, ids omero.SysLongList, _ *omero.SysParameters) (omero.LongAnnotationListMap, error) {
	class, err := annotationClass(class)
	if err != nil {
		return nil, err
	}
	a := args{}
	more := namespaces("a", include, exclude, a)
	return m.linked(ctx, root, ids, class, more, a)
}

// tagged are the classes that loadTagContent and getTaggedObjectsCount look at.
var tagged = []string{"Project", "Dataset", "Image", "Screen", "Plate", "PlateAcquisition", "Well"}

func (m *metadata) LoadTagContent(ctx context.Context, ids omero.SysLongList, options *omero.SysParameters) (omero.LongIObjectListMap, error) {
	if len(ids) == 0 {
		return nil, ApiUsage("there are no ids of tags")
	}
	call := m.session.Call(ctx)
	all := omero.LongIObjectListMap{}
	for _, class := range tagged[:5] {
		a := args{"ids": ids}
		conditions := owned(options, []string{"l.parent.id = x.id", "l.child.id in (:ids)"}, a)
		rows, err := call.project(ctx, "select l.child.id, x from "+class+"AnnotationLink l, "+class+" x"+whereClause(conditions)+"order by x.id", a.with(nil))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			tag, _ := asLong(row[0])
			if o, ok := row[1].(*omero.RObject); ok && o != nil && !isNil(o.Val) {
				all[tag] = append(all[tag], o.Val)
			}
		}
	}
	return all, nil
}

func (m *metadata) GetTaggedObjectsCount(ctx context.Context, ids omero.SysLongList, options *omero.SysParameters) (omero.SysCountMap, error) {
	if len(ids) == 0 {
		return nil, ApiUsage("there are no ids of tags")
	}
	counts := omero.SysCountMap{}
	for _, id := range ids {
		counts[id] = 0
	}
	call := m.session.Call(ctx)
	for _, class := range tagged {
		a := args{"ids": ids}
		conditions := owned(options, []string{"x.child.id in (:ids)"}, a)
		rows, err := call.project(ctx, "select x.child.id, count(x.id) from "+class+"AnnotationLink x"+whereClause(conditions)+"group by x.child.id", a.with(nil))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			tag, _ := asLong(row[0])
			n, _ := asLong(row[1])
			counts[tag] += n
		}
	}
	return counts, nil
}

// LoadTagSets returns tag sets with their tags, and with the option orphan also
// the tags that are in none.
func (m *metadata) LoadTagSets(ctx context.Context, options *omero.SysParameters) (omero.IObjectList, error) {
	call := m.session.Call(ctx)
	a := args{"ns": tagSetNamespace}
	conditions := owned(options, []string{"x.ns = :ns"}, a)
	sets, err := call.find(ctx, "select distinct x from TagAnnotation x left outer join fetch x.annotationLinks l left outer join fetch l.child t"+whereClause(conditions), a.with(nil))
	if err != nil || !option(optionsOf(options).Orphan) {
		return sets, err
	}
	a = args{"ns": tagSetNamespace}
	conditions = owned(options, []string{"(x.ns is null or x.ns != :ns)", "x.id not in (select l.child.id from AnnotationAnnotationLink l, TagAnnotation s where l.parent.id = s.id and s.ns = :ns)"}, a)
	tags, err := call.find(ctx, "select x from TagAnnotation x"+whereClause(conditions), a.with(nil))
	return append(sets, tags...), err
}

func (m *metadata) LoadAnnotation(ctx context.Context, ids omero.SysLongList) (omero.AnnotationList, error) {
	if len(ids) == 0 {
		return nil, ApiUsage("there are no ids of annotations")
	}
	return m.session.Call(ctx).annotations(ctx, "Annotation", "where x.id in (:ids)", args{"ids": ids}, nil)
}

func (m *metadata) LoadInstrument(ctx context.Context, id int64) (*omero.Instrument, error) {
	i, err := findOne[*omero.Instrument](ctx, m.session.Call(ctx), "select x from Instrument x "+
		"left outer join fetch x.microscope mi left outer join fetch mi.type left outer join fetch x.detector de left outer join fetch de.type "+
		"left outer join fetch x.objective ob left outer join fetch ob.immersion left outer join fetch ob.correction "+
		"left outer join fetch x.filter fi left outer join fetch x.dichroic di left outer join fetch x.filterSet fs "+
		"left outer join fetch x.lightSource li left outer join fetch x.otf where x.id = :id", args{"id": id})
	if err == nil && i == nil {
		err = ApiUsage("No such instrument: %d", id)
	}
	return i, err
}

// usedNotOwned is the condition for annotations that a user has linked, but that
// are another's.
func usedNotOwned() string {
	var any []string
	for _, class := range allClasses() {
		if strings.HasSuffix(class, "AnnotationLink") {
			any = append(any, "x.id in (select l.child.id from "+class+" l where l.details.owner.id = :user)")
		}
	}
	return "where x.details.owner.id != :user and (" + strings.Join(any, " or ") + ")"
}

func (m *metadata) LoadAnnotationsUsedNotOwned(ctx context.Context, class string, user int64) (omero.IObjectList, error) {
	class, err := annotationClass(class)
	if err != nil {
		return nil, err
	}
	found, err := m.session.Call(ctx).annotations(ctx, class, usedNotOwned(), args{"user": user}, nil)
	if err != nil {
		return nil, err
	}
	all := make(omero.IObjectList, len(found))
	for i, x := range found {
		all[i] = x
	}
	return all, nil
}

func (m *metadata) CountAnnotationsUsedNotOwned(ctx context.Context, class string, user int64) (*omero.RLong, error) {
	class, err := annotationClass(class)
	if err != nil {
		return nil, err
	}
	return m.session.Call(ctx).count(ctx, "select count(x.id) from "+class+" x "+usedNotOwned(), args{"user": user})
}

// LoadLogFiles finds the logs of imports, by the ids of filesets or of their images.
func (m *metadata) LoadLogFiles(ctx context.Context, root string, ids omero.SysLongList) (omero.LongIObjectListMap, error) {
	class, err := classNamed(root)
	if err != nil {
		return nil, err
	}
	from := map[string]string{
		"Fileset": "select fl.parent.id, f from FilesetJobLink fl, JobOriginalFileLink jl, OriginalFile f where fl.child.id = jl.parent.id and jl.child.id = f.id and fl.parent.id in (:ids)",
		"Image":   "select i.id, f from Image i, FilesetJobLink fl, JobOriginalFileLink jl, OriginalFile f where i.fileset.id = fl.parent.id and fl.child.id = jl.parent.id and jl.child.id = f.id and i.id in (:ids)",
	}[class]
	switch {
	case from == "":
		return nil, ApiUsage("log files are of objects of class Fileset or Image, not %s", class)
	case len(ids) == 0:
		return nil, ApiUsage("there are no ids")
	}
	rows, err := m.session.Call(ctx).project(ctx, from+" and f.mimetype = :type order by f.id", args{"ids": ids, "type": "application/omero-log-file"}.with(nil))
	if err != nil {
		return nil, err
	}
	all := omero.LongIObjectListMap{}
	for _, row := range rows {
		id, _ := asLong(row[0])
		if o, ok := row[1].(*omero.RObject); ok && o != nil {
			all[id] = append(all[id], o.Val)
		}
	}
	return all, nil
}
