package store

import (
	"context"
	"database/sql"
	"errors"
)

// conn is a connection with the statements that were prepared on it.
type conn struct {
	c     *sql.Conn
	stmts map[string]*sql.Stmt

	broken bool // a transaction could not be ended on it: it must not be used again
}

// orNone gives the connection, or nil for one that is broken, which it closes. The next to
// need it makes a new one.
func (c *conn) orNone() *conn {
	if c == nil || !c.broken {
		return c
	}
	_ = c.close()
	return nil
}

const keptStatements = 500 // of a connection; beyond that all are prepared anew

func (s *Store) newConn(ctx context.Context) (*conn, error) {
	c, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{c: c, stmts: map[string]*sql.Stmt{}}, nil
}

func (c *conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := c.stmts[query]; stmt != nil {
		return stmt, nil
	}
	if len(c.stmts) >= keptStatements {
		for _, stmt := range c.stmts {
			_ = stmt.Close()
		}
		clear(c.stmts)
	}
	stmt, err := c.c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = stmt
	return stmt, nil
}

func (c *conn) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (c *conn) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (c *conn) close() error {
	if c == nil {
		return nil
	}
	var err error
	for _, stmt := range c.stmts {
		err = errors.Join(err, stmt.Close())
	}
	return errors.Join(err, c.c.Close())
}
