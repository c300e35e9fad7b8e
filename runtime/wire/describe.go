package wire

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Describe gives an exception's type id and members, inherited ones first, like
// "::omero::ServerError{message: \"no such image\"}". Generated exceptions have it as their Error. Texts are quoted.
func Describe(x UserException) string {
	var b strings.Builder
	b.WriteString(Printable(x.IceTypeID()))
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

// maxDescribed is how many elements of a sequence or dictionary are described.
const maxDescribed = 32

// describable is an Optional.
type describable interface{ describe(b *strings.Builder) }

func (o Optional[T]) describe(b *strings.Builder) {
	if !o.set {
		b.WriteString("none")
		return
	}
	describeValue(b, reflect.ValueOf(&o.value).Elem())
}

// describeValue writes a member. Class instances are named, not followed: they can refer to each other in circles.
func describeValue(b *strings.Builder, v reflect.Value) {
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
	}
	switch x := v.Interface().(type) {
	case Value:
		b.WriteString(Printable(x.IceTypeID()))
		return
	case describable:
		x.describe(b)
		return
	case fmt.Stringer: // a proxy, or an enumerator
		b.WriteString(Printable(x.String()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		describeText(b, v.String())
	case reflect.Slice:
		describeSequence(b, v)
	case reflect.Map:
		describeDictionary(b, v)
	case reflect.Struct:
		b.WriteByte('{')
		describeFields(b, v)
		b.WriteByte('}')
	default:
		b.WriteString(Printable(fmt.Sprint(v.Interface())))
	}
}

func describeText(b *strings.Builder, s string) {
	if len(s) > maxPrintable {
		b.WriteString(strconv.Quote(s[:maxPrintable]) + fmt.Sprintf("... (%d bytes)", len(s)))
		return
	}
	b.WriteString(strconv.Quote(s))
}

func describeSequence(b *strings.Builder, v reflect.Value) {
	if v.Len() > maxDescribed {
		fmt.Fprintf(b, "%d elements", v.Len())
		return
	}
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(' ')
		}
		describeValue(b, v.Index(i))
	}
	b.WriteByte(']')
}

func describeDictionary(b *strings.Builder, v reflect.Value) {
	if v.Len() > maxDescribed {
		fmt.Fprintf(b, "%d entries", v.Len())
		return
	}
	entries := make([]string, 0, v.Len())
	for key, value := range v.Seq2() {
		var e strings.Builder
		describeValue(&e, key)
		e.WriteByte(':')
		describeValue(&e, value)
		entries = append(entries, e.String())
	}
	slices.SortFunc(entries, cmp.Compare[string])
	b.WriteString("map[" + strings.Join(entries, " ") + "]")
}
