package services

import (
	"context"

	"github.com/slice2go/slice2go/generated/omero"
)

func (d *storeData) FindAll(ctx context.Context, who *Caller, hql string, p *omero.SysParameters) (omero.IObjectList, error) {
	return nil, NotOffered("HQL")
}

func (d *storeData) Project(ctx context.Context, who *Caller, hql string, p *omero.SysParameters) (omero.RTypeSeqSeq, error) {
	return nil, NotOffered("HQL")
}
