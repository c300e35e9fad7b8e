package gateway

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

// params are named query parameters.
func params(named map[string]omero.AnyRType) *omero.SysParameters {
	return &omero.SysParameters{Map: named}
}

func TestTransportsAndEncodings(t *testing.T) {
	for _, encoding := range []string{"1.0", "1.1"} {
		t.Run("server with encoding "+encoding, func(t *testing.T) {
			server := startServer(t, "--encoding", encoding)
			for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
				for _, ours := range []string{"1.0", "1.1"} {
					t.Run(transport+" client with encoding "+ours, func(t *testing.T) {
						config := server.config(transport)
						config.Properties = ice.NewProperties()
						config.Properties.Set("Ice.Default.EncodingVersion", ours)
						session, err := Connect(t.Context(), config)
						require.NoError(t, err)
						images, err := session.Query().FindAllByQuery(t.Context(), "select i from Image i left join fetch all properties",
							params(map[string]omero.AnyRType{"null": &omero.RBool{Val: true}}))
						require.NoError(t, err)
						checkImages(t, images)
						require.NoError(t, session.Close())
					})
				}
			}
			assert.Zero(t, server.stats().WithoutContext)
			assert.Empty(t, server.stats().Sessions, "closing ends the sessions")
		})
	}
}

// checkImages looks at the graph that the server makes: shared and cyclic
// references, nulls, lists, dates and units.
func checkImages(t *testing.T, found omero.IObjectList) {
	t.Helper()
	require.Len(t, found, 4)
	require.Nil(t, found[1])
	var images []*omero.Image
	for i, object := range found {
		if i != 1 {
			require.IsType(t, &omero.Image{}, object)
			images = append(images, object.(*omero.Image))
		}
	}
	for i, image := range images {
		assert.Equal(t, int64(i+1), image.Id.Val)
		assert.Equal(t, int64(i+1), images[i].AsIObject().Id.Val)
		assert.Equal(t, "image-"+strconv.Itoa(i+1), image.Name.Val)
		assert.Equal(t, int64(1000*(i+1)), image.AcquisitionDate.Val)
		require.Len(t, image.PixelsSeq, 1)
		assert.Same(t, image, image.PixelsSeq[0].Image, "an image and its pixels know each other")
		assert.Same(t, images[0].PixelsSeq[0].PixelsType, image.PixelsSeq[0].PixelsType, "shared stays shared")
		assert.Equal(t, omero.UnitsLengthMICROMETER, image.PixelsSeq[0].PhysicalSizeX.Unit)
		require.Len(t, image.DatasetLinksSeq, 2)
		assert.Nil(t, image.DatasetLinksSeq[1])
		dataset := image.DatasetLinksSeq[0].Parent
		assert.Same(t, images[0].DatasetLinksSeq[0].Parent, dataset)
		assert.Same(t, image, dataset.ImageLinksSeq[i].Child)
	}
	assert.Nil(t, images[0].Description)
	assert.Equal(t, "even", images[1].Description.Val)
}

func TestQueries(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	ctx := t.Context()
	query := session.Query()

	t.Run("projection", func(t *testing.T) {
		rows, err := query.Projection(ctx, "select …", params(map[string]omero.AnyRType{"count": &omero.RInt{Val: 1}}))
		require.NoError(t, err)
		require.Len(t, rows, 1)
		row := rows[0]
		require.Len(t, row, 11)
		assert.Equal(t, &omero.RLong{Val: 1}, row[0])
		assert.Equal(t, &omero.RString{Val: "image-1"}, row[1])
		assert.Nil(t, row[2])
		assert.Equal(t, &omero.RTime{Val: 1000}, row[3])
		assert.Equal(t, []omero.AnyRType{&omero.RDouble{Val: 0.5}, &omero.RBool{Val: true}, &omero.RFloat{Val: 1.5}}, []omero.AnyRType(row[4:7]))
		list := row[7].(*omero.RList)
		require.Len(t, list.Val, 3)
		assert.Nil(t, list.Val[1])
		assert.Equal(t, &omero.RInt{Val: 2}, list.Val[2].(*omero.RList).Val[0])
		dict := row[8].(*omero.RMap)
		assert.Same(t, row[0], dict.Val["id"])
		assert.Contains(t, dict.Val, "null")
		assert.Equal(t, "image-1", row[9].(*omero.RObject).Val.(*omero.Image).Name.Val)
		assert.Nil(t, row[10])
	})

	t.Run("paging", func(t *testing.T) {
		found, err := query.FindAllByQuery(ctx, "select …", &omero.SysParameters{
			Map:       map[string]omero.AnyRType{"count": &omero.RInt{Val: 9}},
			TheFilter: &omero.SysFilter{Offset: &omero.RInt{Val: 7}, Limit: &omero.RInt{Val: 5}},
		})
		require.NoError(t, err)
		require.Len(t, found, 2)
		assert.Equal(t, int64(8), found[0].AsIObject().Id.Val)
	})

	t.Run("exceptions", func(t *testing.T) {
		_, err := query.FindAllByQuery(ctx, "raise ValidationException no good", nil)
		var server *omero.ServerError
		require.ErrorAs(t, err, &server)
		assert.Equal(t, "no good", server.Message)
		assert.Equal(t, "ome.conditions.ValidationException", server.ServerExceptionClass)
		var usage *omero.ApiUsageException
		require.ErrorAs(t, err, &usage)
		var validation *omero.ValidationException
		require.ErrorAs(t, err, &validation)
		var query2 *omero.QueryException
		require.NotErrorAs(t, err, &query2)
		assert.ErrorContains(t, err, "::omero::ValidationException")
		assert.ErrorContains(t, err, "no good")

		_, err = query.FindAllByQuery(ctx, "crash", nil)
		require.ErrorIs(t, err, ice.ErrUnknown)
		require.NotErrorAs(t, err, &server)
	})

	t.Run("groups", func(t *testing.T) {
		for _, test := range []struct {
			ctx  context.Context
			want int64
		}{{ctx, 3}, {WithGroup(ctx, 42), 42}, {WithGroup(ctx, AllGroups), -1}, {WithGroup(WithGroup(ctx, 1), 2), 2}} {
			event, err := session.Admin().GetEventContext(test.ctx)
			require.NoError(t, err)
			assert.Equal(t, test.want, event.GroupId)
			assert.Equal(t, "user", event.UserName)
			assert.Equal(t, session.Key(), event.SessionUuid)
		}
		assert.Zero(t, server.stats().WithoutContext)
	})

	t.Run("at once", func(t *testing.T) {
		server.do(nil, "reset")
		slow := params(map[string]omero.AnyRType{"delay": &omero.RInt{Val: 200}})
		futures := make([]*ice.Future[omero.IObjectList], 10)
		for i := range futures {
			futures[i] = query.FindAllByQueryAsync(ctx, "select …", slow)
		}
		answers, err := async.All(ctx, futures...)
		require.NoError(t, err)
		assert.Len(t, answers[9], 3)
		assert.Equal(t, 10, server.stats().Peak, "all ten were at work at the same time")
	})
}

