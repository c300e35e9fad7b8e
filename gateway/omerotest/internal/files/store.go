package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"
)

// Kind is what a numbered file belongs to. It is also the name of the folder.
type Kind string

// The folders of OMERO's data folder that have files by id.
const (
	Originals  Kind = "Files"
	Pixels     Kind = "Pixels"
	Thumbnails Kind = "Thumbnails"
	Tables     Kind = "Tables"
)

// Store is a data folder. Its methods may be called by any number of goroutines.
type Store struct {
	root    *os.Root
	durable bool
	temp    atomic.Int64
}

// Open opens a data folder, which must exist. A durable store has written to the
// disk what it says that it has written; without that, to the file system only,
// which a killed process does not lose but a machine that stops does.
func Open(dir string, durable bool) (*Store, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("files: cannot open the data folder: %w", err)
	}
	s := &Store{root: root, durable: durable}
	if err := s.clean(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return s, nil
}

// Close gives the folder back. Files that are open stay usable.
func (s *Store) Close() error { return s.root.Close() }

// Dir is the folder's path on this machine.
func (s *Store) Dir() string { return s.root.Name() }

// unfinished is where files are made before they get their names.
const unfinished = "Unfinished"

// clean removes what an earlier process did not finish.
func (s *Store) clean() error {
	if err := s.root.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("files: cannot remove unfinished files: %w", err)
	}
	return nil
}

// NumberedPath is where the file of an id is below the data folder. OMERO has
// at most 1000 files in a folder: 1234567 is in Dir-001/Dir-234.
func NumberedPath(kind Kind, id int64) string {
	parts := []string{string(kind)}
	var folders []string
	for rest := id / 1000; rest > 0; rest /= 1000 {
		folders = append([]string{fmt.Sprintf("Dir-%03d", rest%1000)}, folders...)
	}
	parts = append(parts, folders...)
	return path.Join(append(parts, fmt.Sprint(id))...)
}

// OpenNumbered opens the file of an id. To read, it must exist (the error is
// fs.ErrNotExist otherwise); to write, it is made.
func (s *Store) OpenNumbered(kind Kind, id int64, write bool) (*File, error) {
	if id < 0 {
		return nil, fmt.Errorf("files: there is no file %d of %s: %w", id, kind, fs.ErrNotExist)
	}
	return s.OpenPath(NumberedPath(kind, id), write)
}

// HasNumbered reports whether there is a file for an id.
func (s *Store) HasNumbered(kind Kind, id int64) bool {
	_, err := s.root.Stat(NumberedPath(kind, id))
	return id >= 0 && err == nil
}

// RemoveNumbered removes the file of an id, if there is one.
func (s *Store) RemoveNumbered(kind Kind, id int64) error {
	return s.Remove(NumberedPath(kind, id))
}

// ReplaceNumbered gives the file of an id new content, whole or not at all.
func (s *Store) ReplaceNumbered(kind Kind, id int64, content []byte) error {
	return s.Replace(NumberedPath(kind, id), func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// OpenPath opens a file below the data folder. To write, it is made, and the
// folders that it is in.
func (s *Store) OpenPath(name string, write bool) (*File, error) {
	if !write {
		f, err := s.root.Open(name)
		if err != nil {
			return nil, err
		}
		return s.file(f, false)
	}
	f, err := s.root.OpenFile(name, os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.MakeDirs(path.Dir(name)); err != nil {
			return nil, err
		}
		if f, err = s.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
			return nil, err
		}
		if err := s.syncDir(path.Dir(name)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return s.file(f, true)
	}
	if err != nil {
		return nil, err
	}
	return s.file(f, true)
}

func (s *Store) file(f *os.File, write bool) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("files: %s is not a file", path.Base(f.Name())), f.Close())
	}
	return &File{f: f, writable: write, durable: s.durable}, nil
}

// MakeDirs makes a folder below the data folder and those that it is in.
func (s *Store) MakeDirs(name string) error {
	if name == "." || name == "/" {
		return nil
	}
	if info, err := s.root.Stat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := s.MakeDirs(path.Dir(name)); err != nil {
		return err
	}
	if err := s.root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.syncDir(path.Dir(name))
}

// Replace gives a file new content, which write gives it. If write or anything
// else fails, the file is as it was.
func (s *Store) Replace(name string, write func(io.Writer) error) error {
	if err := s.MakeDirs(unfinished); err != nil {
		return err
	}
	if err := s.MakeDirs(path.Dir(name)); err != nil {
		return err
	}
	temp := path.Join(unfinished, fmt.Sprint(s.temp.Add(1)))
	f, err := s.root.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil && s.durable {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, ignoreNotExist(s.root.Remove(temp)))
	}
	return s.syncDir(path.Dir(name))
}

// Remove removes a file or an empty folder. One that is not there is no error.
func (s *Store) Remove(name string) error {
	if err := ignoreNotExist(s.root.Remove(name)); err != nil {
		return err
	}
	return s.syncDir(path.Dir(name))
}

// RemoveAll removes a file or a folder with all that is in it.
func (s *Store) RemoveAll(name string) error {
	if name == "" || name == "." {
		return errors.New("files: the data folder itself is not removed")
	}
	if err := s.root.RemoveAll(name); err != nil {
		return err
	}
	return s.syncDir(path.Dir(name))
}

// Stat tells what a path below the data folder is.
func (s *Store) Stat(name string) (fs.FileInfo, error) { return s.root.Stat(name) }

// List returns what is in a folder, by name.
func (s *Store) List(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(s.root.FS(), path.Clean(name))
}

func (s *Store) syncDir(name string) error {
	if !s.durable {
		return nil
	}
	d, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreNotExist(err error) error {
	// A part of the path that is a file is as good as not there.
	if errors.Is(err, fs.ErrNotExist) || err != nil && strings.HasSuffix(err.Error(), "not a directory") {
		return nil
	}
	return err
}

// Temp makes a file among the unfinished ones, which are removed when the store
// is opened again. [Store.Move] makes it one that stays.
func (s *Store) Temp() (name string, f *File, err error) {
	name = path.Join(unfinished, fmt.Sprint(s.temp.Add(1)))
	f, err = s.OpenPath(name, true)
	return name, f, err
}

// Move gives a file another name, whole and at once. What had the name before is
// gone.
func (s *Store) Move(from, to string) error {
	if err := s.MakeDirs(path.Dir(to)); err != nil {
		return err
	}
	if err := s.root.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(s.syncDir(path.Dir(from)), s.syncDir(path.Dir(to)))
}
