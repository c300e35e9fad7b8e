package store

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/hql"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
	"modernc.org/sqlite"
)

// Query runs a query in HQL that selects one object a row, as IQuery's findAllByQuery does.
// The objects are as the query fetched them: what it did not fetch is unloaded.
// Parameters, paging, owner and group come from params, which may be nil.
func (tx *Tx) Query(text string, params *omero.SysParameters) ([]omero.AnyIObject, error) {
	plan, err := tx.compile(text, params)
	if err != nil {
		return nil, err
	}
	if len(plan.Items) != 1 || plan.New != "" || plan.Items[0].Load == nil {
		return nil, ApiUsage("the query selects values, not one object a row: use projection for it: %s", text)
	}
	var out []omero.AnyIObject
	r := newResult(tx, plan)
	err = r.run(func(row []any) error {
		v := r.objects[r.rowKey(plan.Items[0].Load, row)]
		if plan.Dedupe && v != nil {
			if r.given[v] {
				return nil
			}
			r.given[v] = true
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

// Projection runs a query in HQL and gives what it selects row by row, as
// IQuery's projection does. A "new map" is one *omero.RMap a row.
func (tx *Tx) Projection(text string, params *omero.SysParameters) ([][]omero.AnyRType, error) {
	plan, err := tx.compile(text, params)
	if err != nil {
		return nil, err
	}
	var out [][]omero.AnyRType
	r := newResult(tx, plan)
	err = r.run(func(row []any) error {
		values, err := r.values(row)
		if err != nil || values == nil {
			return err
		}
		out = append(out, values)
		return nil
	})
	return out, err
}

// Plan translates a query without running it; tests and tools look at the SQL.
func (tx *Tx) Plan(text string, params *omero.SysParameters) (*hql.Plan, error) {
	return tx.compile(text, params)
}

func (tx *Tx) compile(text string, params *omero.SysParameters) (*hql.Plan, error) {
	q, err := parsed.get(text)
	if err == nil {
		options := hql.Options{}
		if params != nil {
			options.Params, options.Filter = params.Map, params.TheFilter
		}
		var plan *hql.Plan
		if plan, err = hql.Compile(text, q, tx, options); err == nil {
			return plan, nil
		}
	}
	e := &omero.QueryException{}
	e.ServerError = server("ApiUsageException", "%v", err)
	return nil, e
}

// parsed keeps the trees of queries: clients ask the same ones again and again.
var parsed = &parseCache{trees: map[string]*hql.Query{}}

type parseCache struct {
	mu    sync.Mutex
	trees map[string]*hql.Query
}

const (
	keptTrees       = 500
	longestKeptTree = 10_000 // bytes of its text
)

func (c *parseCache) get(text string) (*hql.Query, error) {
	c.mu.Lock()
	q := c.trees[text]
	c.mu.Unlock()
	if q != nil {
		return q, nil
	}
	q, err := hql.Parse(text)
	if err != nil || len(text) > longestKeptTree {
		return q, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.trees) >= keptTrees {
		clear(c.trees)
	}
	c.trees[text] = q
	return q, nil
}

// result makes objects of a plan's rows. Each object is made once, however many
// rows have it.
type result struct {
	tx          *Tx
	plan        *hql.Plan
	objects     map[key]omero.AnyIObject
	given       map[omero.AnyIObject]bool
	collections map[collectionKey]*collection
}

type collectionKey struct {
	of   omero.AnyIObject
	prop *schema.Prop
}

type collection struct {
	elements []element
	has      map[omero.AnyIObject]bool
}

type element struct {
	v     omero.AnyIObject
	place int64
}

func newResult(tx *Tx, plan *hql.Plan) *result {
	return &result{tx: tx, plan: plan, objects: map[key]omero.AnyIObject{}, given: map[omero.AnyIObject]bool{},
		collections: map[collectionKey]*collection{}}
}

func (r *result) run(do func(row []any) error) error {
	err := r.tx.each(r.plan.SQL, r.plan.Args, func(row []any) error {
		for _, l := range r.plan.Loads {
			if err := r.load(l, row); err != nil {
				return err
			}
		}
		return do(row)
	})
	var e *sqlite.Error
	if errors.As(err, &e) && r.tx.ctx.Err() == nil {
		return ApiUsage("query failed: %v", e)
	}
	if err != nil {
		return err
	}
	r.fillCollections()
	r.join()
	return r.count()
}

func (r *result) rowKey(l *hql.Load, row []any) key {
	id, ok := row[l.At].(int64)
	if !ok {
		return key{nil, -1}
	}
	return key{l.Class.Root, id}
}

// load makes the object that a row has for a load, and joins it to its parent.
func (r *result) load(l *hql.Load, row []any) error {
	k := r.rowKey(l, row)
	v := r.objects[k]
	if v == nil && k.root != nil {
		layout := layouts[k.root]
		var err error
		if v, err = r.tx.object(layout, row[l.At:l.At+len(layout.columns)]); err != nil {
			return err
		}
		r.objects[k] = v
	}
	if l.Parent == nil {
		return nil
	}
	parent := r.objects[r.rowKey(l.Parent, row)]
	if parent == nil || !l.Prop.InDetails() && !schema.Of(parent).Is(l.Prop.Class) {
		return nil
	}
	if l.Prop.Kind == schema.Ref {
		if v != nil {
			l.Prop.SetObject(parent, v)
		}
		return nil
	}
	r.enter(l, row, parent, v)
	return nil
}

// enter puts an element into the fetched collection of its parent.
func (r *result) enter(l *hql.Load, row []any, parent, v omero.AnyIObject) {
	k := collectionKey{parent, l.Prop}
	c := r.collections[k]
	if c == nil {
		c = &collection{has: map[omero.AnyIObject]bool{}}
		r.collections[k] = c
	}
	if v == nil || c.has[v] {
		return
	}
	c.has[v] = true
	e := element{v: v}
	if l.Prop.Ordered {
		e.place, _ = row[l.At+layouts[l.Class.Root].at[l.Prop.OrderColumn()]].(int64)
	}
	c.elements = append(c.elements, e)
}

func (r *result) fillCollections() {
	for k, c := range r.collections {
		if k.prop.Ordered {
			slices.SortStableFunc(c.elements, func(a, b element) int { return int(a.place - b.place) })
		}
		k.prop.Load(k.of)
		for _, e := range c.elements {
			k.prop.Append(k.of, e.v)
		}
	}
}

// join makes objects refer to the loaded ones among the others, as they do
// within one session of Hibernate.
func (r *result) join() {
	roots := map[*schema.Class]bool{}
	for k := range r.objects {
		roots[k.root] = true
	}
	for _, v := range r.objects {
		c := schema.Of(v)
		for _, f := range layouts[c.Root].plans[c.Name].props {
			if f.prop.Kind == schema.Ref && roots[f.prop.Target.Root] {
				r.joinProp(v, f.prop)
			}
		}
		for _, name := range []string{"owner", "group", "creationEvent", "updateEvent", "externalInfo"} {
			if p := c.Details(name); p != nil && roots[p.Target.Root] {
				r.joinProp(v, p)
			}
		}
	}
}

func (r *result) joinProp(v omero.AnyIObject, p *schema.Prop) {
	if to := p.Object(v); to != nil && !to.IsLoaded() {
		if loaded := r.objects[key{p.Target.Root, to.GetId().Val}]; loaded != nil {
			p.SetObject(v, loaded)
		}
	}
}

// count reads the counts per owner that the query fetched.
func (r *result) count() error {
	for _, c := range r.plan.Counts {
		var ids []int64
		for k, v := range r.objects {
			if schema.Of(v).Is(c.Prop.Class) {
				ids = append(ids, k.id)
				c.Prop.Field(v).Set(reflect.ValueOf(omero.SysCountMap{}))
			}
		}
		if err := r.tx.CountPerOwner(c.Prop.Of, ids, func(id, owner, n int64) {
			c.Prop.Field(r.objects[key{c.Prop.Class.Root, id}]).Interface().(omero.SysCountMap)[owner] = n
		}); err != nil {
			return err
		}
	}
	return nil
}

// CountPerOwner counts the visible elements of a collection by their owners, for each of
// some objects.
func (tx *Tx) CountPerOwner(p *schema.Prop, ids []int64, do func(id, owner, count int64)) error {
	list, err := json.Marshal(ids)
	if err != nil {
		return Internal(err, "count %s", p)
	}
	column := `"t".` + quote(p.Inverse.Column)
	query := "SELECT " + column + `, "t"."_owner", count(*) FROM ` + quote(p.Target.Table()) + ` AS "t" WHERE ` + column + " IN (SELECT value FROM json_each(?))"
	if visible := tx.Visible(p.Target, "t"); visible != "" {
		query += " AND " + visible
	}
	return tx.each(query+" GROUP BY 1, 2", []any{string(list)}, func(row []any) error {
		do(row[0].(int64), row[1].(int64), row[2].(int64))
		return nil
	})
}

// values makes the values that a row selects.
func (r *result) values(row []any) ([]omero.AnyRType, error) {
	values := make([]omero.AnyRType, len(r.plan.Items))
	for i, item := range r.plan.Items {
		v, err := r.value(item, row)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	switch r.plan.New {
	case "map":
		m := omero.RTypeDict{}
		for i, item := range r.plan.Items {
			m[item.Name] = values[i]
		}
		return []omero.AnyRType{omero.NewRMap(m)}, nil
	case "list":
		return []omero.AnyRType{omero.NewRList(values...)}, nil
	}
	if r.plan.Dedupe {
		if o, ok := values[0].(*omero.RObject); ok {
			if r.given[o.Val] {
				return nil, nil
			}
			r.given[o.Val] = true
		}
	}
	return values, nil
}

func (r *result) value(item *hql.Item, row []any) (omero.AnyRType, error) {
	if item.Load != nil {
		v := r.objects[r.rowKey(item.Load, row)]
		switch {
		case v == nil:
			return nil, nil
		case item.Permissions:
			return permissionsMap(v.GetDetails().Permissions), nil
		}
		o := omero.NewRObject(nil)
		o.Val = v
		return o, nil
	}
	value := row[item.At]
	if value == nil {
		return nil, nil
	}
	switch item.Type {
	case hql.Quantity:
		return quantityMap(item.Prop, value, row[item.At+1]), nil
	case hql.ClassName:
		name, _ := value.(string)
		if c := schema.Find(name); c != nil {
			name = c.JavaName
		}
		return omero.NewRString(name), nil
	}
	return rtype(item.Type, value)
}

// rtype makes a value of a column's value, by what the query says it is or else by what it is.
func rtype(t hql.Type, value driver.Value) (omero.AnyRType, error) {
	switch v := value.(type) {
	case string:
		return omero.NewRString(v), nil
	case []byte:
		return omero.NewRString(string(v)), nil
	case float64:
		switch t {
		case hql.Int, hql.Long, hql.Timestamp, hql.Boolean:
			return rtype(t, int64(v))
		}
		return omero.NewRDouble(v), nil
	case int64:
		switch t {
		case hql.Int:
			return omero.NewRInt(int32(v)), nil
		case hql.Double:
			return omero.NewRDouble(float64(v)), nil
		case hql.Boolean:
			return omero.NewRBool(v != 0), nil
		case hql.Timestamp:
			return omero.NewRTime(v), nil
		}
		return omero.NewRLong(v), nil
	}
	return nil, Internal(errUnknownValue, "read a query's row")
}

var errUnknownValue = errors.New("a value of no known type")

func quantityMap(p *schema.Prop, value, unit any) omero.AnyRType {
	f, _ := number(value)
	symbol, _ := unit.(string)
	name := symbol
	if n, ok := p.UnitNamed(symbol); ok {
		q := reflect.New(p.Type.Elem()).Elem().Field(1)
		q.SetInt(n)
		name = fmt.Sprint(q.Interface())
	}
	return omero.NewRMap(omero.RTypeDict{"value": omero.NewRDouble(f), "unit": omero.NewRString(name), "symbol": omero.NewRString(symbol)})
}

func permissionsMap(p *omero.Permissions) omero.AnyRType {
	return omero.NewRMap(omero.RTypeDict{
		"canAnnotate": omero.NewRBool(p.CanAnnotate()), "canDelete": omero.NewRBool(p.CanDelete()),
		"canEdit": omero.NewRBool(p.CanEdit()), "canLink": omero.NewRBool(p.CanLink()),
		"canChgrp": omero.NewRBool(p.CanChgrp()), "canChown": omero.NewRBool(p.CanChown()),
		"perm": omero.NewRString(Rights(p.Perm1).String()),
	})
}

func init() {
	text := func(do func(string) string) func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		return func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			if s, ok := args[0].(string); ok {
				return do(s), nil
			}
			return args[0], nil
		}
	}
	// SQLite's own know ASCII only.
	sqlite.MustRegisterDeterministicScalarFunction("hql_lower", 1, text(strings.ToLower))
	sqlite.MustRegisterDeterministicScalarFunction("hql_upper", 1, text(strings.ToUpper))
}
