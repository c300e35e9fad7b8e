package store

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/stretchr/testify/require"
)

// filled gives a store with n images in datasets of a hundred, each with pixels.
func filled(b *testing.B, n int) (*Store, Caller) {
	b.Helper()
	s := open(b)
	_, users := addGroup(b, s, "lab", ReadOnly, "ann")
	for at := 0; at < n; at += 100 {
		update(b, s, users[0], func(tx *Tx) {
			d := omero.NewDataset()
			d.Name = omero.NewRString(fmt.Sprintf("d%d", at/100))
			for i := range 100 {
				link := omero.NewDatasetImageLink()
				link.Parent, link.Child = d, image(fmt.Sprintf("image %d", at+i))
				d.ImageLinksSeq = append(d.ImageLinksSeq, link)
			}
			_, err := tx.Save(d)
			require.NoError(b, err)
		})
	}
	return s, users[0]
}

// BenchmarkSaveImages saves images by the hundred; the rate and the memory must be the
// same for the thousandth and the hundred thousandth.
func BenchmarkSaveImages(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var took time.Duration
			for range b.N {
				s := open(b)
				_, users := addGroup(b, s, "lab", ReadOnly, "ann")
				start := time.Now()
				for at := 0; at < n; at += 100 {
					update(b, s, users[0], func(tx *Tx) {
						objects := make([]omero.AnyIObject, 100)
						for i := range objects {
							objects[i] = image(fmt.Sprintf("image %d", at+i))
						}
						_, err := tx.SaveIDs(objects...)
						require.NoError(b, err)
					})
				}
				took += time.Since(start)
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
				b.ReportMetric(float64(n)*float64(b.N)/took.Seconds(), "images/s")
			}
		})
	}
}

// BenchmarkQueries asks the same at 1,000 and 100,000 images.
func BenchmarkQueries(b *testing.B) {
	page := func(p *omero.SysParameters) *omero.SysParameters {
		p.TheFilter = &omero.SysFilter{Offset: omero.NewRInt(20), Limit: omero.NewRInt(20)}
		return p
	}
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, ann := filled(b, n)
			for _, c := range []struct {
				name, query string
				params      *omero.SysParameters
				want        int
			}{
				{"id", "select i from Image i where i.id = :id", params("id", omero.NewRLong(int64(n/2))), 1},
				{"name", "select i from Image i where i.name = :name", params("name", omero.NewRString("image 500")), 1},
				{"dataset", "select i from Image i join i.datasetLinks l where l.parent.id = :id", params("id", omero.NewRLong(3)), 100},
				{"page", "select i from Image i left outer join fetch i.datasetLinks l left outer join fetch l.parent where l.parent.id = :id order by i.id",
					page(params("id", omero.NewRLong(3))), 20},
				{"pageOfAll", "select i from Image i left outer join fetch i.datasetLinks l left outer join fetch l.parent order by i.id", page(params()), 20},
			} {
				b.Run(c.name, func(b *testing.B) {
					for range b.N {
						require.NoError(b, s.View(b.Context(), ann, func(tx *Tx) error {
							found, err := tx.Query(c.query, c.params)
							require.Len(b, found, c.want)
							return err
						}))
					}
				})
			}
		})
	}
}

// BenchmarkOpen opens private stores: what every test with a server waits for.
func BenchmarkOpen(b *testing.B) {
	for range b.N {
		s, err := Open(b.Context(), "")
		require.NoError(b, err)
		require.NoError(b, s.Close())
	}
}
