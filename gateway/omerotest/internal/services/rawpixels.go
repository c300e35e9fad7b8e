package services

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// rawPixels is RawPixelsStore.
type rawPixels struct {
	Stateful

	mu       sync.Mutex
	pixels   *omero.Pixels // nil until an id is set
	shape    pixels.Shape
	mayEdit  bool
	file     *files.File // nil until it is needed
	full     *pixels.Buffer
	level    int // of the resolutions, 0 is the full one
	modified bool
}

func newRawPixels(s *Session) *rawPixels {
	r := &rawPixels{}
	r.Init(s, r)
	r.Release = r.forget
	return r
}

// forget closes the file.
func (r *rawPixels) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeFile()
	r.pixels = nil
}

func (r *rawPixels) closeFile() {
	if r.file != nil {
		_ = r.file.Close() // all that was written is synced
	}
	r.file, r.full, r.level, r.modified = nil, nil, 0, false
}

func (r *rawPixels) SetPixelsId(ctx context.Context, id int64, _ bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		p, shape, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		edit, err := mayEdit(tx, "Pixels", id)
		if err != nil {
			return err
		}
		r.closeFile()
		r.pixels, r.shape, r.mayEdit = p, shape, edit
		return nil
	})
}

func (r *rawPixels) ready() error {
	if r.pixels == nil {
		return ApiUsage("This RawPixelsStore has not been properly initialized.\nPlease set the pixels id before executing any other methods.\n")
	}
	return nil
}

// buffer is what to read from: it has the level that was set.
func (r *rawPixels) buffer() (*pixels.Buffer, error) {
	if err := r.ready(); err != nil {
		return nil, err
	}
	if r.full == nil {
		var err error
		if r.full, r.file, err = r.Session.Server.openPixels(r.pixels.Id.GetValue(), r.shape, false); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil, Resource("No pixels have been written for Pixels:%d", r.pixels.Id.GetValue())
			}
			return nil, mediaError(err)
		}
	}
	b, err := r.full.Level(r.level)
	return b, mediaError(err)
}

// read does what reads, with the lock.
func read[T any](r *rawPixels, do func(b *pixels.Buffer) (T, error)) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, err := r.buffer()
	if err != nil {
		var none T
		return none, err
	}
	v, err := do(b)
	return v, mediaError(err)
}

// write does what writes, with the lock. What it wrote is on the disk when the
// client is told.
func (r *rawPixels) write(do func(b *pixels.Buffer) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(); err != nil {
		return err
	}
	if !r.mayEdit {
		return Security("Cannot write Pixels:%d: you may not change it", r.pixels.Id.GetValue())
	}
	if r.file == nil || !r.file.Writable() {
		level, modified := r.level, r.modified
		r.closeFile()
		r.level, r.modified = level, modified
		var err error
		if r.full, r.file, err = r.Session.Server.openPixels(r.pixels.Id.GetValue(), r.shape, true); err != nil {
			return mediaError(err)
		}
	}
	b, err := r.full.Level(r.level)
	if err != nil {
		return mediaError(err)
	}
	if err := do(b); err != nil {
		return mediaError(err)
	}
	r.modified = true
	return mediaError(r.file.Sync())
}

// sized does what needs no pixels, only their size at the level that was set.
func sized[T any](r *rawPixels, do func(s pixels.Shape) (T, error)) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var none T
	if err := r.ready(); err != nil {
		return none, err
	}
	v, err := do(r.shape.Levels()[r.level])
	return v, mediaError(err)
}

func (r *rawPixels) GetPixelsId(context.Context) (int64, error) {
	return sized(r, func(pixels.Shape) (int64, error) { return r.pixels.Id.GetValue(), nil })
}

func (r *rawPixels) GetPixelsPath(context.Context) (string, error) {
	return sized(r, func(pixels.Shape) (string, error) {
		return filepath.Join(r.Session.Server.Dir, files.NumberedPath(files.Pixels, r.pixels.Id.GetValue())), nil
	})
}

