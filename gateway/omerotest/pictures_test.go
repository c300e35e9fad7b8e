package omerotest_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	_ "image/jpeg"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// labServer has ada and bert, who share a private group, and a read-only one.
func labServer(t testing.TB, options ...omerotest.Option) *omerotest.Server {
	return omerotest.New(t, append([]omerotest.Option{
		omerotest.Groups(omerotest.Group{Name: "private"}, omerotest.Group{Name: "shared", Permissions: "rwr---"}),
		omerotest.Users(
			omerotest.User{Name: "ada", Password: "a", Groups: []string{"private", "shared"}},
			omerotest.User{Name: "bert", Password: "b", Groups: []string{"private", "shared"}},
		),
	}, options...)...)
}

// login logs a user in and returns what services come from.
func login(t testing.TB, server *omerotest.Server, user, transport string) omero.ServiceFactoryPrx {
	t.Helper()
	config := server.Config(user)
	config.Host = server.URL(transport)
	session, err := gateway.Connect(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, session.Close()) })
	factory, err := session.ServiceFactory(context.Background())
	require.NoError(t, err)
	return factory
}

// newPixels makes an image and returns its id and that of its pixels.
func newPixels(t testing.TB, f omero.ServiceFactoryPrx, x, y, z, tt int32, channels []int32, typ string) (imageID, pixelsID int64) {
	t.Helper()
	ctx := context.Background()
	service, err := f.GetPixelsService(ctx)
	require.NoError(t, err)
	//lint:ignore SA1019 deprecated in OMERO, whose clients still call it
	kind, err := service.GetEnumeration(ctx, "PixelsType", typ)
	require.NoError(t, err)
	id, err := service.CreateImage(ctx, x, y, z, tt, channels, kind.(*omero.PixelsType), "made", "by a test")
	require.NoError(t, err)
	return id.Val, pixelsOf(t, f, id.Val).Id.Val
}

// pixelsOf finds the pixels of an image, among the newest first.
func pixelsOf(t testing.TB, f omero.ServiceFactoryPrx, imageID int64) *omero.Pixels {
	t.Helper()
	service, err := f.GetPixelsService(context.Background())
	require.NoError(t, err)
	for id := int64(1); id < 1000; id++ {
		if p, err := service.RetrievePixDescription(context.Background(), id); err == nil && p.Image.Id.Val == imageID {
			return p
		}
	}
	require.Fail(t, "no pixels", "of image %d", imageID)
	return nil
}

func rawPixels(t testing.TB, f omero.ServiceFactoryPrx, id int64) omero.RawPixelsStorePrx {
	t.Helper()
	store, err := f.CreateRawPixelsStore(context.Background())
	require.NoError(t, err)
	require.NoError(t, store.SetPixelsId(context.Background(), id, true))
	return store
}

func isException[E error](t testing.TB, err error, text string) {
	t.Helper()
	var want E
	require.ErrorAs(t, err, &want)
	if text != "" {
		require.ErrorContains(t, err, text)
	}
}

