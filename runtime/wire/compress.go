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

// smallBlocks gives a bzip2 stream whose head announces no larger blocks than size bytes need. A decompressor
// allocates four times the announced block, which is 3.6 MB in what Ice sends, however small the message.
func smallBlocks(stream []byte, size int) io.Reader {
	const head, unit = 4, 100_000 // "BZh" and the size of the blocks, '1' to '9' hundred thousand bytes
	if len(stream) < head || stream[3] < '1' || stream[3] > '9' {
		return bytes.NewReader(stream)
	}
	// Before it sorts a block, bzip2 makes five bytes of four equal ones; of no input it makes more.
	need := byte(min('1'+size/4*5/unit, int('9')))
	small := []byte{stream[0], stream[1], stream[2], min(stream[3], need)}
	return io.MultiReader(bytes.NewReader(small), bytes.NewReader(stream[head:]))
}

// Decompress gives a compressed message in uncompressed form, with its header changed accordingly. A message that
// announces more than maxSize bytes, or holds another number than it announces, is an error; maxSize 0 allows any.
func Decompress(message []byte, maxSize int) ([]byte, error) {
	if len(message) < HeaderSize+4 {
		return nil, &MarshalError{Offset: len(message), Reason: fmt.Sprintf("cannot read: a compressed message of %d bytes wanted, %d left", HeaderSize+4, len(message)), Err: ErrTruncated}
	}
	size := int(int32(binary.LittleEndian.Uint32(message[HeaderSize:])))
	if size < HeaderSize {
		return nil, &MarshalError{Offset: HeaderSize, Reason: fmt.Sprintf("cannot read: a decompressed message of %d bytes announced, its header alone has %d", size, HeaderSize)}
	}
	if maxSize > 0 && size > maxSize {
		return nil, &MarshalError{Offset: HeaderSize, Reason: fmt.Sprintf("cannot read: a decompressed message of %d bytes announced, %d are allowed (Ice.MessageSizeMax)", size, maxSize), Err: ErrLimit}
	}
	r := stdbzip2.NewReader(smallBlocks(message[HeaderSize+4:], size-HeaderSize))
	// The buffer grows with what really comes, so that an announcement alone costs nothing.
	var out bytes.Buffer
	out.Grow(min(size+bytes.MinRead, 16*len(message)))
	out.Write(message[:HeaderSize])
	n, err := io.Copy(&out, io.LimitReader(r, int64(size-HeaderSize)+1))
	if err != nil {
		return nil, &MarshalError{Offset: HeaderSize + 4, Reason: "cannot decompress a message", Err: err}
	}
	if int(n) != size-HeaderSize {
		what := fmt.Sprint(n)
		if int(n) > size-HeaderSize {
			what = "more"
		}
		return nil, &MarshalError{Offset: HeaderSize, Reason: fmt.Sprintf("cannot read: a decompressed body of %d bytes announced, but %s came", size-HeaderSize, what)}
	}
	b := out.Bytes()
	b[9] = byte(CanCompress)
	binary.LittleEndian.PutUint32(b[10:], uint32(size))
	return b, nil
}
