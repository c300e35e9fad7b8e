package wire

// Optional is an optional parameter or member: a value that may be missing. The zero Optional is missing.
type Optional[T any] struct {
	value T
	set   bool
}

// Some gives an Optional that holds v.
func Some[T any](v T) Optional[T] { return Optional[T]{v, true} }

// None gives an Optional that holds nothing.
func None[T any]() Optional[T] { return Optional[T]{} }

// Get gives the value and whether there is one.
func (o Optional[T]) Get() (T, bool) { return o.value, o.set }

// Or gives the value, or fallback if there is none.
func (o Optional[T]) Or(fallback T) T {
	if o.set {
		return o.value
	}
	return fallback
}

// IsSet says whether there is a value.
func (o Optional[T]) IsSet() bool { return o.set }

// Ptr marks the Optional as set and gives the address of its value; decoding writes there.
func (o *Optional[T]) Ptr() *T {
	o.set = true
	return &o.value
}
