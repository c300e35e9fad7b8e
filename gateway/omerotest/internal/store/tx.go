package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
)

// Tx is a transaction of a caller. It is for one goroutine, and only until the
// function that it was given to returns.
type Tx struct {
	Caller Caller
	store  *Store
	conn   *conn
	ctx    context.Context
	write  bool
	sees   visibility
	rights map[int64]Rights
	event  int64 // -1 until something was written
	heads  map[key]head
	next   map[string]int64 // the next ids, of the tables that got objects
	groups bool             // a group was written: its rights are to be read again
}

// key is an object in its table.
type key struct {
	root *schema.Class
	id   int64
}

var errClosed = errors.New("the store is closed")

// View runs do in a transaction that sees the store as it is now and cannot change it.
func (s *Store) View(ctx context.Context, caller Caller, do func(*Tx) error) error {
	var c *conn
	select {
	case <-s.done:
		return Internal(errClosed, "read")
	case <-ctx.Done():
		return Internal(ctx.Err(), "wait to read")
	case c = <-s.readers:
	}
	defer func() { s.readers <- c.orNone() }()
	if c == nil {
		var err error
		if c, err = s.newConn(ctx); err != nil {
			return Internal(err, "read")
		}
	}
	return s.run(ctx, c, caller, false, do)
}

// Update runs do in a transaction that may change the store, and keeps the
// changes if do returns nil. What it writes belongs to one event. There is one
// Update at a time: do must not call Update, and what is slow belongs outside.
func (s *Store) Update(ctx context.Context, caller Caller, do func(*Tx) error) error {
	var c *conn
	select {
	case <-s.done:
		return Internal(errClosed, "write")
	case <-ctx.Done():
		return Internal(ctx.Err(), "wait to write")
	case c = <-s.writer:
	}
	defer func() { s.writer <- c.orNone() }()
	if c == nil {
		var err error
		if c, err = s.newConn(ctx); err != nil {
			return Internal(err, "write")
		}
	}
	return s.run(ctx, c, caller, true, do)
}

func (s *Store) run(ctx context.Context, c *conn, caller Caller, write bool, do func(*Tx) error) (err error) {
	tx := &Tx{Caller: caller, store: s, conn: c, ctx: ctx, write: write, event: -1, heads: map[key]head{}, next: map[string]int64{}}
	begin := "BEGIN"
	if write {
		begin = "BEGIN IMMEDIATE"
	}
	if _, err := c.exec(ctx, begin); err != nil {
		c.broken = true
		return Internal(err, "begin a transaction")
	}
	finished := false
	defer func() {
		if !finished { // an error, or a panic that goes on
			_, back := c.c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			c.broken = back != nil
			if err != nil && back != nil {
				err = errors.Join(err, back)
			}
		}
		tx.conn = nil
	}()
	if err := tx.workOutVisibility(); err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.writeSequences(); err != nil {
		return err
	}
	if _, err := c.exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return Internal(err, "commit")
	}
	finished = true
	if write {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.sequences != nil {
			maps.Copy(s.sequences, tx.next)
		}
		if tx.groups {
			s.rights = nil
		}
	}
	return nil
}

// Context is that of the call that the transaction belongs to.
func (tx *Tx) Context() context.Context { return tx.ctx }

// SQL runs a statement with parameters and gives its rows; the values are
// int64, float64, string, []byte and nil. Statements name tables and columns as
// package schema does. Nothing is filtered: see [Tx.Visible].
func (tx *Tx) SQL(query string, args ...any) ([][]any, error) {
	var out [][]any
	err := tx.each(query, args, func(row []any) error {
		out = append(out, append([]any(nil), row...))
		return nil
	})
	return out, err
}

// each runs a query and calls do with each row, which it may keep the values but not the slice of.
func (tx *Tx) each(query string, args []any, do func(row []any) error) error {
	rows, err := tx.conn.query(tx.ctx, query, args...)
	if err != nil {
		return tx.failed(err, query)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return tx.failed(err, query)
	}
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return tx.failed(err, query)
		}
		if err := do(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return tx.failed(err, query)
	}
	return nil
}

