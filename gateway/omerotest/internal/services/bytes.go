package services

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// mostRead bounds what is read of a file into memory: texts of scripts and
// the like.
const mostRead = 64 << 20

// WriteFile replaces the bytes of an OriginalFile.
func (s *Server) WriteFile(id int64, data []byte) error {
	return s.Files.ReplaceNumbered(files.Originals, id, data)
}

// ReadFile returns the bytes of an OriginalFile, which must not be large.
func (s *Server) ReadFile(id int64) (data []byte, err error) {
	f, err := s.Files.OpenNumbered(files.Originals, id, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > mostRead {
		return nil, fmt.Errorf("the file has %d bytes", size)
	}
	data = make([]byte, size)
	if _, err := f.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return data, nil
}

// RemoveFile takes the bytes of an OriginalFile away, whose row is gone: those of
// a file by id or in the repository, and those of a table.
func (s *Server) RemoveFile(id int64) error {
	ctx := context.Background()
	var where []byte
	err := s.Store.View(ctx, store.System(), func(tx *store.Tx) (err error) {
		where, err = tx.Value(repoKey(id))
		return err
	})
	if err != nil {
		return err
	}
	if where != nil {
		if err := s.Files.Remove(string(where)); err != nil {
			return err
		}
		err = s.Store.Update(ctx, store.System(), func(tx *store.Tx) error { return tx.SetValue(repoKey(id), nil) })
	}
	return errors.Join(err, s.Files.RemoveNumbered(files.Originals, id), s.tables.Remove(id))
}

// RemovePixels takes the bytes of Pixels away.
func (s *Server) RemovePixels(id int64) error { return s.Files.RemoveNumbered(files.Pixels, id) }
