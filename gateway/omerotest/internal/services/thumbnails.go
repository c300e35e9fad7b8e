package services

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/render"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// The thumbnails that OMERO makes when no size is given.
const (
	thumbnailSize     = 48
	thumbnailMimeType = "image/jpeg"
)

// thumbnails is ThumbnailStore. Pictures are drawn when they are asked for;
// those that were created are kept as well, with their rows.
type thumbnails struct {
	Stateful

	mu     sync.Mutex
	pixels *omero.Pixels
	shape  pixels.Shape
	def    *omero.RenderingDef // nil if nobody has set any
}

func newThumbnails(s *Session) *thumbnails {
	t := &thumbnails{}
	t.Init(s, t)
	return t
}

// SetPixelsId reports false if there are no rendering settings for the pixels:
// resetDefaults makes some.
func (t *thumbnails) SetPixelsId(ctx context.Context, id int64) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.setPixels(ctx, id)
}

func (t *thumbnails) setPixels(ctx context.Context, id int64) (bool, error) {
	call := t.Session.Call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return false, err
	}
	err = call.view(ctx, func(tx *store.Tx) error {
		p, shape, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		d, err := defFor(tx, p, who.ID)
		if err != nil {
			return err
		}
		t.pixels, t.shape, t.def = p, shape, d
		return nil
	})
	return err == nil && t.def != nil, err
}

func (t *thumbnails) ready() error {
	if t.pixels == nil {
		return ApiUsage("Thumbnail service not ready: please call setPixelsId first")
	}
	return nil
}

// IsInProgress reports whether there are no pixels yet.
func (t *thumbnails) IsInProgress(context.Context) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return false, err
	}
	return !t.Session.Server.Files.HasNumbered(files.Pixels, t.pixels.Id.GetValue()), nil
}

func (t *thumbnails) SetRenderingDefId(ctx context.Context, id int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return err
	}
	return t.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		d, err := loadDef(tx, id)
		if err != nil {
			return err
		}
		if len(d.WaveRenderingSeq) != t.shape.C {
			return Validation("the rendering settings have %d channels and the pixels %d", len(d.WaveRenderingSeq), t.shape.C)
		}
		t.def = d
		return nil
	})
}

func (t *thumbnails) GetRenderingDefId(context.Context) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return 0, err
	}
	if t.def == nil || t.def.Id == nil {
		return 0, ApiUsage("there are no rendering settings for Pixels:%d", t.pixels.Id.GetValue())
	}
	return t.def.Id.Val, nil
}

// size checks the size of a thumbnail; nil is OMERO's default.
func size(x, y *omero.RInt) (w, h int, err error) {
	w, h = thumbnailSize, thumbnailSize
	if x != nil {
		w = int(x.Val)
	}
	if y != nil {
		h = int(y.Val)
	}
	if w < 1 || h < 1 || w > render.MostThumbnail || h > render.MostThumbnail {
		return 0, 0, ApiUsage("a thumbnail of %d x %d: the sides must be 1 to %d", w, h, render.MostThumbnail)
	}
	return w, h, nil
}

// longest is the size of the thumbnail of the pixels whose longer side is given.
func (t *thumbnails) longest(side *omero.RInt) (w, h int, err error) {
	n, _, err := size(side, side)
	if err != nil {
		return 0, 0, err
	}
	w, h = render.LongestSide(t.shape.X, t.shape.Y, n)
	return w, h, nil
}

// mostPlane is how many pixels of a plane are drawn for a thumbnail.
const mostPlane = 4 << 20

// draw draws a thumbnail of a plane; negative z and t are those of the settings.
// It returns nil if there are no pixels.
func (t *thumbnails) draw(ctx context.Context, w, h, z, tt int) (ice.ByteSeq, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	b, f, err := t.Session.Server.openPixels(t.pixels.Id.GetValue(), t.shape, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, mediaError(err)
	}
	defer f.Close()
	var s *render.Settings
	d := t.def
	err = t.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		if d == nil {
			if d, err = newDef(tx, t.pixels); err != nil {
				return err
			}
			if err := defaultsFor(tx, d, t.pixels, b, true); err != nil {
				return err
			}
		}
		s, err = t.Session.Server.settingsOf(tx, d, t.pixels)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := render.Plane{Z: z, T: tt}
	if z < 0 {
		p.Z = int(d.DefaultZ.GetValue())
	}
	if tt < 0 {
		p.T = int(d.DefaultT.GetValue())
	}
	levels := b.Levels()
	for i := len(levels) - 1; i > 0; i-- {
		if levels[i].X >= w && levels[i].Y >= h {
			if b, err = b.Level(i); err != nil {
				return nil, mediaError(err)
			}
			break
		}
	}
	for (b.X/(p.Stride+1))*(b.Y/(p.Stride+1)) > mostPlane {
		p.Stride++
	}
	m, err := render.Draw(b, s, p)
	if err != nil {
		return nil, mediaError(err)
	}
	if m, err = m.Scale(w, h); err != nil {
		return nil, mediaError(err)
	}
	file, err := m.JPEG(render.DefaultQuality)
	return file, mediaError(err)
}