func TestPixels(t *testing.T) {
	peer.CheckLeaks(t)
	server := labServer(t)
	ctx := t.Context()
	for _, transport := range []string{"tcp", "ws"} {
		ada := login(t, server, "ada", transport)
		_, id := newPixels(t, ada, 6, 4, 2, 2, []int32{450, 520}, "uint16")
		store := rawPixels(t, ada, id)
		_, err := store.GetPlane(ctx, 0, 0, 0)
		isException[*omero.ResourceError](t, err, "No pixels")

		// Value of a pixel: its coordinates.
		value := func(x, y, z, c, tt int) uint16 { return uint16(x + 10*y + 100*z + 1000*c + 10000*tt) }
		for tt := range 2 {
			for c := range 2 {
				for z := range 2 {
					for y := 0; y < 4; y += 2 {
						var tile []byte
						for i := range 12 {
							tile = binary.BigEndian.AppendUint16(tile, value(i%6, y+i/6, z, c, tt))
						}
						require.NoError(t, store.SetTile(ctx, tile, int32(z), int32(c), int32(tt), 0, int32(y), 6, 2))
					}
				}
			}
		}
		saved, err := store.Save(ctx)
		require.NoError(t, err)
		digest, err := store.CalculateMessageDigest(ctx)
		require.NoError(t, err)
		require.Len(t, digest, 20)
		require.Len(t, saved.Sha1.Val, 40)

		plane, err := store.GetPlane(ctx, 1, 1, 1)
		require.NoError(t, err)
		require.Len(t, plane, 48)
		require.Equal(t, value(5, 3, 1, 1, 1), binary.BigEndian.Uint16(plane[46:]))
		row, err := store.GetRow(ctx, 2, 1, 0, 1)
		require.NoError(t, err)
		require.Equal(t, value(1, 2, 1, 0, 1), binary.BigEndian.Uint16(row[2:]))
		col, err := store.GetCol(ctx, 3, 0, 1, 0)
		require.NoError(t, err)
		require.Equal(t, value(3, 2, 0, 1, 0), binary.BigEndian.Uint16(col[4:]))
		cube, err := store.GetHypercube(ctx, []int32{1, 0, 0, 1, 0}, []int32{5, 4, 2, 1, 2}, []int32{2, 3, 1, 1, 1})
		require.NoError(t, err)
		require.Len(t, cube, 2*3*2*2*1*2)
		require.Equal(t, value(3, 3, 1, 1, 1), binary.BigEndian.Uint16(cube[len(cube)-4:]))
		offset, err := store.GetRowOffset(ctx, 1, 1, 1, 1)
		require.NoError(t, err)
		region, err := store.GetRegion(ctx, 2, offset)
		require.NoError(t, err)
		require.Equal(t, value(0, 1, 1, 1, 1), binary.BigEndian.Uint16(region))
		counts, err := store.GetHistogram(ctx, []int32{0}, 4, false, &omero.RomioPlaneDef{Z: 1})
		require.NoError(t, err)
		require.Equal(t, omero.IntegerArray{6, 6, 6, 6}, counts[0])
		found, err := store.FindMinMax(ctx, []int32{1})
		require.NoError(t, err)
		require.Equal(t, omero.DoubleArray{1000, 1035}, found[1])

		for name, try := range map[string]func() error{
			"z":    func() error { _, err := store.GetPlane(ctx, 2, 0, 0); return err },
			"-1":   func() error { _, err := store.GetPlane(ctx, 0, 0, -1); return err },
			"huge": func() error { _, err := store.GetTile(ctx, 0, 0, 0, 0, 0, math.MaxInt32, math.MaxInt32); return err },
			"cube": func() error { _, err := store.GetHypercube(ctx, []int32{0}, nil, nil); return err },
			"set":  func() error { return store.SetTile(ctx, []byte{1, 2}, 0, 0, 0, -1, 0, 1, 1) },
			"bins": func() error { _, err := store.GetHistogram(ctx, []int32{0}, math.MaxInt32, false, nil); return err },
		} {
			isException[*omero.ApiUsageException](t, try(), "")
			_ = name
		}
		isException[*omero.ResourceError](t, store.SetPlane(ctx, []byte{1}, 0, 0, 0), "1 bytes")
		require.NoError(t, store.Close(ctx))
	}
}

// grey makes an image of one channel with a ramp from 0 to 255.
func grey(t testing.TB, f omero.ServiceFactoryPrx) int64 {
	_, id := newPixels(t, f, 256, 2, 1, 1, []int32{0}, "uint8")
	store := rawPixels(t, f, id)
	plane := make([]byte, 512)
	for i := range plane {
		plane[i] = byte(i)
	}
	require.NoError(t, store.SetPlane(context.Background(), plane, 0, 0, 0))
	require.NoError(t, store.Close(context.Background()))
	return id
}

