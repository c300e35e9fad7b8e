package services

import (
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// shareCommentNamespace marks the comments on shares.
const shareCommentNamespace = "openmicroscopy.org/omero/share/comment"

// groupRights makes the rights of a group of permissions as clients send them.
// The bits of real servers (-120 for "rw----") and the plain ones (0x600) both
// count. It returns false for rights that no group can have.
func groupRights(perm1 int64) (store.Rights, bool) {
	switch {
	case perm1&0x600 != 0x600, perm1&0x007 != 0:
		return 0, false
	case perm1&0x040 == 0:
		return store.Private, perm1&0x030 == 0
	case perm1&0x020 != 0:
		return store.ReadWrite, true
	case perm1&0x010 != 0:
		return store.ReadAnnotate, true
	}
	return store.ReadOnly, true
}