// orDefault is a picture in its place if there is none.
func orDefault(file ice.ByteSeq, w, h int, err error) (ice.ByteSeq, error) {
	if err != nil || file != nil {
		return file, err
	}
	grey := &render.Picture{Width: w, Height: h}
	for _, band := range []*[]byte{&grey.Red, &grey.Green, &grey.Blue} {
		*band = make([]byte, w*h)
		for i := range *band {
			(*band)[i] = 128
		}
	}
	file, err = grey.JPEG(render.DefaultQuality)
	return file, mediaError(err)
}

func (t *thumbnails) GetThumbnail(ctx context.Context, x, y *omero.RInt) (ice.ByteSeq, error) {
	return t.GetThumbnailDirect(ctx, x, y)
}

// GetThumbnailWithoutDefault is empty if there are no pixels yet.
func (t *thumbnails) GetThumbnailWithoutDefault(ctx context.Context, x, y *omero.RInt) (ice.ByteSeq, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w, h, err := size(x, y)
	if err != nil {
		return nil, err
	}
	return t.draw(ctx, w, h, -1, -1)
}

func (t *thumbnails) GetThumbnailDirect(ctx context.Context, x, y *omero.RInt) (ice.ByteSeq, error) {
	return t.GetThumbnailForSectionDirect(ctx, -1, -1, x, y)
}

func (t *thumbnails) GetThumbnailForSectionDirect(ctx context.Context, z, tt int32, x, y *omero.RInt) (ice.ByteSeq, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w, h, err := size(x, y)
	if err != nil {
		return nil, err
	}
	file, err := t.draw(ctx, w, h, int(z), int(tt))
	return orDefault(file, w, h, err)
}

func (t *thumbnails) GetThumbnailByLongestSide(ctx context.Context, side *omero.RInt) (ice.ByteSeq, error) {
	return t.GetThumbnailForSectionByLongestSideDirect(ctx, -1, -1, side)
}

func (t *thumbnails) GetThumbnailByLongestSideDirect(ctx context.Context, side *omero.RInt) (ice.ByteSeq, error) {
	return t.GetThumbnailForSectionByLongestSideDirect(ctx, -1, -1, side)
}

func (t *thumbnails) GetThumbnailForSectionByLongestSideDirect(ctx context.Context, z, tt int32, side *omero.RInt) (ice.ByteSeq, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return nil, err
	}
	w, h, err := t.longest(side)
	if err != nil {
		return nil, err
	}
	file, err := t.draw(ctx, w, h, int(z), int(tt))
	return orDefault(file, w, h, err)
}

// mostSet bounds a set of thumbnails, in pixels.
const mostSet = 64 << 20

// set draws thumbnails of many pixels. Those that the caller may not see are
// left out.
func (t *thumbnails) set(ctx context.Context, ids omero.SysLongList, sizeOf func(t *thumbnails) (int, int, error)) (omero.SysIdByteMap, error) {
	all := omero.SysIdByteMap{}
	total := 0
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one := newThumbnails(t.Session)
		if _, err := one.setPixels(ctx, id); err != nil {
			if isServerError(err) {
				continue
			}
			return nil, err
		}
		w, h, err := sizeOf(one)
		if err != nil {
			return nil, err
		}
		if total += w * h; total > mostSet {
			return nil, ApiUsage("%d thumbnails of %d x %d are too many at once", len(ids), w, h)
		}
		file, err := one.draw(ctx, w, h, -1, -1)
		if file, err = orDefault(file, w, h, err); err != nil {
			return nil, err
		}
		all[id] = file
	}
	return all, nil
}