// Prepare has nothing to do: pixels are found fast enough without.
func (r *rawPixels) Prepare(ctx context.Context, ids omero.SysLongList) error {
	return r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if _, _, err := loadPixels(tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *rawPixels) GetPlaneSize(context.Context) (int64, error) {
	return sized(r, func(s pixels.Shape) (int64, error) { return s.PlaneSize(), nil })
}

func (r *rawPixels) GetRowSize(context.Context) (int32, error) {
	return sized(r, func(s pixels.Shape) (int32, error) {
		if s.RowSize() > 1<<31-1 {
			return 0, ApiUsage("a row has %d bytes, which is no int", s.RowSize())
		}
		return int32(s.RowSize()), nil
	})
}

func (r *rawPixels) GetStackSize(context.Context) (int64, error) {
	return sized(r, func(s pixels.Shape) (int64, error) { return s.StackSize(), nil })
}

func (r *rawPixels) GetTimepointSize(context.Context) (int64, error) {
	return sized(r, func(s pixels.Shape) (int64, error) { return s.TimepointSize(), nil })
}

func (r *rawPixels) GetTotalSize(context.Context) (int64, error) {
	return sized(r, func(s pixels.Shape) (int64, error) { return s.TotalSize(), nil })
}

func (r *rawPixels) GetRowOffset(_ context.Context, y, z, c, t int32) (int64, error) {
	return sized(r, func(s pixels.Shape) (int64, error) { return s.RowOffset(int(y), int(z), int(c), int(t)) })
}

func (r *rawPixels) GetPlaneOffset(_ context.Context, z, c, t int32) (int64, error) {
	return sized(r, func(s pixels.Shape) (int64, error) { return s.PlaneOffset(int(z), int(c), int(t)) })
}

func (r *rawPixels) GetStackOffset(_ context.Context, c, t int32) (int64, error) {
	return sized(r, func(s pixels.Shape) (int64, error) { return s.StackOffset(int(c), int(t)) })
}

func (r *rawPixels) GetTimepointOffset(_ context.Context, t int32) (int64, error) {
	return sized(r, func(s pixels.Shape) (int64, error) { return s.TimepointOffset(int(t)) })
}

func (r *rawPixels) GetTile(_ context.Context, z, c, t, x, y, w, h int32) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) {
		return b.Tile(int(z), int(c), int(t), int(x), int(y), int(w), int(h))
	})
}

func (r *rawPixels) GetHypercube(_ context.Context, offset, size, step omero.SysIntList) (ice.ByteSeq, error) {
	if len(offset) != 5 || len(size) != 5 || len(step) != 5 {
		return nil, ApiUsage("offset, size and step must have five numbers each, for X, Y, Z, C and T")
	}
	var o, s, p [5]int
	for i := range 5 {
		o[i], s[i], p[i] = int(offset[i]), int(size[i]), int(step[i])
	}
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) { return b.Hypercube(o, s, p) })
}

func (r *rawPixels) GetRegion(_ context.Context, size int32, offset int64) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) { return b.Region(int(size), offset) })
}

func (r *rawPixels) GetRow(_ context.Context, y, z, c, t int32) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) { return b.Row(int(y), int(z), int(c), int(t)) })
}

func (r *rawPixels) GetCol(_ context.Context, x, z, c, t int32) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) { return b.Column(int(x), int(z), int(c), int(t)) })
}

func (r *rawPixels) GetPlane(_ context.Context, z, c, t int32) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) { return b.Plane(int(z), int(c), int(t)) })
}

// GetPlaneRegion counts in pixels, both what to read and from where.
func (r *rawPixels) GetPlaneRegion(_ context.Context, z, c, t, count, offset int32) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) {
		return b.PlaneRegion(int(z), int(c), int(t), int(count), int(offset))
	})
}

func (r *rawPixels) GetStack(_ context.Context, c, t int32) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) { return b.Stack(int(c), int(t)) })
}

func (r *rawPixels) GetTimepoint(_ context.Context, t int32) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) { return b.Timepoint(int(t)) })
}

