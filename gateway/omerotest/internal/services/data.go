package services

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/wire"
)

// AllGroups is the omero.group of calls that work in all groups at once.
const AllGroups int64 = -1

// Caller is on whose behalf the database is asked.
type Caller struct {
	*Person
	// Group is the group to work in, or AllGroups.
	Group int64
	// Session is where the call comes from; events are noted as its.
	Session *Session
	// All takes away all limits: it is for what the server does for itself.
	All bool
}

// Database is the model. Errors are OMERO's exceptions.
type Database interface {
	// FindAll runs an HQL query that selects objects.
	FindAll(ctx context.Context, who *Caller, hql string, p *omero.SysParameters) (omero.IObjectList, error)
	// Project runs an HQL query that selects values.
	Project(ctx context.Context, who *Caller, hql string, p *omero.SysParameters) (omero.RTypeSeqSeq, error)
	// Save writes objects and all that is new or loaded behind them, and returns
	// them as they are now.
	Save(ctx context.Context, who *Caller, objects omero.IObjectList) (omero.IObjectList, error)
	// Delete takes the row of an object away.
	Delete(ctx context.Context, who *Caller, class string, id int64) error
	// Change gives objects another owner, another group or other permissions.
	// What is nil stays. It checks no rights and follows no references.
	Change(ctx context.Context, who *Caller, class string, ids []int64, c Change) error
	// Enumerations are the values that a new server has, by class.
	Enumerations() map[string][]string
	// UUID is the database's, and stays the same.
	UUID() string
}

// Change is what [Database.Change] does.
type Change struct {
	Owner, Group, Permissions *int64
}

// args are the named parameters of a query, as Go values.
type args map[string]any

// with makes the parameters of a query out of args and what the client asked
// for; p may be nil.
func (a args) with(p *omero.SysParameters) *omero.SysParameters {
	all := &omero.SysParameters{Map: omero.SysParamMap{}}
	if p != nil {
		all.TheFilter = p.TheFilter
	}
	for name, v := range a {
		all.Map[name] = toRType(v)
	}
	return all
}

// toRType wraps a value.
func toRType(v any) omero.AnyRType {
	switch v := v.(type) {
	case nil:
		return nil
	case omero.AnyRType:
		return v
	case string:
		return omero.NewRString(v)
	case bool:
		return omero.NewRBool(v)
	case int32:
		return omero.NewRInt(v)
	case int:
		return omero.NewRLong(int64(v))
	case int64:
		return omero.NewRLong(v)
	case float64:
		return omero.NewRDouble(v)
	case time.Time:
		return omero.NewRTime(v.UnixMilli())
	case []int64:
		return list(v)
	case []string:
		return list(v)
	}
	panic(fmt.Sprintf("services: no RType for %T", v))
}

func list[T any](values []T) *omero.RList {
	l := omero.NewRList()
	for _, v := range values {
		l.Val = append(l.Val, toRType(v))
	}
	return l
}

// caller works out who calls, and in which group.
func (c *Call) caller(ctx context.Context) (*Caller, error) {
	if c.who != nil {
		return c.who, nil
	}
	p, err := c.Server.Accounts.PersonByID(ctx, c.UserID)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, Security("the user %d does not exist any more", c.UserID)
	}
	who := &Caller{Person: p, Group: c.DefaultGroup(), Session: c.Session}
	if text := c.Current.Context["omero.user"]; text != "" {
		if err := c.become(ctx, who, text); err != nil {
			return nil, err
		}
	}
	if text := c.Current.Context[omero.ConstantsGROUP]; text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, ApiUsage("omero.group is %q, which is no number of a group", firstLine(text))
		}
		who.Group = max(id, AllGroups)
	}
	if who.Group != AllGroups && !who.Admin && !slices.Contains(who.Member, who.Group) {
		return nil, Security("User %d is not a member of group %d and cannot login", who.ID, who.Group)
	}
	c.who = who
	return who, nil
}

// become makes the caller the user that the context names, which only
// administrators may.
func (c *Call) become(ctx context.Context, who *Caller, text string) error {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return ApiUsage("omero.user is %q, which is no number of a user", firstLine(text))
	}
	if id < 0 || id == who.ID {
		return nil
	}
	if !who.Admin {
		return Security("User %d is not an admin and so may not work as user %d", who.ID, id)
	}
	p, err := c.Server.Accounts.PersonByID(ctx, id)
	if err != nil {
		return err
	}
	if p == nil {
		return ApiUsage("there is no user %d", id)
	}
	who.Person, who.Group = p, p.DefaultGroup
	return nil
}

// asServer is the call with no limits to what it sees and may change.
func (c *Call) asServer() *Call {
	copied := *c
	copied.who = &Caller{Person: &Person{ID: c.UserID, Name: c.UserName, Admin: true}, Group: AllGroups, Session: c.Session, All: true}
	return &copied
}

