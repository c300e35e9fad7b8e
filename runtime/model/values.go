package model

// Flags are the rights in an OMERO Permissions' perm1: three groups of three
// bits, for the user from bit 8, the group from bit 4 and the world from bit 0.
type Flags int64

// Has reports whether all bits of the mask are set.
func (f Flags) Has(mask int64) bool { return int64(f)&mask == mask }

// With returns the rights with the bits of the mask set or cleared.
func (f Flags) With(mask int64, on bool) int64 {
	if on {
		return int64(f) | mask
	}
	return int64(f) &^ mask
}

// IsSet reports whether the bool with the index is there and true.
func IsSet(flags []bool, index int32) bool {
	return index >= 0 && int(index) < len(flags) && flags[index]
}

// AsMap makes a map of pairs of a name and a value. Of two pairs with one name
// the later counts; a nil pair is left out.
func AsMap[T any](pairs []*T, pair func(*T) (name, value string)) map[string]string {
	m := make(map[string]string, len(pairs))
	for _, p := range pairs {
		if p != nil {
			name, value := pair(p)
			m[name] = value
		}
	}
	return m
}

// At returns the element with the index, or zero when there is none.
func At[T any](s []T, index int) T {
	if index < 0 || index >= len(s) {
		var none T
		return none
	}
	return s[index]
}

// Put sets an entry of a map that may be nil.
func Put[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = value
}
