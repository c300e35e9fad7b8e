package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// ErrNoTables says that the server has its tables switched off.
var ErrNoTables = errors.New("gateway: the server has no tables: its administrator can start the service that has them, Tables-0")

// NewTable makes a table with these columns, in a file of this name. It has to
// be closed by its own method Close; closing the session closes it at the latest.
// The columns say names and types; their values come with AddData.
func (s *Session) NewTable(ctx context.Context, name string, columns ...omero.AnyGridColumn) (omero.GridTablePrx, error) {
	table, err := s.table(ctx, func(resources omero.GridSharedResourcesPrx) (omero.GridTablePrx, error) {
		repository, err := firstRepository(ctx, resources)
		if err != nil {
			return nil, err
		}
		return resources.NewTable(ctx, repository, name)
	})
	if err != nil {
		return nil, fmt.Errorf("gateway: cannot make the table %q: %w", name, s.explain(err))
	}
	if err := table.Initialize(ctx, columns); err != nil {
		s.closeService(table)
		return nil, fmt.Errorf("gateway: cannot give the table %q its columns: %w", name, s.explain(err))
	}
	return table, nil
}

// OpenTable opens the table in the OriginalFile with this id. It is to be
// closed like that of NewTable.
func (s *Session) OpenTable(ctx context.Context, id int64) (omero.GridTablePrx, error) {
	table, err := s.table(ctx, func(resources omero.GridSharedResourcesPrx) (omero.GridTablePrx, error) {
		file := omero.NewOriginalFile()
		file.Id = &omero.RLong{Val: id}
		return resources.OpenTable(ctx, file)
	})
	if err != nil {
		return nil, fmt.Errorf("gateway: cannot open the table of OriginalFile %d: %w", id, s.explain(err))
	}
	return table, nil
}

// table gets a table and remembers it for closing.
func (s *Session) table(ctx context.Context, get func(omero.GridSharedResourcesPrx) (omero.GridTablePrx, error)) (omero.GridTablePrx, error) {
	resources, err := s.SharedResources(ctx)
	if err != nil {
		return nil, err
	}
	enabled, err := resources.AreTablesEnabled(ctx)
	if err != nil {
		return nil, err
	}
	if !enabled {
		return nil, ErrNoTables
	}
	table, err := get(resources)
	if err != nil {
		return nil, err
	}
	if ice.IsNil(table) {
		return nil, errors.New("the server gave a null proxy")
	}
	s.remember(table)
	return table, nil
}

// firstRepository is where OMERO's own clients put new tables.
func firstRepository(ctx context.Context, resources omero.GridSharedResourcesPrx) (int64, error) {
	repositories, err := resources.Repositories(ctx)
	if err != nil {
		return 0, err
	}
	for _, file := range repositories.Descriptions {
		if file != nil && file.Id != nil {
			return file.Id.Val, nil
		}
	}
	return 0, errors.New("the server has no repository")
}