func TestRendering(t *testing.T) {
	peer.CheckLeaks(t)
	server := labServer(t)
	ctx := t.Context()
	ada := login(t, server, "ada", "tcp")
	id := grey(t, ada)
	engine, err := ada.CreateRenderingEngine(ctx)
	require.NoError(t, err)
	isException[*omero.ApiUsageException](t, engine.Load(ctx), "lookupPixels")
	require.NoError(t, engine.LookupPixels(ctx, id))
	there, err := engine.LookupRenderingDef(ctx, id)
	require.NoError(t, err)
	require.False(t, there)
	first, err := engine.ResetDefaultSettings(ctx, true)
	require.NoError(t, err)
	there, err = engine.LookupRenderingDef(ctx, id)
	require.NoError(t, err)
	require.True(t, there)
	require.NoError(t, engine.Load(ctx))
	def, err := engine.GetRenderingDefId(ctx)
	require.NoError(t, err)
	require.Equal(t, first, def)

	require.NoError(t, engine.SetChannelWindow(ctx, 0, 100, 200))
	packed, err := engine.RenderAsPackedInt(ctx, &omero.RomioPlaneDef{})
	require.NoError(t, err)
	require.Equal(t, uint32(0xff808080), uint32(packed[150]))
	models, err := engine.GetAvailableModels(ctx)
	require.NoError(t, err)
	for _, m := range models {
		if m.(*omero.RenderingModel).Value.Val == "rgb" {
			require.NoError(t, engine.SetModel(ctx, m.(*omero.RenderingModel)))
		}
	}
	require.NoError(t, engine.SetRGBA(ctx, 0, 255, 0, 128, 255))
	require.NoError(t, engine.AddCodomainMapToChannel(ctx, &omero.RomioReverseIntensityMapContext{}, 0))
	buffer, err := engine.Render(ctx, &omero.RomioPlaneDef{Region: &omero.RomioRegionDef{X: 99, Width: 3, Height: 1}})
	require.NoError(t, err)
	require.Equal(t, []byte{255, 255, 252}, buffer.Bands[0])
	require.Equal(t, []byte{0, 0, 0}, buffer.Bands[1])
	require.NoError(t, engine.SaveCurrentSettings(ctx))
	file, err := engine.RenderCompressed(ctx, &omero.RomioPlaneDef{})
	require.NoError(t, err)
	m, format, err := image.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, "jpeg", format)
	require.Equal(t, 256, m.Bounds().Dx())

	isException[*omero.ApiUsageException](t, engine.SetChannelWindow(ctx, 1, 0, 1), "channel")
	isException[*omero.ApiUsageException](t, engine.SetChannelWindow(ctx, 0, 5, 1), "window")
	isException[*omero.ApiUsageException](t, engine.SetRGBA(ctx, 0, 256, 0, 0, 0), "256")
	isException[*omero.ApiUsageException](t, engine.SetQuantumStrategy(ctx, 100), "100")
	_, err = engine.Render(ctx, &omero.RomioPlaneDef{T: 5})
	isException[*omero.ApiUsageException](t, err, "")
	_, err = engine.Render(ctx, nil)
	isException[*omero.ApiUsageException](t, err, "")

	// Another engine has what was saved.
	again, err := ada.CreateRenderingEngine(ctx)
	require.NoError(t, err)
	require.NoError(t, again.LookupPixels(ctx, id))
	_, err = again.LookupRenderingDef(ctx, id)
	require.NoError(t, err)
	require.NoError(t, again.Load(ctx))
	start, err := again.GetChannelWindowStart(ctx, 0)
	require.NoError(t, err)
	require.Equal(t, 100.0, start)
	maps, err := again.GetCodomainMapContext(ctx, 0)
	require.NoError(t, err)
	require.Len(t, maps, 1)
	second, err := again.SaveAsNewSettings(ctx)
	require.NoError(t, err)
	require.NotEqual(t, first, second)

	thumbnails, err := ada.CreateThumbnailStore(ctx)
	require.NoError(t, err)
	there, err = thumbnails.SetPixelsId(ctx, id)
	require.NoError(t, err)
	require.True(t, there)
	file, err = thumbnails.GetThumbnailByLongestSide(ctx, omero.NewRInt(64))
	require.NoError(t, err)
	m, _, err = image.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, image.Pt(64, 1), m.Bounds().Size())
	exists, err := thumbnails.ThumbnailExists(ctx, omero.NewRInt(32), omero.NewRInt(32))
	require.NoError(t, err)
	require.False(t, exists)
	require.NoError(t, thumbnails.CreateThumbnail(ctx, omero.NewRInt(32), omero.NewRInt(32)))
	exists, err = thumbnails.ThumbnailExists(ctx, omero.NewRInt(32), omero.NewRInt(32))
	require.NoError(t, err)
	require.True(t, exists)
	_, err = thumbnails.GetThumbnail(ctx, omero.NewRInt(1<<30), nil)
	isException[*omero.ApiUsageException](t, err, "")
	set, err := thumbnails.GetThumbnailSet(ctx, nil, nil, omero.SysLongList{id, id + 1000})
	require.NoError(t, err)
	require.Len(t, set, 1)
}

