package services

import (
	"context"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// pixelsService is IPixels.
type pixelsService struct{ session *Session }

func newPixelsService(s *Session) *pixelsService { return &pixelsService{s} }

func (p *pixelsService) RetrievePixDescription(ctx context.Context, id int64) (found *omero.Pixels, err error) {
	err = p.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		found, _, err = loadPixels(tx, id)
		return err
	})
	return found, err
}

func (p *pixelsService) RetrieveRndSettings(ctx context.Context, id int64) (*omero.RenderingDef, error) {
	who, err := p.session.Call(ctx).caller(ctx)
	if err != nil {
		return nil, err
	}
	return p.RetrieveRndSettingsFor(ctx, id, who.ID)
}

func (p *pixelsService) RetrieveRndSettingsFor(ctx context.Context, id, user int64) (d *omero.RenderingDef, err error) {
	err = p.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		if _, _, err := loadPixels(tx, id); err != nil {
			return err
		}
		d, err = newestDef(tx, id, user)
		return err
	})
	return d, err
}

// RetrieveAllRndSettings is for all users if user is negative.
func (p *pixelsService) RetrieveAllRndSettings(ctx context.Context, id, user int64) (all omero.IObjectList, err error) {
	err = p.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		if _, _, err := loadPixels(tx, id); err != nil {
			return err
		}
		ids, err := defsOf(tx, id, user)
		for _, id := range ids {
			d, err := loadDef(tx, id)
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		return err
	})
	return all, err
}

func (p *pixelsService) LoadRndSettings(ctx context.Context, id int64) (d *omero.RenderingDef, err error) {
	err = p.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		d, err = loadDef(tx, id)
		return err
	})
	return d, err
}

func (p *pixelsService) SaveRndSettings(ctx context.Context, d *omero.RenderingDef) error {
	if d == nil {
		return ApiUsage("no rendering settings are given")
	}
	return p.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		_, err := tx.SaveIDs(d)
		return err
	})
}

func (p *pixelsService) GetBitDepth(ctx context.Context, t *omero.PixelsType) (int32, error) {
	typ, err := p.pixelsType(ctx, t)
	return int32(typ.Bits), err
}

// pixelsType is the type that a client sent, loaded or not.
func (p *pixelsService) pixelsType(ctx context.Context, t *omero.PixelsType) (typ pixels.Type, err error) {
	if t == nil {
		return typ, ApiUsage("no pixels type is given")
	}
	if !t.Loaded {
		err = p.session.Call(ctx).view(ctx, func(tx *store.Tx) error { return loaded(tx, &t) })
		if err != nil {
			return typ, err
		}
	}
	typ, err = pixels.TypeNamed(t.Value.GetValue())
	if err != nil {
		return typ, ApiUsage("%v", err)
	}
	return typ, nil
}

// enumClass checks the name of an enumeration that a client sent.
func enumClass(name string) (string, error) {
	c := schema.Find(simpleName(name))
	if c == nil || !c.Enum {
		return "", ApiUsage("%q is no enumeration", firstLine(name))
	}
	return c.Name, nil
}

func (p *pixelsService) GetEnumeration(ctx context.Context, class, value string) (found omero.AnyIObject, err error) {
	if class, err = enumClass(class); err != nil {
		return nil, err
	}
	err = p.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		found, err = enumOf[omero.AnyIObject](tx, class, value)
		return err
	})
	return found, err
}

func (p *pixelsService) GetAllEnumerations(ctx context.Context, class string) (all omero.IObjectList, err error) {
	if class, err = enumClass(class); err != nil {
		return nil, err
	}
	err = p.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		all, err = allOfEnum(tx, class)
		return err
	})
	return all, err
}

// newImage says what an image is to be like.
type newImage struct {
	name, description string
	shape             pixels.Shape
	methodology       string
	channels          []*omero.Channel
	like              *omero.Pixels // sizes of pixels are taken from it, unless it is nil
}