// Exec runs a statement that changes the store past all checks; services need
// it for what no save can do. It fails in a View.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	if !tx.write {
		return nil, Internal(errors.New("the transaction only reads"), "%s", query)
	}
	result, err := tx.conn.exec(tx.ctx, query, args...)
	if err != nil {
		return nil, tx.failed(err, query)
	}
	clear(tx.heads)
	tx.groups = true
	return result, nil
}

func (tx *Tx) failed(err error, query string) error {
	if ctx := tx.ctx.Err(); ctx != nil {
		return Internal(ctx, "the call ended before its statement")
	}
	return Internal(err, "run %s", query)
}

func (tx *Tx) sqlInt(query string, args ...any) (int64, error) {
	rows, err := tx.SQL(query, args...)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	n, _ := rows[0][0].(int64)
	return n, nil
}

// nextID gives the next id of a table.
func (tx *Tx) nextID(root *schema.Class) (int64, error) {
	if n, ok := tx.next[root.Name]; ok {
		tx.next[root.Name] = n + 1
		return n, nil
	}
	s := tx.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sequences == nil {
		read := map[string]int64{}
		if err := tx.each(`SELECT "name", "next" FROM "_sequence"`, nil, func(row []any) error {
			read[row[0].(string)] = row[1].(int64)
			return nil
		}); err != nil {
			return 0, err
		}
		s.sequences = read
	}
	n := s.sequences[root.Name]
	if n == 0 {
		n = 1
	}
	tx.next[root.Name] = n + 1
	return n, nil
}

func (tx *Tx) writeSequences() error {
	for name, next := range tx.next {
		if _, err := tx.conn.exec(tx.ctx, `INSERT INTO "_sequence" VALUES (?, ?) ON CONFLICT ("name") DO UPDATE SET "next" = excluded."next"`, name, next); err != nil {
			return tx.failed(err, "write sequences")
		}
	}
	return nil
}

// Value gives what SetValue stored under a name, nil if nothing. Services keep here what is
// not part of the model, passwords for instance.
func (tx *Tx) Value(name string) ([]byte, error) {
	rows, err := tx.SQL(`SELECT "value" FROM "_value" WHERE "name" = ?`, name)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	value, _ := rows[0][0].([]byte)
	return value, nil
}

// SetValue stores a value under a name; nil takes it away.
func (tx *Tx) SetValue(name string, value []byte) error {
	if value == nil {
		_, err := tx.Exec(`DELETE FROM "_value" WHERE "name" = ?`, name)
		return err
	}
	_, err := tx.Exec(`INSERT INTO "_value" VALUES (?, ?) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`, name, value)
	return err
}

// groupRights gives the rights of all groups.
func (tx *Tx) groupRights() (map[int64]Rights, error) {
	if tx.rights != nil && !tx.groups {
		return tx.rights, nil
	}
	tx.store.mu.Lock()
	kept := tx.store.rights
	tx.store.mu.Unlock()
	if kept != nil && !tx.groups {
		tx.rights = kept
		return kept, nil
	}
	read := map[int64]Rights{}
	err := tx.each(`SELECT "id", "_perms" FROM "ExperimenterGroup"`, nil, func(row []any) error {
		perms, _ := row[1].(int64)
		read[row[0].(int64)] = Rights(perms)
		return nil
	})
	if err != nil {
		return nil, err
	}
	tx.rights = read
	return read, nil
}

// GroupRights gives the rights of a group.
func (tx *Tx) GroupRights(group int64) (Rights, error) {
	rights, err := tx.groupRights()
	return rights[group], err
}

// Get gives the object of type T with an id: Get[*omero.Image](tx, 1).
func Get[T omero.AnyIObject](tx *Tx, id int64) (T, error) {
	var none T
	c := schema.Of(any(newOf[T]()).(omero.AnyIObject))
	v, err := tx.Get(c, id)
	if err != nil {
		return none, err
	}
	t, ok := v.(T)
	if !ok {
		return none, ApiUsage("%s:%d is no %s", schema.Of(v), id, fmt.Sprintf("%T", none))
	}
	return t, nil
}
