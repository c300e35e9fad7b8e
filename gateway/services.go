package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// The services of OMERO that keep no state between calls. Each of these
// methods asks the server for the service when it is called for the first time,
// and once more after a reconnection; Config.Timeout bounds that. If the server
// does not give it, the calls on what is returned fail with the reason.

// Admin returns the service for users and groups.
func (s *Session) Admin() omero.IAdminPrx {
	return omero.NewIAdminPrx(s.stateless(omero.ConstantsADMINSERVICE))
}

// Config returns the service for the server's settings.
func (s *Session) Config() omero.IConfigPrx {
	return omero.NewIConfigPrx(s.stateless(omero.ConstantsCONFIGSERVICE))
}

// Container returns the service that loads projects, datasets and images.
func (s *Session) Container() omero.IContainerPrx {
	return omero.NewIContainerPrx(s.stateless(omero.ConstantsCONTAINERSERVICE))
}

// Ldap returns the service for users who are known to a directory.
func (s *Session) Ldap() omero.ILdapPrx {
	return omero.NewILdapPrx(s.stateless(omero.ConstantsLDAPSERVICE))
}

// Metadata returns the service for annotations and acquisition metadata.
func (s *Session) Metadata() omero.IMetadataPrx {
	return omero.NewIMetadataPrx(s.stateless(omero.ConstantsMETADATASERVICE))
}

// Pixels returns the service for pixels and how they are rendered.
func (s *Session) Pixels() omero.IPixelsPrx {
	return omero.NewIPixelsPrx(s.stateless(omero.ConstantsPIXELSSERVICE))
}

// Projection returns the service that projects stacks onto planes.
func (s *Session) Projection() omero.IProjectionPrx {
	return omero.NewIProjectionPrx(s.stateless(omero.ConstantsPROJECTIONSERVICE))
}

// Query returns the service that finds objects.
func (s *Session) Query() omero.IQueryPrx {
	return omero.NewIQueryPrx(s.stateless(omero.ConstantsQUERYSERVICE))
}

// RenderingSettings returns the service that copies and resets rendering settings.
func (s *Session) RenderingSettings() omero.IRenderingSettingsPrx {
	return omero.NewIRenderingSettingsPrx(s.stateless(omero.ConstantsRENDERINGSETTINGS))
}

// RepositoryInfo returns the service that knows how full the server is.
func (s *Session) RepositoryInfo() omero.IRepositoryInfoPrx {
	return omero.NewIRepositoryInfoPrx(s.stateless(omero.ConstantsREPOSITORYINFO))
}

// Roi returns the service for regions of interest.
func (s *Session) Roi() omero.IRoiPrx {
	return omero.NewIRoiPrx(s.stateless(omero.ConstantsROISERVICE))
}

// Script returns the service that runs scripts on the server.
func (s *Session) Script() omero.IScriptPrx {
	return omero.NewIScriptPrx(s.stateless(omero.ConstantsSCRIPTSERVICE))
}

// Sessions returns the service for the sessions on the server.
func (s *Session) Sessions() omero.ISessionPrx {
	return omero.NewISessionPrx(s.stateless(omero.ConstantsSESSIONSERVICE))
}

// Share returns the service for what users share with each other.
func (s *Session) Share() omero.ISharePrx {
	return omero.NewISharePrx(s.stateless(omero.ConstantsSHARESERVICE))
}

// Timeline returns the service that knows what changed when.
func (s *Session) Timeline() omero.ITimelinePrx {
	return omero.NewITimelinePrx(s.stateless(omero.ConstantsTIMELINESERVICE))
}

// Types returns the service for OMERO's enumerations.
func (s *Session) Types() omero.ITypesPrx {
	return omero.NewITypesPrx(s.stateless(omero.ConstantsTYPESSERVICE))
}

// Update returns the service that saves objects.
func (s *Session) Update() omero.IUpdatePrx {
	return omero.NewIUpdatePrx(s.stateless(omero.ConstantsUPDATESERVICE))
}

// failedCategory is in the identities of proxies that stand for a service
// that there is not. No call goes out on them.
const failedCategory = "gateway: no such service"

// stateless returns the proxy of a service. While the connection is being
// restored that is the proxy of before: its calls wait.
func (s *Session) stateless(name string) ice.ObjectPrx {
	s.mu.Lock()
	l, known := s.link, s.known[name]
	s.mu.Unlock()
	if l == nil && known != nil {
		return known
	}
	ctx, cancel := s.bounded(s.ended)
	defer cancel()
	known, err := s.lookUp(ctx, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.known[name] = known
		return known
	}
	s.failed[name] = fmt.Errorf("gateway: no service %s: %w", name, s.explain(err))
	return ice.WithIdentity(s.first, ice.Identity{Name: name, Category: failedCategory})
}

