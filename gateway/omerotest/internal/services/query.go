package services

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// query is IQuery.
type query struct{ session *Session }

func newQuery(s *Session) *query { return &query{s} }

func (q *query) Get(ctx context.Context, class string, id int64) (omero.AnyIObject, error) {
	found, err := q.Find(ctx, class, id)
	if err == nil && found == nil {
		err = Validation("The requested object (%s,%d) is not available.\nPlease use IQuery.find to deal with null objects.", firstLine(class), id)
	}
	return found, err
}

func (q *query) Find(ctx context.Context, class string, id int64) (omero.AnyIObject, error) {
	class, err := classNamed(class)
	if err != nil {
		return nil, err
	}
	return findOne[omero.AnyIObject](ctx, q.session.Call(ctx), "select x from "+class+" x where x.id = :id", args{"id": id})
}

func (q *query) FindAll(ctx context.Context, class string, filter *omero.SysFilter) (omero.IObjectList, error) {
	class, err := classNamed(class)
	if err != nil {
		return nil, err
	}
	return q.session.Call(ctx).find(ctx, "select x from "+class+" x", args{}.with(&omero.SysParameters{TheFilter: filter}))
}

func (q *query) FindByExample(ctx context.Context, example omero.AnyIObject) (omero.AnyIObject, error) {
	found, err := q.FindAllByExample(ctx, example, &omero.SysFilter{Limit: omero.NewRInt(2)})
	if err != nil {
		return nil, err
	}
	return single(found)
}

// FindAllByExample compares what the example has: values, and references by id.
func (q *query) FindAllByExample(ctx context.Context, example omero.AnyIObject, filter *omero.SysFilter) (omero.IObjectList, error) {
	if isNil(example) {
		return nil, ApiUsage("the example is null")
	}
	conditions, values := []string{"1 = 1"}, args{}
	v := reflect.ValueOf(example).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := strings.ToLower(field.Name[:1]) + field.Name[1:]
		switch x := v.Field(i).Interface().(type) {
		case omero.AnyRType:
			if !isNil(x) && name != "version" {
				conditions, values[name] = append(conditions, "x."+name+" = :"+name), x
			}
		case omero.AnyIObject:
			if id, ok := idOf(x); ok {
				conditions, values[name] = append(conditions, "x."+name+".id = :"+name), id
			}
		}
	}
	hql := "select x from " + classOf(example) + " x where " + strings.Join(conditions, " and ")
	return q.session.Call(ctx).find(ctx, hql, values.with(&omero.SysParameters{TheFilter: filter}))
}

func (q *query) FindByString(ctx context.Context, class, field, value string) (omero.AnyIObject, error) {
	found, err := q.byString(ctx, class, field, "=", value, &omero.SysFilter{Limit: omero.NewRInt(2)})
	if err != nil {
		return nil, err
	}
	return single(found)
}

func (q *query) FindAllByString(ctx context.Context, class, field, value string, caseSensitive bool, filter *omero.SysFilter) (omero.IObjectList, error) {
	if caseSensitive {
		return q.byString(ctx, class, field, "like", "%"+value+"%", filter)
	}
	return q.byString(ctx, class, field, "ilike", "%"+strings.ToLower(value)+"%", filter)
}

func (q *query) byString(ctx context.Context, class, field, operator, value string, filter *omero.SysFilter) (omero.IObjectList, error) {
	class, err := classNamed(class)
	if err != nil {
		return nil, err
	}
	if !isPath(field) {
		return nil, ApiUsage("%q is no field", firstLine(field))
	}
	left := "x." + field
	if operator == "ilike" {
		left, operator = "lower("+left+")", "like"
	}
	hql := fmt.Sprintf("select x from %s x where %s %s :value", class, left, operator)
	return q.session.Call(ctx).find(ctx, hql, args{"value": value}.with(&omero.SysParameters{TheFilter: filter}))
}

// isPath reports whether a text is names with dots between, which may be put
// into a query.
func isPath(text string) bool {
	if text == "" || len(text) > 200 {
		return false
	}
	for name := range strings.SplitSeq(text, ".") {
		if name == "" || strings.Trim(name, "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return false
		}
	}
	return true
}

func (q *query) FindByQuery(ctx context.Context, hql string, p *omero.SysParameters) (omero.AnyIObject, error) {
	found, err := q.session.Call(ctx).find(ctx, hql, p)
	if err != nil {
		return nil, err
	}
	return single(found)
}

// single is the one object of a result that may have no more. A join returns
// the same one for each of its rows.
func single(found omero.IObjectList) (omero.AnyIObject, error) {
	if len(found) == 0 {
		return nil, nil
	}
	for _, o := range found[1:] {
		if o != found[0] {
			return nil, ApiUsage("query did not return a unique result: %d", len(found))
		}
	}
	return found[0], nil
}

func (q *query) FindAllByQuery(ctx context.Context, hql string, p *omero.SysParameters) (omero.IObjectList, error) {
	return q.session.Call(ctx).find(ctx, hql, p)
}

