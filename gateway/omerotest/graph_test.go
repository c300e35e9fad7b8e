package omerotest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// submit does a request and waits for its response.
func submit(t *testing.T, session *gateway.Session, r omero.AnyCmdRequest) omero.AnyCmdResponse {
	t.Helper()
	factory, err := session.ServiceFactory(t.Context())
	require.NoError(t, err)
	handle, err := factory.Submit(t.Context(), r)
	require.NoError(t, err)
	require.False(t, ice.IsNil(handle), "the server does not know %s", r.IceTypeID())
	defer func() { require.NoError(t, handle.Close(context.Background())) }()
	var response omero.AnyCmdResponse
	require.Eventually(t, func() bool {
		response, err = handle.GetResponse(t.Context())
		return err != nil || response != nil
	}, patience, 1e6)
	require.NoError(t, err)
	return response
}

func count(t *testing.T, session *gateway.Session, hql string) int64 {
	t.Helper()
	rows, err := session.Query().Projection(ice.ContextWith(t.Context(), map[string]string{"omero.group": "-1"}), hql, nil)
	require.NoError(t, err)
	return rows[0][0].(*omero.RLong).Val
}

func TestDelete(t *testing.T) {
	server := omerotest.New(t, omerotest.SampleData())
	session := connect(t, server.Config("ada"))

	dry := submit(t, session, deleting(omero.StringLongListMap{"Image": {1}}, true))
	require.IsType(t, &omero.CmdDelete2Response{}, dry, "%+v", dry)
	assert.EqualValues(t, 8, count(t, session, "select count(i.id) from Image i"), "it was only a dry run")

	rsp := submit(t, session, deleting(omero.StringLongListMap{"Image": {1}}, false))
	require.IsType(t, &omero.CmdDelete2Response{}, rsp, "%+v", rsp)
	gone := rsp.(*omero.CmdDelete2Response).DeletedObjects
	assert.Equal(t, omero.LongList{1}, gone["ome.model.core.Image"])
	assert.Len(t, gone["ome.model.core.Channel"], 2)
	assert.Len(t, gone["ome.model.core.LogicalChannel"], 2)
	assert.Len(t, gone["ome.model.roi.Roi"], 7)
	assert.Len(t, gone["ome.model.annotations.MapAnnotation"], 1, "nothing else has it")
	assert.Empty(t, gone["ome.model.annotations.TagAnnotation"], "other images have the tags")
	assert.EqualValues(t, 7, count(t, session, "select count(i.id) from Image i"))

	kept := deleting(omero.StringLongListMap{"Dataset": {1}}, false)
	kept.ChildOptions = omero.CmdGraphsChildOptions{{ExcludeType: omero.StringSet{"Image"}}}
	rsp = submit(t, session, kept)
	require.IsType(t, &omero.CmdDelete2Response{}, rsp, "%+v", rsp)
	assert.EqualValues(t, 7, count(t, session, "select count(i.id) from Image i"), "the option kept the images")

	rsp = submit(t, session, deleting(omero.StringLongListMap{"Project": {1}}, false))
	require.IsType(t, &omero.CmdDelete2Response{}, rsp, "%+v", rsp)
	assert.EqualValues(t, 3, count(t, session, "select count(i.id) from Image i"), "the orphans of before stay, the dataset's images go")
	assert.Zero(t, count(t, session, "select count(d.id) from Dataset d"))

	mary := connect(t, server.Config("mary"))
	rsp = submit(t, mary, deleting(omero.StringLongListMap{"Image": {2}}, false))
	require.IsType(t, &omero.CmdGraphException{}, rsp, "another's image")
	grace := connect(t, server.Config("grace"))
	ids, err := grace.Query().Projection(t.Context(), "select min(s.image.id) from WellSample s", nil)
	require.NoError(t, err)
	rsp = submit(t, grace, deleting(omero.StringLongListMap{"Image": {ids[0][0].(*omero.RLong).Val}}, false))
	require.IsType(t, &omero.CmdGraphException{}, rsp)
	assert.Contains(t, rsp.(*omero.CmdGraphException).Message, "only via WellSample")
	rsp = submit(t, grace, deleting(omero.StringLongListMap{"Screen": {1}}, false))
	require.IsType(t, &omero.CmdDelete2Response{}, rsp, "%+v", rsp)
	assert.Zero(t, count(t, grace, "select count(w.id) from WellSample w"))
}

func deleting(targets omero.StringLongListMap, dry bool) *omero.CmdDelete2 {
	r := omero.NewCmdDelete2()
	r.TargetObjects, r.DryRun = targets, dry
	return r
}