func (t *thumbnails) GetThumbnailSet(ctx context.Context, x, y *omero.RInt, ids omero.SysLongList) (omero.SysIdByteMap, error) {
	return t.set(ctx, ids, func(*thumbnails) (int, int, error) { return size(x, y) })
}

func (t *thumbnails) GetThumbnailByLongestSideSet(ctx context.Context, side *omero.RInt, ids omero.SysLongList) (omero.SysIdByteMap, error) {
	return t.set(ctx, ids, func(one *thumbnails) (int, int, error) { return one.longest(side) })
}

// rows are the caller's thumbnails of the pixels with a size; any if w is 0.
func (t *thumbnails) rows(tx *store.Tx, w, h int) ([]*omero.Thumbnail, error) {
	found, err := tx.FindBy(schema.Find("Thumbnail"), "pixels", t.pixels.Id.GetValue())
	if err != nil {
		return nil, err
	}
	var own []*omero.Thumbnail
	for _, o := range found {
		row, _ := o.(*omero.Thumbnail)
		owner, _ := ownerOf(o)
		if owner == tx.Caller.UserID && (w == 0 || int(row.SizeX.GetValue()) == w && int(row.SizeY.GetValue()) == h) {
			own = append(own, row)
		}
	}
	return own, nil
}

// keep draws a thumbnail and keeps it, with its row.
func (t *thumbnails) keep(ctx context.Context, w, h int) error {
	file, err := t.draw(ctx, w, h, -1, -1)
	if err != nil {
		return err
	}
	if file == nil {
		return Resource("No pixels have been written for Pixels:%d", t.pixels.Id.GetValue())
	}
	return t.Session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		have, err := t.rows(tx, w, h)
		if err != nil {
			return err
		}
		row := omero.NewThumbnail()
		if len(have) > 0 {
			row = have[0]
		}
		row.Pixels, row.MimeType = unloaded(omero.NewPixels(), t.pixels.Id.GetValue()), omero.NewRString(thumbnailMimeType)
		row.SizeX, row.SizeY = omero.NewRInt(int32(w)), omero.NewRInt(int32(h))
		ids, err := tx.SaveIDs(row)
		if err != nil {
			return err
		}
		return mediaError(t.Session.Server.Files.ReplaceNumbered(files.Thumbnails, ids[0], file))
	})
}

// CreateThumbnails draws those again that the caller has.
func (t *thumbnails) CreateThumbnails(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return err
	}
	var rows []*omero.Thumbnail
	err := t.Session.Call(ctx).view(ctx, func(tx *store.Tx) (err error) {
		rows, err = t.rows(tx, 0, 0)
		return err
	})
	for _, row := range rows {
		if err != nil {
			return err
		}
		err = t.keep(ctx, int(row.SizeX.GetValue()), int(row.SizeY.GetValue()))
	}
	return err
}

func (t *thumbnails) CreateThumbnail(ctx context.Context, x, y *omero.RInt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return err
	}
	w, h, err := size(x, y)
	if err != nil {
		return err
	}
	return t.keep(ctx, w, h)
}

func (t *thumbnails) CreateThumbnailsByLongestSideSet(ctx context.Context, side *omero.RInt, ids omero.SysLongList) error {
	for _, id := range ids {
		one := newThumbnails(t.Session)
		if _, err := one.setPixels(ctx, id); err != nil {
			return err
		}
		w, h, err := one.longest(side)
		if err != nil {
			return err
		}
		if err := one.keep(ctx, w, h); err != nil {
			return err
		}
	}
	return nil
}

// ThumbnailExists reports whether a thumbnail of the caller's is kept.
func (t *thumbnails) ThumbnailExists(ctx context.Context, x, y *omero.RInt) (there bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return false, err
	}
	w, h, err := size(x, y)
	if err != nil {
		return false, err
	}
	err = t.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		rows, err := t.rows(tx, w, h)
		there = len(rows) > 0
		return err
	})
	return there, err
}

// ResetDefaults makes the caller's rendering settings what they are for new
// pixels.
func (t *thumbnails) ResetDefaults(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return err
	}
	id := t.pixels.Id.GetValue()
	if err := newRenderingSettings(t.Session).ResetDefaultsForPixels(ctx, id); err != nil {
		return err
	}
	_, err := t.setPixels(ctx, id)
	return err
}
