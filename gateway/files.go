package gateway

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

const (
	// blockSize is what one call reads or writes of a file, in bytes.
	blockSize = 1 << 20
	// window is how many of these calls are outstanding at once.
	window = 4
	// sha1Name is what OMERO calls the only checksum that uploads have here.
	sha1Name = "SHA1-160"
)

// FileInfo describes a file that is uploaded. Name is required; Path is the
// folder that the file says it came from, MimeType is for example "text/csv".
type FileInfo struct {
	Name, Path, MimeType string
}

// Upload stores all that r gives as a new OriginalFile and returns it. The
// server's checksum has to agree with that of what was read. A failed upload
// leaves an OriginalFile that is incomplete; the error names it.
func (s *Session) Upload(ctx context.Context, file FileInfo, r io.Reader) (*omero.OriginalFile, error) {
	row := omero.NewOriginalFile()
	row.Loaded = true
	row.Name, row.Path = &omero.RString{Val: file.Name}, &omero.RString{Val: file.Path}
	if file.MimeType != "" {
		row.Mimetype = &omero.RString{Val: file.MimeType}
	}
	row.Hasher = omero.NewChecksumAlgorithm()
	row.Hasher.Loaded = true
	row.Hasher.Value = &omero.RString{Val: sha1Name}
	saved, err := s.Update().SaveAndReturnObject(ctx, row)
	if err != nil {
		return nil, fmt.Errorf("gateway: cannot create the OriginalFile %q: %w", file.Name, s.explain(err))
	}
	row, ok := saved.(*omero.OriginalFile)
	if !ok || row.Id == nil {
		return nil, fmt.Errorf("gateway: saving the OriginalFile %q gave back a %T without an id", file.Name, saved)
	}
	id := row.Id.Val
	stored, err := s.upload(ctx, id, r)
	if err != nil {
		return nil, fmt.Errorf("gateway: uploading %q as OriginalFile %d: %w", file.Name, id, s.explain(err))
	}
	return stored, nil
}

func (s *Session) upload(ctx context.Context, id int64, r io.Reader) (*omero.OriginalFile, error) {
	store, err := s.openFile(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.closeService(store)

	in := blocks{r: r, sum: sha1.New()}
	write := func(ctx context.Context, b block) *ice.Future[ice.Void] {
		return store.WriteAsync(ice.Lend(ctx), b.data, b.offset, int32(len(b.data)))
	}
	for _, err := range async.Pipeline(ctx, window, in.all(), write) {
		if err != nil {
			return nil, err
		}
	}
	if in.err != nil {
		return nil, fmt.Errorf("reading the file after %d bytes: %w", in.offset, in.err)
	}
	stored, err := store.Save(ctx)
	if err != nil {
		return nil, err
	}
	if stored == nil {
		return nil, errors.New("the server did not save it")
	}
	if stored.Size == nil || stored.Size.Val != in.offset {
		return nil, fmt.Errorf("%d bytes were sent, but the server has %s", in.offset, number(stored.Size))
	}
	return stored, checkSum(stored, in.sum)
}

// Download writes the content of an OriginalFile to w and returns how many
// bytes it has. The checksum is compared where the server has one; w has been
// written to when the comparison fails.
func (s *Session) Download(ctx context.Context, id int64, w io.Writer) (int64, error) {
	n, err := s.download(ctx, id, w)
	if err != nil {
		return n, fmt.Errorf("gateway: downloading OriginalFile %d, after %d bytes: %w", id, n, s.explain(err))
	}
	return n, nil
}

func (s *Session) download(ctx context.Context, id int64, w io.Writer) (int64, error) {
	found, err := s.Query().Get(ctx, "OriginalFile", id)
	if err != nil {
		return 0, err
	}
	row, ok := found.(*omero.OriginalFile)
	if !ok {
		return 0, fmt.Errorf("it is a %T", found)
	}
	store, err := s.openFile(ctx, id)
	if err != nil {
		return 0, err
	}
	defer s.closeService(store)
	size, err := store.Size(ctx)
	if err != nil {
		return 0, err
	}

	sum, done := sha1.New(), int64(0)
	read := func(ctx context.Context, offset int64) *ice.Future[[]byte] {
		return store.ReadAsync(ctx, offset, int32(min(blockSize, size-offset)))
	}
	for data, err := range async.Pipeline(ctx, window, offsets(size), read) {
		if err != nil {
			return done, err
		}
		if int64(len(data)) != min(blockSize, size-done) {
			return done, fmt.Errorf("the server gave %d bytes instead of %d: was the file truncated meanwhile?",
				len(data), min(blockSize, size-done))
		}
		sum.Write(data)
		if _, err := w.Write(data); err != nil {
			return done, err
		}
		done += int64(len(data))
		ice.Recycle(data) // a Writer keeps nothing
	}
	return done, checkSum(row, sum)
}

// openFile returns a store of its own for one file.
func (s *Session) openFile(ctx context.Context, id int64) (omero.RawFileStorePrx, error) {
	store, err := s.RawFileStore(ctx)
	if err != nil {
		return nil, err
	}
	if err := store.SetFileId(ctx, id); err != nil {
		s.closeService(store)
		return nil, err
	}
	return store, nil
}

// checkSum compares what went over the wire with what the server says.
func checkSum(row *omero.OriginalFile, sum hash.Hash) error {
	if row.Hash == nil || row.Hasher == nil || row.Hasher.Value == nil || row.Hasher.Value.Val != sha1Name {
		return nil
	}
	if ours := hex.EncodeToString(sum.Sum(nil)); ours != row.Hash.Val {
		return fmt.Errorf("the SHA1 sum is %s here and %s on the server", ours, row.Hash.Val)
	}
	return nil
}

func number(n *omero.RLong) string {
	if n == nil {
		return "an unknown number"
	}
	return fmt.Sprint(n.Val)
}

// block is a part of a file.
type block struct {
	offset int64
	data   []byte
}

// blocks reads a file to its end, block by block.
type blocks struct {
	r      io.Reader
	sum    hash.Hash
	offset int64
	err    error
}

func (in *blocks) all() iter.Seq[block] {
	return func(yield func(block) bool) {
		for {
			data := make([]byte, blockSize)
			n, err := io.ReadFull(in.r, data)
			if n > 0 {
				in.sum.Write(data[:n])
				b := block{in.offset, data[:n]}
				in.offset += int64(n)
				if !yield(b) {
					return
				}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					in.err = err
				}
				return
			}
		}
	}
}

// offsets are where the blocks of a file of this size start.
func offsets(size int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for at := int64(0); at < size; at += blockSize {
			if !yield(at) {
				return
			}
		}
	}
}