func (r *rawPixels) SetTile(_ context.Context, p ice.ByteSeq, z, c, t, x, y, w, h int32) error {
	return r.write(func(b *pixels.Buffer) error {
		return b.SetTile(p, int(z), int(c), int(t), int(x), int(y), int(w), int(h))
	})
}

func (r *rawPixels) SetRegion(_ context.Context, size int32, offset int64, p ice.ByteSeq) error {
	if int(size) != len(p) {
		return Resource("%d bytes are given for a region of %d", len(p), size)
	}
	return r.write(func(b *pixels.Buffer) error { return b.SetRegion(p, offset) })
}

func (r *rawPixels) SetRow(_ context.Context, p ice.ByteSeq, y, z, c, t int32) error {
	return r.write(func(b *pixels.Buffer) error { return b.SetRow(p, int(y), int(z), int(c), int(t)) })
}

func (r *rawPixels) SetPlane(_ context.Context, p ice.ByteSeq, z, c, t int32) error {
	return r.write(func(b *pixels.Buffer) error { return b.SetPlane(p, int(z), int(c), int(t)) })
}

// SetStack takes no notice of z, which a stack has all of.
func (r *rawPixels) SetStack(_ context.Context, p ice.ByteSeq, _, c, t int32) error {
	return r.write(func(b *pixels.Buffer) error { return b.SetStack(p, int(c), int(t)) })
}

func (r *rawPixels) SetTimepoint(_ context.Context, p ice.ByteSeq, t int32) error {
	return r.write(func(b *pixels.Buffer) error { return b.SetTimepoint(p, int(t)) })
}

// defaultBins is how many bins a histogram has when nobody says.
const defaultBins = 256

// GetHistogram counts at the largest level whose planes are not larger than OMERO
// reads at once.
func (r *rawPixels) GetHistogram(_ context.Context, channels omero.IntegerArray, bins int32, global bool, plane omero.AnyRomioPlaneDef) (omero.IntegerIntegerArrayMap, error) {
	if bins <= 0 {
		bins = defaultBins
	}
	return read(r, func(*pixels.Buffer) (omero.IntegerIntegerArrayMap, error) {
		b, err := r.countable()
		if err != nil {
			return nil, err
		}
		z, t, x, y, w, h := part(plane, b)
		all := omero.IntegerIntegerArrayMap{}
		for _, c := range channels {
			low, high, err := r.rangeFor(b, int(c), z, t, global)
			if err != nil {
				return nil, err
			}
			if all[c], err = b.Histogram(z, int(c), t, x, y, w, h, int(bins), low, high); err != nil {
				return nil, err
			}
		}
		return all, nil
	})
}

// countable is the largest level that is not too large to be counted.
func (r *rawPixels) countable() (*pixels.Buffer, error) {
	for i, l := range r.shape.Levels() {
		if l.X <= pixels.MaxPlaneWidth && l.Y <= pixels.MaxPlaneHeight {
			return r.full.Level(i)
		}
	}
	return nil, ApiUsage("All resolution levels larger than max plane size")
}

// part is the rectangle that a histogram is of. What is not said is all of it.
func part(plane omero.AnyRomioPlaneDef, b *pixels.Buffer) (z, t, x, y, w, h int) {
	w, h = b.X, b.Y
	if isNil(plane) {
		return z, t, x, y, w, h
	}
	p := plane.AsRomioPlaneDef()
	z, t = max(0, int(p.Z)), max(0, int(p.T))
	if g := p.Region; g != nil {
		// As OMERO does, what is beyond the plane is left out.
		x, y = min(max(0, int(g.X)), b.X-1), min(max(0, int(g.Y)), b.Y-1)
		w, h = b.X-x, b.Y-y
		if g.Width > 0 {
			w = min(w, int(g.Width))
		}
		if g.Height > 0 {
			h = min(h, int(g.Height))
		}
	}
	return z, t, x, y, w, h
}

// rangeFor is the channel's range if it is asked for and known, or else that of
// the plane.
func (r *rawPixels) rangeFor(b *pixels.Buffer, c, z, t int, global bool) (low, high float64, err error) {
	if low, high, ok := channelStats(r.pixels, c); global && ok && high != 1 {
		return low, high, nil
	}
	return b.PlaneMinMax(z, c, t)
}