// inAllGroups is the call as if it had been made with omero.group = -1.
func (c *Call) inAllGroups(ctx context.Context) (*Call, error) {
	who, err := c.caller(ctx)
	if err != nil {
		return nil, err
	}
	all := *who
	all.Group = AllGroups
	copied := *c
	copied.who = &all
	return &copied, nil
}

// find runs a query for objects.
func (c *Call) find(ctx context.Context, hql string, p *omero.SysParameters) (omero.IObjectList, error) {
	who, err := c.caller(ctx)
	if err != nil {
		return nil, err
	}
	return c.Server.Data.FindAll(ctx, who, hql, p)
}

// project runs a query for values.
func (c *Call) project(ctx context.Context, hql string, p *omero.SysParameters) (omero.RTypeSeqSeq, error) {
	who, err := c.caller(ctx)
	if err != nil {
		return nil, err
	}
	return c.Server.Data.Project(ctx, who, hql, p)
}

// save writes objects.
func (c *Call) save(ctx context.Context, objects ...omero.AnyIObject) (omero.IObjectList, error) {
	who, err := c.caller(ctx)
	if err != nil {
		return nil, err
	}
	return c.Server.Data.Save(ctx, who, objects)
}

// remove deletes a row.
func (c *Call) remove(ctx context.Context, class string, id int64) error {
	who, err := c.caller(ctx)
	if err != nil {
		return err
	}
	return c.Server.Data.Delete(ctx, who, class, id)
}

// ids runs a query for one column of ids.
func (c *Call) ids(ctx context.Context, hql string, a args) ([]int64, error) {
	rows, err := c.project(ctx, hql, a.with(nil))
	if err != nil {
		return nil, err
	}
	found := make([]int64, 0, len(rows))
	for _, row := range rows {
		if id, ok := asLong(row[0]); ok {
			found = append(found, id)
		}
	}
	return found, nil
}

// findOne runs a query for one object at most. T is its class as it is used in
// Go: *omero.Image or omero.AnyAnnotation. It returns the zero T if there is none.
func findOne[T any](ctx context.Context, c *Call, hql string, a args) (T, error) {
	all, err := findList[T](ctx, c, hql, a.with(nil))
	if err != nil || len(all) == 0 {
		var none T
		return none, err
	}
	return all[0], nil
}

// findList runs a query for objects of a class.
func findList[T any](ctx context.Context, c *Call, hql string, p *omero.SysParameters) ([]T, error) {
	objects, err := c.find(ctx, hql, p)
	if err != nil {
		return nil, err
	}
	return ofClass[T](objects), nil
}

// ofClass are the objects of a class.
func ofClass[T any](objects omero.IObjectList) []T {
	all := make([]T, 0, len(objects))
	for _, o := range objects {
		if t, ok := o.(T); ok {
			all = append(all, t)
		}
	}
	return all
}

// asLong reads a whole number of any type.
func asLong(v omero.AnyRType) (int64, bool) {
	switch v := v.(type) {
	case *omero.RLong:
		if v != nil {
			return v.Val, true
		}
	case *omero.RInt:
		if v != nil {
			return int64(v.Val), true
		}
	}
	return 0, false
}

// idOf is an object's id, or 0 and false if it has none.
func idOf(o omero.AnyIObject) (int64, bool) {
	if isNil(o) {
		return 0, false
	}
	if id := o.GetId(); id != nil {
		return id.Val, true
	}
	return 0, false
}

// classOf is the name of an object's class: "Image".
func classOf(o omero.AnyIObject) string {
	return strings.TrimPrefix(o.IceTypeID(), "::omero::model::")
}

// simpleName takes the packages off the name of a class: clients send
// "ome.model.core.Image", "omero.model.ImageI" and "Image".
func simpleName(name string) string {
	name = name[strings.LastIndexByte(name, '.')+1:]
	if strings.HasSuffix(name, "I") && !isClass(name) && isClass(name[:len(name)-1]) {
		name = name[:len(name)-1]
	}
	return name
}

// isClass reports whether a name is that of a class of the model.
func isClass(name string) bool { return newObject(name) != nil }

// newObject makes an unloaded object of a class, or nil if there is none.
func newObject(name string) omero.AnyIObject {
	v := wire.NewInstance("::omero::model::" + name)
	o, _ := v.(omero.AnyIObject)
	return o
}

// classNamed checks the name of a class that a client sent.
func classNamed(name string) (string, error) {
	simple := simpleName(name)
	if !isClass(simple) {
		return "", ApiUsage("%q is no class of the model", firstLine(name))
	}
	return simple, nil
}

// unloaded makes a reference to an object.
func unloaded[T omero.AnyIObject](o T, id int64) T {
	o.SetId(omero.NewRLong(id))
	o.Unload()
	return o
}

// isNil reports whether a reference of an interface type leads nowhere.
func isNil(o any) bool {
	if o == nil {
		return true
	}
	v := reflect.ValueOf(o)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
