//go:build !unix

package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"linekeeper/internal/kit/fault"
)

// lockFile keeps two processes from using one data folder. It holds the owner's process number.
const lockFile = "data.lock"

// folderLock is a file that exists while the folder is in use. Here a crash leaves it behind; the
// message says what to do.
type folderLock struct{ name string }

func lockFolder(folder string) (*folderLock, error) {
	name := filepath.Join(folder, lockFile)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		pid, _ := os.ReadFile(name)
		return nil, inUse(folder, strings.TrimSpace(string(pid))+" (if it is gone, delete "+name+")")
	}
	if err != nil {
		return nil, fault.Unavailable.Wrap(err, "The data folder %s cannot be written to.", folder)
	}
	fmt.Fprintf(f, "%d\n", os.Getpid())
	f.Close()
	return &folderLock{name}, nil
}

func (l *folderLock) unlock() { os.Remove(l.name) }
