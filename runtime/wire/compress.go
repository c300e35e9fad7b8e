package wire

import (
	"bytes"
	stdbzip2 "compress/bzip2"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/dsnet/compress/bzip2"
)

// Compress gives a complete message, as built with StartMessage and EndMessage, in compressed form: header, size
// of the whole message before compression, and its body by bzip2. level is from 1 to 9.
func Compress(message []byte, level int) ([]byte, error) {
	if _, err := ParseHeader(message, 0); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Write(message[:HeaderSize])
	out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(message))))
	w, err := bzip2.NewWriter(&out, &bzip2.WriterConfig{Level: level})
	if err == nil {
		_, err = w.Write(message[HeaderSize:])
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, &MarshalError{Offset: -1, Reason: "cannot compress a message", Err: err}
	}
	b := out.Bytes()
	b[9] = byte(Compressed)
	binary.LittleEndian.PutUint32(b[10:], uint32(len(b)))
	return b, nil
}

// bzip2 sorts blocks of '1' to '9' hundred thousand bytes, as the fourth byte of a stream says, and a decompressor takes four
// bytes for each.
const (
	bzip2Head = 4
	bzip2Unit = 100_000
	bzip2Cost = 4
)

// blockFor gives the size, as a digit, of the blocks that a message of size bytes needs. Before it sorts a block, bzip2 makes
// five bytes of four equal ones; of no input it makes more.
func blockFor(size int) byte { return byte(min('1'+size/4*5/bzip2Unit, int('9'))) }

// smallBlocks gives a bzip2 stream whose head announces no larger blocks than size bytes need. A decompressor
// allocates for the announced block, which is 3.6 MB in what Ice sends, however small the message.
func smallBlocks(stream []byte, size int) io.Reader {
	if len(stream) < bzip2Head || stream[3] < '1' || stream[3] > '9' {
		return bytes.NewReader(stream)
	}
	small := []byte{stream[0], stream[1], stream[2], min(stream[3], blockFor(size))}
	return io.MultiReader(bytes.NewReader(small), bytes.NewReader(stream[bzip2Head:]))
}

// DecompressedSize gives the size that a compressed message announces for itself when it is decompressed, its header included. One
// of more than maxSize bytes is an error; maxSize 0 allows any. working is how many bytes [Decompress] takes for it
// beside, until it is done.
func DecompressedSize(message []byte, maxSize int) (size, working int, err error) {
	if len(message) < HeaderSize+4 {
		return 0, 0, &MarshalError{Offset: len(message), Reason: fmt.Sprintf("cannot read: a compressed message of %d bytes wanted, %d left", HeaderSize+4, len(message)), Err: ErrTruncated}
	}
	size = int(int32(binary.LittleEndian.Uint32(message[HeaderSize:])))
	if size < HeaderSize {
		return 0, 0, &MarshalError{Offset: HeaderSize, Reason: fmt.Sprintf("cannot read: a decompressed message of %d bytes announced, its header alone has %d", size, HeaderSize)}
	}
	if maxSize > 0 && size > maxSize {
		return 0, 0, &MarshalError{Offset: HeaderSize, Reason: fmt.Sprintf("cannot read: a decompressed message of %d bytes announced, %d are allowed (Ice.MessageSizeMax)", size, maxSize), Err: ErrLimit}
	}
	return size, int(blockFor(size)-'0')*bzip2Unit*bzip2Cost + firstPiece*len(message), nil
}

// firstPiece is what Decompress takes for the result at first, for each byte of the message. More is rare in what honest peers send,
// and an announcement alone shall cost nothing.
const firstPiece = 16

// Decompress gives a compressed message in uncompressed form, with its header changed accordingly. A message that
// announces more than maxSize bytes, or holds another number than it announces, is an error; maxSize 0 allows any.
// The result takes what the message announces.
func Decompress(message []byte, maxSize int) ([]byte, error) {
	size, _, err := DecompressedSize(message, maxSize)
	if err != nil {
		return nil, err
	}
	r := stdbzip2.NewReader(smallBlocks(message[HeaderSize+4:], size-HeaderSize))
	b := make([]byte, min(size, firstPiece*len(message)))
	n, more := copy(b, message[:HeaderSize]), 0
	var beyond [1]byte // the stream must end behind the last byte, with a checksum
	for err == nil && more == 0 {
		var m int
		switch {
		case n == size:
			more, err = r.Read(beyond[:])
			continue
		case n == len(b):
			b = append(make([]byte, 0, size), b...)[:size]
		}
		m, err = r.Read(b[n:])
		n += m
	}
	switch {
	case more > 0:
		return nil, &MarshalError{Offset: HeaderSize, Reason: fmt.Sprintf("cannot read: a decompressed body of %d bytes announced, but more came", size-HeaderSize)}
	case err != io.EOF:
		return nil, &MarshalError{Offset: HeaderSize + 4, Reason: "cannot decompress a message", Err: err}
	case n < size:
		return nil, &MarshalError{Offset: HeaderSize, Reason: fmt.Sprintf("cannot read: a decompressed body of %d bytes announced, but %d came", size-HeaderSize, n-HeaderSize)}
	}
	b[9] = byte(CanCompress)
	binary.LittleEndian.PutUint32(b[10:], uint32(size))
	return b, nil
}
