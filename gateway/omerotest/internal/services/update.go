package services

import (
	"context"

	"github.com/slice2go/slice2go/generated/omero"
)

// update is IUpdate.
type update struct{ session *Session }

func newUpdate(s *Session) *update { return &update{s} }

func (u *update) SaveObject(ctx context.Context, o omero.AnyIObject) error {
	_, err := u.SaveAndReturnObject(ctx, o)
	return err
}

func (u *update) SaveCollection(ctx context.Context, objects omero.IObjectList) error {
	_, err := u.SaveAndReturnArray(ctx, objects)
	return err
}

func (u *update) SaveArray(ctx context.Context, objects omero.IObjectList) error {
	_, err := u.SaveAndReturnArray(ctx, objects)
	return err
}

func (u *update) SaveAndReturnObject(ctx context.Context, o omero.AnyIObject) (omero.AnyIObject, error) {
	if isNil(o) {
		return nil, ApiUsage("the object to save is null")
	}
	saved, err := u.session.Call(ctx).save(ctx, o)
	if err != nil {
		return nil, err
	}
	return saved[0], nil
}

func (u *update) SaveAndReturnArray(ctx context.Context, objects omero.IObjectList) (omero.IObjectList, error) {
	for i, o := range objects {
		if isNil(o) {
			return nil, ApiUsage("object %d of those to save is null", i)
		}
	}
	if len(objects) == 0 {
		return nil, nil
	}
	return u.session.Call(ctx).save(ctx, objects...)
}

func (u *update) SaveAndReturnIds(ctx context.Context, objects omero.IObjectList) (omero.SysLongList, error) {
	saved, err := u.SaveAndReturnArray(ctx, objects)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(saved))
	for i, o := range saved {
		ids[i], _ = idOf(o)
	}
	return ids, nil
}

func (u *update) DeleteObject(ctx context.Context, o omero.AnyIObject) error {
	id, ok := idOf(o)
	if !ok {
		return ApiUsage("only an object that has an id can be deleted")
	}
	return u.session.Call(ctx).remove(ctx, classOf(o), id)
}

// IndexObject has nothing to do: searches look at the database itself.
func (u *update) IndexObject(ctx context.Context, o omero.AnyIObject) error {
	call := u.session.Call(ctx)
	who, err := call.caller(ctx)
	switch {
	case err != nil:
		return err
	case !who.Admin:
		return Security("only administrators may have objects indexed")
	}
	if _, ok := idOf(o); !ok {
		return ApiUsage("only an object that has an id can be indexed")
	}
	return nil
}
