package services

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
)

// search is the stateful service Search: options, and queries whose results are
// taken in batches. A query sees the options as they were when it was added.
type search struct {
	Stateful
	mu      sync.Mutex
	options searchOptions
	queries []*searchQuery
	combine string // how the next query goes with the one before: and, or, not
	current []omero.SearchMetadata
}

// searchOptions restrict what queries find.
type searchOptions struct {
	batch                            int32
	merged, caseSensitive            bool
	projections, unloaded, wildcards bool
	types                            []string // classes; nil is what there is to be searched
	ids                              []int64
	conditions                       []string // of HQL, about x
	values                           args
	order                            []string
	fetch                            []string
	annotationFetch                  []string
	annotations                      []string // conditions about the link l and the annotation a
}

// searchQuery is a query with what is left of its results.
type searchQuery struct {
	class   string
	ids     []int64
	objects omero.IObjectList // of HQL queries, which return what they select
	options searchOptions
}

// searchedTypes are what is searched when no type was chosen.
var searchedTypes = []string{"Dataset", "Image", "Plate", "Project", "Screen"}

func newSearch(s *Session) *search {
	found := &search{options: searchDefaults()}
	found.Init(s, found)
	return found
}

func searchDefaults() searchOptions { return searchOptions{batch: 1000, values: args{}} }

// set changes the options.
func (s *search) set(change func(o *searchOptions)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.options)
	return nil
}

// get reads the options.
func get[T any](s *search, read func(o *searchOptions) T) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return read(&s.options), nil
}

func (s *search) ActiveQueries(context.Context) (int32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int32(len(s.queries)), nil
}

func (s *search) SetBatchSize(_ context.Context, size int32) error {
	if size < 1 {
		return ApiUsage("a batch has one object at least")
	}
	return s.set(func(o *searchOptions) { o.batch = size })
}

func (s *search) GetBatchSize(context.Context) (int32, error) {
	return get(s, func(o *searchOptions) int32 { return o.batch })
}

func (s *search) SetMergedBatches(_ context.Context, merge bool) error {
	return s.set(func(o *searchOptions) { o.merged = merge })
}

func (s *search) IsMergedBatches(context.Context) (bool, error) {
	return get(s, func(o *searchOptions) bool { return o.merged })
}

// SetCaseSentivice is SetCaseSensitive as it was spelled once.
func (s *search) SetCaseSentivice(ctx context.Context, sensitive bool) error {
	return s.SetCaseSensitive(ctx, sensitive)
}

func (s *search) SetCaseSensitive(_ context.Context, sensitive bool) error {
	return s.set(func(o *searchOptions) { o.caseSensitive = sensitive })
}

func (s *search) IsCaseSensitive(context.Context) (bool, error) {
	return get(s, func(o *searchOptions) bool { return o.caseSensitive })
}

func (s *search) SetUseProjections(_ context.Context, use bool) error {
	return s.set(func(o *searchOptions) { o.projections = use })
}

func (s *search) IsUseProjections(context.Context) (bool, error) {
	return get(s, func(o *searchOptions) bool { return o.projections })
}

func (s *search) SetReturnUnloaded(_ context.Context, unloaded bool) error {
	return s.set(func(o *searchOptions) { o.unloaded = unloaded })
}

func (s *search) IsReturnUnloaded(context.Context) (bool, error) {
	return get(s, func(o *searchOptions) bool { return o.unloaded })
}

func (s *search) SetAllowLeadingWildcard(_ context.Context, allow bool) error {
	return s.set(func(o *searchOptions) { o.wildcards = allow })
}

func (s *search) IsAllowLeadingWildcard(context.Context) (bool, error) {
	return get(s, func(o *searchOptions) bool { return o.wildcards })
}

func (s *search) OnlyType(ctx context.Context, class string) error {
	return s.OnlyTypes(ctx, omero.StringSet{class})
}

func (s *search) OnlyTypes(_ context.Context, names omero.StringSet) error {
	classes, err := classesNamed(names)
	if err != nil {
		return err
	}
	return s.set(func(o *searchOptions) { o.types = classes })
}

func (s *search) AllTypes(context.Context) error {
	return s.set(func(o *searchOptions) { o.types = nil })
}

func (s *search) OnlyIds(_ context.Context, ids omero.SysLongList) error {
	return s.set(func(o *searchOptions) { o.ids = ids })
}

// only adds a condition with values; the names of the values are made unique.
func (s *search) only(condition string, values ...any) error {
	return s.set(func(o *searchOptions) {
		o.conditions = append(slices.Clip(o.conditions), o.named(condition, values...))
	})
}

// named puts names of parameters in the place of question marks.
func (o *searchOptions) named(condition string, values ...any) string {
	copied := args{}
	for k, v := range o.values {
		copied[k] = v
	}
	for _, v := range values {
		name := fmt.Sprintf("o%d", len(copied))
		copied[name] = v
		condition = strings.Replace(condition, "?", ":"+name, 1)
	}
	o.values = copied
	return condition
}