func TestSavingAGraph(t *testing.T) {
	for _, encoding := range []string{"1.0", "1.1"} {
		t.Run(encoding, func(t *testing.T) {
			server := startServer(t, "--encoding", encoding)
			session := server.connect(server.config("ssl"))
			image, dataset := omero.NewImage(), omero.NewDataset()
			image.Loaded, dataset.Loaded = true, true
			image.Name, dataset.Name = &omero.RString{Val: "größer"}, &omero.RString{Val: "set"}
			link := &omero.DatasetImageLink{Parent: dataset, Child: image}
			link.Loaded = true
			tag := &omero.TagAnnotation{}
			tag.TextValue = &omero.RString{Val: "a tag"}
			image.DatasetLinksSeq = []*omero.DatasetImageLink{link}
			image.AnnotationLinksSeq = []*omero.ImageAnnotationLink{{Parent: image, Child: tag}, nil}
			image.AnnotationLinksCountPerOwner = map[int64]int64{7: 2}
			dataset.ImageLinksSeq = image.DatasetLinksSeq

			saved, err := session.Update().SaveAndReturnObject(t.Context(), image)
			require.NoError(t, err)
			back := saved.(*omero.Image)
			assert.GreaterOrEqual(t, back.Id.Val, int64(1000))
			assert.Equal(t, "größer", back.Name.Val)
			assert.Same(t, back, back.DatasetLinksSeq[0].Child)
			assert.Same(t, back.DatasetLinksSeq[0], back.DatasetLinksSeq[0].Parent.ImageLinksSeq[0])
			assert.Equal(t, "a tag", back.AnnotationLinksSeq[0].Child.(*omero.TagAnnotation).TextValue.Val)

			var graph struct {
				Roots []map[string]int
				Nodes []map[string]any
			}
			server.do(&graph, "saved")
			assert.Equal(t, []map[string]int{{"ref": 0}}, graph.Roots)
			types := make([]string, len(graph.Nodes))
			for i, node := range graph.Nodes {
				types[i] = node["type"].(string)
			}
			ref := func(n float64) map[string]any { return map[string]any{"ref": n} }
			require.Equal(t, []string{
				"::omero::model::Image", "::omero::RString", "::omero::model::ImageAnnotationLink",
				"::omero::model::DatasetImageLink", "::omero::model::TagAnnotation", "::omero::model::Dataset", "::omero::RString", "::omero::RString",
			}, types, "each instance arrives once")
			root := graph.Nodes[0]
			assert.Equal(t, ref(1), root["name"])
			assert.Equal(t, []any{ref(3)}, root["datasetLinksSeq"])
			assert.Equal(t, []any{ref(2), nil}, root["annotationLinksSeq"])
			assert.Equal(t, map[string]any{"7": 2.0}, root["annotationLinksCountPerOwner"])
			assert.Equal(t, map[string]any{"type": "::omero::model::DatasetImageLink", "loaded": true, "parent": ref(5), "child": ref(0)}, graph.Nodes[3])
			assert.Equal(t, []any{ref(3)}, graph.Nodes[5]["imageLinksSeq"])
			assert.Equal(t, "größer", graph.Nodes[1]["val"])

			_, err = session.Update().SaveAndReturnObject(t.Context(), &omero.Image{IObject: omero.IObject{Loaded: true}})
			var validation *omero.ValidationException
			require.ErrorAs(t, err, &validation)
			ids, err := session.Update().SaveAndReturnIds(t.Context(), omero.IObjectList{back, dataset})
			require.NoError(t, err)
			assert.Equal(t, back.Id.Val, ids[0])
			found, err := session.Query().Find(t.Context(), "Image", -1)
			require.NoError(t, err)
			assert.Nil(t, found)
		})
	}
}
