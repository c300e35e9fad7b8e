package services

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/render"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// renderingEngine is RenderingEngine. Pixels and settings must be looked up, and
// loaded, before anything can be asked.
type renderingEngine struct {
	Stateful

	mu      sync.Mutex
	pixels  *omero.Pixels
	shape   pixels.Shape
	def     *omero.RenderingDef
	file    *files.File
	full    *pixels.Buffer // nil until load
	level   int
	quality float32
}

func newRenderingEngine(s *Session) *renderingEngine {
	r := &renderingEngine{quality: render.DefaultQuality}
	r.Init(s, r)
	r.Release = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.closeFile()
	}
	return r
}

func (r *renderingEngine) closeFile() {
	if r.file != nil {
		_ = r.file.Close() // it is only read
	}
	r.file, r.full, r.level = nil, nil, 0
}

func (r *renderingEngine) LookupPixels(ctx context.Context, id int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		p, shape, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		r.closeFile()
		r.pixels, r.shape, r.def = p, shape, nil
		return nil
	})
}

// LookupRenderingDef reports false if there are no settings for the pixels yet.
func (r *renderingEngine) LookupRenderingDef(ctx context.Context, id int64) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pixels == nil {
		return false, ApiUsage("Pixels not loaded: please call lookupPixels first")
	}
	if id != r.pixels.Id.GetValue() {
		return false, Validation("the settings of Pixels:%d are asked for, and Pixels:%d was looked up", id, r.pixels.Id.GetValue())
	}
	call := r.Session.Call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return false, err
	}
	err = call.view(ctx, func(tx *store.Tx) error {
		d, err := defFor(tx, r.pixels, who.ID)
		if err == nil {
			r.def = d
		}
		return err
	})
	return r.def != nil, err
}

func (r *renderingEngine) LoadRenderingDef(ctx context.Context, id int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pixels == nil {
		return ApiUsage("Pixels not loaded: please call lookupPixels first")
	}
	return r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		d, err := loadDef(tx, id)
		if err != nil {
			return err
		}
		if err := r.fits(tx, d); err != nil {
			return err
		}
		r.def = d
		return nil
	})
}

// fits reports whether settings can be used for the pixels.
func (r *renderingEngine) fits(tx *store.Tx, d *omero.RenderingDef) error {
	if id, ok := idOf(d.Pixels); ok && id != r.pixels.Id.GetValue() {
		other, _, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		if !sane(other, r.pixels) {
			return Validation("the rendering settings are for Pixels:%d, which Pixels:%d is not like", id, r.pixels.Id.GetValue())
		}
	}
	if len(d.WaveRenderingSeq) != r.shape.C {
		return Validation("the rendering settings have %d channels and the pixels %d", len(d.WaveRenderingSeq), r.shape.C)
	}
	return nil
}

func (r *renderingEngine) Load(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.lookedUp(); err != nil {
		return err
	}
	r.closeFile()
	return r.openFile()
}

func (r *renderingEngine) openFile() error {
	b, f, err := r.Session.Server.openPixels(r.pixels.Id.GetValue(), r.shape, false)
	if errors.Is(err, fs.ErrNotExist) {
		return Resource("No pixels have been written for Pixels:%d", r.pixels.Id.GetValue())
	}
	if err != nil {
		return mediaError(err)
	}
	r.full, r.file = b, f
	return nil
}

func (r *renderingEngine) lookedUp() error {
	if r.pixels == nil {
		return ApiUsage("Pixels not loaded: please call lookupPixels first")
	}
	if r.def == nil {
		return ApiUsage("Rendering settings not loaded: please call lookupRenderingDef or loadRenderingDef first")
	}
	return nil
}

func (r *renderingEngine) ready() error {
	if err := r.lookedUp(); err != nil {
		return err
	}
	if r.full == nil {
		return ApiUsage("RenderingEngine not ready: please call load first")
	}
	return nil
}

// engine does something with an engine that is ready.
func engine[T any](r *renderingEngine, do func() (T, error)) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var none T
	if err := r.ready(); err != nil {
		return none, err
	}
	v, err := do()
	return v, mediaError(err)
}

// set is engine for what only changes settings.
func (r *renderingEngine) set(do func() error) error {
	_, err := engine(r, func() (bool, error) { return true, do() })
	return err
}

