package hql

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for _, text := range []string{
		"from Image",
		"from Image i",
		"FROM Image AS i WHERE i.id IN (:ids)",
		"select i from Image i left outer join fetch i.pixels as p where i.name like 'a''b%' escape '!' order by i.id desc",
		"select new map(p.id as id, (select count(l.id) from ProjectDatasetLink l where l.parent = p.id) as n) from Project p",
		"select count(*) from Image i where not (i.id in (1, 2) or i.name is not null) and exists (from i.pixels)",
		"select distinct i.name, count(distinct i.id) from Image i group by i.name having count(i) > 1",
		"select case when i.id > 1 then 'a' else 'b' end, cast(i.id as string), extract(year from e.time), trim(both 'x' from i.name) from Image i join i.details.creationEvent e",
		"select i from Image i join i.pixels p with p.sizeX > 5 where size(i.annotationLinks) = 0 and i.rois is empty",
		"select e.type from Experiment e where e.type.value in ('a') and 3 between 1 and 5 and -1 + 2 * -e.id % 2 < 4",
		"select o.size from OriginalFile o where o.size >= all (select f.size from OriginalFile f)",
		"select a from Annotation a where a.class = TagAnnotation and a not member of x.y",
	} {
		q, err := Parse(text)
		require.NoError(t, err, text)
		assert.NotEmpty(t, q.From)
	}
}

func TestParseErrorsSayWhere(t *testing.T) {
	for text, column := range map[string]int{
		"select": 1, "select i frm Image i": 14, "from Image i where": 19, "from Image i where i.name = #": 29,
		"from Image i where (i.id = 1": 29, "": 1, "delete from Image": 1,
	} {
		_, err := Parse(text)
		var e *Error
		require.ErrorAs(t, err, &e, text)
		assert.Equal(t, column, e.Column, "%s: %v", text, err)
	}
}
