package services

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// The queries of Search, and their results.

// classes are those to be searched.
func (o *searchOptions) classes() []string {
	if len(o.types) == 0 {
		return searchedTypes
	}
	return o.types
}

// where are the conditions of the options for a class.
func (o *searchOptions) where(class string) ([]string, error) {
	conditions := slices.Clone(o.conditions)
	if len(o.annotations) > 0 {
		link, err := annotationLink(class)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, "x.id in (select l.parent.id from "+link+" l, Annotation a where l.child.id = a.id and "+strings.Join(o.annotations, " and ")+")")
	}
	return conditions, nil
}

// restrict keeps of ids what the options let through, in their order.
func (s *search) restrict(ctx context.Context, class string, ids []int64, o searchOptions) ([]int64, error) {
	conditions, err := o.where(class)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	values := args{"found": ids}
	for k, v := range o.values {
		values[k] = v
	}
	conditions = append(conditions, "x.id in (:found)")
	if len(o.ids) > 0 {
		conditions, values["only"] = append(conditions, "x.id in (:only)"), o.ids
	}
	order := "x.id"
	if len(o.order) > 0 {
		order = strings.Join(o.order, ", ") + ", x.id"
	}
	return s.Session.Call(ctx).ids(ctx, "select x.id from "+class+" x"+whereClause(conditions)+"order by "+order, values)
}