// channel does something with a channel's settings.
func channel[T any](r *renderingEngine, w int32, do func(b *omero.ChannelBinding) (T, error)) (T, error) {
	return engine(r, func() (T, error) {
		if w < 0 || int(w) >= len(r.def.WaveRenderingSeq) {
			var none T
			return none, ApiUsage("there is no channel %d: the pixels have %d", w, len(r.def.WaveRenderingSeq))
		}
		return do(r.def.WaveRenderingSeq[w])
	})
}

func (r *renderingEngine) setChannel(w int32, do func(b *omero.ChannelBinding) error) error {
	_, err := channel(r, w, func(b *omero.ChannelBinding) (bool, error) { return true, do(b) })
	return err
}

// settings are what package render takes.
func (r *renderingEngine) settings(ctx context.Context) (s *render.Settings, err error) {
	err = r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		s, err = r.Session.Server.settingsOf(tx, r.def, r.pixels)
		return err
	})
	return s, err
}

func planeOf(def omero.AnyRomioPlaneDef) (render.Plane, error) {
	if isNil(def) {
		return render.Plane{}, ApiUsage("no plane is given")
	}
	if _, ok := def.(*omero.RomioPlaneDefWithMasks); ok {
		return render.Plane{}, NotOffered("RenderingEngine with a PlaneDefWithMasks")
	}
	d := def.AsRomioPlaneDef()
	p := render.Plane{Slice: int(d.Slice), X: int(d.X), Y: int(d.Y), Z: int(d.Z), T: int(d.T), Stride: int(d.Stride)}
	if g := d.Region; g != nil {
		p.Region = &render.Region{X: int(g.X), Y: int(g.Y), Width: int(g.Width), Height: int(g.Height)}
	}
	return p, nil
}

func (r *renderingEngine) draw(ctx context.Context, def omero.AnyRomioPlaneDef) (*render.Picture, error) {
	return engine(r, func() (*render.Picture, error) {
		p, err := planeOf(def)
		if err != nil {
			return nil, err
		}
		s, err := r.settings(ctx)
		if err != nil {
			return nil, err
		}
		b, err := r.full.Level(r.level)
		if err != nil {
			return nil, err
		}
		return render.Draw(b, s, p)
	})
}

func (r *renderingEngine) project(ctx context.Context, kind omero.ConstantsProjectionProjectionType, t, stepping, start, end int32) (*render.Picture, error) {
	return engine(r, func() (*render.Picture, error) {
		s, err := r.settings(ctx)
		if err != nil {
			return nil, err
		}
		p := render.Projection{Kind: int(kind), Start: int(start), End: int(end), Stepping: int(stepping)}
		return render.DrawProjection(r.full, s, p, int(t))
	})
}

func (r *renderingEngine) Render(ctx context.Context, def omero.AnyRomioPlaneDef) (*omero.RomioRGBBuffer, error) {
	p, err := r.draw(ctx, def)
	if err != nil {
		return nil, err
	}
	return &omero.RomioRGBBuffer{Bands: omero.RomioRGBBands{p.Red, p.Green, p.Blue}, SizeX1: int32(p.Width), SizeX2: int32(p.Height)}, nil
}

func (r *renderingEngine) RenderAsPackedInt(ctx context.Context, def omero.AnyRomioPlaneDef) (ice.IntSeq, error) {
	p, err := r.draw(ctx, def)
	if err != nil {
		return nil, err
	}
	return p.Packed(), nil
}

func (r *renderingEngine) RenderProjectedAsPackedInt(ctx context.Context, kind omero.ConstantsProjectionProjectionType, t, stepping, start, end int32) (ice.IntSeq, error) {
	p, err := r.project(ctx, kind, t, stepping, start, end)
	if err != nil {
		return nil, err
	}
	return p.Packed(), nil
}

func (r *renderingEngine) RenderCompressed(ctx context.Context, def omero.AnyRomioPlaneDef) (ice.ByteSeq, error) {
	p, err := r.draw(ctx, def)
	if err != nil {
		return nil, err
	}
	return r.compress(p)
}

func (r *renderingEngine) RenderProjectedCompressed(ctx context.Context, kind omero.ConstantsProjectionProjectionType, t, stepping, start, end int32) (ice.ByteSeq, error) {
	p, err := r.project(ctx, kind, t, stepping, start, end)
	if err != nil {
		return nil, err
	}
	return r.compress(p)
}