// pixels makes the Pixels of an image, which are not saved.
func (n *newImage) pixels(tx *store.Tx) (*omero.Pixels, error) {
	if err := n.shape.Check(); err != nil {
		return nil, mediaError(err)
	}
	p := omero.NewPixels()
	var err error
	if p.PixelsType, err = enumOf[*omero.PixelsType](tx, "PixelsType", n.shape.Type.Name); err != nil {
		return nil, err
	}
	if p.DimensionOrder, err = enumOf[*omero.DimensionOrder](tx, "DimensionOrder", "XYZCT"); err != nil {
		return nil, err
	}
	p.SizeX, p.SizeY, p.SizeZ = omero.NewRInt(int32(n.shape.X)), omero.NewRInt(int32(n.shape.Y)), omero.NewRInt(int32(n.shape.Z))
	p.SizeC, p.SizeT = omero.NewRInt(int32(n.shape.C)), omero.NewRInt(int32(n.shape.T))
	p.Sha1, p.SignificantBits = omero.NewRString("Pending..."), omero.NewRInt(int32(n.shape.Type.Bits))
	if n.methodology != "" {
		p.Methodology = omero.NewRString(n.methodology)
	}
	if l := n.like; l != nil {
		p.PhysicalSizeX, p.PhysicalSizeY, p.PhysicalSizeZ = l.PhysicalSizeX, l.PhysicalSizeY, l.PhysicalSizeZ
		p.TimeIncrement, p.WaveStart, p.WaveIncrement = l.TimeIncrement, l.WaveStart, l.WaveIncrement
	}
	for _, c := range n.channels {
		if err := p.AddChannel(c); err != nil {
			return nil, Internal("%v", err)
		}
	}
	return p, nil
}

// make makes an image and its pixels, without any bytes, and returns their ids.
func (n *newImage) make(tx *store.Tx, now int64) (image, id int64, err error) {
	p, err := n.pixels(tx)
	if err != nil {
		return 0, 0, err
	}
	i := omero.NewImage()
	i.Name, i.AcquisitionDate = omero.NewRString(n.name), omero.NewRTime(now)
	if n.description != "" {
		i.Description = omero.NewRString(n.description)
	}
	if err := i.AddPixels(p); err != nil {
		return 0, 0, Internal("%v", err)
	}
	saved, err := store.Save(tx, i)
	if err != nil {
		return 0, 0, err
	}
	return saved.Id.GetValue(), saved.PixelsSeq[0].Id.GetValue(), nil
}

// newChannel makes a channel for light of a wavelength in nm, 0 if it is not
// known.
func newChannel(wave int32) *omero.Channel {
	c, l, s := omero.NewChannel(), omero.NewLogicalChannel(), omero.NewStatsInfo()
	if wave > 0 {
		l.EmissionWave = &omero.Length{Value: float64(wave), Unit: omero.UnitsLengthNANOMETER}
	}
	s.GlobalMin, s.GlobalMax = omero.NewRDouble(0), omero.NewRDouble(1)
	c.LogicalChannel, c.StatsInfo = l, s
	return c
}

// copyChannel makes a channel like another, with the same logical channel.
func copyChannel(from *omero.Channel, stats bool) *omero.Channel {
	c := newChannel(0)
	if l := from.LogicalChannel; l != nil {
		c.LogicalChannel.Name, c.LogicalChannel.EmissionWave, c.LogicalChannel.ExcitationWave, c.LogicalChannel.Fluor = l.Name, l.EmissionWave, l.ExcitationWave, l.Fluor
	}
	c.Red, c.Green, c.Blue, c.Alpha, c.LookupTable = from.Red, from.Green, from.Blue, from.Alpha, from.LookupTable
	if s := from.StatsInfo; stats && s != nil {
		c.StatsInfo.GlobalMin, c.StatsInfo.GlobalMax = s.GlobalMin, s.GlobalMax
	}
	return c
}

func (p *pixelsService) CreateImage(ctx context.Context, x, y, z, t int32, channels omero.SysIntList, typ *omero.PixelsType, name, description string) (*omero.RLong, error) {
	if len(channels) == 0 {
		return nil, Validation("Channel list must be filled.")
	}
	kind, err := p.pixelsType(ctx, typ)
	if err != nil {
		return nil, err
	}
	n := newImage{name: name, description: description}
	n.shape = pixels.Shape{X: int(x), Y: int(y), Z: int(z), C: len(channels), T: int(t), Type: kind}
	for _, wave := range channels {
		n.channels = append(n.channels, newChannel(wave))
	}
	var id int64
	err = p.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		id, _, err = n.make(tx, p.session.Server.Clock().UnixMilli())
		return err
	})
	if err != nil {
		return nil, err
	}
	return omero.NewRLong(id), nil
}

