// Package formats reads the files that the server imports, and writes the one
// that it exports.
//
// It reads TIFF (also BigTIFF; strips and tiles; uncompressed, PackBits, LZW and
// deflate; 8 to 64 bits, also floating point; many pages), OME-TIFF in one file,
// and PNG, JPEG and GIF by Go's own packages. It writes OME-TIFF. The TIFF reader is
// our own, because golang.org/x/image/tiff reads neither floating point, nor 32
// bits, nor more than one page, and only whole pictures into memory.
//
// Files are not trusted. Sizes are checked before memory is set aside, what is
// decompressed is bounded, and a file with an error is refused as a whole
// ([ErrFormat], [ErrUnknown]).
package formats
