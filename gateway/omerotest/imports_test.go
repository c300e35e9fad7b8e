package omerotest_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

func managed(t testing.TB, f omero.ServiceFactoryPrx) omero.GridManagedRepositoryPrx {
	t.Helper()
	ctx := context.Background()
	shared, err := f.SharedResources(ctx)
	require.NoError(t, err)
	m, err := shared.Repositories(ctx)
	require.NoError(t, err)
	require.Len(t, m.Proxies, 1)
	require.Equal(t, "ManagedRepository", m.Descriptions[0].Name.Val)
	r, err := omero.CheckedGridManagedRepositoryPrx(ctx, m.Proxies[0])
	require.NoError(t, err)
	require.NotNil(t, r)
	return r
}

func sum(b []byte) string {
	s := sha1.Sum(b)
	return hex.EncodeToString(s[:])
}

// importFile uploads a file and waits for the import's response.
func importFile(t testing.TB, f omero.ServiceFactoryPrx, name string, content []byte, settings *omero.GridImportSettings) omero.AnyCmdResponse {
	t.Helper()
	ctx := context.Background()
	fileset := omero.NewFileset()
	entry := omero.NewFilesetEntry()
	entry.ClientPath = omero.NewRString(name)
	require.NoError(t, fileset.AddFilesetEntry(entry))
	process, err := managed(t, f).ImportFileset(ctx, fileset, settings)
	require.NoError(t, err)
	uploader, err := process.GetUploader(ctx, 0)
	require.NoError(t, err)
	for at := 0; at < len(content); at += 1000 {
		part := content[at:min(len(content), at+1000)]
		require.NoError(t, uploader.Write(ctx, part, int64(at), int32(len(part))))
	}
	require.NoError(t, uploader.Close(ctx))
	offset, err := process.GetUploadOffset(ctx, 0)
	require.NoError(t, err)
	require.EqualValues(t, len(content), offset)
	_, err = process.VerifyUpload(ctx, omero.StringSet{sum([]byte("other"))})
	isException[*omero.ChecksumValidationException](t, err, "mismatch")
	handle, err := process.VerifyUpload(ctx, omero.StringSet{sum(content)})
	require.NoError(t, err)
	response := await(t, handle)
	require.NoError(t, process.Close(ctx))
	return response
}

func await(t testing.TB, handle omero.CmdHandlePrx) omero.AnyCmdResponse {
	t.Helper()
	for range 3000 {
		response, err := handle.GetResponse(context.Background())
		require.NoError(t, err)
		if response != nil {
			return response
		}
		time.Sleep(10 * time.Millisecond)
	}
	require.Fail(t, "no response")
	return nil
}

func picture(t testing.TB) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, 5, 3))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.Set(2, 1, color.NRGBA{10, 20, 30, 255})
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, m))
	return file.Bytes()
}