// owners are conditions for what details say of owner and group.
func owners(d *omero.Details, path, operator string) (conditions []string, values []any) {
	if d == nil {
		return nil, nil
	}
	if id, ok := idOf(d.Owner); ok && d.Owner != nil {
		conditions, values = append(conditions, path+".details.owner.id "+operator+" ?"), append(values, id)
	}
	if id, ok := idOf(d.Group); ok && d.Group != nil {
		conditions, values = append(conditions, path+".details.group.id "+operator+" ?"), append(values, id)
	}
	return conditions, values
}

func (s *search) OnlyOwnedBy(_ context.Context, d *omero.Details) error {
	c, v := owners(d, "x", "=")
	if c == nil {
		return nil
	}
	return s.only(strings.Join(c, " and "), v...)
}

func (s *search) NotOwnedBy(_ context.Context, d *omero.Details) error {
	c, v := owners(d, "x", "!=")
	if c == nil {
		return nil
	}
	return s.only(strings.Join(c, " and "), v...)
}

// between adds the conditions for a time.
func (s *search) between(path string, start, stop *omero.RTime) error {
	if start != nil {
		_ = s.only(path+" >= ?", start)
	}
	if stop != nil {
		_ = s.only(path+" < ?", stop)
	}
	return nil
}

func (s *search) OnlyCreatedBetween(_ context.Context, start, stop *omero.RTime) error {
	return s.between("x.details.creationEvent.time", start, stop)
}

func (s *search) OnlyModifiedBetween(_ context.Context, start, stop *omero.RTime) error {
	return s.between("x.details.updateEvent.time", start, stop)
}

// annotated adds a condition for the annotations of what is searched.
func (s *search) annotated(condition string, values ...any) error {
	return s.set(func(o *searchOptions) {
		o.annotations = append(slices.Clip(o.annotations), o.named(condition, values...))
	})
}

func (s *search) OnlyAnnotatedBetween(_ context.Context, start, stop *omero.RTime) error {
	if start != nil {
		_ = s.annotated("a.details.creationEvent.time >= ?", start)
	}
	if stop != nil {
		_ = s.annotated("a.details.creationEvent.time < ?", stop)
	}
	return nil
}

func (s *search) OnlyAnnotatedBy(_ context.Context, d *omero.Details) error {
	c, v := owners(d, "a", "=")
	if c == nil {
		return nil
	}
	return s.annotated(strings.Join(c, " and "), v...)
}

func (s *search) NotAnnotatedBy(_ context.Context, d *omero.Details) error {
	c, v := owners(d, "a", "!=")
	if c == nil {
		return nil
	}
	return s.annotated(strings.Join(c, " and "), v...)
}

// OnlyAnnotatedWith wants an annotation of one of the classes; none at all
// stands for any annotation.
func (s *search) OnlyAnnotatedWith(_ context.Context, names omero.StringSet) error {
	if len(names) == 0 {
		return s.annotated("a.id > 0")
	}
	var any []string
	for _, name := range names {
		class, err := annotationClass(name)
		if err != nil {
			return err
		}
		any = append(any, "a.id in (select t.id from "+class+" t)")
	}
	return s.annotated("(" + strings.Join(any, " or ") + ")")
}

func (s *search) order(path, direction string) error {
	if !isPath(path) {
		return ApiUsage("%q is no path to order by", firstLine(path))
	}
	return s.set(func(o *searchOptions) { o.order = append(slices.Clip(o.order), "x."+path+" "+direction) })
}

func (s *search) AddOrderByAsc(_ context.Context, path string) error { return s.order(path, "asc") }

func (s *search) AddOrderByDesc(_ context.Context, path string) error { return s.order(path, "desc") }

func (s *search) Unordered(context.Context) error {
	return s.set(func(o *searchOptions) { o.order = nil })
}

func (s *search) FetchAnnotations(_ context.Context, names omero.StringSet) error {
	classes, err := classesNamed(names)
	if err != nil {
		return err
	}
	return s.set(func(o *searchOptions) { o.annotationFetch = append(classes, "Annotation") })
}

func (s *search) FetchAlso(_ context.Context, paths omero.StringSet) error {
	for _, p := range paths {
		if !isPath(p) {
			return ApiUsage("%q is no path to fetch", firstLine(p))
		}
	}
	return s.set(func(o *searchOptions) { o.fetch = paths })
}

func (s *search) ResetDefaults(context.Context) error {
	return s.set(func(o *searchOptions) { *o = searchDefaults() })
}

func (s *search) ClearQueries(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries, s.current, s.combine = nil, nil, ""
	return nil
}

// together notes how the next query goes with the last one.
func (s *search) together(how string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queries) == 0 {
		return ApiUsage("there is no query yet that the next one could be combined with")
	}
	s.combine = how
	return nil
}

func (s *search) And(context.Context) error { return s.together("and") }

func (s *search) Or(context.Context) error { return s.together("or") }

func (s *search) Not(context.Context) error { return s.together("not") }

// Remove is not allowed, as in OMERO: results are not a collection of the client's.
func (s *search) Remove(context.Context) error {
	return ApiUsage("Cannot remove via search")
}
