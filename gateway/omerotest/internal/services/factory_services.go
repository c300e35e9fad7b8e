package services

import (
	"context"

	"github.com/slice2go/slice2go/generated/omero"
)

// The operations of the factory that give a service.

func (f *factory) GetAdminService(ctx context.Context) (omero.IAdminPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IAdmin")
	return as(p, err, omero.NewIAdminPrx)
}

func (f *factory) GetConfigService(ctx context.Context) (omero.IConfigPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IConfig")
	return as(p, err, omero.NewIConfigPrx)
}

func (f *factory) GetContainerService(ctx context.Context) (omero.IContainerPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IContainer")
	return as(p, err, omero.NewIContainerPrx)
}

func (f *factory) GetLdapService(ctx context.Context) (omero.ILdapPrx, error) {
	p, err := f.stateless(ctx, "omero.api.ILdap")
	return as(p, err, omero.NewILdapPrx)
}

func (f *factory) GetPixelsService(ctx context.Context) (omero.IPixelsPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IPixels")
	return as(p, err, omero.NewIPixelsPrx)
}

func (f *factory) GetProjectionService(ctx context.Context) (omero.IProjectionPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IProjection")
	return as(p, err, omero.NewIProjectionPrx)
}

func (f *factory) GetQueryService(ctx context.Context) (omero.IQueryPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IQuery")
	return as(p, err, omero.NewIQueryPrx)
}

func (f *factory) GetRenderingSettingsService(ctx context.Context) (omero.IRenderingSettingsPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IRenderingSettings")
	return as(p, err, omero.NewIRenderingSettingsPrx)
}

func (f *factory) GetRepositoryInfoService(ctx context.Context) (omero.IRepositoryInfoPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IRepositoryInfo")
	return as(p, err, omero.NewIRepositoryInfoPrx)
}

func (f *factory) GetRoiService(ctx context.Context) (omero.IRoiPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IRoi")
	return as(p, err, omero.NewIRoiPrx)
}

func (f *factory) GetScriptService(ctx context.Context) (omero.IScriptPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IScript")
	return as(p, err, omero.NewIScriptPrx)
}

func (f *factory) GetSessionService(ctx context.Context) (omero.ISessionPrx, error) {
	p, err := f.stateless(ctx, "omero.api.ISession")
	return as(p, err, omero.NewISessionPrx)
}

func (f *factory) GetShareService(ctx context.Context) (omero.ISharePrx, error) {
	p, err := f.stateless(ctx, "omero.api.IShare")
	return as(p, err, omero.NewISharePrx)
}

func (f *factory) GetTimelineService(ctx context.Context) (omero.ITimelinePrx, error) {
	p, err := f.stateless(ctx, "omero.api.ITimeline")
	return as(p, err, omero.NewITimelinePrx)
}

func (f *factory) GetTypesService(ctx context.Context) (omero.ITypesPrx, error) {
	p, err := f.stateless(ctx, "omero.api.ITypes")
	return as(p, err, omero.NewITypesPrx)
}

func (f *factory) GetUpdateService(ctx context.Context) (omero.IUpdatePrx, error) {
	p, err := f.stateless(ctx, "omero.api.IUpdate")
	return as(p, err, omero.NewIUpdatePrx)
}

func (f *factory) GetMetadataService(ctx context.Context) (omero.IMetadataPrx, error) {
	p, err := f.stateless(ctx, "omero.api.IMetadata")
	return as(p, err, omero.NewIMetadataPrx)
}

func (f *factory) SharedResources(ctx context.Context) (omero.GridSharedResourcesPrx, error) {
	p, err := f.stateless(ctx, "omero.grid.SharedResources")
	return as(p, err, omero.NewGridSharedResourcesPrx)
}

func (f *factory) CreateExporter(ctx context.Context) (omero.ExporterPrx, error) {
	p, err := f.stateful(ctx, "omero.api.Exporter")
	return as(p, err, omero.NewExporterPrx)
}

func (f *factory) CreateJobHandle(ctx context.Context) (omero.JobHandlePrx, error) {
	p, err := f.stateful(ctx, "omero.api.JobHandle")
	return as(p, err, omero.NewJobHandlePrx)
}

func (f *factory) CreateRawFileStore(ctx context.Context) (omero.RawFileStorePrx, error) {
	p, err := f.stateful(ctx, "omero.api.RawFileStore")
	return as(p, err, omero.NewRawFileStorePrx)
}

func (f *factory) CreateRawPixelsStore(ctx context.Context) (omero.RawPixelsStorePrx, error) {
	p, err := f.stateful(ctx, "omero.api.RawPixelsStore")
	return as(p, err, omero.NewRawPixelsStorePrx)
}

func (f *factory) CreateRenderingEngine(ctx context.Context) (omero.RenderingEnginePrx, error) {
	p, err := f.stateful(ctx, "omero.api.RenderingEngine")
	return as(p, err, omero.NewRenderingEnginePrx)
}

func (f *factory) CreateSearchService(ctx context.Context) (omero.SearchPrx, error) {
	p, err := f.stateful(ctx, "omero.api.Search")
	return as(p, err, omero.NewSearchPrx)
}

func (f *factory) CreateThumbnailStore(ctx context.Context) (omero.ThumbnailStorePrx, error) {
	p, err := f.stateful(ctx, "omero.api.ThumbnailStore")
	return as(p, err, omero.NewThumbnailStorePrx)
}
