package bench

import "strconv"

// Images gives a list of images as an OMERO server would: boxed values, one owner and group for all, pixels that
// refer back to their image.
func Images(n int) []*Image {
	list := make([]*Image, n)
	owner, group := &RLong{Val: 7}, &RLong{Val: 3}
	details := func(i int) *Details {
		return &Details{
			Owner: owner, Group: group,
			Created:     &RTime{Val: 1600000000000 + int64(i)},
			Permissions: &RString{Val: "rwra--"},
		}
	}
	for i := range list {
		im := &Image{
			IObject:         IObject{Id: &RLong{Val: int64(i + 1)}, Details: details(i), Loaded: true},
			Name:            &RString{Val: "image-" + strconv.Itoa(i) + ".ome.tiff"},
			AcquisitionDate: &RTime{Val: 1550000000000 + int64(i)*1000},
			Series:          &RInt{Val: int32(i % 4)},
			FilesetId:       &RLong{Val: int64(100000 + i/4)},
			ExperimentId:    &RLong{Val: int64(40 + i%5)},
			Format:          &RString{Val: "OMETiff"},
			Archived:        &RInt{},
		}
		if i%2 == 1 {
			im.Description = &RString{Val: "acquired in series, plate well " + strconv.Itoa(i%96)}
			im.Details.Updated = &RTime{Val: 1600000001000 + int64(i)}
		}
		if i%3 != 0 {
			im.InstrumentId = &RLong{Val: 12}
		}
		if i%4 == 0 {
			im.Temperature = &RDouble{Val: 37}
		}
		px := &Pixels{
			IObject: IObject{Id: &RLong{Val: int64(500000 + i)}, Details: details(i), Loaded: true},
			SizeX:   &RInt{Val: 1024}, SizeY: &RInt{Val: 1024}, SizeZ: &RInt{Val: 21}, SizeC: &RInt{Val: 3}, SizeT: &RInt{Val: 1},
			PhysicalSizeX: &RDouble{Val: 0.108}, PhysicalSizeY: &RDouble{Val: 0.108},
			PixelsType: &RString{Val: "uint16"}, Sha1: &RString{Val: "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
			SignificantBits: &RInt{Val: 16}, Owner: im,
		}
		if i%2 == 1 {
			px.PhysicalSizeZ = &RDouble{Val: 0.3}
		}
		im.Pixels = []*Pixels{px}
		list[i] = im
	}
	return list
}

// Points gives n points.
func Points(n int) []Point {
	points := make([]Point, n)
	for i := range points {
		points[i] = Point{float64(i), float64(i) / 3, -float64(i)}
	}
	return points
}

// Strings gives n short strings.
func Strings(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = "name-" + strconv.Itoa(i)
	}
	return list
}
