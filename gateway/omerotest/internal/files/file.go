package files

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// MostBytes is how many bytes one call may read or write: what fits into an Ice
// message of OMERO's (250000 KiB), with room for what is around it.
const MostBytes = 250000*1024 - 64*1024

// MostSize is how large a file can become, 1 PiB. It only keeps offsets that
// nobody means from making files that no disk has room for.
const MostSize = 1 << 50

// ErrRange is what errors wrap that are about a position or a length.
var ErrRange = errors.New("out of range")

// ErrReadOnly is the error when a file is written to that was opened to be read.
var ErrReadOnly = errors.New("the file was opened for reading only")

// File is an open file. Reading and writing at different places may go on at the
// same time.
type File struct {
	f        *os.File
	writable bool
	durable  bool
}

// Close gives the file back.
func (f *File) Close() error { return f.f.Close() }

// Writable reports whether the file can be written to.
func (f *File) Writable() bool { return f.writable }

// Size is the file's length in bytes.
func (f *File) Size() (int64, error) {
	info, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Modified is when the file was written to last.
func (f *File) Modified() (time.Time, error) {
	info, err := f.f.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// ReadAt fills p from a position on, as [io.ReaderAt] has it.
func (f *File) ReadAt(p []byte, position int64) (int, error) { return f.f.ReadAt(p, position) }

// Read returns length bytes from a position on. Beyond the end of the file there
// are zeros, as OMERO's RawFileStore has it.
func (f *File) Read(position int64, length int) ([]byte, error) {
	if err := checkRange(position, int64(length)); err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	p := make([]byte, length)
	if position >= size {
		return p, nil
	}
	if _, err := f.f.ReadAt(p, position); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return p, nil
}

// Write puts bytes at a position; a gap before it is zeros. When it returns, the
// bytes are kept as the store was asked to keep them.
func (f *File) Write(p []byte, position int64) error {
	if _, err := f.WriteAt(p, position); err != nil {
		return err
	}
	return f.Sync()
}

// WriteAt puts bytes at a position, as [io.WriterAt] has it, and leaves it to the
// caller to [File.Sync].
func (f *File) WriteAt(p []byte, position int64) (int, error) {
	if !f.writable {
		return 0, ErrReadOnly
	}
	if err := checkRange(position, int64(len(p))); err != nil {
		return 0, err
	}
	return f.f.WriteAt(p, position)
}

// Truncate makes the file shorter. It reports false, and does nothing, if the
// file is not longer than that.
func (f *File) Truncate(length int64) (bool, error) {
	if !f.writable {
		return false, ErrReadOnly
	}
	if length < 0 {
		return false, fmt.Errorf("files: a file cannot have %d bytes: %w", length, ErrRange)
	}
	size, err := f.Size()
	if err != nil || length >= size {
		return false, err
	}
	if err := f.f.Truncate(length); err != nil {
		return false, err
	}
	return true, f.Sync()
}

// Extend makes the file at least that long, with zeros at its end that take no
// room on the disk.
func (f *File) Extend(length int64) error {
	if !f.writable {
		return ErrReadOnly
	}
	if length < 0 || length > MostSize {
		return fmt.Errorf("files: a file cannot have %d bytes: %w", length, ErrRange)
	}
	size, err := f.Size()
	if err != nil || size >= length {
		return err
	}
	return f.f.Truncate(length)
}

// Sync writes to the disk what was written to the file, if the store is durable.
func (f *File) Sync() error {
	if !f.durable {
		return nil
	}
	return f.f.Sync()
}

// Checksum computes a checksum of the whole file; see [NewHasher].
func (f *File) Checksum(algorithm string) (string, error) {
	h, err := NewHasher(algorithm)
	if err != nil {
		return "", err
	}
	size, err := f.Size()
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(h, io.NewSectionReader(f.f, 0, size)); err != nil {
		return "", err
	}
	return h.Text(), nil
}

func checkRange(position, length int64) error {
	switch {
	case position < 0:
		return fmt.Errorf("files: the position %d is negative: %w", position, ErrRange)
	case length < 0:
		return fmt.Errorf("files: the length %d is negative: %w", length, ErrRange)
	case length > MostBytes:
		return fmt.Errorf("files: %d bytes are more than the %d that one call can have: %w", length, MostBytes, ErrRange)
	case position > MostSize-length:
		return fmt.Errorf("files: the position %d is beyond the largest file, %d bytes: %w", position, int64(MostSize), ErrRange)
	}
	return nil
}
