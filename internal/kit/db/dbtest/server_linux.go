package dbtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// folder holds the shared server: its data, its socket and two lock files. "users" is locked shared
// by every test process for as long as it lives; "start" by the one that starts the server.
func folder() string {
	return filepath.Join(os.TempDir(), "linekeeper-postgres-"+strconv.Itoa(os.Getuid()))
}

// watchdog stops the server when, for a minute, no process has held the lock of its users. Whoever
// comes while it stops the server waits for the lock, and then starts it again.
const watchdog = `idle=0
while kill -0 "$(head -1 data/postmaster.pid 2>/dev/null)" 2>/dev/null; do
	sleep 10
	if flock -n -x users true; then idle=$((idle+1)); else idle=0; fi
	if [ $idle -ge 6 ]; then
		flock -n -x users sh -c '"$0/pg_ctl" stop -D data -m fast -w && rm -rf data' "$1" && exit 0
	fi
done`

// startServer gives the address of the shared server, and starts it if it does not run.
func startServer() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	as, err := identity()
	if err != nil {
		return "", err
	}
	at := folder()
	if err := os.MkdirAll(at, 0o755); err != nil {
		return "", err
	}
	if as != nil {
		if err := os.Chown(at, int(as.Uid), int(as.Gid)); err != nil {
			return "", err
		}
	}
	// Never closed: it is held until this process ends, however it ends.
	if _, err := lockFile(filepath.Join(at, "users"), unix.LOCK_SH); err != nil {
		return "", err
	}
	start, err := lockFile(filepath.Join(at, "start"), unix.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer unix.Close(start)
	data := filepath.Join(at, "data")
	command := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(name, args...)
		c.Dir = at
		c.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
		c.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setsid: true}
		return c
	}
	address := "postgres://postgres@/postgres?host=" + at
	if command(bin+"/pg_ctl", "status", "-D", data).Run() == nil {
		return address, nil
	}
	if err := os.RemoveAll(data); err != nil {
		return "", err
	}
	// A locale that does not sort by byte, as real servers have, shows where COLLATE "C" is missing.
	out, err := command(bin+"/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	out, err = command(bin+"/pg_ctl", "start", "-D", data, "-w", "-t", "60", "-l", filepath.Join(at, "log"), "-o",
		"-c listen_addresses='' -c unix_socket_directories='"+at+"' -c max_connections=600 -c shared_buffers=64MB"+
			" -c fsync=on -c full_page_writes=on -c max_locks_per_transaction=128").CombinedOutput()
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(at, "log"))
		return "", fmt.Errorf("starting PostgreSQL: %w\n%s\n%s", err, out, log)
	}
	if err := command("/bin/sh", "-c", watchdog, "watchdog", bin).Start(); err != nil {
		return "", fmt.Errorf("starting the watchdog: %w", err)
	}
	return address, nil
}

// binaries finds the newest server package.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", fmt.Errorf("install it (apt-get install postgresql) or set %s to the address of a server", variable)
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	sort.Slice(found, func(i, j int) bool { return version(found[i]) > version(found[j]) })
	return filepath.Dir(found[0]), nil
}

// identity is who runs the server: PostgreSQL refuses to run as root.
func identity() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root and there is no user postgres: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

// lockFile waits for a lock on a file and gives its descriptor; an os.File would let go of it when
// collected as garbage.
func lockFile(name string, how int) (int, error) {
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o666)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	// The watchdog may run as another user. Fails when the file is not ours, which is fine.
	_ = unix.Fchmod(fd, 0o666)
	for {
		err = unix.Flock(fd, how)
		if err == nil || !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