func TestOtherGraphRequests(t *testing.T) {
	server := omerotest.New(t, omerotest.SampleData(), omerotest.Groups(omerotest.Group{Name: "elsewhere"}))
	ada, root := connect(t, server.Config("ada")), connect(t, server.Config("root"))

	found := submit(t, ada, &omero.CmdFindChildren{
		CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"Project": {1}}}, TypesOfChildren: omero.StringSet{"Image"},
	})
	require.IsType(t, &omero.CmdFoundChildren{}, found, "%+v", found)
	assert.Len(t, found.(*omero.CmdFoundChildren).Children["ome.model.core.Image"], 8)
	above := submit(t, ada, &omero.CmdFindParents{
		CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"Image": {1}}}, TypesOfParents: omero.StringSet{"Project", "Dataset"},
	})
	require.IsType(t, &omero.CmdFoundParents{}, above, "%+v", above)
	assert.Len(t, above.(*omero.CmdFoundParents).Parents, 2)

	used := submit(t, ada, &omero.CmdDiskUsage2{CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"Project": {1}}}})
	require.IsType(t, &omero.CmdDiskUsage2Response{}, used, "%+v", used)
	total := int64(0)
	for _, n := range used.(*omero.CmdDiskUsage2Response).TotalBytesUsed {
		total += n
	}
	assert.EqualValues(t, 8*128*128*3*2*4*2, total)

	twice := submit(t, ada, &omero.CmdDuplicate{CmdGraphModify2: omero.CmdGraphModify2{CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"Dataset": {1}}}}})
	require.IsType(t, &omero.CmdDuplicateResponse{}, twice, "%+v", twice)
	assert.Len(t, twice.(*omero.CmdDuplicateResponse).Duplicates["ome.model.core.Image"], 4)
	assert.EqualValues(t, 12, count(t, ada, "select count(i.id) from Image i"))

	group, err := root.Admin().LookupGroup(t.Context(), "elsewhere")
	require.NoError(t, err)
	moved := submit(t, root, &omero.CmdChgrp2{
		CmdGraphModify2: omero.CmdGraphModify2{CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"Dataset": {2}}}}, GroupId: group.Id.GetValue(),
	})
	_ = moved // root works in its own group, and does not see the dataset there
	all := ice.ContextWith(t.Context(), map[string]string{"omero.group": "-1"})
	factory, err := root.ServiceFactory(all)
	require.NoError(t, err)
	handle, err := factory.Submit(all, &omero.CmdChgrp2{
		CmdGraphModify2: omero.CmdGraphModify2{CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"Dataset": {2}}}}, GroupId: group.Id.GetValue(),
	})
	require.NoError(t, err)
	var rsp omero.AnyCmdResponse
	require.Eventually(t, func() bool {
		rsp, err = handle.GetResponse(t.Context())
		return err != nil || rsp != nil
	}, patience, 1e6)
	require.IsType(t, &omero.CmdChgrp2Response{}, rsp, "%+v", rsp)
	assert.Len(t, rsp.(*omero.CmdChgrp2Response).IncludedObjects["ome.model.core.Image"], 4)
	assert.EqualValues(t, 4, count(t, root, "select count(i.id) from Image i where i.details.group.name = 'elsewhere'"))

	given := submit(t, root, &omero.CmdChmod2{
		CmdGraphModify2: omero.CmdGraphModify2{CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"ExperimenterGroup": {group.Id.GetValue()}}}}, Permissions: "rwr---",
	})
	require.IsType(t, &omero.CmdChmod2Response{}, given, "%+v", given)

	head := submit(t, ada, &omero.CmdSkipHead{
		CmdGraphModify2: omero.CmdGraphModify2{CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"Dataset": {1}}}},
		StartFrom:       omero.StringSet{"Roi"}, Request: omero.NewCmdDelete2(),
	})
	require.IsType(t, &omero.CmdDelete2Response{}, head, "%+v", head)
	assert.Zero(t, count(t, ada, "select count(r.id) from Roi r where r.image.id in (select l.child.id from DatasetImageLink l where l.parent.id = 1)"))

	both := submit(t, ada, &omero.CmdDoAll{Requests: omero.CmdRequestList{&omero.CmdTiming{Steps: 1}, deleting(omero.StringLongListMap{"Dataset": {1}}, false)}})
	require.IsType(t, &omero.CmdDoAllRsp{}, both, "%+v", both)
	legal := submit(t, ada, &omero.CmdLegalGraphTargets{Request: omero.NewCmdDelete2()})
	assert.Contains(t, legal.(*omero.CmdLegalGraphTargetsResponse).Targets, "ome.model.core.Image")
}