func TestImport(t *testing.T) {
	peer.CheckLeaks(t)
	dir := t.TempDir()
	server := labServer(t, omerotest.DataFolder(dir))
	ctx := t.Context()
	ada, bert := login(t, server, "ada", "tcp"), login(t, server, "bert", "ws")
	file := picture(t)
	response := importFile(t, ada, "/home/ada/cells.png", file, &omero.GridImportSettings{UserSpecifiedName: omero.NewRString("cells"), UserSpecifiedPixels: omero.DoubleArray{0.5}})
	imported, ok := response.(*omero.GridImportResponse)
	require.True(t, ok, "%+v", response)
	require.Len(t, imported.Pixels, 1)
	require.Equal(t, "cells", imported.Objects[0].(*omero.Image).Name.Val)
	require.Equal(t, 0.5, imported.Pixels[0].PhysicalSizeX.Value)
	store := rawPixels(t, ada, imported.Pixels[0].Id.Val)
	row, err := store.GetRow(ctx, 1, 0, 1, 0)
	require.NoError(t, err)
	require.Equal(t, ice.ByteSeq{255, 255, 20, 255, 255}, row)

	// The file can be read where it was put, and by nobody else.
	repository := managed(t, ada)
	tree, err := repository.TreeList(ctx, "/")
	require.NoError(t, err)
	require.Len(t, tree.Val, 1)
	path := "/"
	var id int64
	for level := tree; level != nil; {
		for name, v := range level.Val {
			e := v.(*omero.RMap)
			path += name
			level, _ = e.Val["files"].(*omero.RMap)
			id = e.Val["id"].(*omero.RLong).Val
			if level != nil {
				path += "/"
			}
		}
	}
	require.True(t, strings.HasSuffix(path, "/cells.png"), path)
	raw, err := repository.File(ctx, path, "r")
	require.NoError(t, err)
	got, err := raw.Read(ctx, 0, int32(len(file)))
	require.NoError(t, err)
	require.Equal(t, ice.ByteSeq(file), got)
	isException[*omero.SecurityViolation](t, raw.Write(ctx, []byte("x"), 0, 1), "")
	wrong, err := repository.VerifyChecksums(ctx, omero.LongList{id})
	require.NoError(t, err)
	require.Empty(t, wrong)
	there, err := managed(t, bert).FileExists(ctx, path)
	require.NoError(t, err)
	require.False(t, there)
	_, err = managed(t, bert).File(ctx, path, "r")
	require.Error(t, err)
	_, err = managed(t, bert).FileById(ctx, id)
	isException[*omero.SecurityViolation](t, err, "")
	tree, err = managed(t, bert).TreeList(ctx, "/")
	require.NoError(t, err)
	require.Empty(t, tree.Val)

	// It is exported as OME-TIFF, and that is imported again.
	exporter, err := ada.CreateExporter(ctx)
	require.NoError(t, err)
	require.NoError(t, exporter.AddImage(ctx, imported.Objects[0].GetId().Val))
	size, err := exporter.GenerateTiff(ctx)
	require.NoError(t, err)
	tiff, err := exporter.Read(ctx, 0, 1<<20)
	require.NoError(t, err)
	require.EqualValues(t, size, len(tiff))
	require.NoError(t, exporter.Close(ctx))
	response = importFile(t, ada, "again.ome.tif", tiff, nil)
	imported, ok = response.(*omero.GridImportResponse)
	require.True(t, ok, "%+v", response)
	require.Equal(t, "cells", imported.Objects[0].(*omero.Image).Name.Val)
	store = rawPixels(t, ada, imported.Pixels[0].Id.Val)
	row, err = store.GetRow(ctx, 1, 0, 1, 0)
	require.NoError(t, err)
	require.Equal(t, ice.ByteSeq{255, 255, 20, 255, 255}, row)

	// What cannot be read is refused, and nothing of it is left.
	before := imageFiles(t, dir)
	for name, bad := range map[string][]byte{"x.lif": []byte("no image"), "cut.png": file[:len(file)/2], "empty": {}, "cut.tif": tiff[:len(tiff)-20]} {
		failed, ok := importFile(t, ada, name, bad, nil).(*omero.CmdERR)
		require.True(t, ok, name)
		require.NotEmpty(t, failed.Parameters["message"])
	}
	require.Equal(t, before, imageFiles(t, dir))
}

// imageFiles counts the files of images in a data folder.
func imageFiles(t testing.TB, dir string) (n int) {
	for _, folder := range []string{"ManagedRepository", "Pixels", "Unfinished"} {
		_ = filepath.WalkDir(filepath.Join(dir, folder), func(_ string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				n++
			}
			return nil
		})
	}
	return n
}

func TestRepositoryPaths(t *testing.T) {
	peer.CheckLeaks(t)
	server := labServer(t)
	ctx := t.Context()
	ada := login(t, server, "ada", "tcp")
	r := managed(t, ada)
	for _, bad := range []string{"../x", "a/../../x", "/..", "../../etc/passwd"} {
		_, err := r.File(ctx, bad, "rw")
		isException[*omero.ValidationException](t, err, "")
		require.Error(t, r.MakeDir(ctx, bad, true))
		_, err = r.TreeList(ctx, bad)
		require.Error(t, err)
	}
	for _, bad := range []string{"a\x00b", "a:b", "CON", strings.Repeat("x", 300)} {
		_, err := r.File(ctx, bad, "rw")
		isException[*omero.FilePathNamingException](t, err, "")
		_, err = r.ImportPaths(ctx, omero.StringSet{bad})
		isException[*omero.FilePathNamingException](t, err, "")
	}
	require.NoError(t, r.MakeDir(ctx, "ada/notes", true))
	isException[*omero.ResourceError](t, r.MakeDir(ctx, "none/notes", false), "")
	file, err := r.File(ctx, "ada/notes/a.txt", "rw")
	require.NoError(t, err)
	require.NoError(t, file.Write(ctx, []byte("text"), 0, 4))
	saved, err := file.Save(ctx)
	require.NoError(t, err)
	require.Equal(t, sum([]byte("text")), saved.Hash.Val)
	require.NoError(t, file.Close(ctx))
	names, err := r.List(ctx, "ada/notes")
	require.NoError(t, err)
	require.Equal(t, omero.StringSet{"/ada/notes/a.txt"}, names)
	mime, err := r.Mimetype(ctx, "x.TIF")
	require.NoError(t, err)
	require.Equal(t, "image/tiff", mime)
	algorithms, err := r.ListChecksumAlgorithms(ctx)
	require.NoError(t, err)
	require.Len(t, algorithms, 7)
	best, err := r.SuggestChecksumAlgorithm(ctx, algorithms[3:])
	require.NoError(t, err)
	require.Equal(t, algorithms[3].Value.Val, best.Value.Val)
	changed, err := r.SetChecksumAlgorithm(ctx, algorithms[1], omero.LongList{saved.Id.Val})
	require.NoError(t, err)
	require.Equal(t, omero.LongList{saved.Id.Val}, changed)
	_, err = r.DeletePaths(ctx, omero.StringArray{"ada"}, false, false)
	isException[*omero.ApiUsageException](t, err, "not empty")
	handle, err := r.DeletePaths(ctx, omero.StringArray{"ada"}, true, false)
	require.NoError(t, err)
	response := await(t, handle)
	_, failed := response.(*omero.CmdERR)
	require.False(t, failed, "%+v", response)
	there, err := r.FileExists(ctx, "ada/notes/a.txt")
	require.NoError(t, err)
	require.False(t, there)
}