func (r *renderingEngine) compress(p *render.Picture) (ice.ByteSeq, error) {
	r.mu.Lock()
	quality := r.quality
	r.mu.Unlock()
	file, err := p.JPEG(quality)
	return file, mediaError(err)
}

func (r *renderingEngine) GetRenderingDefId(context.Context) (int64, error) {
	return engine(r, func() (int64, error) {
		if r.def.Id == nil {
			return 0, ApiUsage("the rendering settings are not saved")
		}
		return r.def.Id.Val, nil
	})
}

func (r *renderingEngine) SetModel(ctx context.Context, m *omero.RenderingModel) error {
	return r.set(func() error {
		return r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
			if m == nil {
				return ApiUsage("no model is given")
			}
			if !m.Loaded || m.Value == nil {
				if err := loaded(tx, &m); err != nil {
					return err
				}
			}
			if !slices.Contains(render.Models, m.Value.GetValue()) {
				return ApiUsage("there is no rendering model %q that this server draws", firstLine(m.Value.GetValue()))
			}
			model, err := enumOf[*omero.RenderingModel](tx, "RenderingModel", m.Value.GetValue())
			if err == nil {
				r.def.Model = model
			}
			return err
		})
	})
}

func (r *renderingEngine) GetModel(context.Context) (*omero.RenderingModel, error) {
	return engine(r, func() (*omero.RenderingModel, error) { return r.def.Model, nil })
}

func (r *renderingEngine) GetDefaultZ(context.Context) (int32, error) {
	return engine(r, func() (int32, error) { return r.def.DefaultZ.GetValue(), nil })
}

func (r *renderingEngine) GetDefaultT(context.Context) (int32, error) {
	return engine(r, func() (int32, error) { return r.def.DefaultT.GetValue(), nil })
}

func (r *renderingEngine) SetDefaultZ(_ context.Context, z int32) error {
	return r.set(func() error {
		if z < 0 || int(z) >= r.shape.Z {
			return ApiUsage("the image has no Z %d", z)
		}
		r.def.DefaultZ = omero.NewRInt(z)
		return nil
	})
}

func (r *renderingEngine) SetDefaultT(_ context.Context, t int32) error {
	return r.set(func() error {
		if t < 0 || int(t) >= r.shape.T {
			return ApiUsage("the image has no T %d", t)
		}
		r.def.DefaultT = omero.NewRInt(t)
		return nil
	})
}

func (r *renderingEngine) GetPixels(context.Context) (*omero.Pixels, error) {
	return engine(r, func() (*omero.Pixels, error) { return r.pixels, nil })
}

func (r *renderingEngine) enumeration(ctx context.Context, class string) (all omero.IObjectList, err error) {
	err = r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		all, err = allOfEnum(tx, class)
		return err
	})
	return all, err
}

func (r *renderingEngine) GetAvailableModels(ctx context.Context) (omero.IObjectList, error) {
	return r.enumeration(ctx, "RenderingModel")
}

func (r *renderingEngine) GetAvailableFamilies(ctx context.Context) (omero.IObjectList, error) {
	return r.enumeration(ctx, "Family")
}

func (r *renderingEngine) SetQuantumStrategy(_ context.Context, resolution int32) error {
	return r.set(func() error {
		if err := render.CheckBitResolution(int(resolution)); err != nil {
			return err
		}
		r.def.Quantization.BitResolution = omero.NewRInt(resolution)
		return nil
	})
}

func (r *renderingEngine) SetCodomainInterval(_ context.Context, start, end int32) error {
	return r.set(func() error {
		if err := render.CheckCodomain(int(start), int(end)); err != nil {
			return err
		}
		r.def.Quantization.CdStart, r.def.Quantization.CdEnd = omero.NewRInt(start), omero.NewRInt(end)
		return nil
	})
}

func (r *renderingEngine) GetQuantumDef(context.Context) (*omero.QuantumDef, error) {
	return engine(r, func() (*omero.QuantumDef, error) { return r.def.Quantization, nil })
}

