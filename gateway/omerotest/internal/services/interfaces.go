package services

import (
	"reflect"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// iface is an interface of OMERO's definitions.
type iface struct {
	// name is the Slice name with dots, as getByName takes it: "omero.api.IQuery".
	name string
	// goType is the interface that servants implement.
	goType reflect.Type
	// servant makes a servant of an implementation, which may be nil when only
	// the operations are of interest.
	servant func(impl any) ice.Servant
	// side says who implements the interface when it is not the server: the
	// client, as with callbacks.
	client bool
}

func of[I any](name string, servant func(I) ice.Servant) iface {
	return iface{name: name, goType: reflect.TypeFor[I](), servant: func(impl any) ice.Servant {
		i, _ := impl.(I)
		return servant(i)
	}}
}

func callback[I any](name string, servant func(I) ice.Servant) iface {
	i := of(name, servant)
	i.client = true
	return i
}

// interfaces are all interfaces of OMERO that have operations.
var interfaces = []iface{
	callback("omero.api.ClientCallback", omero.NewClientCallbackServant),
	of("omero.api.Exporter", omero.NewExporterServant),
	of("omero.api.IAdmin", omero.NewIAdminServant),
	of("omero.api.IConfig", omero.NewIConfigServant),
	of("omero.api.IContainer", omero.NewIContainerServant),
	of("omero.api.ILdap", omero.NewILdapServant),
	of("omero.api.IMetadata", omero.NewIMetadataServant),
	of("omero.api.IPixels", omero.NewIPixelsServant),
	of("omero.api.IProjection", omero.NewIProjectionServant),
	of("omero.api.IQuery", omero.NewIQueryServant),
	of("omero.api.IRenderingSettings", omero.NewIRenderingSettingsServant),
	of("omero.api.IRepositoryInfo", omero.NewIRepositoryInfoServant),
	of("omero.api.IRoi", omero.NewIRoiServant),
	of("omero.api.IScript", omero.NewIScriptServant),
	of("omero.api.ISession", omero.NewISessionServant),
	of("omero.api.IShare", omero.NewIShareServant),
	of("omero.api.ITimeline", omero.NewITimelineServant),
	of("omero.api.ITypes", omero.NewITypesServant),
	of("omero.api.IUpdate", omero.NewIUpdateServant),
	of("omero.api.JobHandle", omero.NewJobHandleServant),
	of("omero.api.MetadataStore", omero.NewMetadataStoreServant),
	of("omero.api.PyramidService", omero.NewPyramidServiceServant),
	of("omero.api.RawFileStore", omero.NewRawFileStoreServant),
	of("omero.api.RawPixelsStore", omero.NewRawPixelsStoreServant),
	of("omero.api.RenderingEngine", omero.NewRenderingEngineServant),
	of("omero.api.Search", omero.NewSearchServant),
	of("omero.api.ServiceFactory", omero.NewServiceFactoryServant),
	of("omero.api.StatefulServiceInterface", omero.NewStatefulServiceInterfaceServant),
	of("omero.api.ThumbnailStore", omero.NewThumbnailStoreServant),
	callback("omero.cmd.CmdCallback", omero.NewCmdCallbackServant),
	of("omero.cmd.Handle", omero.NewCmdHandleServant),
	of("omero.cmd.Session", omero.NewCmdSessionServant),
	of("omero.grid.ClusterNode", omero.NewGridClusterNodeServant),
	of("omero.grid.ImportProcess", omero.NewGridImportProcessServant),
	of("omero.grid.InteractiveProcessor", omero.NewGridInteractiveProcessorServant),
	of("omero.grid.InternalRepository", omero.NewGridInternalRepositoryServant),
	of("omero.grid.ManagedRepository", omero.NewGridManagedRepositoryServant),
	of("omero.grid.Process", omero.NewGridProcessServant),
	callback("omero.grid.ProcessCallback", omero.NewGridProcessCallbackServant),
	of("omero.grid.Processor", omero.NewGridProcessorServant),
	callback("omero.grid.ProcessorCallback", omero.NewGridProcessorCallbackServant),
	of("omero.grid.Repository", omero.NewGridRepositoryServant),
	of("omero.grid.ScriptProcess", omero.NewGridScriptProcessServant),
	of("omero.grid.SharedResources", omero.NewGridSharedResourcesServant),
	of("omero.grid.Table", omero.NewGridTableServant),
	of("omero.grid.Tables", omero.NewGridTablesServant),
	of("omero.grid.monitors.FileServer", omero.NewGridMonitorsFileServerServant),
	callback("omero.grid.monitors.MonitorClient", omero.NewGridMonitorsMonitorClientServant),
	of("omero.grid.monitors.MonitorServer", omero.NewGridMonitorsMonitorServerServant),
}

// interfaceNamed returns the interface of a name, or nil.
func interfaceNamed(name string) *iface {
	for i := range interfaces {
		if interfaces[i].name == name {
			return &interfaces[i]
		}
	}
	return nil
}

// interfaceOf returns the interface of a Go type, or nil.
func interfaceOf(t reflect.Type) *iface {
	for i := range interfaces {
		if interfaces[i].goType == t {
			return &interfaces[i]
		}
	}
	return nil
}
