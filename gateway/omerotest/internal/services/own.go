package services

import "github.com/slice2go/slice2go/generated/omero"

// own are the services of this package.
var own = []Offer{
	Stateless(omero.NewIAdminServant, newAdmin).ForGuests(),
	Stateless(omero.NewIConfigServant, newConfig).ForGuests(),
	Stateless(omero.NewIContainerServant, newContainer),
	Stateless(omero.NewILdapServant, newLdap),
	Stateless(omero.NewIMetadataServant, newMetadata),
	Stateless(omero.NewIQueryServant, newQuery),
	Stateless(omero.NewIRepositoryInfoServant, newRepositoryInfo),
	Stateless(omero.NewIRoiServant, newRoiService),
	Stateless(omero.NewIScriptServant, newScripts),
	Stateless(omero.NewISessionServant, newSessionService).ForGuests(),
	Stateless(omero.NewITimelineServant, newTimeline),
	Stateless(omero.NewITypesServant, newTypes),
	Stateless(omero.NewIUpdateServant, newUpdate),
	StatefulService(omero.NewJobHandleServant, newJobHandle),
	StatefulService(omero.NewSearchServant, newSearch),
	Object[omero.GridScriptProcess, *process](omero.NewGridScriptProcessServant),
	Object[omero.CmdHandle, *Handle](omero.NewCmdHandleServant),
	Object[omero.ServiceFactory, *factory](omero.NewServiceFactoryServant),
}

// called are the operations of clients' objects that this server calls.
var called = map[string]bool{
	"omero.cmd.CmdCallback.step": true, "omero.cmd.CmdCallback.finished": true,
	"omero.grid.ProcessCallback.processFinished": true, "omero.grid.ProcessCallback.processCancelled": true, "omero.grid.ProcessCallback.processKilled": true,
}