func (r *renderingEngine) SetQuantizationMap(ctx context.Context, w int32, f *omero.Family, coefficient float64, noiseReduction bool) error {
	return r.setChannel(w, func(b *omero.ChannelBinding) error {
		return r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
			if f == nil {
				return ApiUsage("no family is given")
			}
			if err := loaded(tx, &f); err != nil {
				return err
			}
			if err := render.CheckFamily(f.Value.GetValue(), coefficient); err != nil {
				return err
			}
			family, err := enumOf[*omero.Family](tx, "Family", f.Value.GetValue())
			if err == nil {
				b.Family, b.Coefficient, b.NoiseReduction = family, omero.NewRDouble(coefficient), omero.NewRBool(noiseReduction)
			}
			return err
		})
	})
}

func (r *renderingEngine) GetChannelFamily(_ context.Context, w int32) (*omero.Family, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (*omero.Family, error) { return b.Family, nil })
}

func (r *renderingEngine) GetChannelNoiseReduction(_ context.Context, w int32) (bool, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (bool, error) { return b.NoiseReduction.GetValue(), nil })
}

// GetChannelStats is null: OMERO has not offered it for long.
func (r *renderingEngine) GetChannelStats(_ context.Context, w int32) (ice.DoubleSeq, error) {
	return channel(r, w, func(*omero.ChannelBinding) (ice.DoubleSeq, error) { return nil, nil })
}

func (r *renderingEngine) GetChannelCurveCoefficient(_ context.Context, w int32) (float64, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (float64, error) { return b.Coefficient.GetValue(), nil })
}

func (r *renderingEngine) SetChannelWindow(_ context.Context, w int32, start, end float64) error {
	return r.setChannel(w, func(b *omero.ChannelBinding) error {
		if err := render.CheckWindow(start, end); err != nil {
			return err
		}
		b.InputStart, b.InputEnd = omero.NewRDouble(start), omero.NewRDouble(end)
		return nil
	})
}

func (r *renderingEngine) GetChannelWindowStart(_ context.Context, w int32) (float64, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (float64, error) { return b.InputStart.GetValue(), nil })
}

func (r *renderingEngine) GetChannelWindowEnd(_ context.Context, w int32) (float64, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (float64, error) { return b.InputEnd.GetValue(), nil })
}

func (r *renderingEngine) SetRGBA(_ context.Context, w, red, green, blue, alpha int32) error {
	return r.setChannel(w, func(b *omero.ChannelBinding) error {
		if err := render.CheckColor(int(red), int(green), int(blue), int(alpha)); err != nil {
			return err
		}
		b.Red, b.Green, b.Blue, b.Alpha = omero.NewRInt(red), omero.NewRInt(green), omero.NewRInt(blue), omero.NewRInt(alpha)
		return nil
	})
}

func (r *renderingEngine) GetRGBA(_ context.Context, w int32) (ice.IntSeq, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (ice.IntSeq, error) {
		return ice.IntSeq{b.Red.GetValue(), b.Green.GetValue(), b.Blue.GetValue(), b.Alpha.GetValue()}, nil
	})
}

func (r *renderingEngine) SetActive(_ context.Context, w int32, active bool) error {
	return r.setChannel(w, func(b *omero.ChannelBinding) error { b.Active = omero.NewRBool(active); return nil })
}

func (r *renderingEngine) IsActive(_ context.Context, w int32) (bool, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (bool, error) { return b.Active.GetValue(), nil })
}

// SetChannelLookupTable takes the table away for an empty name.
func (r *renderingEngine) SetChannelLookupTable(_ context.Context, w int32, name string) error {
	return r.setChannel(w, func(b *omero.ChannelBinding) error {
		b.LookupTable = nil
		if name != "" {
			b.LookupTable = omero.NewRString(name)
		}
		return nil
	})
}

func (r *renderingEngine) GetChannelLookupTable(_ context.Context, w int32) (string, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (string, error) { return b.LookupTable.GetValue(), nil })
}

// mapOf makes a map of the model's of what clients send.
func mapOf(m omero.AnyRomioCodomainMapContext) (omero.AnyCodomainMapContext, error) {
	if _, ok := m.(*omero.RomioReverseIntensityMapContext); ok {
		return omero.NewReverseIntensityContext(), nil
	}
	return nil, ApiUsage("only the codomain map ReverseIntensityMapContext is known")
}

