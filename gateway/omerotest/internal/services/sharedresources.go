package services

import (
	"context"
	"path"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

func init() {
	Register(
		Stateless(omero.NewGridSharedResourcesServant, newSharedResources),
		Object[omero.GridTable, *gridTable](omero.NewGridTableServant),
		StatefulService(omero.NewExporterServant, newExporter),
	)
}

// sharedResources is SharedResources.
type sharedResources struct{ session *Session }

func newSharedResources(s *Session) *sharedResources { return &sharedResources{s} }

// AcquireProcessor has no processors to give.
func (r *sharedResources) AcquireProcessor(_ context.Context, job omero.AnyJob, seconds int32) (omero.GridInteractiveProcessorPrx, error) {
	if seconds > 3*60 {
		return nil, ApiUsage("Delay is too long. Maximum = 3 minutes")
	}
	id := int64(-1)
	if !isNil(job) {
		id, _ = idOf(job)
	}
	return nil, noProcessor(id)
}

// AddProcessor and RemoveProcessor are for processors of other programs, which
// this server asks nothing of.
func (r *sharedResources) AddProcessor(context.Context, omero.GridProcessorPrx) error {
	return NotOffered("SharedResources.addProcessor")
}

func (r *sharedResources) RemoveProcessor(context.Context, omero.GridProcessorPrx) error {
	return nil // it is not there
}

func (r *sharedResources) AreTablesEnabled(context.Context) (bool, error) { return true, nil }

// NewTable makes a table with a name. Without any, it gets one.
func (r *sharedResources) NewTable(ctx context.Context, repository int64, name string) (omero.GridTablePrx, error) {
	if len(name) > 1000 || strings.ContainsRune(name, 0) {
		return nil, Validation("the name of a table has more than 1000 bytes, or a zero byte")
	}
	now := omero.NewRTime(r.session.Server.Clock().UnixMilli())
	f := omero.NewOriginalFile()
	f.Atime, f.Mtime, f.Ctime, f.Size = now, now, now, omero.NewRLong(0)
	f.Hash, f.Mimetype = omero.NewRString("unknown"), omero.NewRString(tableMimeType)
	dir, base := path.Split(name)
	if base == "" {
		base = "table"
	}
	f.Path, f.Name = omero.NewRString(dir), omero.NewRString(base)
	call := r.session.Call(ctx)
	err := call.change(ctx, func(tx *store.Tx) (err error) {
		if repository > 0 {
			if _, err := store.Get[*omero.OriginalFile](tx, repository); err != nil {
				return err
			}
		}
		f, err = store.Save(tx, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.open(f.Id.GetValue(), true)
}

const tableMimeType = "OMERO.tables"

func (r *sharedResources) OpenTable(ctx context.Context, file *omero.OriginalFile) (omero.GridTablePrx, error) {
	id, ok := idOf(file)
	if !ok {
		return nil, ApiUsage("the file of the table has no id")
	}
	var edit bool
	err := r.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		f, err := store.Get[*omero.OriginalFile](tx, id)
		if err != nil {
			return err
		}
		if f.Mimetype.GetValue() != tableMimeType {
			return Validation("OriginalFile:%d is no table, but %q", id, f.Mimetype.GetValue())
		}
		edit, err = mayEdit(tx, "OriginalFile", id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.open(id, edit)
}

func (r *sharedResources) open(id int64, edit bool) (omero.GridTablePrx, error) {
	t, err := r.session.Server.tables.Open(id)
	if err != nil {
		return nil, mediaError(err)
	}
	servant := &gridTable{session: r.session, id: id, table: t, mayEdit: edit}
	p, err := r.session.Add(servant)
	if err != nil {
		servant.release()
		return nil, err
	}
	return omero.NewGridTablePrx(p), nil
}

// repositoryMap pairs descriptions with proxies.
func repositoryMap(descriptions []*omero.OriginalFile, proxies []ice.ObjectPrx) omero.GridRepositoryMap {
	m := omero.GridRepositoryMap{Descriptions: descriptions}
	for _, p := range proxies {
		m.Proxies = append(m.Proxies, omero.NewGridRepositoryPrx(p))
	}
	return m
}
