package store

import (
	"slices"
	"testing"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asked are queries in the forms in which OMERO's clients ask them, with the number of
// rows that the lab has for each: omero-py's gateway, OMERO.web, the command line
// tools, ezomero, omero-metadata, the Java gateway and the server's own queries.
var asked = []struct {
	from, query string
	rows        int
	projection  bool
}{
	// omero-py: one object or many, with what its wrappers show.
	{"py", "select obj from Project obj join fetch obj.details.owner as owner join fetch obj.details.creationEvent where obj.id in (:ids)", 1, false},
	{"py", "select obj from Dataset obj join fetch obj.details.owner as owner join fetch obj.details.creationEvent left outer join fetch obj.projectLinks plink where plink.parent.id = :id order by lower(obj.name), obj.id", 2, false},
	{"py", "select obj from Image obj join fetch obj.details.owner as owner join fetch obj.details.creationEvent left outer join fetch obj.pixels as pix left outer join fetch pix.pixelsType where obj.id in (:ids)", 2, false},
	{"py", "select obj from Image obj join obj.datasetLinks dlink where dlink.parent.id = :id order by obj.id", 3, false},
	{"py", "select obj from Image obj where not exists (select obl from DatasetImageLink as obl where obl.child = obj.id) and not exists (select ws from WellSample ws where ws.image = obj.id)", 1, false},
	{"py", "select l from ImageAnnotationLink as l join fetch l.details.owner as owner join fetch l.details.creationEvent join fetch l.child as ch left outer join fetch ch.file where l.parent.id in (:ids)", 2, false},
	{"py", "select an from Annotation as an left outer join fetch an.file as f join fetch an.details.owner where an.ns = :name", 0, false},
	{"py", "select an from TagAnnotation as an where an.id not in (select l.child.id from ImageAnnotationLink l where l.parent.id = :id)", 0, false},
	{"py", "select a from Annotation a where a.ns in (:names) and a.textValue like :like", 1, false},
	{"py", "select e from ExperimenterGroup as e join fetch e.groupExperimenterMap as map join fetch map.child where e.id = :group order by map.child.lastName", 3, false},
	{"py", "select e from Experimenter as e left outer join fetch e.groupExperimenterMap as map left outer join fetch map.parent g where e.omeName = :user", 1, false},
	{"py", "select p from Pixels p left outer join fetch p.channels as c join fetch c.logicalChannel as lc left outer join fetch c.statsInfo left outer join fetch lc.photometricInterpretation left outer join fetch lc.illumination where p.id in (:ids)", 2, false},
	{"py", "select r from Roi r left outer join fetch r.shapes where r.image.id = :id", 0, false},
	{"py", "select w from Well w left outer join fetch w.wellSamples as ws left outer join fetch ws.image as img left outer join fetch img.pixels left outer join fetch ws.plateAcquisition where w.plate.id = :id", 0, false},
	{"py", "select max(ws.id) from WellSample as ws where ws.plateAcquisition.id = :id", 1, true},
	{"py", "select count(obj.id) from ProjectDatasetLink as obj where obj.parent.id = :id", 1, true},
	{"py", "select obj.id, obj.textValue, obj.ns from TagAnnotation obj where obj.details.owner.id = :owner", 1, true},
	// OMERO.web's tree.
	{"web", `select new map(project.id as id, project.name as name, project.details.owner.id as ownerId, project as project_details_permissions,
		(select count(id) from ProjectDatasetLink pdl where pdl.parent = project.id) as childCount) from Project project
		where project.details.owner.id = :owner order by lower(project.name), project.id`, 1, true},
	{"web", `select new map(image.id as id, image.archived as archived, image.name as name, image.details.owner.id as ownerId,
		image as image_details_permissions, image.fileset.id as filesetId, pix.sizeX as sizeX, image.details.creationEvent.time as date,
		image.acquisitionDate as acqDate) from Image image left outer join image.pixels pix join image.datasetLinks dlink
		where dlink.parent.id = :id order by lower(image.name), image.id`, 3, true},
	{"web", `select image.id, thumbs.version from Image image join image.pixels pix join pix.thumbnails thumbs where image.id in (:ids)
		and thumbs.id = (select max(t.id) from Thumbnail t where t.pixels = pix.id and t.details.owner.id = :owner)`, 0, true},
	{"web", `select count(image.id) from Image image where image.details.owner.id = :owner and not exists (select dilink from DatasetImageLink as dilink
		where dilink.child.id = image.id) and not exists (select ws from WellSample ws where ws.image.id = image.id)`, 1, true},
	{"web", `select new map(tag.id as id, tag.textValue as textValue, tag.description as description, tag.details.owner.id as ownerId,
		tag as tag_details_permissions, tag.ns as ns, (select count(aalink2) from AnnotationAnnotationLink aalink2
		where aalink2.child.class=TagAnnotation and aalink2.parent.id=tag.id) as childCount) from TagAnnotation tag
		where not exists (select aalink from AnnotationAnnotationLink as aalink where aalink.child = tag.id
		and (aalink.parent.ns = :name)) order by lower(tag.textValue), tag.id`, 1, true},
	{"web", `select distinct experimenter.id, experimenter.omeName, experimenter.firstName, experimenter.lastName, experimenter.email
		from Experimenter experimenter join experimenter.groupExperimenterMap gem where experimenter.id = :owner and gem.parent.id in :groups`, 1, true},
	{"web", `select new map(pa.id as id, pa.name as name, pa.details.owner.id as ownerId, pa as pa_details_permissions, pa.startTime as startTime,
		pa.endTime as endTime) from PlateAcquisition pa where pa.plate.id = :id order by pa.id`, 0, true},
	{"web", `select new map(grp.id as id, grp.name as name, grp.details.permissions as perm) from ExperimenterGroup grp order by lower(grp.name)`, 4, true},
	// ezomero.
	{"ezomero", "select i.id from Image i where i.id in (select l.child.id from DatasetImageLink l where l.parent.id = :id)", 3, true},
	{"ezomero", "select i.parent.id from ImageAnnotationLink i join i.child a where a.id in (:ids)", 3, true},
	{"ezomero", "select m from MapAnnotation m join fetch m.mapValue where m.ns is null", 2, false},
	{"ezomero", "select i.id from Image i join i.annotationLinks ial join ial.child a join a.mapValue mv where mv.name = 'gene' and mv.value like 'CDK%'", 1, true},
	{"ezomero", "select w.id from WellSample ws join ws.well w join ws.image i where i.id = :id", 0, true},
	// omero-metadata and the command line.
	{"metadata", "select i from Image i left outer join fetch i.datasetLinks dil join fetch dil.parent d where d.id = :id order by i.id", 3, false},
	{"metadata", "select l from DatasetAnnotationLink l join fetch l.child where l.parent.id = :id and l.child.ns = :name", 0, false},
	{"metadata", "select distinct i from Image as i left outer join fetch i.annotationLinks as l left outer join fetch l.child as a where a.class = MapAnnotation", 1, false},
	{"cli", "select fs.id, count(f.id), sum(f.originalFile.size) from Fileset as fs left join fs.usedFiles f group by fs.id", 0, true},
	{"cli", "select s.uuid, s.userAgent, e.omeName from Session s join s.owner e where s.closed is null and s.id = :id", 0, true},
	{"cli", "select count(*) from Job j where j.status.value in ('Running', 'Waiting')", 1, true},
	// The Java gateway and the server's own.
	{"java", "select p from Project p left outer join fetch p.datasetLinks dl left outer join fetch dl.child d left outer join fetch d.imageLinks il left outer join fetch il.child i left outer join fetch i.pixels left outer join fetch p.annotationLinksCountPerOwner where p.id in (:ids)", 5, false},
	{"java", "select img from Image as img left outer join fetch img.pixels as pix left outer join fetch pix.pixelsType left outer join fetch img.format left outer join fetch img.details.updateEvent where img.details.owner.id = :owner order by img.acquisitionDate desc", 5, false},
	{"java", "select f from OriginalFile f join fetch f.hasher where f.path = :name and f.name = :name", 0, false},
	{"java", "from ExperimenterGroup g where g.name = :name", 0, false},
	{"java", "select e from Event e join fetch e.type where e.time between :from and :to and e.experimenter.id = :owner", 1, false},
	{"java", "SELECT count(l.id) FROM DatasetImageLink AS l WHERE l.parent.id = :id AND l.details.owner.id = :owner", 1, true},
	{"java", "select rdef from RenderingDef as rdef left outer join fetch rdef.quantization left outer join fetch rdef.model left outer join fetch rdef.waveRendering as cb left outer join fetch cb.family left outer join fetch rdef.spatialDomainEnhancement where rdef.pixels.id = :id", -1, false},
	{"java", "select rdef from RenderingDef as rdef left outer join fetch rdef.quantization left outer join fetch rdef.model left outer join fetch rdef.waveRendering as cb left outer join fetch cb.family left outer join fetch cb.spatialDomainEnhancement where rdef.pixels.id = :id", 0, false},
	{"java", "select t from Thumbnail t join t.pixels p where p.image.id = :id and t.details.owner.id = :owner order by t.details.updateEvent.id desc", 0, false},
	{"java", "select i.id, i.details.owner.lastName, i.details.group.name from Image i where i.name like 'i_' and bit_length(i.name) > 0", -1, true},
}

func corpus() []string {
	var out []string
	for _, c := range asked {
		out = append(out, c.query)
	}
	return out
}

func TestQueriesOfRealClients(t *testing.T) {
	l := newLab(t, ReadOnly)
	long := func(ids ...int64) *omero.RList {
		list := omero.NewRList()
		for _, id := range ids {
			list.Val = append(list.Val, omero.NewRLong(id))
		}
		return list
	}
	p := params("id", omero.NewRLong(1), "ids", long(1, 2), "name", omero.NewRString("x"), "names", omero.NewRList(omero.NewRString("ns.tag")),
		"like", omero.NewRString("T%"), "owner", omero.NewRLong(l.ann.UserID), "user", omero.NewRString("ann"), "group", omero.NewRLong(l.ann.GroupID),
		"groups", long(l.ann.GroupID), "from", omero.NewRTime(0), "to", omero.NewRTime(1<<50))
	for _, c := range asked {
		err := l.s.View(t.Context(), l.ann, func(tx *Tx) error {
			var n int
			if c.projection {
				rows, err := tx.Projection(c.query, p)
				if err != nil {
					return err
				}
				n = len(rows)
			} else {
				objects, err := tx.Query(c.query, p)
				if err != nil {
					return err
				}
				assert.False(t, slices.Contains(objects, nil), c.query)
				n = len(objects)
			}
			assert.Equal(t, c.rows, n, "%s: %s", c.from, c.query)
			return nil
		})
		if c.rows >= 0 {
			require.NoError(t, err, c.query)
		} else {
			var refused *omero.ApiUsageException
			assert.ErrorAs(t, err, &refused, c.query)
		}
	}
}