func (r *renderingEngine) AddCodomainMapToChannel(_ context.Context, m omero.AnyRomioCodomainMapContext, w int32) error {
	return r.setChannel(w, func(b *omero.ChannelBinding) error {
		add, err := mapOf(m)
		if err != nil || len(b.SpatialDomainEnhancementSeq) > 0 {
			return err // one of a kind is enough
		}
		return b.AddCodomainMapContext(add)
	})
}

func (r *renderingEngine) RemoveCodomainMapFromChannel(_ context.Context, m omero.AnyRomioCodomainMapContext, w int32) error {
	return r.setChannel(w, func(b *omero.ChannelBinding) error {
		if _, err := mapOf(m); err != nil {
			return err
		}
		b.SpatialDomainEnhancementSeq = nil
		return nil
	})
}

// AddCodomainMap and the two after it are deprecated: they are for all channels.
func (r *renderingEngine) AddCodomainMap(ctx context.Context, m omero.AnyRomioCodomainMapContext) error {
	return r.all(func(w int32) error { return r.AddCodomainMapToChannel(ctx, m, w) })
}

// UpdateCodomainMap has nothing to do: the only map has no parameters.
func (r *renderingEngine) UpdateCodomainMap(_ context.Context, m omero.AnyRomioCodomainMapContext) error {
	return r.set(func() error { _, err := mapOf(m); return err })
}

func (r *renderingEngine) RemoveCodomainMap(ctx context.Context, m omero.AnyRomioCodomainMapContext) error {
	return r.all(func(w int32) error { return r.RemoveCodomainMapFromChannel(ctx, m, w) })
}

func (r *renderingEngine) all(do func(w int32) error) error {
	n, err := engine(r, func() (int, error) { return len(r.def.WaveRenderingSeq), nil })
	for w := 0; w < n && err == nil; w++ {
		err = do(int32(w))
	}
	return err
}

func (r *renderingEngine) GetCodomainMapContext(_ context.Context, w int32) (omero.IObjectList, error) {
	return channel(r, w, func(b *omero.ChannelBinding) (omero.IObjectList, error) {
		var all omero.IObjectList
		for _, m := range b.SpatialDomainEnhancementSeq {
			all = append(all, m)
		}
		return all, nil
	})
}

// SetOverlays is deprecated and does nothing.
func (r *renderingEngine) SetOverlays(context.Context, *omero.RLong, *omero.RLong, omero.LongIntMap) error {
	return r.set(func() error { return nil })
}

// UpdateSettings takes over the settings of another object, without saving them.
func (r *renderingEngine) UpdateSettings(ctx context.Context, given *omero.RenderingDef) error {
	return r.set(func() error {
		if given == nil || len(given.WaveRenderingSeq) != len(r.def.WaveRenderingSeq) {
			return ApiUsage("the settings must have %d channels", len(r.def.WaveRenderingSeq))
		}
		return r.Session.Call(ctx).view(ctx, func(tx *store.Tx) error { return copySettings(tx, given, r.def) })
	})
}

func (r *renderingEngine) SaveCurrentSettings(ctx context.Context) error {
	return r.set(func() error { return r.save(ctx) })
}

// save saves the settings as the caller's own: those of somebody else are
// copied.
func (r *renderingEngine) save(ctx context.Context) error {
	call := r.Session.Call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return err
	}
	return call.change(ctx, func(tx *store.Tx) error {
		d := r.def
		if owner, ok := ownerOf(d); ok && owner != who.ID {
			own, err := newestDef(tx, r.pixels.Id.GetValue(), who.ID)
			if err != nil {
				return err
			}
			if own == nil {
				if own, err = newDef(tx, r.pixels); err != nil {
					return err
				}
			}
			if err := copySettings(tx, d, own); err != nil {
				return err
			}
			d = own
		}
		if err := dropMaps(tx, d); err != nil {
			return err
		}
		saved, err := saveDef(tx, d)
		if err == nil {
			r.def = saved
		}
		return err
	})
}

func (r *renderingEngine) SaveAsNewSettings(ctx context.Context) (int64, error) {
	return engine(r, func() (int64, error) {
		err := r.Session.Call(ctx).change(ctx, func(tx *store.Tx) error {
			d, err := newDef(tx, r.pixels)
			if err != nil {
				return err
			}
			if err := copySettings(tx, r.def, d); err != nil {
				return err
			}
			saved, err := saveDef(tx, d)
			if err == nil {
				r.def = saved
			}
			return err
		})
		return r.def.Id.GetValue(), err
	})
}

