package services

import (
	"errors"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// pixelsFile is a file of pixels that is written before the pixels have an id,
// so that they are there as a whole when others see the row.
type pixelsFile struct {
	server *Server
	temp   string // empty once it is placed
	placed int64
}

// newPixelsFile writes pixels. Nothing is left if it fails.
func (s *Server) newPixelsFile(shape pixels.Shape, write func(b *pixels.Buffer) error) (*pixelsFile, error) {
	name, f, err := s.Files.Temp()
	if err != nil {
		return nil, err
	}
	p := &pixelsFile{server: s, temp: name}
	b, err := pixels.New(f, shape)
	if err == nil {
		err = f.Extend(shape.TotalSize())
	}
	if err == nil {
		err = write(b)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, p.done(true))
	}
	return p, nil
}

// place makes the file that of an id.
func (p *pixelsFile) place(id int64) error {
	if err := p.server.Files.Move(p.temp, files.NumberedPath(files.Pixels, id)); err != nil {
		return err
	}
	p.temp, p.placed = "", id
	return nil
}

// done removes what is not wanted any more.
func (p *pixelsFile) done(failed bool) error {
	if p.temp != "" {
		return p.server.Files.Remove(p.temp)
	}
	if failed && p.placed != 0 {
		return p.server.Files.RemoveNumbered(files.Pixels, p.placed)
	}
	return nil
}
