// Package pixels reads and writes sets of pixels with five dimensions, as OMERO
// keeps them in a file: X fastest, then Y, Z, C and T, big-endian, without a
// header ("ROMIO").
//
// Every coordinate and size is checked before memory is set aside; errors wrap
// [ErrBounds], [ErrLength] or [ErrLarge]. Large images have smaller versions of
// themselves ([Buffer.Level]), which are made when they are asked for.
package pixels