func TestRenderingSettingsOfSets(t *testing.T) {
	peer.CheckLeaks(t)
	server := labServer(t)
	ctx := t.Context()
	ada := login(t, server, "ada", "tcp")
	service, err := ada.GetRenderingSettingsService(ctx)
	require.NoError(t, err)
	pixelsService, err := ada.GetPixelsService(ctx)
	require.NoError(t, err)
	from, to := grey(t, ada), grey(t, ada)
	unlike, _ := newPixels(t, ada, 1, 1, 1, 1, []int32{0}, "uint16")
	description, err := pixelsService.RetrievePixDescription(ctx, to)
	require.NoError(t, err)
	require.Len(t, description.ChannelsSeq, 1)
	target := description.Image.Id.Val

	require.NoError(t, service.ResetDefaultsForPixels(ctx, from))
	d, err := pixelsService.RetrieveRndSettings(ctx, from)
	require.NoError(t, err)
	d.WaveRenderingSeq[0].InputStart = omero.NewRDouble(42)
	require.NoError(t, pixelsService.SaveRndSettings(ctx, d))
	outcome, err := service.ApplySettingsToImages(ctx, from, omero.SysLongList{target, unlike})
	require.NoError(t, err)
	require.Equal(t, omero.BooleanIdListMap{true: {target}, false: {unlike}}, outcome)
	d, err = service.GetRenderingSettings(ctx, to)
	require.NoError(t, err)
	require.Equal(t, 42.0, d.WaveRenderingSeq[0].InputStart.Val)
	done, err := service.ResetMinMaxInSet(ctx, "Image", omero.SysLongList{target})
	require.NoError(t, err)
	require.Equal(t, omero.SysLongList{target}, done)
	ok, err := service.ApplySettingsToImage(ctx, from, unlike)
	require.NoError(t, err)
	require.False(t, ok)
	_, err = service.ResetDefaultsInSet(ctx, "Experimenter", omero.SysLongList{1})
	isException[*omero.ApiUsageException](t, err, "Experimenter")
}

