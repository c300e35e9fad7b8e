package services

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// rawFile is RawFileStore, of files by id and of those in repositories.
type rawFile struct {
	Stateful

	mu       sync.Mutex
	id       *int64
	path     string // below the data folder
	mayEdit  bool
	fixed    bool // of a repository: the client cannot set another id
	upload   bool // of an import: there is no row yet
	file     *files.File
	modified bool
}

func newRawFile(s *Session) *rawFile {
	r := &rawFile{}
	r.Init(s, r)
	r.Release = r.forget
	return r
}

// forget closes the file. What was written and not saved is saved on behalf of
// the session's user.
func (r *rawFile) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeFile()
	r.id = nil
}

func (r *rawFile) closeFile() {
	if r.file != nil {
		_ = r.file.Close() // all that was written is synced
	}
	r.file, r.modified = nil, false
}

// SetFileId opens a file that is not in a repository, or one of a repository's:
// OMERO's servers look for those where they are, too.
func (r *rawFile) SetFileId(ctx context.Context, id int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fixed {
		return ApiUsage("the file of a repository's RawFileStore cannot be changed")
	}
	if r.id != nil && *r.id == id {
		return nil
	}
	return r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		f, err := store.Get[*omero.OriginalFile](tx, id)
		if err != nil {
			return err
		}
		where, err := pathOfFile(f)
		if err != nil {
			return err
		}
		edit, err := mayEdit(tx, "OriginalFile", id)
		if err != nil {
			return err
		}
		if r.modified {
			r.modified = false // as OMERO has it: what was not saved is not noted
		}
		r.closeFile()
		r.id, r.path, r.mayEdit = &id, where, edit && f.Repo == nil
		return nil
	})
}

// open opens the file, for writing if it must be.
func (r *rawFile) open(write bool) error {
	if r.id == nil {
		return ApiUsage("This RawFileStore has not been properly initialized.\nPlease set the file id before executing any other methods.\n")
	}
	if write && !r.mayEdit {
		return Security("File not writeable!")
	}
	if r.file != nil && (!write || r.file.Writable()) {
		return nil
	}
	modified := r.modified
	r.closeFile()
	r.modified = modified
	var err error
	r.file, err = r.Session.Server.Files.OpenPath(r.path, write)
	if errors.Is(err, fs.ErrNotExist) {
		return Resource("OriginalFile:%d has no bytes yet", *r.id)
	}
	return mediaError(err)
}

func (r *rawFile) GetFileId(context.Context) (*omero.RLong, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.id == nil {
		return nil, nil
	}
	return omero.NewRLong(*r.id), nil
}

// Read returns as many bytes as are asked for: what is behind the end of the
// file is zeros.
func (r *rawFile) Read(_ context.Context, position int64, length int32) (ice.ByteSeq, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.open(false); err != nil {
		return nil, err
	}
	p, err := r.file.Read(position, int(length))
	return p, mediaError(err)
}

// Size is 0 for a file that nobody has written to.
func (r *rawFile) Size(context.Context) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.size()
}

func (r *rawFile) size() (int64, error) {
	err := r.open(false)
	if _, missing := errors.AsType[*omero.ResourceError](err); missing {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := r.file.Size()
	return n, mediaError(err)
}

func (r *rawFile) Truncate(_ context.Context, length int64) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.open(true); err != nil {
		return false, err
	}
	done, err := r.file.Truncate(length)
	r.modified = r.modified || done
	return done, mediaError(err)
}

func (r *rawFile) Write(_ context.Context, p ice.ByteSeq, position int64, length int32) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if length < 0 || int(length) > len(p) {
		return ApiUsage("%d bytes are to be written, and %d are given", length, len(p))
	}
	if err := r.open(true); err != nil {
		return err
	}
	if err := r.file.Write(p[:length], position); err != nil {
		return mediaError(err)
	}
	r.modified = true
	return nil
}

func (r *rawFile) Exists(context.Context) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.open(false)
	if _, missing := errors.AsType[*omero.ResourceError](err); missing {
		return false, nil
	}
	return err == nil, err
}

// Save notes the size, the checksum and the time of what was written. It returns
// null if nothing was.
func (r *rawFile) Save(ctx context.Context) (*omero.OriginalFile, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.save(ctx)
}

func (r *rawFile) save(ctx context.Context) (saved *omero.OriginalFile, err error) {
	if r.id == nil || !r.mayEdit || r.upload {
		return nil, nil
	}
	if !r.modified {
		n, err := r.size()
		if err != nil || n != 0 || r.file == nil {
			return nil, err
		}
	}
	saved, err = saveContent(ctx, r.Session.Call(ctx), *r.id, r.file)
	if err == nil {
		r.modified = false
	}
	return saved, err
}

// Close saves what was written and ends the service.
func (r *rawFile) Close(ctx context.Context) error {
	_, err := r.Save(ctx)
	return errors.Join(err, r.Stateful.Close(ctx))
}

// saveContent notes the size, the checksum and the time of a file in its row. The
// checksum is worked out first, so that others need not wait for it.
func saveContent(ctx context.Context, call *Call, id int64, f *files.File) (saved *omero.OriginalFile, err error) {
	var algorithm string
	err = call.view(ctx, func(tx *store.Tx) error {
		row, err := store.Get[*omero.OriginalFile](tx, id)
		if err != nil || row.Hasher == nil {
			return err
		}
		err = loaded(tx, &row.Hasher)
		algorithm = row.Hasher.GetValue().GetValue()
		return err
	})
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, mediaError(err)
	}
	modified, err := f.Modified()
	if err != nil {
		return nil, mediaError(err)
	}
	var sum *omero.RString
	if algorithm != "" {
		text, err := f.Checksum(algorithm)
		if err != nil {
			return nil, mediaError(err)
		}
		sum = omero.NewRString(text)
	}
	err = call.change(ctx, func(tx *store.Tx) error {
		row, err := store.Get[*omero.OriginalFile](tx, id)
		if err != nil {
			return err
		}
		row.Size, row.Mtime, row.Hash = omero.NewRLong(size), omero.NewRTime(modified.UnixMilli()), sum
		saved, err = store.Save(tx, row)
		return err
	})
	return saved, err
}

// pathOfFile is where the bytes of a file are, below the data folder: of one in
// the managed repository by its path, of others by their id.
func pathOfFile(f *omero.OriginalFile) (string, error) {
	if f.Repo == nil || !strings.HasPrefix(f.Path.GetValue(), "/") {
		return files.NumberedPath(files.Originals, f.Id.GetValue()), nil
	}
	clean, err := files.CheckPath(f.Path.GetValue() + f.Name.GetValue())
	if err != nil {
		return "", Validation("OriginalFile:%d: %v", f.Id.GetValue(), err)
	}
	return path.Join(managedFolder, clean), nil
}
