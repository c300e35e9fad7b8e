package gateway

import (
	"context"
	"strconv"

	"github.com/slice2go/slice2go/runtime/ice"
)

// AllGroups stands for every group that the user is a member of.
const AllGroups int64 = -1

// WithGroup has the calls made with the returned context work in another group
// than the session's. AllGroups stands for all of the user's groups, which is
// good for reading only.
func WithGroup(ctx context.Context, id int64) context.Context { return with(ctx, "omero.group", id) }

// WithUser has the calls made with the returned context see what this user
// owns.
func WithUser(ctx context.Context, id int64) context.Context { return with(ctx, "omero.user", id) }

func with(ctx context.Context, key string, id int64) context.Context {
	return ice.ContextWith(ctx, map[string]string{key: strconv.FormatInt(id, 10)})
}
