package media

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes data and size durable, and leaves out the time of the last change, which would cost a
// commit of the file system's journal.
func syncData(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = c.Control(func(fd uintptr) {
		for failed = unix.EINTR; errors.Is(failed, unix.EINTR); {
			failed = unix.Fdatasync(int(fd))
		}
	})
	return errors.Join(err, os.NewSyscallError("fdatasync", failed))
}

// beginSync asks the kernel to begin writing. It promises nothing, so a failure shows when syncing.
func beginSync(f *os.File) {
	if c, err := f.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { _ = unix.SyncFileRange(int(fd), 0, 0, unix.SYNC_FILE_RANGE_WRITE) })
	}
}