// lookUp asks for a service, on the next link if one is lost meanwhile.
func (s *Session) lookUp(ctx context.Context, name string) (ice.ObjectPrx, error) {
	for try := 1; ; try++ {
		l, err := s.ready(ctx)
		if err != nil {
			return nil, err
		}
		p, err := l.service(ctx, name)
		if err == nil || !lost(err) || try > repeats {
			return p, err
		}
		s.lose(l, err)
	}
}

// service returns the proxy of a stateless service.
func (l *link) service(ctx context.Context, name string) (ice.ObjectPrx, error) {
	l.mu.Lock()
	p := l.services[name]
	l.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := l.factory.GetByName(ours(ctx), name)
	if err == nil && ice.IsNil(p) {
		err = errors.New("the server gave a null proxy")
	}
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.services[name] = p
	l.mu.Unlock()
	return p, nil
}

// The services of OMERO that keep state. Each call makes a new one, which is
// for one goroutine at a time, as it has one current file, or set of pixels. It
// has to be closed by its own method Close; closing the session closes those that are left.

// Exporter makes a service that exports images as OME-TIFF or XML.
func (s *Session) Exporter(ctx context.Context) (omero.ExporterPrx, error) {
	return open(ctx, s, omero.ServiceFactoryPrx.CreateExporter)
}

// JobHandle makes a service that starts and watches jobs.
func (s *Session) JobHandle(ctx context.Context) (omero.JobHandlePrx, error) {
	return open(ctx, s, omero.ServiceFactoryPrx.CreateJobHandle)
}

// RawFileStore makes a service that reads and writes files. Upload and
// Download do so for whole files.
func (s *Session) RawFileStore(ctx context.Context) (omero.RawFileStorePrx, error) {
	return open(ctx, s, omero.ServiceFactoryPrx.CreateRawFileStore)
}

// RawPixelsStore makes a service that reads and writes pixels. They are big endian.
func (s *Session) RawPixelsStore(ctx context.Context) (omero.RawPixelsStorePrx, error) {
	return open(ctx, s, omero.ServiceFactoryPrx.CreateRawPixelsStore)
}

// RenderingEngine makes a service that renders planes.
func (s *Session) RenderingEngine(ctx context.Context) (omero.RenderingEnginePrx, error) {
	return open(ctx, s, omero.ServiceFactoryPrx.CreateRenderingEngine)
}

// Search makes a service that searches by text and by example.
func (s *Session) Search(ctx context.Context) (omero.SearchPrx, error) {
	return open(ctx, s, omero.ServiceFactoryPrx.CreateSearchService)
}

// ThumbnailStore makes a service that gives small pictures of images.
func (s *Session) ThumbnailStore(ctx context.Context) (omero.ThumbnailStorePrx, error) {
	return open(ctx, s, omero.ServiceFactoryPrx.CreateThumbnailStore)
}

// SharedResources returns the service that leads to tables, repositories and processors.
func (s *Session) SharedResources(ctx context.Context) (omero.GridSharedResourcesPrx, error) {
	factory, err := s.ServiceFactory(ctx)
	if err != nil {
		return nil, err
	}
	resources, err := factory.SharedResources(ctx)
	return resources, s.explain(err)
}

// open makes a stateful service and remembers it for closing.
func open[P omero.StatefulServiceInterfacePrx](ctx context.Context, s *Session, create func(omero.ServiceFactoryPrx, context.Context) (P, error)) (P, error) {
	var none P
	factory, err := s.ServiceFactory(ctx)
	if err != nil {
		return none, err
	}
	service, err := create(factory, ctx)
	if err == nil && ice.IsNil(service) {
		err = errors.New("the server gave a null proxy")
	}
	if err != nil {
		return none, fmt.Errorf("gateway: no new service: %w", s.explain(err))
	}
	s.remember(service)
	return service, nil
}

// closable is what stateful services and tables have in common.
type closable interface {
	ice.ObjectPrx
	Close(ctx context.Context) error
	CloseAsync(ctx context.Context) *ice.Future[ice.Void]
}

// remember has a service closed with the session, if it is not before.
func (s *Session) remember(service closable) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.services[service.IceIdentity()] = service
}

// closeService closes a stateful service of the gateway's own. That it does
// not work is of no interest to anybody: the session's end closes it too.
func (s *Session) closeService(service closable) {
	ctx, cancel := s.bounded(context.Background())
	defer cancel()
	if err := service.Close(ctx); err != nil {
		s.config.Logger.Debug("gateway: a service could not be closed", "error", err)
	}
}

// forget is called when a service was closed.
func (s *Session) forget(id ice.Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.services, id)
}
