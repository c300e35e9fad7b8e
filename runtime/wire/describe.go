package wire

import (
	"fmt"
	"reflect"
	"strings"
)

// Describe gives an exception's type id and members, inherited ones first, like
// "::omero::ServerError{message: \"no such image\"}". Generated exceptions have it as their Error.
func Describe(x UserException) string {
	var b strings.Builder
	b.WriteString(x.IceTypeID())
	v := reflect.ValueOf(x)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return b.String() + "(nil)"
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return b.String()
	}
	b.WriteByte('{')
	describeFields(&b, v)
	b.WriteByte('}')
	return strings.TrimSuffix(b.String(), "{}")
}

func describeFields(b *strings.Builder, v reflect.Value) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == reflect.TypeFor[Preserved]() || !f.IsExported() {
			continue
		}
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			describeFields(b, v.Field(i))
			continue
		}
		if !strings.HasSuffix(b.String(), "{") {
			b.WriteString(", ")
		}
		b.WriteString(strings.ToLower(f.Name[:1]) + f.Name[1:] + ": ")
		describeValue(b, v.Field(i))
	}
}

// describeValue writes a member. Class instances are named, not followed: they can refer to each other in circles.
func describeValue(b *strings.Builder, v reflect.Value) {
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		if c, ok := v.Interface().(Value); ok {
			b.WriteString(c.IceTypeID())
			return
		}
	}
	switch {
	case v.Kind() == reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	case v.Kind() == reflect.Slice && v.Len() > 32:
		fmt.Fprintf(b, "%d elements", v.Len())
	default:
		fmt.Fprintf(b, "%v", v.Interface())
	}
}
