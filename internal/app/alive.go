package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// aliveEvery is how exactly the next start knows when this process died.
const aliveEvery = 250 * time.Millisecond

// alive writes the time into a file of the data folder again and again, so that after a kill -9 the
// next start closes records with the moment service really stopped. A plain write survives the
// process; after a power failure the last database commit is as good a witness.
type alive struct {
	file *os.File
	stop chan struct{}
	once sync.Once
	done chan struct{}
}

// lastAlive reads when the former process was alive last; zero: there was none.
func lastAlive(folder string) (time.Time, error) {
	b, err := os.ReadFile(filepath.Join(folder, "alive"))
	if os.IsNotExist(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	ms, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return time.Time{}, nil // half written by a power failure
	}
	return time.UnixMilli(ms), nil
}

func startAlive(folder string) (*alive, error) {
	f, err := os.OpenFile(filepath.Join(folder, "alive"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("writing the sign of life: %w", err)
	}
	a := &alive{file: f, stop: make(chan struct{}), done: make(chan struct{})}
	a.write()
	go a.run()
	return a, nil
}

func (a *alive) run() {
	defer close(a.done)
	t := time.NewTicker(aliveEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			a.write()
		case <-a.stop:
			return
		}
	}
}

// write overwrites in place with a fixed width; a full disk does not hurt an existing block.
func (a *alive) write() {
	_, _ = a.file.WriteAt(fmt.Appendf(nil, "%020d\n", time.Now().UnixMilli()), 0)
}

// close writes the last sign of life: the next start knows when service ended.
func (a *alive) close() {
	a.once.Do(func() {
		close(a.stop)
		<-a.done
		a.write()
		a.file.Close()
	})
}
