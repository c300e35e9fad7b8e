package services

import (
	"context"
	"strings"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/tables"
)

// gridTable is a table that a client has open.
type gridTable struct {
	session *Session
	id      int64 // of its file
	table   *tables.Table
	mayEdit bool

	once     sync.Once
	mu       sync.Mutex
	modified bool
}

func (t *gridTable) release() { t.once.Do(func() { _ = t.table.Close() }) } // what was written is synced

// write does what changes the table.
func (t *gridTable) write(do func() error) error {
	if !t.mayEdit {
		return Security("User cannot write to the table of OriginalFile:%d", t.id)
	}
	if err := do(); err != nil {
		return mediaError(err)
	}
	t.mu.Lock()
	t.modified = true
	t.mu.Unlock()
	return nil
}

func (t *gridTable) GetOriginalFile(ctx context.Context) (f *omero.OriginalFile, err error) {
	err = t.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		f, err = store.Get[*omero.OriginalFile](tx, t.id)
		return err
	})
	return f, err
}

func (t *gridTable) GetHeaders(context.Context) (omero.GridColumnArray, error) {
	headers, err := t.table.Headers()
	return headers, mediaError(err)
}

func (t *gridTable) GetNumberOfRows(context.Context) (int64, error) {
	n, err := t.table.Rows()
	return n, mediaError(err)
}

func (t *gridTable) GetWhereList(_ context.Context, condition string, variables omero.RTypeDict, start, stop, step int64) (omero.LongArray, error) {
	rows, err := t.table.Where(condition, variables, start, stop, step)
	return rows, mediaError(err)
}

// answer leaves the row numbers out if the client does not want them.
func (t *gridTable) answer(ctx context.Context, data *omero.GridData, err error) (*omero.GridData, error) {
	if err != nil {
		return nil, mediaError(err)
	}
	if want, ok := t.session.Call(ctx).Current.Context["omero.tables.include_row_numbers"]; ok && !strings.EqualFold(want, "true") {
		data.RowNumbers = nil
	}
	return data, nil
}

func (t *gridTable) ReadCoordinates(ctx context.Context, rows omero.LongArray) (*omero.GridData, error) {
	if len(rows) == 0 {
		return nil, ApiUsage("Rows not specified: []")
	}
	data, err := t.table.Slice(nil, rows)
	return t.answer(ctx, data, err)
}

// Read takes start and stop as in Python; both 0 is all rows.
func (t *gridTable) Read(ctx context.Context, cols omero.LongArray, start, stop int64) (*omero.GridData, error) {
	if start == 0 && stop == 0 {
		stop = 1<<63 - 1
	}
	if cols == nil {
		cols = omero.LongArray{} // which is refused: nil would be all
	}
	data, err := t.table.Read(cols, start, stop)
	return t.answer(ctx, data, err)
}

// Slice takes no columns, and no rows, for all of them.
func (t *gridTable) Slice(ctx context.Context, cols, rows omero.LongArray) (*omero.GridData, error) {
	if len(cols) == 0 {
		cols = nil
	}
	if len(rows) == 0 {
		n, err := t.table.Rows()
		if err != nil {
			return nil, mediaError(err)
		}
		if cols == nil {
			headers, err := t.table.Headers()
			if err != nil {
				return nil, mediaError(err)
			}
			for i := range headers {
				cols = append(cols, int64(i))
			}
		}
		data, err := t.table.Read(cols, 0, n)
		return t.answer(ctx, data, err)
	}
	data, err := t.table.Slice(cols, rows)
	return t.answer(ctx, data, err)
}

func (t *gridTable) AddData(_ context.Context, cols omero.GridColumnArray) error {
	return t.write(func() error { return t.table.Append(cols) })
}

func (t *gridTable) Update(_ context.Context, data *omero.GridData) error {
	return t.write(func() error { return t.table.Update(data) })
}

func (t *gridTable) GetAllMetadata(context.Context) (omero.RTypeDict, error) {
	all, err := t.table.Metadata()
	return all, mediaError(err)
}

func (t *gridTable) GetMetadata(_ context.Context, key string) (omero.AnyRType, error) {
	all, err := t.table.Metadata()
	return all[key], mediaError(err)
}

func (t *gridTable) SetAllMetadata(_ context.Context, values omero.RTypeDict) error {
	return t.write(func() error { return t.table.SetMetadata(values, true) })
}

func (t *gridTable) SetMetadata(_ context.Context, key string, v omero.AnyRType) error {
	return t.write(func() error { return t.table.SetMetadata(omero.RTypeDict{key: v}, false) })
}

func (t *gridTable) Initialize(_ context.Context, cols omero.GridColumnArray) error {
	return t.write(func() error { return t.table.Initialize(cols) })
}

// AddColumn is refused by OMERO, too.
func (t *gridTable) AddColumn(context.Context, omero.AnyGridColumn) (int32, error) {
	return 0, ApiUsage("NYI: columns cannot be added to a table")
}

// Delete deletes the table and its file.
func (t *gridTable) Delete(ctx context.Context) error {
	if !t.mayEdit {
		return Security("User cannot write to the table of OriginalFile:%d", t.id)
	}
	t.mu.Lock()
	t.modified = false
	t.mu.Unlock()
	h, _, err := t.session.Submit(t.session.Call(ctx), &omero.CmdDelete2{CmdGraphModify2: omero.CmdGraphModify2{CmdGraphQuery: omero.CmdGraphQuery{
		TargetObjects: omero.StringLongListMap{"OriginalFile": {t.id}},
	}}})
	if err != nil {
		return err
	}
	if h == nil {
		return Internal("this server does not know how to delete")
	}
	defer t.session.Remove(h)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-h.done:
	}
	response, err := h.GetResponse(ctx)
	if err != nil {
		return err
	}
	if failed, ok := response.(*omero.CmdERR); ok {
		return Internal("the table cannot be deleted: %s", failed.Parameters["message"])
	}
	if err := t.session.Server.tables.Remove(t.id); err != nil {
		return mediaError(err)
	}
	t.session.Remove(t)
	return nil
}

// Close ends the table, and notes how large it is.
func (t *gridTable) Close(ctx context.Context) error {
	t.mu.Lock()
	modified := t.modified
	t.modified = false
	t.mu.Unlock()
	var err error
	if modified {
		size := t.table.Bytes()
		err = t.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
			f, err := store.Get[*omero.OriginalFile](tx, t.id)
			if err != nil {
				return err
			}
			f.Size, f.Mtime = omero.NewRLong(size), omero.NewRTime(t.session.Server.Clock().UnixMilli())
			_, err = tx.SaveIDs(f)
			return err
		})
	}
	t.session.Remove(t)
	return err
}
