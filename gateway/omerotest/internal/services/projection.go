package services

import (
	"context"
	"errors"
	"io/fs"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/render"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// projection is IProjection.
type projection struct{ session *Session }

func newProjection(s *Session) *projection { return &projection{s} }

// source opens the pixels that are projected, and finds the type of the result.
func (p *projection) source(ctx context.Context, id int64, typ *omero.PixelsType) (from *omero.Pixels, b *pixels.Buffer, f *files.File, to pixels.Type, err error) {
	var shape pixels.Shape
	err = p.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		from, shape, err = loadPixels(tx, id)
		return err
	})
	if err != nil {
		return nil, nil, nil, to, err
	}
	to = shape.Type
	if typ != nil {
		if to, err = newPixelsService(p.session).pixelsType(ctx, typ); err != nil {
			return nil, nil, nil, to, err
		}
	}
	b, f, err = p.session.Server.openPixels(id, shape, false)
	if errors.Is(err, fs.ErrNotExist) {
		err = Resource("No pixels have been written for Pixels:%d", id)
	}
	return from, b, f, to, mediaError(err)
}

func (p *projection) ProjectStack(ctx context.Context, id int64, typ *omero.PixelsType, kind omero.ConstantsProjectionProjectionType, t, c, stepping, start, end int32) (ice.ByteSeq, error) {
	_, b, f, to, err := p.source(ctx, id, typ)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	plane, err := render.Projection{Kind: int(kind), Start: int(start), End: int(end), Stepping: int(stepping)}.Project(b, to, int(c), int(t))
	return plane, invalidProjection(err)
}

// invalidProjection makes wrong parameters the exception that OMERO has for them.
func invalidProjection(err error) error {
	if errors.Is(err, pixels.ErrBounds) {
		return Validation("%v", err)
	}
	return mediaError(err)
}

// ProjectPixels makes a new image of projections, one plane for each channel and
// time, and returns its id. The image appears when all of its pixels are there.
func (p *projection) ProjectPixels(ctx context.Context, id int64, typ *omero.PixelsType, kind omero.ConstantsProjectionProjectionType, tStart, tEnd int32, channels omero.SysIntList, stepping, zStart, zEnd int32, name string) (image int64, err error) {
	from, b, f, to, err := p.source(ctx, id, typ)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	list, err := channelsOf(channels, b.C)
	if err != nil {
		return 0, err
	}
	if tStart < 0 || tEnd < tStart || int(tEnd) >= b.T {
		return 0, Validation("the times from %d to %d are not in the image, which has %d", tStart, tEnd, b.T)
	}
	pr := render.Projection{Kind: int(kind), Start: int(zStart), End: int(zEnd), Stepping: int(stepping)}
	if err := pr.Check(b); err != nil {
		return 0, invalidProjection(err)
	}
	n := newImage{name: name, like: from, methodology: []string{
		omero.ConstantsProjectionMAXIMUMINTENSITYMETHODOLOGY, omero.ConstantsProjectionMEANINTENSITYMETHODOLOGY, omero.ConstantsProjectionSUMINTENSITYMETHODOLOGY,
	}[kind]}
	n.shape = pixels.Shape{X: b.X, Y: b.Y, Z: 1, C: len(list), T: int(tEnd-tStart) + 1, Type: to}
	for _, c := range list {
		n.channels = append(n.channels, copyChannel(from.ChannelsSeq[c], false))
	}
	var made int64
	call := p.session.Call(ctx)
	write := func(o *pixels.Buffer) error {
		for i, c := range list {
			for t := range n.shape.T {
				plane, err := pr.Project(b, to, int(c), int(tStart)+t)
				if err != nil {
					return err
				}
				if err := o.SetPlane(plane, 0, i, t); err != nil {
					return err
				}
			}
			low, high, err := o.ChannelMinMax(i)
			if err != nil {
				return err
			}
			n.channels[i].StatsInfo.GlobalMin, n.channels[i].StatsInfo.GlobalMax = omero.NewRDouble(low), omero.NewRDouble(high)
		}
		return nil
	}
	file, err := p.session.Server.newPixelsFile(n.shape, write)
	if err != nil {
		return 0, invalidProjection(err)
	}
	err = call.change(ctx, func(tx *store.Tx) error {
		if image, made, err = n.make(tx, p.session.Server.Clock().UnixMilli()); err != nil {
			return err
		}
		return file.place(made)
	})
	return image, errors.Join(err, file.done(err != nil))
}
