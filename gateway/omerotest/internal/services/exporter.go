package services

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/formats"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// exporter is Exporter: it writes one image as OME-TIFF, or any as OME-XML, and
// clients read the file in pieces.
type exporter struct {
	Stateful

	mu     sync.Mutex
	images []exported
	name   string // of the file that was generated; empty if there is none
	file   *files.File
}

// exported is an image that was added.
type exported struct {
	image *formats.Image
	id    int64 // of its pixels
}

// mostExported bounds what is exported at once.
const mostExported = 1000

func newExporter(s *Session) *exporter {
	e := &exporter{}
	e.Init(s, e)
	e.Release = func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.remove()
	}
	return e
}

// remove removes the file that was generated.
func (e *exporter) remove() {
	if e.file != nil {
		_ = e.file.Close()
		_ = e.Session.Server.Files.Remove(e.name) // it goes at the next start at the latest
	}
	e.file, e.name = nil, ""
}

// AddImage adds an image. After something was generated, it begins anew.
func (e *exporter) AddImage(ctx context.Context, id int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file != nil {
		e.remove()
		e.images = nil
	}
	if len(e.images) >= mostExported {
		return ApiUsage("there are %d images already", mostExported)
	}
	return e.Session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		image, err := store.Get[*omero.Image](tx, id)
		if err != nil {
			return err
		}
		first, err := primaryPixels(tx, id)
		if err != nil {
			return err
		}
		p, shape, err := loadPixels(tx, first)
		if err != nil {
			return err
		}
		e.images = append(e.images, exported{described(image, p, shape), first})
		return nil
	})
}

// described says what a file is to say of an image.
func described(image *omero.Image, p *omero.Pixels, shape pixels.Shape) *formats.Image {
	i := &formats.Image{
		Name: image.Name.GetValue(), Description: image.Description.GetValue(), Shape: shape,
		PhysicalX: micrometres(p.PhysicalSizeX), PhysicalY: micrometres(p.PhysicalSizeY), PhysicalZ: micrometres(p.PhysicalSizeZ),
	}
	if image.AcquisitionDate != nil {
		i.Acquired = time.UnixMilli(image.AcquisitionDate.Val)
	}
	if t := p.TimeIncrement; t != nil && t.Unit == omero.UnitsTimeSECOND {
		i.Increment = t.Value
	}
	for _, c := range p.ChannelsSeq {
		channel := formats.Channel{Name: c.LogicalChannel.GetName().GetValue()}
		if l := c.LogicalChannel; l != nil {
			if l.EmissionWave != nil {
				channel.Emission = nanometres(l.EmissionWave)
			}
			if l.ExcitationWave != nil {
				channel.Excitation = nanometres(l.ExcitationWave)
			}
		}
		if c.Red != nil && c.Green != nil && c.Blue != nil {
			channel.Color, channel.HasColor = c.Red.Val<<24|c.Green.Val<<16|c.Blue.Val<<8|255, true
		}
		i.Channels = append(i.Channels, channel)
	}
	return i
}

// micrometres is a length in µm, 0 if it is none.
func micrometres(l *omero.Length) float64 {
	if l == nil {
		return 0
	}
	switch l.Unit {
	case omero.UnitsLengthMICROMETER:
		return l.Value
	case omero.UnitsLengthNANOMETER:
		return l.Value / 1e3
	case omero.UnitsLengthMILLIMETER:
		return l.Value * 1e3
	}
	return 0
}

// generate writes a file with write, and returns its length.
func (e *exporter) generate(write func(w io.Writer) error) (size int64, err error) {
	e.remove()
	name, f, err := e.Session.Server.Files.Temp()
	if err != nil {
		return 0, mediaError(err)
	}
	e.name, e.file = name, f
	out := &appender{file: f}
	if err := write(out); err != nil {
		e.remove()
		return 0, mediaError(err)
	}
	return out.size, nil
}

// appender writes to the end of a file.
type appender struct {
	file *files.File
	size int64
}

func (a *appender) Write(p []byte) (int, error) {
	n, err := a.file.WriteAt(p, a.size)
	a.size += int64(n)
	return n, err
}

func (e *exporter) GenerateXml(context.Context) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.images) == 0 {
		return 0, ApiUsage("no image has been added")
	}
	var images []*formats.Image
	for _, i := range e.images {
		images = append(images, i.image)
	}
	return e.generate(func(w io.Writer) error {
		text, err := formats.XML(images, false)
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	})
}

func (e *exporter) GenerateTiff(context.Context) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.images) != 1 {
		return 0, ApiUsage("exactly one image can be written as TIFF, and %d have been added", len(e.images))
	}
	one := e.images[0]
	b, f, err := e.Session.Server.openPixels(one.id, one.image.Shape, false)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, Resource("No pixels have been written for Pixels:%d", one.id)
	}
	if err != nil {
		return 0, mediaError(err)
	}
	defer f.Close()
	return e.generate(func(w io.Writer) error { return formats.WriteOMETIFF(w, one.image, b) })
}

// Read returns what there is of the file from a position on, at most length
// bytes.
func (e *exporter) Read(_ context.Context, position int64, length int32) (ice.ByteSeq, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file == nil {
		return nil, ApiUsage("nothing has been generated")
	}
	size, err := e.file.Size()
	if err != nil {
		return nil, mediaError(err)
	}
	if position < 0 || length < 0 {
		return nil, ApiUsage("%d bytes at %d cannot be read", length, position)
	}
	p, err := e.file.Read(position, int(min(int64(length), max(0, size-position))))
	if errors.Is(err, os.ErrClosed) {
		return nil, ApiUsage("the exporter is closed")
	}
	return p, mediaError(err)
}
