package services

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/wire"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// types is ITypes.
type types struct{ session *Session }

func newTypes(s *Session) *types { return &types{s} }

// isEnumeration reports whether a class is an enumeration.
func isEnumeration(class string) bool {
	c := schema.Find(class)
	return c != nil && c.Enum
}

// enumeration checks the name of an enumeration.
func enumeration(name string) (string, error) {
	class, err := classNamed(name)
	if err == nil && !isEnumeration(class) {
		err = ApiUsage("%s is no enumeration", class)
	}
	return class, err
}

// allClasses are the names of the model's classes.
func allClasses() []string {
	var names []string
	for _, id := range wire.ClassIDs() {
		if name, ok := strings.CutPrefix(id, "::omero::model::"); ok && isClass(name) {
			names = append(names, name)
		}
	}
	return names
}

func (t *types) CreateEnumeration(ctx context.Context, o omero.AnyIObject) (omero.AnyIObject, error) {
	return t.save(ctx, o)
}

func (t *types) save(ctx context.Context, o omero.AnyIObject) (omero.AnyIObject, error) {
	call, err := t.admin(ctx, o)
	if err != nil {
		return nil, err
	}
	saved, err := call.save(ctx, o)
	if err != nil {
		return nil, err
	}
	return saved[0], nil
}

// admin checks that an administrator calls, and that it is about enumerations.
func (t *types) admin(ctx context.Context, o omero.AnyIObject) (*Call, error) {
	call := t.session.Call(ctx)
	who, err := call.caller(ctx)
	switch {
	case err != nil:
		return nil, err
	case isNil(o):
		return nil, ApiUsage("the enumeration is null")
	case !isEnumeration(classOf(o)):
		return nil, ApiUsage("%s is no enumeration", classOf(o))
	case !who.Admin:
		return nil, Security("only administrators may change enumerations")
	}
	return call.asServer(), nil
}

func (t *types) GetEnumeration(ctx context.Context, class, value string) (omero.AnyIObject, error) {
	class, err := enumeration(class)
	if err != nil {
		return nil, err
	}
	found, err := findOne[omero.AnyIObject](ctx, t.session.Call(ctx), "select e from "+class+" e where e.value = :value", args{"value": value})
	if err == nil && found == nil {
		err = ApiUsage("An enumeration of type %s does not exist with the value: %s", class, firstLine(value))
	}
	return found, err
}

func (t *types) AllEnumerations(ctx context.Context, class string) (omero.IObjectList, error) {
	class, err := enumeration(class)
	if err != nil {
		return nil, err
	}
	return t.session.Call(ctx).find(ctx, "select e from "+class+" e order by e.id", nil)
}

func (t *types) UpdateEnumeration(ctx context.Context, o omero.AnyIObject) (omero.AnyIObject, error) {
	return t.save(ctx, o)
}

func (t *types) UpdateEnumerations(ctx context.Context, list omero.IObjectList) error {
	for _, o := range list {
		if _, err := t.save(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (t *types) DeleteEnumeration(ctx context.Context, o omero.AnyIObject) error {
	call, err := t.admin(ctx, o)
	if err != nil {
		return err
	}
	id, ok := idOf(o)
	if !ok {
		return ApiUsage("the enumeration has no id")
	}
	return call.remove(ctx, classOf(o), id)
}

func (t *types) GetEnumerationTypes(context.Context) (omero.StringSet, error) {
	return slices.DeleteFunc(allClasses(), func(name string) bool { return !isEnumeration(name) }), nil
}

func (t *types) GetAnnotationTypes(context.Context) (omero.StringSet, error) {
	return slices.DeleteFunc(allClasses(), func(name string) bool {
		_, annotation := newObject(name).(omero.AnyAnnotation)
		return !annotation || isAbstract(name)
	}), nil
}

// isAbstract reports whether a class has no objects of its own: it is there for
// others to derive from.
func isAbstract(name string) bool {
	return slices.Contains([]string{
		"Annotation", "BasicAnnotation", "NumericAnnotation", "TextAnnotation", "TypeAnnotation", "Job", "LightSource", "Shape",
		"CodomainMapContext", "IObject",
	}, name)
}

func (t *types) GetEnumerationsWithEntries(ctx context.Context) (omero.IObjectListMap, error) {
	names, err := t.GetEnumerationTypes(ctx)
	if err != nil {
		return nil, err
	}
	all := omero.IObjectListMap{}
	for _, name := range names {
		if all[name], err = t.AllEnumerations(ctx, name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// GetOriginalEnumerations are those that a new server has.
func (t *types) GetOriginalEnumerations(ctx context.Context) (omero.IObjectList, error) {
	var all omero.IObjectList
	for class, values := range t.session.Server.Data.Enumerations() {
		for _, value := range values {
			all = append(all, enumValue(class, value))
		}
	}
	return all, nil
}

// enumValue makes a new object of an enumeration.
func enumValue(class, value string) omero.AnyIObject {
	o := newObject(class)
	o.AsIObject().Loaded = true
	reflect.ValueOf(o).Elem().FieldByName("Value").Set(reflect.ValueOf(omero.NewRString(value)))
	return o
}

// ResetEnumerations adds what is missing of what a new server has, and takes
// away what nobody uses of what was added.
func (t *types) ResetEnumerations(ctx context.Context, class string) error {
	class, err := enumeration(class)
	if err != nil {
		return err
	}
	call, err := t.admin(ctx, newObject(class))
	if err != nil {
		return err
	}
	wanted := t.session.Server.Data.Enumerations()[class]
	have, err := t.AllEnumerations(ctx, class)
	if err != nil {
		return err
	}
	var values []string
	for _, o := range have {
		value := reflect.ValueOf(o).Elem().FieldByName("Value").Interface().(*omero.RString).GetValue()
		values = append(values, value)
		if id, _ := idOf(o); !slices.Contains(wanted, value) {
			if err := call.remove(ctx, class, id); err != nil {
				return err
			}
		}
	}
	for _, value := range wanted {
		if !slices.Contains(values, value) {
			if _, err := call.save(ctx, enumValue(class, value)); err != nil {
				return err
			}
		}
	}
	return nil
}
