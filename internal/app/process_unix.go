//go:build unix

package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"linekeeper/internal/kit/fault"
)

// processFile says which process serves a data folder, whatever database it uses. It is locked as long as
// that process lives: the kernel lets go of it however it ends.
const processFile = "process"

// lockPatience is how long a lock may be held that was let go: a process just started from ours shares it until
// its own program runs, and commands look at it for a moment.
const lockPatience = 500 * time.Millisecond

// holdProcess makes this process the one that serves a folder; release gives it back.
func holdProcess(folder string) (release func(), err error) {
	name := filepath.Join(folder, processFile)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.Unavailable.Wrap(err, "The data folder %s cannot be written to.", folder)
	}
	for end := time.Now().Add(lockPatience); ; <-time.After(10 * time.Millisecond) {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || time.Now().After(end) {
			break
		}
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		text, _ := os.ReadFile(name)
		f.Close()
		return nil, fault.Conflict.New("The data folder %s is in use by process %s.", folder, strings.TrimSpace(string(text)))
	}
	if err == nil {
		if err = f.Truncate(0); err == nil {
			_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
		}
	}
	if err != nil {
		f.Close()
		return nil, fault.Unavailable.Wrap(err, "The data folder %s cannot be written to.", folder)
	}
	return func() { f.Close() }, nil
}

// serving is the process that serves a folder; 0: none does.
func serving(folder string) (pid int, err error) {
	f, err := os.Open(filepath.Join(folder, processFile))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); {
	case err == nil:
		return 0, nil // what the file says is long over
	case !errors.Is(err, unix.EWOULDBLOCK):
		return 0, err
	}
	text, err := os.ReadFile(f.Name())
	if err != nil {
		return 0, err
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil || pid <= 0 {
		return 0, fmt.Errorf("%s is locked but names no process: a server is starting just now", f.Name())
	}
	return pid, nil
}

// askToStop tells a process to end: leaving its calls to the next one, or letting them finish.
func askToStop(pid int, keepCalls bool) error {
	signal := syscall.SIGTERM
	if keepCalls {
		signal = syscall.SIGUSR2
	}
	err := syscall.Kill(pid, signal)
	if errors.Is(err, syscall.EPERM) {
		return fmt.Errorf("process %d belongs to another user: run this as that user, or as root", pid)
	}
	return err
}
