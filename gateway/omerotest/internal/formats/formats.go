package formats

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
)

// The errors that those of this package wrap.
var (
	// ErrUnknown is a file of another format.
	ErrUnknown = errors.New("the file format is not known; TIFF, OME-TIFF, PNG, JPEG and GIF are")
	// ErrFormat is a file that is damaged, or has what is not supported.
	ErrFormat = errors.New("the file cannot be read")
)

func wrong(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, ErrFormat)...)
}

// File is a file that can be imported.
type File struct {
	// Format is the value of OMERO's enumeration Format.
	Format string
	Images []*Image
	// Metadata are what the file says of itself, as keys and values.
	Metadata map[string]string
}

// Image is an image in a file.
type Image struct {
	Name, Description string
	Acquired          time.Time // zero if it is not known
	Shape             pixels.Shape
	// Order is the order of dimensions in the file, such as "XYZCT".
	Order string
	// PhysicalX and the others are the size of a pixel in micrometres, and
	// Increment is seconds between times; 0 is not known.
	PhysicalX, PhysicalY, PhysicalZ, Increment float64
	// Channels has one for each; see [Channel].
	Channels []Channel

	copy func(to *pixels.Buffer) error
}

// Channel is what a file says of a channel.
type Channel struct {
	Name string
	// Color is packed as in OME-XML, red in the highest byte and alpha in the
	// lowest. HasColor says whether there is one.
	Color    int32
	HasColor bool
	// Emission and Excitation are in nm; 0 is not known.
	Emission, Excitation float64
}

// Copy writes the image's pixels to a buffer of its shape.
func (i *Image) Copy(to *pixels.Buffer) error { return i.copy(to) }

// The bounds of what is read.
const (
	mostImages = 10_000
	mostPages  = 1_000_000
	// mostInMemory is how many bytes a picture that is only read as a whole, or a
	// compressed strip or tile, can have when it is decompressed.
	mostInMemory = 256 << 20
	// mostExpansion is by how much compression can make a file smaller: deflate's
	// limit. A file that has more pixels than that is made to do harm.
	mostExpansion = 1100
	// alwaysFine is how many bytes of pixels are never too many for a file.
	alwaysFine = 64 << 20
)

// Read finds out what a file is and what is in it. r must stay open for
// [Image.Copy]. name is the file's, without its folder; images without a name of
// their own get it.
func Read(r io.ReaderAt, size int64, name string) (*File, error) {
	head := make([]byte, 16)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	f, err := read(r, size, head)
	if err != nil {
		return nil, fmt.Errorf("%.200q: %w", name, err)
	}
	var total int64
	for i, image := range f.Images {
		if err := image.Shape.Check(); err != nil {
			return nil, fmt.Errorf("%.200q: %w: %w", name, err, ErrFormat)
		}
		if total += image.Shape.TotalSize(); total > alwaysFine && total/mostExpansion > size {
			return nil, fmt.Errorf("%.200q: %d bytes of pixels cannot be in a file of %d: %w", name, total, size, ErrFormat)
		}
		if image.Name == "" {
			image.Name = name
			if len(f.Images) > 1 {
				image.Name = fmt.Sprintf("%s [%d]", name, i)
			}
		}
		for len(image.Channels) < image.Shape.C {
			image.Channels = append(image.Channels, Channel{})
		}
		image.Channels = image.Channels[:image.Shape.C]
		if image.Order == "" {
			image.Order = "XYCZT"
		}
	}
	return f, nil
}

func read(r io.ReaderAt, size int64, head []byte) (*File, error) {
	switch {
	case isTIFF(head):
		return readTIFF(r, size)
	case has(head, "\x89PNG\r\n\x1a\n"):
		return readPNG(io.NewSectionReader(r, 0, size))
	case has(head, "\xff\xd8\xff"):
		return readJPEG(io.NewSectionReader(r, 0, size))
	case has(head, "GIF87a"), has(head, "GIF89a"):
		return readGIF(io.NewSectionReader(r, 0, size))
	}
	return nil, ErrUnknown
}

func has(head []byte, magic string) bool {
	return len(head) >= len(magic) && string(head[:len(magic)]) == magic
}
