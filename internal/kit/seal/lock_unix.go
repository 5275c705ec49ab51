//go:build unix

package seal

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lock keeps two processes from adding a key at the same time. The kernel lets go of it when one dies.
func lock(path string) (unlock func(), err error) {
	f, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("locking the folder of the keys: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("locking the folder of the keys: %w", err)
	}
	return func() { f.Close() }, nil
}
