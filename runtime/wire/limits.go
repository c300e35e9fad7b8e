package wire

// DefaultClassDepth is how deeply instances may nest in encoding 1.1 unless [Limits] says otherwise.
const DefaultClassDepth = 10_000

// MaxClassDepth is how deeply instances may nest in encoding 1.1 at most, whatever [Limits] says, and how deeply they are
// written. There each is inside of the one that refers to it first, which costs stack, and a goroutine that runs out of
// stack ends the process.
const MaxClassDepth = 100_000

// DefaultMessageSize is Ice's default of Ice.MessageSizeMax, in bytes.
const DefaultMessageSize = 1 << 20

// Limits bounds what decoding does for its input, beyond what the input's own size bounds.
type Limits struct {
	// ClassDepth is how many instances may refer to each other in a row, as Ice.ClassGraphDepthMax. Zero
	// allows DefaultClassDepth in encoding 1.1, where instances nest in each other and cost stack, and any
	// depth in encoding 1.0, where they do not. More than MaxClassDepth is no more than that in encoding 1.1.
	ClassDepth int
	// NoSlicing makes an unknown derived class an error instead of slicing it to the nearest known one.
	NoSlicing bool
}