func TestTables(t *testing.T) {
	peer.CheckLeaks(t)
	server := labServer(t)
	ctx := t.Context()
	ada, bert := login(t, server, "ada", "tcp"), login(t, server, "bert", "ws")
	shared, err := ada.SharedResources(ctx)
	require.NoError(t, err)
	enabled, err := shared.AreTablesEnabled(ctx)
	require.NoError(t, err)
	require.True(t, enabled)
	_, err = shared.AcquireProcessor(ctx, nil, 1)
	isException[*omero.NoProcessorAvailable](t, err, "")
	table, err := shared.NewTable(ctx, 0, "results/cells")
	require.NoError(t, err)
	long := func(v ...int64) *omero.GridLongColumn {
		return &omero.GridLongColumn{GridColumn: omero.GridColumn{Name: "n"}, Values: v}
	}
	text := func(v ...string) *omero.GridStringColumn {
		return &omero.GridStringColumn{GridColumn: omero.GridColumn{Name: "name"}, Size: 8, Values: v}
	}
	require.NoError(t, table.Initialize(ctx, omero.GridColumnArray{long(), text()}))
	isException[*omero.ValidationException](t, table.Initialize(ctx, omero.GridColumnArray{long()}), "Already")
	require.NoError(t, table.AddData(ctx, omero.GridColumnArray{long(1, 2, 3), text("a", "b", "c")}))
	isException[*omero.ValidationException](t, table.AddData(ctx, omero.GridColumnArray{long(1), text()}), "length")
	rows, err := table.GetWhereList(ctx, "(n > low) & (name != 'b')", omero.RTypeDict{"low": omero.NewRLong(0)}, 0, 0, 0)
	require.NoError(t, err)
	require.Equal(t, omero.LongArray{0, 2}, rows)
	_, err = table.GetWhereList(ctx, "import os", nil, 0, 0, 0)
	isException[*omero.ApiUsageException](t, err, "Bad condition")
	data, err := table.ReadCoordinates(ctx, rows)
	require.NoError(t, err)
	require.Equal(t, omero.StringArray{"a", "c"}, data.Columns[1].(*omero.GridStringColumn).Values)
	data, err = table.Slice(ctx, nil, nil)
	require.NoError(t, err)
	require.Len(t, data.RowNumbers, 3)
	data, err = table.Read(ice.ContextWith(ctx, map[string]string{"omero.tables.include_row_numbers": "false"}), omero.LongArray{0}, 1, 2)
	require.NoError(t, err)
	require.Empty(t, data.RowNumbers)
	require.Equal(t, omero.LongArray{2}, data.Columns[0].(*omero.GridLongColumn).Values)
	require.NoError(t, table.Update(ctx, &omero.GridData{RowNumbers: omero.LongArray{1}, Columns: omero.GridColumnArray{text("B")}}))
	require.NoError(t, table.SetMetadata(ctx, "version", omero.NewRLong(3)))
	v, err := table.GetMetadata(ctx, "version")
	require.NoError(t, err)
	require.Equal(t, omero.NewRLong(3), v)
	file, err := table.GetOriginalFile(ctx)
	require.NoError(t, err)
	require.Equal(t, "cells", file.Name.Val)
	require.NoError(t, table.Close(ctx))

	theirs, err := bert.SharedResources(ctx)
	require.NoError(t, err)
	_, err = theirs.OpenTable(ctx, omero.NewOriginalFileRef(file.Id.Val))
	isException[*omero.SecurityViolation](t, err, "")
	table, err = shared.OpenTable(ctx, omero.NewOriginalFileRef(file.Id.Val))
	require.NoError(t, err)
	n, err := table.GetNumberOfRows(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 3, n)
	require.NoError(t, table.Delete(ctx))
	_, err = shared.OpenTable(ctx, omero.NewOriginalFileRef(file.Id.Val))
	require.Error(t, err)
}
