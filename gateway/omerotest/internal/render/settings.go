package render

import (
	"errors"
	"fmt"
)

// The models, families and depths that there are (OMERO's enumerations
// RenderingModel and Family).
const (
	Greyscale = "greyscale"
	RGB       = "rgb"

	Linear      = "linear"
	Polynomial  = "polynomial"
	Exponential = "exponential"
	Logarithmic = "logarithmic"

	// Depth8 is the largest bit resolution, 2^8-1.
	Depth8 = 255
)

// Families and Models are the values of their enumerations.
var (
	Families = []string{Linear, Polynomial, Exponential, Logarithmic}
	Models   = []string{Greyscale, RGB}
)

// ErrSettings is what errors wrap that are about settings.
var ErrSettings = errors.New("rendering settings")

// Channel says how a channel is shown.
type Channel struct {
	Active bool
	// Red, Green, Blue and Alpha are 0 to 255.
	Red, Green, Blue, Alpha int
	// Start and End are the window: what is below is as dark, what is above as
	// bright as can be.
	Start, End  float64
	Family      string
	Coefficient float64
	// NoiseReduction leaves out the values next to both ends of Min to Max.
	NoiseReduction bool
	// Min and Max are the channel's smallest and largest value.
	Min, Max float64
	// Reverse turns dark into bright.
	Reverse bool
	// Table has the colours, instead of Red, Green, Blue and Alpha, unless it is nil.
	Table *Table
}

// Settings say how pixels are shown.
type Settings struct {
	Model    string
	Channels []Channel
	// CodomainStart and CodomainEnd are what the channels' values are mapped to, 0
	// to 255.
	CodomainStart, CodomainEnd int
	// BitResolution is 2^n-1 for n from 1 to 8: how many different values there
	// are.
	BitResolution int
}

// Check reports what is wrong with settings.
func (s *Settings) Check() error {
	if s.Model != Greyscale && s.Model != RGB {
		return fmt.Errorf("there is no rendering model %.40q: %w", s.Model, ErrSettings)
	}
	if err := CheckCodomain(s.CodomainStart, s.CodomainEnd); err != nil {
		return err
	}
	if err := CheckBitResolution(s.BitResolution); err != nil {
		return err
	}
	for i := range s.Channels {
		if err := s.Channels[i].check(); err != nil {
			return fmt.Errorf("channel %d: %w", i, err)
		}
	}
	return nil
}

// CheckCodomain checks the interval that values are mapped to.
func CheckCodomain(start, end int) error {
	if start < 0 || end > 255 || start >= end {
		return fmt.Errorf("the codomain interval [%d, %d] is not in [0, 255]: %w", start, end, ErrSettings)
	}
	return nil
}

// CheckBitResolution checks a bit resolution.
func CheckBitResolution(r int) error {
	if r < 1 || r > Depth8 || r&(r+1) != 0 {
		return fmt.Errorf("the bit resolution %d is not 1, 3, 7, 15, 31, 63, 127 or 255: %w", r, ErrSettings)
	}
	return nil
}

// CheckFamily checks a mapping family and its coefficient.
func CheckFamily(family string, coefficient float64) error {
	switch family {
	case Linear, Polynomial, Exponential, Logarithmic:
	default:
		return fmt.Errorf("there is no family %.40q: %w", family, ErrSettings)
	}
	if !(coefficient > 0 && coefficient <= 1000) {
		return fmt.Errorf("the curve coefficient %v is not above 0 and at most 1000: %w", coefficient, ErrSettings)
	}
	return nil
}

// CheckWindow checks a window.
func CheckWindow(start, end float64) error {
	if !(start <= end) || end-start != end-start {
		return fmt.Errorf("the window [%v, %v] is no interval: %w", start, end, ErrSettings)
	}
	return nil
}

// CheckColor checks the parts of a colour.
func CheckColor(parts ...int) error {
	for _, p := range parts {
		if p < 0 || p > 255 {
			return fmt.Errorf("a colour's part is %d: it must be 0 to 255: %w", p, ErrSettings)
		}
	}
	return nil
}

func (c *Channel) check() error {
	return errors.Join(CheckColor(c.Red, c.Green, c.Blue, c.Alpha), CheckWindow(c.Start, c.End), CheckFamily(c.Family, c.Coefficient))
}
