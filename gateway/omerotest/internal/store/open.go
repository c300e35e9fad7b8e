package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the database driver
)

// Store is an open database. Its methods may be used by several goroutines.
type Store struct {
	db      *sql.DB
	dir     string
	private bool // the folder goes away at Close
	writer  chan *conn
	readers chan *conn
	done    chan struct{}
	close   sync.Once

	mu        sync.Mutex
	rights    map[int64]Rights // of the groups; nil if they must be read again
	sequences map[string]int64 // the next id of each table
}

const (
	fileName = "omero.db"
	readers  = 4 // that read at the same time
)

// Open opens the store in a folder, which it makes if there is none. With dir ""
// the store is private and goes away at Close; it does not wait for the disk.
func Open(ctx context.Context, dir string) (*Store, error) {
	s := &Store{dir: dir, private: dir == "", done: make(chan struct{})}
	if s.private {
		var err error
		if s.dir, err = os.MkdirTemp("", "omerotest-"); err != nil {
			return nil, fmt.Errorf("make a folder for a private store: %w", err)
		}
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the store: %w", err)
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store in %s: %w", s.dir, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	path := filepath.Join(s.dir, fileName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := create(path, !s.private); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := s.connect(ctx, path); err != nil {
		return err
	}
	return s.View(ctx, System(), func(tx *Tx) error {
		found, err := tx.sqlInt(`PRAGMA user_version`)
		if err == nil && found != version {
			err = fmt.Errorf("its tables have version %d, this program needs %d: use the program that wrote it or another folder", found, version)
		}
		return err
	})
}

func (s *Store) connect(ctx context.Context, path string) error {
	synchronous := "FULL"
	if s.private {
		synchronous = "OFF"
	}
	var err error
	s.db, err = sql.Open("sqlite", "file:"+escapePath(path)+"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous("+
		synchronous+")&_pragma=case_sensitive_like(1)&_pragma=cache_size(-16000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return err
	}
	s.db.SetMaxOpenConns(readers + 1)
	s.writer, s.readers = make(chan *conn, 1), make(chan *conn, readers)
	first, err := s.newConn(ctx)
	if err != nil {
		return err
	}
	s.writer <- first
	for range readers {
		s.readers <- nil // made when it is needed
	}
	return nil
}

// escapePath keeps what means something in a URI out of a path.
func escapePath(path string) string {
	out := make([]byte, 0, len(path))
	for _, b := range []byte(path) {
		if b == '%' || b == '?' || b == '#' {
			out = fmt.Appendf(out, "%%%02x", b)
			continue
		}
		out = append(out, b)
	}
	return string(out)
}

// Close waits for transactions that run, and closes the database. It may be called more than once.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		close(s.done)
		if s.writer != nil {
			err = errors.Join(err, (<-s.writer).close())
			for range readers {
				err = errors.Join(err, (<-s.readers).close())
			}
		}
		if s.db != nil {
			err = errors.Join(err, s.db.Close())
		}
		if s.private {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	})
	return err
}

// Dir is the folder of the store; services keep their files beside the database.
func (s *Store) Dir() string { return s.dir }

// empty is the file of a database with all tables and what every OMERO has from
// the start. It is made once in a process: a copy is much faster than making it again.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "omerotest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, fileName)
	if err := build(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func build(path string) error {
	db, err := sql.Open("sqlite", "file:"+escapePath(path)+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=page_size(4096)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { _ = db.Close() }()
	ctx := context.Background()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, statement := range statements() {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	if err := seed(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return errors.Join(tx.Commit(), db.Close())
}

// create writes an empty store whole or not at all.
func create(path string, sync bool) error {
	content, err := empty()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), fileName+".new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(content)
	if sync {
		err = errors.Join(err, f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if !sync {
		return nil
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
