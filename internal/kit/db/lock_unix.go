//go:build unix

package db

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"linekeeper/internal/kit/fault"
)

// lockFile keeps two processes from using one data folder. It holds the owner's process number.
const lockFile = "data.lock"

// folderLock is held by an open file: the kernel lets go of it when the process dies.
type folderLock struct{ file *os.File }

func lockFolder(folder string) (*folderLock, error) {
	name := filepath.Join(folder, lockFile)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.Unavailable.Wrap(err, "The data folder %s cannot be written to.", folder)
	}
	// A process that was just started from ours shares the lock until its own program runs, so a lock
	// that was let go may still be held for some milliseconds.
	for range 20 {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		pid, _ := os.ReadFile(name)
		f.Close()
		return nil, inUse(folder, strings.TrimSpace(string(pid)))
	}
	if err != nil {
		f.Close()
		return nil, fault.Unavailable.Wrap(err, "The data folder %s cannot be locked.", folder)
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	if err != nil {
		f.Close()
		return nil, fault.Unavailable.Wrap(err, "The data folder %s cannot be written to.", folder)
	}
	return &folderLock{f}, nil
}

func (l *folderLock) unlock() { l.file.Close() }
