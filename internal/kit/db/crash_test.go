//go:build unix

package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/kit/db"
)

// crashFolder makes the test process the one that is to be killed.
const crashFolder = "LINEKEEPER_CRASH_FOLDER"

// TestKill kills a process with many writers at work, and asks for everything it has answered. The
// same folder is used again each time, as after a crash.
func TestKill(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	answered := make(map[string]bool)
	for round := range 8 {
		child := exec.Command(os.Args[0], "-test.run=^TestKilled$", "-test.v")
		child.Env = append(os.Environ(), crashFolder+"="+folder, fmt.Sprintf("ROUND=%d", round))
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		seen := 0
		var once sync.Once
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "answered "); ok && strings.HasSuffix(id, ".") {
				answered[id] = true
				if seen++; seen > 200+37*round {
					once.Do(func() { child.Process.Kill() })
				}
			}
		}
		once.Do(func() { child.Process.Kill() })
		child.Wait()
		if seen == 0 {
			t.Fatal("the child has written nothing")
		}
		d := own(t, folder)
		got := ids(t, d)
		for id := range answered {
			if !got[id] {
				t.Errorf("round %d: %s was answered and is lost", round, id)
			}
		}
		// Each write makes two rows: there must be both or none.
		for id := range got {
			if twin := "twin " + strings.TrimPrefix(id, "twin "); !got[twin] || !got[strings.TrimPrefix(id, "twin ")] {
				t.Errorf("round %d: half of a write is there: %s", round, id)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d answered writes survived 8 kills", len(answered))
}

// TestKilled is the child of TestKill.
func TestKilled(t *testing.T) {
	folder := os.Getenv(crashFolder)
	if folder == "" {
		return
	}
	d := own(t, folder)
	var out sync.Mutex
	for c := range 16 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d.", os.Getenv("ROUND"), c, i)
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					if err := insert(tx, id); err != nil {
						return err
					}
					return insert(tx, "twin "+id)
				})
				if err != nil {
					t.Error(err)
					return
				}
				out.Lock()
				fmt.Println("answered " + id)
				out.Unlock()
			}
		}()
	}
	<-time.After(time.Minute)
}