// add runs a query for each class and keeps the results.
func (s *search) add(ctx context.Context, find func(class string) ([]int64, error)) error {
	s.mu.Lock()
	o, how := s.options, s.combine
	s.combine = ""
	s.mu.Unlock()
	var found []*searchQuery
	for _, class := range o.classes() {
		ids, err := find(class)
		if err == nil {
			ids, err = s.restrict(ctx, class, ids, o)
		}
		if err != nil {
			return err
		}
		found = append(found, &searchQuery{class: class, ids: ids, options: o})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if how == "" {
		s.queries = append(s.queries, found...)
		return nil
	}
	for _, q := range found {
		s.merge(q, how)
	}
	return nil
}

// merge combines a query's results with those of the last one of its class.
// The lock is held.
func (s *search) merge(q *searchQuery, how string) {
	for i := len(s.queries) - 1; i >= 0; i-- {
		old := s.queries[i]
		if old.class != q.class || old.objects != nil {
			continue
		}
		in := func(id int64) bool { return slices.Contains(q.ids, id) }
		switch how {
		case "and":
			old.ids = slices.DeleteFunc(old.ids, func(id int64) bool { return !in(id) })
		case "not":
			old.ids = slices.DeleteFunc(old.ids, in)
		case "or":
			for _, id := range q.ids {
				if !slices.Contains(old.ids, id) {
					old.ids = append(old.ids, id)
				}
			}
		}
		return
	}
	if how == "or" {
		s.queries = append(s.queries, q)
	}
}

// text searches for words in every class that has texts.
func (s *search) text(ctx context.Context, query string) error {
	call := s.Session.Call(ctx)
	return s.add(ctx, func(class string) ([]int64, error) {
		q := fullText{class: class, text: query}
		return q.ids(ctx, call)
	})
}

func (s *search) ByFullText(ctx context.Context, query string) error { return s.text(ctx, query) }

// ByLuceneQueryBuilder looks in all fields: the index is not divided here.
func (s *search) ByLuceneQueryBuilder(ctx context.Context, _, from, to, dateType, query string) error {
	path := map[string]string{"": "", "details.creationEvent.time": "x.details.creationEvent.time", "acquisitionDate": "x.acquisitionDate"}
	p, ok := path[dateType]
	if !ok {
		return ApiUsage("the type of date is %q, but must be details.creationEvent.time or acquisitionDate", firstLine(dateType))
	}
	if p != "" {
		start, stop, err := period(from, to)
		if err != nil {
			return err
		}
		s.mu.Lock()
		saved := s.options
		s.mu.Unlock()
		_ = s.between(p, start, stop)
		defer func() { _ = s.set(func(o *searchOptions) { *o = saved }) }()
	}
	return s.text(ctx, query)
}

func (s *search) BySimilarTerms(ctx context.Context, terms omero.StringSet) error {
	return s.text(ctx, strings.Join(terms, " "))
}

func (s *search) BySomeMustNone(ctx context.Context, some, must, none omero.StringSet) error {
	words := slices.Clone(some)
	for _, w := range must {
		words = append(words, "+"+w)
	}
	for _, w := range none {
		words = append(words, "-"+w)
	}
	return s.text(ctx, strings.Join(words, " "))
}

// ByHqlQuery keeps what a query returns, which brings its own options.
func (s *search) ByHqlQuery(ctx context.Context, hql string, p *omero.SysParameters) error {
	found, err := s.Session.Call(ctx).find(ctx, hql, p)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found == nil {
		found = omero.IObjectList{}
	}
	s.queries = append(s.queries, &searchQuery{objects: found, options: s.options})
	return nil
}

// ByGroupForTags finds tags that are in a tag set, or with no name in any.
func (s *search) ByGroupForTags(ctx context.Context, group string) error {
	return s.tags(ctx, "select distinct l.child.id from AnnotationAnnotationLink l, TagAnnotation p where l.parent.id = p.id", "p", group)
}

// ByTagForGroups finds the tag sets that have a tag, or with no name any.
func (s *search) ByTagForGroups(ctx context.Context, tag string) error {
	return s.tags(ctx, "select distinct l.parent.id from AnnotationAnnotationLink l, TagAnnotation p where l.child.id = p.id", "p", tag)
}

func (s *search) tags(ctx context.Context, hql, name, text string) error {
	a := args{}
	if text != "" {
		hql, a["text"] = hql+" and "+name+".textValue = :text", text
	}
	ids, err := s.Session.Call(ctx).ids(ctx, hql, a)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries = append(s.queries, &searchQuery{class: "TagAnnotation", ids: ids, options: s.options})
	return nil
}

// ByAnnotatedWith finds what has annotations like the examples: of the class,
// and with the namespace and the value that the example has.
func (s *search) ByAnnotatedWith(ctx context.Context, examples omero.AnnotationList) error {
	if len(examples) == 0 {
		return ApiUsage("there are no examples of annotations")
	}
	call := s.Session.Call(ctx)
	return s.add(ctx, func(class string) ([]int64, error) {
		link, err := annotationLink(class)
		if err != nil {
			return nil, err
		}
		var all []string
		a := args{}
		for _, e := range examples {
			if isNil(e) {
				return nil, ApiUsage("an example is null")
			}
			conditions := exampleConditions(e, a)
			all = append(all, "x.id in (select l.parent.id from "+link+" l, "+classOf(e)+" a where l.child.id = a.id"+and(conditions)+")")
		}
		return call.ids(ctx, "select x.id from "+class+" x"+whereClause(all), a)
	})
}

// HasNext reports whether results are left, and forgets queries that have none.
func (s *search) HasNext(context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.more(), nil
}

// more drops queries that are used up. The lock is held.
func (s *search) more() bool {
	for len(s.queries) > 0 && len(s.queries[0].ids)+len(s.queries[0].objects) == 0 {
		s.queries = s.queries[1:]
	}
	return len(s.queries) > 0
}

func (s *search) Next(ctx context.Context) (omero.AnyIObject, error) {
	found, err := s.take(ctx, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ApiUsage("No elements")
	}
	return found[0], nil
}

// Results is the next batch. Merged batches have results of several queries.
func (s *search) Results(ctx context.Context) (omero.IObjectList, error) {
	o, _ := get(s, func(o *searchOptions) searchOptions { return *o })
	found, err := s.take(ctx, int(o.batch))
	for err == nil && o.merged && len(found) < int(o.batch) {
		var more omero.IObjectList
		if more, err = s.take(ctx, int(o.batch)-len(found)); len(more) == 0 {
			break
		}
		found = append(found, more...)
	}
	if err == nil && len(found) == 0 {
		return nil, ApiUsage("No elements")
	}
	return found, err
}

// take takes results of the first query that has some.
func (s *search) take(ctx context.Context, n int) (omero.IObjectList, error) {
	s.mu.Lock()
	if !s.more() {
		s.current = nil
		s.mu.Unlock()
		return nil, nil
	}
	q := s.queries[0]
	ids := q.ids[:min(n, len(q.ids))]
	objects := q.objects[:min(n, len(q.objects))]
	q.ids, q.objects = q.ids[len(ids):], q.objects[len(objects):]
	s.mu.Unlock()
	var err error
	if len(ids) > 0 {
		objects, err = s.load(ctx, q, ids)
	}
	s.mu.Lock()
	s.current = make([]omero.SearchMetadata, len(objects))
	s.mu.Unlock()
	return objects, err
}

// load fetches objects, in the order of their ids.
func (s *search) load(ctx context.Context, q *searchQuery, ids []int64) (omero.IObjectList, error) {
	all := make(omero.IObjectList, 0, len(ids))
	if q.options.unloaded {
		for _, id := range ids {
			all = append(all, unloaded(newObject(q.class), id))
		}
		return all, nil
	}
	hql := "select distinct x from " + q.class + " x "
	for _, path := range q.options.fetch {
		hql += "left outer join fetch x." + path + " "
	}
	if len(q.options.annotationFetch) > 0 {
		hql += "left outer join fetch x.annotationLinks al left outer join fetch al.child "
	}
	found, err := s.Session.Call(ctx).find(ctx, hql+"where x.id in (:ids)", args{"ids": ids}.with(nil))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if i := slices.IndexFunc(found, func(o omero.AnyIObject) bool { got, _ := idOf(o); return got == id }); i >= 0 {
			all = append(all, found[i])
		}
	}
	return all, nil
}

var errNoResults = errors.New("results have not been asked for yet")

// CurrentMetadata is nothing in particular: no score is kept.
func (s *search) CurrentMetadata(context.Context) (omero.SearchMetadata, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.current) == 0 {
		return nil, ApiUsage("%v", errNoResults)
	}
	return omero.SearchMetadata{}, nil
}

func (s *search) CurrentMetadataList(context.Context) (omero.SearchMetadataList, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return make(omero.SearchMetadataList, len(s.current)), nil
}