// ResetDefaultSettings needs no settings to be looked up: it is what makes the
// first.
func (r *renderingEngine) ResetDefaultSettings(ctx context.Context, save bool) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pixels == nil {
		return 0, ApiUsage("Pixels not loaded: please call lookupPixels first")
	}
	if r.full == nil {
		if err := r.openFile(); err != nil {
			return 0, err
		}
		defer r.closeFile()
	}
	call := r.Session.Call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return 0, err
	}
	reset := func(tx *store.Tx) error {
		d, err := newestDef(tx, r.pixels.Id.GetValue(), who.ID)
		if err != nil {
			return err
		}
		if d == nil {
			if d, err = newDef(tx, r.pixels); err != nil {
				return err
			}
		}
		if err := defaultsFor(tx, d, r.pixels, r.full, true); err != nil {
			return err
		}
		if save {
			if d, err = saveDef(tx, d); err != nil {
				return err
			}
		}
		r.def = d
		return nil
	}
	if !save {
		if err := call.view(ctx, reset); err != nil {
			return 0, err
		}
		if r.def.Id == nil {
			return -1, nil
		}
		return r.def.Id.Val, nil
	}
	if err := call.change(ctx, reset); err != nil {
		return 0, err
	}
	return r.def.Id.GetValue(), nil
}

func (r *renderingEngine) SetCompressionLevel(_ context.Context, quality float32) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := render.CheckQuality(quality); err != nil {
		return mediaError(err)
	}
	r.quality = quality
	return nil
}

func (r *renderingEngine) GetCompressionLevel(context.Context) (float32, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.quality, nil
}

func (r *renderingEngine) IsPixelsTypeSigned(context.Context) (bool, error) {
	return engine(r, func() (bool, error) { return r.shape.Type.Signed, nil })
}

// bounds is the range of an integer type. Of floating point, OMERO has the range
// of the channel.
func (r *renderingEngine) bounds(w int32) (low, high float64, err error) {
	_, err = channel(r, w, func(*omero.ChannelBinding) (bool, error) {
		low, high = r.shape.Type.Min, r.shape.Type.Max
		if r.shape.Type.Float {
			if l, h, ok := channelStats(r.pixels, int(w)); ok {
				low, high = l, h
			}
		}
		return true, nil
	})
	return low, high, err
}

func (r *renderingEngine) GetPixelsTypeUpperBound(_ context.Context, w int32) (float64, error) {
	_, high, err := r.bounds(w)
	return high, err
}

func (r *renderingEngine) GetPixelsTypeLowerBound(_ context.Context, w int32) (float64, error) {
	low, _, err := r.bounds(w)
	return low, err
}

func (r *renderingEngine) RequiresPixelsPyramid(context.Context) (bool, error) {
	return engine(r, func() (bool, error) { return r.shape.Large(), nil })
}

func (r *renderingEngine) GetResolutionLevels(context.Context) (int32, error) {
	return engine(r, func() (int32, error) { return int32(len(r.shape.Levels())), nil })
}

func (r *renderingEngine) GetResolutionDescriptions(context.Context) (omero.ResolutionDescriptions, error) {
	return engine(r, func() (omero.ResolutionDescriptions, error) { return describe(r.shape.Levels()), nil })
}

func (r *renderingEngine) GetResolutionLevel(context.Context) (int32, error) {
	return engine(r, func() (int32, error) { return int32(len(r.shape.Levels()) - 1 - r.level), nil })
}

func (r *renderingEngine) SetResolutionLevel(_ context.Context, level int32) error {
	return r.set(func() error {
		n := len(r.shape.Levels())
		if level < 0 || int(level) >= n {
			return ApiUsage("there is no resolution level %d: there are %d, the highest number being the full size", level, n)
		}
		r.level = n - 1 - int(level)
		return nil
	})
}

func (r *renderingEngine) GetTileSize(context.Context) (ice.IntSeq, error) {
	return engine(r, func() (ice.IntSeq, error) {
		w, h := r.shape.Levels()[r.level].TileSize()
		return ice.IntSeq{int32(w), int32(h)}, nil
	})
}
