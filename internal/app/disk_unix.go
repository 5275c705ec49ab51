//go:build unix

package app

import "golang.org/x/sys/unix"

// freeBytes is how much room a folder's disk has for us.
func freeBytes(folder string) (int64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