func TestCopiesAndProjections(t *testing.T) {
	peer.CheckLeaks(t)
	server := labServer(t)
	ctx := t.Context()
	ada := login(t, server, "ada", "tcp")
	imageID, id := newPixels(t, ada, 2, 1, 3, 2, []int32{450, 520}, "uint8")
	store := rawPixels(t, ada, id)
	require.NoError(t, store.SetTimepoint(ctx, []byte{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60}, 1))
	require.NoError(t, store.Close(ctx))
	service, err := ada.GetPixelsService(ctx)
	require.NoError(t, err)
	require.NoError(t, service.SetChannelGlobalMinMax(ctx, id, 1, 10, 60))
	isException[*omero.ApiUsageException](t, service.SetChannelGlobalMinMax(ctx, id, 2, 10, 60), "2")
	copied, err := service.CopyAndResizeImage(ctx, imageID, nil, omero.NewRInt(7), nil, nil, []int32{1}, "", true)
	require.NoError(t, err)
	require.NotEqual(t, imageID, copied.Val)
	more, err := service.CopyAndResizePixels(ctx, id, omero.NewRInt(9), nil, nil, nil, nil, "none", false)
	require.NoError(t, err)
	description, err := service.RetrievePixDescription(ctx, more.Val)
	require.NoError(t, err)
	require.Equal(t, []int32{9, 1, 2}, []int32{description.SizeX.Val, description.SizeY.Val, description.SizeC.Val})
	_, err = service.CopyAndResizeImage(ctx, imageID, omero.NewRInt(0), nil, nil, nil, nil, "", true)
	isException[*omero.ApiUsageException](t, err, "")
	_, err = service.CreateImage(ctx, math.MaxInt32, math.MaxInt32, math.MaxInt32, 1, []int32{1}, description.PixelsType, "large", "")
	isException[*omero.ApiUsageException](t, err, "")
	_, err = service.CreateImage(ctx, 1, 1, 1, 1, nil, description.PixelsType, "none", "")
	isException[*omero.ValidationException](t, err, "Channel")

	projection, err := ada.GetProjectionService(ctx)
	require.NoError(t, err)
	plane, err := projection.ProjectStack(ctx, id, nil, omero.ConstantsProjectionProjectionTypeMEANINTENSITY, 1, 0, 1, 0, 2)
	require.NoError(t, err)
	require.Equal(t, ice.ByteSeq{3, 4}, plane)
	_, err = projection.ProjectStack(ctx, id, nil, omero.ConstantsProjectionProjectionTypeMEANINTENSITY, 1, 0, 0, 0, 2)
	isException[*omero.ValidationException](t, err, "stepping")
	made, err := projection.ProjectPixels(ctx, id, nil, omero.ConstantsProjectionProjectionTypeMAXIMUMINTENSITY, 1, 1, []int32{1}, 1, 0, 2, "projected")
	require.NoError(t, err)
	found := pixelsOf(t, ada, made)
	require.Equal(t, "MAXIMUM_INTENSITY_PROJECTION", found.Methodology.Val)
	store = rawPixels(t, ada, found.Id.Val)
	plane, err = store.GetPlane(ctx, 0, 0, 0)
	require.NoError(t, err)
	require.Equal(t, ice.ByteSeq{50, 60}, plane)
}

func TestPixelsOfOthers(t *testing.T) {
	peer.CheckLeaks(t)
	server := labServer(t)
	ctx := t.Context()
	ada, bert := login(t, server, "ada", "tcp"), login(t, server, "bert", "tcp")
	id := grey(t, ada)
	store, err := bert.CreateRawPixelsStore(ctx)
	require.NoError(t, err)
	isException[*omero.SecurityViolation](t, store.SetPixelsId(ctx, id, true), "")
	_, err = store.GetPlane(ctx, 0, 0, 0)
	isException[*omero.ApiUsageException](t, err, "initialized")
	engine, err := bert.CreateRenderingEngine(ctx)
	require.NoError(t, err)
	isException[*omero.SecurityViolation](t, engine.LookupPixels(ctx, id), "")
	thumbnails, err := bert.CreateThumbnailStore(ctx)
	require.NoError(t, err)
	_, err = thumbnails.SetPixelsId(ctx, id)
	isException[*omero.SecurityViolation](t, err, "")
	set, err := thumbnails.GetThumbnailSet(ctx, nil, nil, omero.SysLongList{id})
	require.NoError(t, err)
	require.Empty(t, set)
	projection, err := bert.GetProjectionService(ctx)
	require.NoError(t, err)
	_, err = projection.ProjectStack(ctx, id, nil, 0, 0, 0, 1, 0, 0)
	isException[*omero.SecurityViolation](t, err, "")
}
