package services

import (
	"context"
	"errors"
	"io/fs"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/render"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/tables"
)

// The services of pictures, files and tables.
func init() {
	Register(
		StatefulService(omero.NewRawPixelsStoreServant, newRawPixels),
		StatefulService(omero.NewRawFileStoreServant, newRawFile),
		StatefulService(omero.NewRenderingEngineServant, newRenderingEngine),
		StatefulService(omero.NewThumbnailStoreServant, newThumbnails),
		Stateless(omero.NewIRenderingSettingsServant, newRenderingSettings),
		Stateless(omero.NewIPixelsServant, newPixelsService),
		Stateless(omero.NewIProjectionServant, newProjection),
	)
}

// mediaError makes an OMERO exception of an error of the packages that have the
// bytes.
func mediaError(err error) error {
	switch {
	case err == nil, isServerError(err):
		return err
	case errors.Is(err, tables.ErrInvalid):
		return Validation("%v", err)
	case errors.Is(err, pixels.ErrBounds), errors.Is(err, pixels.ErrLarge), errors.Is(err, render.ErrSettings),
		errors.Is(err, files.ErrRange), errors.Is(err, tables.ErrUsage):
		return ApiUsage("%v", err)
	case errors.Is(err, files.ErrReadOnly):
		return Security("File not writeable!")
	case errors.Is(err, pixels.ErrLength), errors.Is(err, fs.ErrNotExist):
		return Resource("%v", err)
	}
	return Internal("%v", err)
}

// view runs fn with the store as the caller sees it.
func (c *Call) view(ctx context.Context, fn func(tx *store.Tx) error) error {
	who, err := c.caller(ctx)
	if err != nil {
		return err
	}
	return c.Server.Store.View(ctx, who.stored(), fn)
}

// change runs fn with the store as the caller may change it.
func (c *Call) change(ctx context.Context, fn func(tx *store.Tx) error) error {
	who, err := c.caller(ctx)
	if err != nil {
		return err
	}
	return c.Server.Store.Update(ctx, who.stored(), fn)
}

// mayEdit reports whether the caller may change an object.
func mayEdit(tx *store.Tx, class string, id int64) (bool, error) {
	p, err := tx.Permissions(schema.Find(class), id)
	if err != nil {
		return false, err
	}
	return p.CanEdit(), nil
}

// enumOf finds a value of an enumeration.
func enumOf[T omero.AnyIObject](tx *store.Tx, class, value string) (T, error) {
	var none T
	found, err := tx.FindBy(schema.Find(class), "value", value)
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, ApiUsage("%s has no value %q", class, firstLine(value))
	}
	return found[0].(T), nil
}