func (q *query) FindAllByFullText(ctx context.Context, class, text string, p *omero.SysParameters) (omero.IObjectList, error) {
	class, err := classNamed(class)
	if err != nil {
		return nil, err
	}
	s := fullText{class: class, text: text}
	ids, err := s.ids(ctx, q.session.Call(ctx))
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return q.session.Call(ctx).find(ctx, "select x from "+class+" x where x.id in (:ids) order by x.id", args{"ids": ids}.with(p))
}

func (q *query) Projection(ctx context.Context, hql string, p *omero.SysParameters) (omero.RTypeSeqSeq, error) {
	return q.session.Call(ctx).project(ctx, hql, p)
}

func (q *query) Refresh(ctx context.Context, o omero.AnyIObject) (omero.AnyIObject, error) {
	id, ok := idOf(o)
	if !ok {
		return nil, ApiUsage("only an object that has an id can be refreshed")
	}
	return q.Get(ctx, classOf(o), id)
}

// fullText is a search for words, as the index would find them.
type fullText struct {
	class string
	text  string
}

// searched are the fields that words are looked for in, by class. Names and
// descriptions of any class that has them are among them, and the annotations
// of what is annotated.
func (s *fullText) fields() (own []string, annotated bool) {
	o := newObject(s.class)
	v := reflect.ValueOf(o).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Type == reflect.TypeFor[*omero.RString]() && f.Name != "Sha1" && f.Name != "Uuid" {
			own = append(own, strings.ToLower(f.Name[:1])+f.Name[1:])
		}
		annotated = annotated || f.Name == "AnnotationLinksSeq"
	}
	// TextValue is a field of the base of text annotations.
	if _, ok := o.(omero.AnyTextAnnotation); ok && !slices.Contains(own, "textValue") {
		own = append(own, "textValue")
	}
	return own, annotated
}

// words splits a query of the kind that the index takes: words, with * and ?
// as wildcards, field:word, and AND, OR, NOT or + and - before words.
func (s *fullText) words() (must, some, none []string, err error) {
	next, negate := &some, false
	for _, word := range strings.Fields(s.text) {
		switch word {
		case "AND":
			if next = &must; len(some) > 0 {
				must, some = append(must, some[len(some)-1]), some[:len(some)-1]
			}
			continue
		case "OR":
			next = &some
			continue
		case "NOT":
			negate = true
			continue
		}
		target := next
		switch {
		case strings.HasPrefix(word, "+"):
			word, target = word[1:], &must
		case strings.HasPrefix(word, "-"):
			word, target = word[1:], &none
		case negate:
			target = &none
		}
		negate, next = false, &some
		if _, after, ok := strings.Cut(word, ":"); ok {
			word = after
		}
		word = strings.ToLower(strings.Trim(word, `"()`))
		if strings.HasPrefix(word, "*") || strings.HasPrefix(word, "?") {
			return nil, nil, nil, ApiUsage("the query %q begins a word with a wildcard", firstLine(s.text))
		}
		if word != "" {
			*target = append(*target, word)
		}
	}
	if len(must)+len(some) == 0 {
		return nil, nil, nil, ApiUsage("the query %q has no words to look for", firstLine(s.text))
	}
	return must, some, none, nil
}

// ids finds the objects.
func (s *fullText) ids(ctx context.Context, c *Call) ([]int64, error) {
	must, some, none, err := s.words()
	if err != nil {
		return nil, err
	}
	own, annotated := s.fields()
	if len(own) == 0 && !annotated {
		return nil, ApiUsage("objects of class %s have no texts to look in", s.class)
	}
	values := args{}
	has := func(word string) string {
		name := fmt.Sprintf("w%d", len(values))
		values[name] = likePattern(word)
		var any []string
		for _, f := range own {
			any = append(any, fmt.Sprintf("lower(x.%s) like :%s", f, name))
		}
		if annotated {
			any = append(any, fmt.Sprintf("x.id in (select l.parent.id from %sAnnotationLink l, TextAnnotation a where l.child.id = a.id and lower(a.textValue) like :%s)", annotatedBase(s.class), name))
		}
		return "(" + strings.Join(any, " or ") + ")"
	}
	var all []string
	for _, w := range must {
		all = append(all, has(w))
	}
	if len(some) > 0 && len(must) == 0 {
		var any []string
		for _, w := range some {
			any = append(any, has(w))
		}
		all = append(all, "("+strings.Join(any, " or ")+")")
	}
	for _, w := range none {
		all = append(all, "not "+has(w))
	}
	return c.ids(ctx, "select x.id from "+s.class+" x where "+strings.Join(all, " and ")+" order by x.id", values)
}

// annotatedBase is the class that a class's annotation links are named after.
func annotatedBase(class string) string {
	if o, ok := newObject(class).(omero.AnyAnnotation); ok && o != nil {
		return "Annotation"
	}
	return class
}

// likePattern looks for a word anywhere in a text.
func likePattern(word string) string {
	word = strings.NewReplacer("%", "", "_", "", "*", "%", "?", "_").Replace(word)
	return "%" + word + "%"
}
