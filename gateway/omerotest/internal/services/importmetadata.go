package services

import (
	"context"
	"encoding/json"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/formats"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// noted is what is kept of what a file says of itself and of an image.
type noted struct{ Global, Series map[string]string }

func metadataKey(image int64) string { return "metadata/image/" + number(image) }

// noteMetadata keeps what a file says.
func (s *Server) noteMetadata(tx *store.Tx, image int64, global map[string]string, i *formats.Image) error {
	n := noted{Global: global, Series: map[string]string{"DimensionOrder": i.Order, "Type": i.Shape.Type.Name}}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return tx.SetValue(metadataKey(image), text)
}

// importedMetadata is [Metadata].
type importedMetadata struct{ server *Server }

// Metadata tells what was kept of an image, on behalf of whoever may see it.
func (m importedMetadata) Metadata(ctx context.Context, image, _ int64) (global, series omero.RTypeDict, err error) {
	var n noted
	err = m.server.Store.View(ctx, store.System(), func(tx *store.Tx) error {
		text, err := tx.Value(metadataKey(image))
		if err != nil || text == nil {
			return err
		}
		return json.Unmarshal(text, &n)
	})
	dict := func(m map[string]string) omero.RTypeDict {
		d := omero.RTypeDict{}
		for k, v := range m {
			d[k] = omero.NewRString(v)
		}
		return d
	}
	return dict(n.Global), dict(n.Series), err
}