// resized says what a copy of pixels with other sizes is like. It has no bytes.
func resized(from *omero.Pixels, s pixels.Shape, x, y, z, t *omero.RInt, channels []int32, methodology string, stats bool) (newImage, error) {
	n := newImage{shape: s, methodology: methodology, like: from}
	for _, d := range []struct {
		size *int
		to   *omero.RInt
	}{{&n.shape.X, x}, {&n.shape.Y, y}, {&n.shape.Z, z}, {&n.shape.T, t}} {
		if d.to != nil {
			*d.size = int(d.to.Val)
		}
	}
	if len(channels) == 0 {
		for c := range from.ChannelsSeq {
			channels = append(channels, int32(c))
		}
	}
	for _, c := range channels {
		if c < 0 || int(c) >= len(from.ChannelsSeq) {
			return n, ApiUsage("Channel index out of bounds: %d of %d", c, len(from.ChannelsSeq))
		}
		n.channels = append(n.channels, copyChannel(from.ChannelsSeq[c], stats))
	}
	n.shape.C = len(n.channels)
	return n, nil
}

// CopyAndResizePixels adds pixels to the image that has the others.
func (p *pixelsService) CopyAndResizePixels(ctx context.Context, id int64, x, y, z, t *omero.RInt, channels omero.SysIntList, methodology string, stats bool) (copied *omero.RLong, err error) {
	err = p.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		from, shape, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		n, err := resized(from, shape, x, y, z, t, channels, methodology, stats)
		if err != nil {
			return err
		}
		to, err := n.pixels(tx)
		if err != nil {
			return err
		}
		image, _ := idOf(from.Image)
		to.Image = unloaded(omero.NewImage(), image)
		ids, err := tx.SaveIDs(to)
		if err == nil {
			copied = omero.NewRLong(ids[0])
		}
		return err
	})
	return copied, err
}

func (p *pixelsService) CopyAndResizeImage(ctx context.Context, id int64, x, y, z, t *omero.RInt, channels omero.SysIntList, methodology string, stats bool) (copied *omero.RLong, err error) {
	err = p.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		image, err := store.Get[*omero.Image](tx, id)
		if err != nil {
			return err
		}
		first, err := primaryPixels(tx, id)
		if err != nil {
			return err
		}
		from, shape, err := loadPixels(tx, first)
		if err != nil {
			return err
		}
		n, err := resized(from, shape, x, y, z, t, channels, methodology, stats)
		if err != nil {
			return err
		}
		n.name, n.description = image.Name.GetValue(), image.Description.GetValue()
		made, _, err := n.make(tx, p.session.Server.Clock().UnixMilli())
		copied = omero.NewRLong(made)
		return err
	})
	if err != nil {
		return nil, err
	}
	return copied, nil
}

func (p *pixelsService) SetChannelGlobalMinMax(ctx context.Context, id int64, channel int32, low, high float64) error {
	return p.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		found, _, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		if channel < 0 || int(channel) >= len(found.ChannelsSeq) {
			return ApiUsage("Channel index out of bounds: %d of %d", channel, len(found.ChannelsSeq))
		}
		c := found.ChannelsSeq[channel]
		if c.StatsInfo == nil {
			c.StatsInfo = omero.NewStatsInfo()
		}
		c.StatsInfo.GlobalMin, c.StatsInfo.GlobalMax = omero.NewRDouble(low), omero.NewRDouble(high)
		_, err = tx.SaveIDs(c)
		return err
	})
}

// channelsOf checks a list of channels; nil is all of them.
func channelsOf(list []int32, n int) ([]int32, error) {
	if len(list) == 0 {
		for c := range n {
			list = append(list, int32(c))
		}
	}
	if i := slices.IndexFunc(list, func(c int32) bool { return c < 0 || int(c) >= n }); i >= 0 {
		return nil, Validation("there is no channel %d: the pixels have %d", list[i], n)
	}
	return list, nil
}