// allOfEnum are the values of an enumeration.
func allOfEnum(tx *store.Tx, class string) (omero.IObjectList, error) {
	rows, err := tx.SQL(`SELECT "id" FROM ` + sqlName(schema.Find(class).Table()) + ` ORDER BY "id"`)
	if err != nil {
		return nil, err
	}
	var all omero.IObjectList
	for _, row := range rows {
		o, err := tx.Get(schema.Find(class), row[0].(int64))
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// loaded loads what a reference leads to, unless it is nil or loaded already.
func loaded[T omero.AnyIObject](tx *store.Tx, ref *T) error {
	if isNil(*ref) || (*ref).IsLoaded() {
		return nil
	}
	id, ok := idOf(*ref)
	if !ok {
		return ApiUsage("a reference has no id")
	}
	o, err := store.Get[T](tx, id)
	if err != nil {
		return err
	}
	*ref = o
	return nil
}

// elements are the objects of an ordered collection, in its order: of those
// that the caller may see.
func elements[T omero.AnyIObject](tx *store.Tx, class, collection string, id int64) ([]T, error) {
	p := schema.Find(class).Prop(collection)
	rows, err := tx.SQL(`SELECT "id" FROM `+sqlName(p.Target.Table())+` WHERE `+sqlName(p.Inverse.Column)+` = ? ORDER BY `+sqlName(p.OrderColumn())+`, "id"`, id)
	if err != nil {
		return nil, err
	}
	all := make([]T, 0, len(rows))
	for _, row := range rows {
		o, err := tx.Get(p.Target, row[0].(int64))
		if err != nil {
			return nil, err
		}
		t, ok := o.(T)
		if !ok {
			return nil, Internal("%s:%d has a %T among its %s", class, id, o, collection)
		}
		all = append(all, t)
	}
	return all, nil
}

// loadPixels loads pixels as the services need them: with their type and order
// and their channels, and those with their statistics and logical channels.
func loadPixels(tx *store.Tx, id int64) (*omero.Pixels, pixels.Shape, error) {
	p, err := store.Get[*omero.Pixels](tx, id)
	if err != nil {
		return nil, pixels.Shape{}, err
	}
	if err := errors.Join(loaded(tx, &p.PixelsType), loaded(tx, &p.DimensionOrder)); err != nil {
		return nil, pixels.Shape{}, err
	}
	channels, err := elements[*omero.Channel](tx, "Pixels", "channels", id)
	if err != nil {
		return nil, pixels.Shape{}, err
	}
	for _, c := range channels {
		if err := errors.Join(loaded(tx, &c.StatsInfo), loaded(tx, &c.LogicalChannel)); err != nil {
			return nil, pixels.Shape{}, err
		}
	}
	p.ChannelsSeq, p.ChannelsLoaded = channels, true
	shape, err := shapeOf(p)
	return p, shape, err
}

// shapeOf is the size of pixels whose type is loaded.
func shapeOf(p *omero.Pixels) (pixels.Shape, error) {
	typ, err := pixels.TypeNamed(p.PixelsType.GetValue().GetValue())
	if err != nil {
		return pixels.Shape{}, ApiUsage("%v", err)
	}
	s := pixels.Shape{
		X: int(p.SizeX.GetValue()), Y: int(p.SizeY.GetValue()), Z: int(p.SizeZ.GetValue()),
		C: int(p.SizeC.GetValue()), T: int(p.SizeT.GetValue()), Type: typ,
	}
	return s, mediaError(s.Check())
}

// describe says how large the resolution levels are.
func describe(levels []pixels.Shape) omero.ResolutionDescriptions {
	var all omero.ResolutionDescriptions
	for _, l := range levels {
		all = append(all, &omero.ResolutionDescription{SizeX: int32(l.X), SizeY: int32(l.Y)})
	}
	return all
}

// openPixels opens the pixels of an id. The error is fs.ErrNotExist when nobody
// has written any, unless write is set.
func (s *Server) openPixels(id int64, shape pixels.Shape, write bool) (*pixels.Buffer, *files.File, error) {
	f, err := s.Files.OpenNumbered(files.Pixels, id, write)
	if err != nil {
		return nil, nil, err
	}
	b, err := pixels.New(f, shape)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return b, f, nil
}

// pixelValues is [Pixels].
type pixelValues struct{ server *Server }

// Plane reads a plane, on behalf of whoever was allowed to see the pixels.
func (v pixelValues) Plane(ctx context.Context, id int64, z, c, t int) (values []float64, width, height int, err error) {
	var shape pixels.Shape
	err = v.server.Store.View(ctx, store.System(), func(tx *store.Tx) error {
		_, shape, err = loadPixels(tx, id)
		return err
	})
	if err != nil {
		return nil, 0, 0, err
	}
	b, f, err := v.server.openPixels(id, shape, false)
	if err != nil {
		return nil, 0, 0, mediaError(err)
	}
	defer f.Close()
	if int64(b.X)*int64(b.Y) > pixels.MostBytes/8 {
		return nil, 0, 0, ApiUsage("planes of %d x %d are too large to be measured", b.X, b.Y)
	}
	p, err := b.Plane(z, c, t)
	if err != nil {
		return nil, 0, 0, mediaError(err)
	}
	values = make([]float64, b.X*b.Y)
	for i := range values {
		values[i] = b.Type.Value(p, i)
	}
	return values, b.X, b.Y, nil
}

// channelStats is the range of a channel as it is known.
func channelStats(p *omero.Pixels, c int) (low, high float64, ok bool) {
	if c < 0 || c >= len(p.ChannelsSeq) || p.ChannelsSeq[c].StatsInfo == nil {
		return 0, 0, false
	}
	s := p.ChannelsSeq[c].StatsInfo
	return s.GlobalMin.GetValue(), s.GlobalMax.GetValue(), s.GlobalMin != nil && s.GlobalMax != nil
}