// FindMinMax is the range of each channel in the plane in the middle. Large images
// have none.
func (r *rawPixels) FindMinMax(_ context.Context, channels omero.IntegerArray) (omero.IntegerDoubleArrayMap, error) {
	return read(r, func(*pixels.Buffer) (omero.IntegerDoubleArrayMap, error) {
		all := omero.IntegerDoubleArrayMap{}
		if r.shape.Large() {
			return all, nil
		}
		for _, c := range channels {
			low, high, err := r.full.PlaneMinMax((r.shape.Z-1)/2, int(c), (r.shape.T-1)/2)
			if err != nil {
				return nil, err
			}
			all[c] = omero.DoubleArray{low, high}
		}
		return all, nil
	})
}

func (r *rawPixels) GetByteWidth(context.Context) (int32, error) {
	return sized(r, func(s pixels.Shape) (int32, error) { return int32(s.Type.Bytes), nil })
}

func (r *rawPixels) IsSigned(context.Context) (bool, error) {
	return sized(r, func(s pixels.Shape) (bool, error) { return s.Type.Signed, nil })
}

func (r *rawPixels) IsFloat(context.Context) (bool, error) {
	return sized(r, func(s pixels.Shape) (bool, error) { return s.Type.Float, nil })
}

func (r *rawPixels) CalculateMessageDigest(context.Context) (ice.ByteSeq, error) {
	return read(r, func(b *pixels.Buffer) (ice.ByteSeq, error) { return b.Digest() })
}

// Save notes the checksum of what was written. It returns null if nothing was.
func (r *rawPixels) Save(ctx context.Context) (*omero.Pixels, error) {
	return read(r, func(b *pixels.Buffer) (saved *omero.Pixels, err error) {
		if !r.modified {
			return nil, nil
		}
		sum, err := b.Digest()
		if err != nil {
			return nil, err
		}
		id := r.pixels.Id.GetValue()
		err = r.Session.Call(ctx).change(ctx, func(tx *store.Tx) error {
			p, err := store.Get[*omero.Pixels](tx, id)
			if err != nil {
				return err
			}
			p.Sha1 = omero.NewRString(hex.EncodeToString(sum))
			saved, err = store.Save(tx, p)
			return err
		})
		if err == nil {
			r.modified = false
		}
		return saved, err
	})
}

func (r *rawPixels) RequiresPixelsPyramid(context.Context) (bool, error) {
	return sized(r, func(pixels.Shape) (bool, error) { return r.shape.Large(), nil })
}

func (r *rawPixels) GetResolutionLevels(context.Context) (int32, error) {
	return sized(r, func(pixels.Shape) (int32, error) { return int32(len(r.shape.Levels())), nil })
}

func (r *rawPixels) GetResolutionDescriptions(context.Context) (omero.ResolutionDescriptions, error) {
	return sized(r, func(pixels.Shape) (omero.ResolutionDescriptions, error) { return describe(r.shape.Levels()), nil })
}

// GetResolutionLevel counts as OMERO does: the highest number is the full size.
func (r *rawPixels) GetResolutionLevel(context.Context) (int32, error) {
	return sized(r, func(pixels.Shape) (int32, error) { return int32(len(r.shape.Levels()) - 1 - r.level), nil })
}

func (r *rawPixels) SetResolutionLevel(_ context.Context, level int32) error {
	_, err := sized(r, func(pixels.Shape) (bool, error) {
		n := len(r.shape.Levels())
		if level < 0 || int(level) >= n {
			return false, ApiUsage("there is no resolution level %d: there are %d, the highest number being the full size", level, n)
		}
		r.level = n - 1 - int(level)
		return true, nil
	})
	return err
}

func (r *rawPixels) GetTileSize(context.Context) (ice.IntSeq, error) {
	return sized(r, func(s pixels.Shape) (ice.IntSeq, error) {
		w, h := s.TileSize()
		return ice.IntSeq{int32(w), int32(h)}, nil
	})
}
