package store

import (
	"errors"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// names are all that a statement may have in double quotes.
var names = func() map[string]bool {
	out := map[string]bool{"owner": true, "name": true, "value": true, "each": true, "place": true}
	for _, root := range schema.Roots() {
		out[root.Name] = true
		for _, c := range schema.Columns(root) {
			out[c] = true
		}
		for _, m := range root.Maps {
			out[m.MapTable()] = true
		}
	}
	return out
}()

var (
	quoted = regexp.MustCompile(`"([^"]*)"`)
	single = regexp.MustCompile(`'([^']*)'`)
	ours   = regexp.MustCompile(`^(t\d+|_e)$`)
)

// checkSQL holds a statement to consist of nothing that its query's author wrote.
func checkSQL(t *testing.T, sql string) {
	for _, m := range quoted.FindAllStringSubmatch(sql, -1) {
		assert.True(t, names[m[1]] || ours.MatchString(m[1]), "%q in %s", m[1], sql)
	}
	for _, m := range single.FindAllStringSubmatch(sql, -1) {
		known := schema.Find(m[1]) != nil || m[1] == `\` || m[1] == "unixepoch" || strings.HasPrefix(m[1], "%")
		assert.True(t, known, "%q in %s", m[1], sql)
	}
}

// FuzzHQL feeds queries to the whole way from the text to the database. None may
// panic, and none may put its own text into the SQL or make the database fail in
// a way that is no exception of OMERO's.
func FuzzHQL(f *testing.F) {
	for _, query := range corpus() {
		f.Add(query)
	}
	for _, query := range []string{
		`select "x" from Image`, "from Image i where i.name = ''' or 1=1 --'", "from Image i where ((((i.id = 1))))", "select i.id as \"a from Image i",
		"select -(-(- i.id)) from Image i where not not not i.id = 1", "from Image i where i.name like '%' escape ''", "from Image i where i.id in ()",
		"select new map(i.id) from Image i, Dataset d where d.id = i.id group by i.id having count(*) > 0",
	} {
		f.Add(query)
	}
	l := newLab(f, ReadAnnotate)
	p := params("id", omero.NewRLong(1), "ids", omero.NewRList(omero.NewRLong(1)), "name", omero.NewRString("x"))
	p.TheFilter = &omero.SysFilter{Limit: omero.NewRInt(3)}
	f.Fuzz(func(t *testing.T, query string) { checkQuery(t, l, query, p) })
}

// checkQuery runs a query of any text.
func checkQuery(t *testing.T, l *lab, query string, p *omero.SysParameters) {
	if len(query) > 2000 || strings.Count(strings.ToLower(query), "from")+strings.Count(query, ",")+strings.Count(strings.ToLower(query), "join") > 6 {
		return // products of large tables take long, and are no news
	}
	err := l.s.View(t.Context(), l.bob, func(tx *Tx) error {
		plan, err := tx.Plan(query, p)
		if err != nil {
			return err
		}
		checkSQL(t, plan.SQL)
		_, err = tx.Projection(query, p)
		return err
	})
	var usage *omero.ApiUsageException
	if err != nil && !errors.As(err, &usage) {
		t.Fatalf("%q: %v", query, err)
	}
}

// FuzzGraph saves graphs as they come from a client: whatever classes, ids and references its bytes hold.
func FuzzGraph(f *testing.F) {
	for _, data := range graphs() {
		f.Add(data)
	}
	l := newLab(f, ReadAnnotate)
	f.Fuzz(func(t *testing.T, data []byte) { checkGraph(t, l, data) })
}

// graphs are seeds: objects as they are on the wire.
func graphs() [][]byte {
	encode := func(v omero.AnyIObject) []byte {
		e := wire.NewEncoder(nil, wire.Encoding10)
		e.Value(v)
		e.PendingValues()
		return e.Data()
	}
	img := image("x")
	link := omero.NewDatasetImageLink()
	link.Parent, link.Child = omero.NewDatasetRef(1), img
	img.DatasetLinksSeq = []*omero.DatasetImageLink{link}
	roi := omero.NewRoi()
	roi.Image = omero.NewImageRef(1)
	roi.ShapesSeq = []omero.AnyShape{omero.NewRectangle(), omero.NewPoint()}
	return [][]byte{encode(img), encode(roi), encode(omero.NewExperimenter())}
}

// checkGraph saves what bytes hold, if they hold an object.
func checkGraph(t *testing.T, l *lab, data []byte) {
	d := wire.NewDecoder(data, wire.Encoding10)
	var v omero.AnyIObject
	wire.ReadValue(d, &v)
	d.PendingValues()
	if d.Err() != nil {
		return
	}
	undo := errors.New("undo")
	err := l.s.Update(t.Context(), l.bob, func(tx *Tx) error {
		saved, err := tx.Save(v)
		if err != nil {
			return err
		}
		require.NotNil(t, saved[0].GetId())
		return undo
	})
	var server *omero.ServerError
	if !errors.Is(err, undo) && !errors.As(err, &server) {
		t.Fatalf("%v", err)
	}
	var internal *omero.InternalException
	if errors.As(err, &internal) {
		t.Fatalf("%v", err)
	}
}

// TestMutations does a little of what the fuzz targets do, the same each time: pieces of
// queries in any order, and graphs with changed bytes. OMEROTEST_MUTATIONS says how many.
func TestMutations(t *testing.T) {
	n := 300
	if more, err := strconv.Atoi(os.Getenv("OMEROTEST_MUTATIONS")); err == nil {
		n = more
	}
	l := newLab(t, ReadAnnotate)
	p := params("id", omero.NewRLong(1), "ids", omero.NewRList(omero.NewRLong(1)), "name", omero.NewRString("x"), "owner", omero.NewRLong(1))
	r := rand.New(rand.NewPCG(1, 2))
	queries := corpus()
	var words []string
	for _, q := range queries {
		words = append(words, strings.Fields(strings.ReplaceAll(q, "(", " ( "))...)
	}
	for range n {
		parts := strings.Fields(strings.ReplaceAll(queries[r.IntN(len(queries))], "(", " ( "))
		for range 1 + r.IntN(3) {
			at := r.IntN(len(parts))
			switch r.IntN(3) {
			case 0:
				parts[at] = words[r.IntN(len(words))]
			case 1:
				parts = slices.Insert(parts, at, words[r.IntN(len(words))])
			case 2:
				parts = slices.Delete(parts, at, at+1)
			}
			if len(parts) == 0 {
				parts = []string{"from"}
			}
		}
		checkQuery(t, l, strings.Join(parts, " "), p)
	}
	for range n {
		data := slices.Clone(graphs()[r.IntN(len(graphs()))])
		for range r.IntN(4) {
			data[r.IntN(len(data))] = byte(r.IntN(256))
		}
		checkGraph(t, l, data)
	}
}
