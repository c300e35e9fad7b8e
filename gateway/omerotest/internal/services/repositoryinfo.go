package services

import (
	"context"
)

// repositoryInfo is IRepositoryInfo. Like OMERO's, it tells of the file system
// that the data folder is on.
type repositoryInfo struct{ session *Session }

func newRepositoryInfo(s *Session) *repositoryInfo { return &repositoryInfo{s} }

func (r *repositoryInfo) space() (used, free int64, err error) {
	used, free, err = diskSpace(r.session.Server.Dir)
	if err != nil {
		return 0, 0, Resource("the space for data cannot be found out: %v", err)
	}
	return used, free, nil
}

func (r *repositoryInfo) GetUsedSpaceInKilobytes(context.Context) (int64, error) {
	used, _, err := r.space()
	return used / 1024, err
}

func (r *repositoryInfo) GetFreeSpaceInKilobytes(context.Context) (int64, error) {
	_, free, err := r.space()
	return free / 1024, err
}

func (r *repositoryInfo) GetUsageFraction(context.Context) (float64, error) {
	used, free, err := r.space()
	if err != nil || used+free == 0 {
		return 0, err
	}
	return float64(used) / float64(used+free), nil
}

// SanityCheckRepository fails when there is hardly any space left.
func (r *repositoryInfo) SanityCheckRepository(ctx context.Context) error {
	fraction, err := r.GetUsageFraction(ctx)
	if err == nil && fraction > 0.99 {
		err = Resource("the space for data is used up")
	}
	return err
}

// RemoveUnusedFiles has nothing to do: files go with what they are of.
func (r *repositoryInfo) RemoveUnusedFiles(ctx context.Context) error {
	who, err := r.session.Call(ctx).caller(ctx)
	if err == nil && !who.Admin {
		err = Security("only administrators may do this")
	}
	return err
}
