// Package wire is Ice on the wire, byte for byte: encodings 1.0 and 1.1 of all Slice types, with class graphs,
// exceptions, optionals and encapsulations, and the messages of protocol 1.0.
//
// An [Encoder] appends to a buffer, a [Decoder] reads from one. Both keep their first error and go on as if nothing
// were, so that code that writes or reads looks like the definition that it follows, and asks once, at the end,
// how it went. Generated code is all made of calls of this package; it says what is on the wire, and wire knows how.
//
// # Classes
//
// A reference to an instance is written by [Encoder.Value] and read by [ReadValue]. Both keep the graph: what is
// shared or goes in circles comes back so. Instances are the same if type and address are; see [NewDistinct] for types
// without size. Encoding 1.0 sends the instances after all parameters, encoding 1.1 where they are referred to first;
// for code that uses this package the only trace of it is PendingValues, after the last parameter.
//
// An instance of an unknown class is sliced to its nearest known base, where the format allows it. A class that
// embeds [Preserved] keeps what was sliced off, and sends it on unchanged. Without a known base it becomes an
// [UnknownSlicedValue] in the sliced format of encoding 1.1, and an error elsewhere.
//
// # Distrust
//
// What is read is not trusted. A size is held against the bytes that are left before memory is taken for it, without those
// that what is around needs for itself ([Decoder.Count]); nested instances are limited in depth ([Limits]), decompression
// stops at the announced size, and every error is a [MarshalError] that says what was expected at which offset. The
// memory that decoding takes is bounded by the size of the data: by what a value of its types takes in memory for each
// byte that it takes at least on the wire. That is 24 bytes for a byte of nested sequences, and about 100 for dictionaries
// of one entry, the dearest of what Slice can define, but for classes whose members are optional.
//
// # Memory
//
// Decoding allocates what the result needs. Each instance is an allocation of its own: instances in blocks of sixteen
// were faster to make by a twentieth at most, and one that is kept would keep its whole block. The strings of a sequence
// do share blocks, of at most 1 KiB. Sequences of numbers, and of structs of numbers without gaps, are copied in one
// piece on little-endian machines. Encoders, Decoders and their tables are pooled; see [AcquireEncoder] and
// [AcquireDecoder].
//
// The encoding is described in the Ice manual under "The Ice Protocol"; where that is silent, the tests hold this
// package against ZeroC's Ice 3.7.
package wire
