package gateway

import (
	"context"
	"crypto/sha1"
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
)

// FileInfo describes a file that is uploaded. Name is required; Path is the
// folder that the file says it came from, MimeType is for example "text/csv".
type FileInfo struct {
	Name, Path, MimeType string
}

// Upload stores all that r gives as a new OriginalFile and returns it. The
// server's checksum has to agree with that of what was read. Any error of r but
// io.EOF itself fails the upload. What a failed upload has stored is deleted; if that
// fails too, the error names the incomplete OriginalFile.
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
		err = fmt.Errorf("gateway: uploading %q as OriginalFile %d: %w", file.Name, id, s.explain(err))
		if left := s.deleteFile(ctx, id); left != nil {
			err = fmt.Errorf("%w; the incomplete OriginalFile %d is still there: %w", err, id, left)
		}
		return nil, err
	}
	return stored, nil
}

// deleteFile deletes an OriginalFile in the group that ctx works in, whether
// or not ctx has ended.
func (s *Session) deleteFile(ctx context.Context, id int64) error {
	ctx, cancel := s.bounded(context.WithoutCancel(ctx))
	defer cancel()
	request := omero.NewCmdDelete2()
	request.TargetObjects = map[string][]int64{"OriginalFile": {id}}
	_, err := s.Do(ctx, request)
	return err
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
	// The algorithm, which Upload has chosen, comes back unloaded.
	if name := checksumName(stored); stored.Hash == nil || name != "" && name != sha1Name {
		return nil, fmt.Errorf("the server has no %s checksum of it", sha1Name)
	}
	return stored, compareChecksum(stored, sha1Name, in.sum)
}

// Download writes the content of an OriginalFile to w and returns how many
// bytes it has. The file may be in any of the user's groups, unless ctx is of
// WithGroup. The checksum is compared where the server has one, of the kinds SHA1-160,
// MD5-128, Adler-32 and CRC-32; another kind is logged. w has been written to when the
// comparison fails.
func (s *Session) Download(ctx context.Context, id int64, w io.Writer) (int64, error) {
	n, err := s.download(ctx, id, w)
	if err != nil {
		return n, fmt.Errorf("gateway: downloading OriginalFile %d, after %d bytes: %w", id, n, s.explain(err))
	}
	return n, nil
}

func (s *Session) download(ctx context.Context, id int64, w io.Writer) (int64, error) {
	row, ctx, err := s.findFile(ctx, id)
	if err != nil {
		return 0, err
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

	kind := checksumName(row)
	newSum, known := checksums[kind]
	if !known {
		newSum = sha1.New // of no use, but simple
	}
	sum, done := newSum(), int64(0)
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
	switch {
	case known:
		return done, compareChecksum(row, kind, sum)
	case kind != "":
		s.config.Logger.Warn("gateway: the checksum of a file was not compared", "OriginalFile", id, "algorithm", kind)
	}
	return done, nil
}

// findFile returns the row of a file with its checksum algorithm, and a ctx
// that works in the file's group. Like OMERO's own clients it looks in all groups, if
// ctx names none.
func (s *Session) findFile(ctx context.Context, id int64) (*omero.OriginalFile, context.Context, error) {
	_, chosen := ice.RequestContext(ctx)[omero.ConstantsGROUP]
	looking := ctx
	if !chosen {
		looking = WithGroup(ctx, AllGroups)
	}
	// Get would do, but leaves the algorithm unloaded.
	found, err := s.Query().FindByQuery(looking, "select f from OriginalFile f left outer join fetch f.hasher where f.id = :id",
		&omero.SysParameters{Map: map[string]omero.AnyRType{"id": &omero.RLong{Val: id}}})
	if err != nil {
		return nil, ctx, err
	}
	if found == nil && chosen {
		return nil, ctx, fmt.Errorf("%w: there is none in the group of the call", ErrNotFound)
	}
	if found == nil {
		return nil, ctx, fmt.Errorf("%w: there is none in any of the user's groups", ErrNotFound)
	}
	row, ok := found.(*omero.OriginalFile)
	if !ok {
		return nil, ctx, fmt.Errorf("it is a %T", found)
	}
	if row.Hasher != nil && !row.Hasher.Loaded {
		return nil, ctx, errors.New("the server did not load its checksum algorithm")
	}
	if details := row.Details; !chosen && details != nil && details.Group != nil && details.Group.Id != nil {
		return row, WithGroup(ctx, details.Group.Id.Val), nil
	}
	return row, looking, nil
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
			n, err := readBlock(in.r, data)
			if n > 0 {
				in.sum.Write(data[:n])
				b := block{in.offset, data[:n]}
				in.offset += int64(n)
				if !yield(b) {
					return
				}
			}
			if err != nil {
				if err != io.EOF { // io.EOF itself and nothing that wraps it is the end of the file
					in.err = err
				}
				return
			}
		}
	}
}

// maxEmptyReads is how often a Reader may return neither bytes nor an error.
const maxEmptyReads = 100

// readBlock fills data as far as r goes. Unlike io.ReadFull it returns r's own
// error, so that an io.ErrUnexpectedEOF of r, which says that something was cut
// short, is told from the end.
func readBlock(r io.Reader, data []byte) (n int, err error) {
	for empty := 0; n < len(data) && err == nil; {
		var read int
		read, err = r.Read(data[n:])
		if read < 0 || read > len(data)-n {
			return n, fmt.Errorf("the reader returned %d bytes for a buffer of %d", read, len(data)-n)
		}
		if n += read; read > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
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
