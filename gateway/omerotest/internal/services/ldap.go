package services

import (
	"context"

	"github.com/slice2go/slice2go/generated/omero"
)

// ldap is ILdap of a server that no directory is set up for: it knows that
// there is none, and that nobody is in it.
type ldap struct{ session *Session }

func newLdap(s *Session) *ldap { return &ldap{s} }

// admin lets administrators pass, whom most of the service is for.
func (l *ldap) admin(ctx context.Context) error {
	who, err := l.session.Call(ctx).caller(ctx)
	if err == nil && !who.Admin {
		err = Security("only administrators may search the directory")
	}
	return err
}

// none answers a search for one entry.
func (l *ldap) none(ctx context.Context, what string) error {
	if err := l.admin(ctx); err != nil {
		return err
	}
	return ApiUsage("Cannot find unique %s: no LDAP directory is set up for this server (omero.ldap.config is false)", firstLine(what))
}

func (l *ldap) SearchAll(ctx context.Context) (omero.ExperimenterList, error) {
	return nil, l.admin(ctx)
}

func (l *ldap) SearchDnInGroups(ctx context.Context, _, _ string) (omero.StringSet, error) {
	return nil, l.admin(ctx)
}

func (l *ldap) SearchByAttribute(ctx context.Context, _, _, _ string) (omero.ExperimenterList, error) {
	return nil, l.admin(ctx)
}

func (l *ldap) SearchByAttributes(ctx context.Context, _ string, attributes, values omero.StringSet) (omero.ExperimenterList, error) {
	if len(attributes) != len(values) {
		return nil, ApiUsage("there are %d attributes, but %d values", len(attributes), len(values))
	}
	return nil, l.admin(ctx)
}

func (l *ldap) SearchByDN(ctx context.Context, dn string) (*omero.Experimenter, error) {
	return nil, l.none(ctx, dn)
}

func (l *ldap) FindDN(ctx context.Context, name string) (string, error) { return "", l.none(ctx, name) }

func (l *ldap) FindGroupDN(ctx context.Context, name string) (string, error) {
	return "", l.none(ctx, name)
}

func (l *ldap) FindExperimenter(ctx context.Context, name string) (*omero.Experimenter, error) {
	return nil, l.none(ctx, name)
}

func (l *ldap) FindGroup(ctx context.Context, name string) (*omero.ExperimenterGroup, error) {
	return nil, l.none(ctx, name)
}

func (l *ldap) SetDN(ctx context.Context, _ *omero.RLong, dn string) error { return l.none(ctx, dn) }

func (l *ldap) GetSetting(context.Context) (bool, error) { return false, nil }

func (l *ldap) Discover(ctx context.Context) (omero.ExperimenterList, error) {
	return nil, l.admin(ctx)
}

func (l *ldap) DiscoverGroups(ctx context.Context) (omero.ExperimenterGroupList, error) {
	return nil, l.admin(ctx)
}

func (l *ldap) CreateUser(ctx context.Context, name string) (*omero.Experimenter, error) {
	return nil, l.none(ctx, name)
}
