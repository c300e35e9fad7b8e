package services

import (
	"context"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

func (d *storeData) FindAll(ctx context.Context, who *Caller, hql string, p *omero.SysParameters) (found omero.IObjectList, err error) {
	err = d.store.View(ctx, who.stored(), func(tx *store.Tx) error {
		found, err = tx.Query(hql, p)
		return err
	})
	return found, err
}

func (d *storeData) Project(ctx context.Context, who *Caller, hql string, p *omero.SysParameters) (rows omero.RTypeSeqSeq, err error) {
	err = d.store.View(ctx, who.stored(), func(tx *store.Tx) error {
		rows, err = tx.Projection(hql, p)
		return err
	})
	return rows, err
}
