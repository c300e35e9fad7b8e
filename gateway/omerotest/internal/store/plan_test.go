package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scans gives the steps of a statement's plan that read a whole table.
func scans(t *testing.T, tx *Tx, query string, args []any) []string {
	t.Helper()
	rows, err := tx.SQL("EXPLAIN QUERY PLAN "+query, args...)
	require.NoError(t, err)
	var out []string
	for _, row := range rows {
		step := row[3].(string)
		if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "json_each") && !strings.Contains(step, "CONSTANT ROW") &&
			!strings.HasPrefix(step, "SCAN (") {
			out = append(out, step)
		}
	}
	return out
}

// TestQueriesByIDAndLinkDoNotScan holds the queries that must not slow down as
// the store grows to plans that use an index on every table.
func TestQueriesByIDAndLinkDoNotScan(t *testing.T) {
	l := newLab(t, Private)
	p := params("id", omero.NewRLong(1), "ids", omero.NewRList(omero.NewRLong(1), omero.NewRLong(2)), "name", omero.NewRString("i1"))
	all := l.ann
	all.GroupID = AllGroups
	for _, caller := range []Caller{l.ann, all, System()} {
		require.NoError(t, l.s.View(t.Context(), caller, func(tx *Tx) error {
			for _, query := range []string{
				"select i from Image i where i.id = :id",
				"select i from Image i where i.id in (:ids)",
				"select i from Image i where i.name = :name",
				"select i from Image i left outer join fetch i.pixels p left outer join fetch p.channels c left outer join fetch c.logicalChannel where i.id in (:ids)",
				"select i from Image i join i.datasetLinks l where l.parent.id = :id",
				"select d from Dataset d join d.imageLinks l where l.child.id = :id",
				"select l from ImageAnnotationLink l join fetch l.child a left outer join fetch a.file where l.parent.id in (:ids)",
				"select count(l) from DatasetImageLink l where l.parent.id = :id",
				"select p from Project p left outer join fetch p.datasetLinks l left outer join fetch l.child d left outer join fetch d.imageLinks il left outer join fetch il.child where p.id = :id",
				"select a from Annotation a join a.imageLinks l where l.parent.id = :id",
				"select i from Image i where i.details.creationEvent.id = :id",
				"select l.entityId from EventLog l where l.event.id = :id",
				"select i from Image i where exists (select l from DatasetImageLink l where l.child = i and l.parent.id = :id) and i.id = :id",
				"select w from WellSample w join fetch w.well where w.image.id = :id",
				"select m from GroupExperimenterMap m where m.child.id = :id",
				"select f from OriginalFile f where f.hash = :name",
			} {
				plan, err := tx.Plan(query, p)
				require.NoError(t, err, query)
				assert.Empty(t, scans(t, tx, plan.SQL, plan.Args), "%s\n%s", query, plan.SQL)
			}
			return nil
		}))
	}
}

// TestPageOfDatasetDoesNotScan looks at the page, which has a sub-select for the objects on it.
func TestPageOfDatasetDoesNotScan(t *testing.T) {
	l := newLab(t, Private)
	p := params("id", omero.NewRLong(1))
	p.TheFilter = &omero.SysFilter{Offset: omero.NewRInt(0), Limit: omero.NewRInt(2)}
	require.NoError(t, l.s.View(t.Context(), l.ann, func(tx *Tx) error {
		plan, err := tx.Plan("select i from Image i join i.datasetLinks dl left outer join fetch i.pixels p left outer join fetch p.pixelsType "+
			"where dl.parent.id = :id order by i.id", p)
		require.NoError(t, err)
		assert.Empty(t, scans(t, tx, plan.SQL, plan.Args), plan.SQL)
		return nil
	}))
}

func TestEveryTableIsFiltered(t *testing.T) {
	l := newLab(t, Private)
	require.NoError(t, l.s.View(t.Context(), l.bob, func(tx *Tx) error {
		for _, query := range []string{
			"select e.id from Experimenter e, Image i, Dataset d where i.id = d.id",
			"select (select count(l) from DatasetImageLink l where l.child.name = 'x') from Image i left join i.pixels p where size(i.rois) = 0 and i.annotationLinks is empty",
			"select i from Image i left outer join fetch i.pixels p left outer join fetch p.channels where i.fileset.templatePrefix = 'x' and i in (select l.child from DatasetImageLink l)",
			"select i from Image i where i.id in (elements(i.rois)) or exists elements(i.wellSamples) or i.id member of i.datasetLinks",
		} {
			plan, err := tx.Plan(query, nil)
			require.NoError(t, err, query)
			tables, filters := 0, strings.Count(plan.SQL, `"_group" IN (`)
			for _, name := range []string{"Image", "Dataset", "DatasetImageLink", "Pixels", "Channel", "Roi", "WellSample", "Fileset", "ImageAnnotationLink"} {
				tables += strings.Count(plan.SQL, fmt.Sprintf("%q AS ", name))
			}
			assert.Positive(t, tables)
			assert.GreaterOrEqual(t, filters, tables, "%s\n%s", query, plan.SQL)
		}
		return nil
	}))
}
