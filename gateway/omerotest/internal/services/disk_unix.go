//go:build unix

package services

import "golang.org/x/sys/unix"

// diskSpace is how many bytes of the file system that a folder is on are used
// and free.
func diskSpace(folder string) (used, free int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return 0, 0, err
	}
	block := int64(st.Bsize)
	return int64(st.Blocks-st.Bfree) * block, int64(st.Bavail) * block, nil
}
