//go:build real

package recording

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/kit/blob"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
)

// gateway runs versitygw, an S3 server that is not ours, on a folder. Stop ends it.
type gateway struct {
	t       *testing.T
	folder  string
	address string
	cmd     *exec.Cmd
}

func (g *gateway) start(b *blob.S3) {
	g.t.Helper()
	g.cmd = exec.Command("versitygw", "--port", g.address, "--access", "key", "--secret", "a long secret", "--quiet", "posix", "--sidecar", filepath.Join(g.folder, "sidecar"), filepath.Join(g.folder, "data"))
	g.cmd.Stderr = os.Stderr
	if err := g.cmd.Start(); err != nil {
		g.t.Fatal("versitygw does not start; tools/test/run long installs it: ", err)
	}
	process := g.cmd.Process
	g.t.Cleanup(func() { _ = process.Kill() }) // it may be over
	for deadline := time.Now().Add(20 * time.Second); b.Check(g.t.Context()) != nil; {
		if time.Now().After(deadline) {
			g.t.Fatal(b.Check(g.t.Context()))
		}
	}
}

func (g *gateway) stop() {
	g.t.Helper()
	if err := g.cmd.Process.Kill(); err != nil {
		g.t.Error(err)
	}
	_ = g.cmd.Wait() // it was killed
}

// TestRealS3 keeps recordings at a real service: there and back, heard in parts, killed in the middle,
// removed by retention.
func TestRealS3(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{t: t, folder: t.TempDir(), address: l.Addr().String()}
	l.Close()
	for _, name := range []string{"data/bucket", "sidecar"} {
		if err := os.MkdirAll(filepath.Join(g.folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	b, err := blob.New(blob.Config{Endpoint: "http://" + g.address, Bucket: "bucket", Prefix: "center", KeyID: "key", Secret: "a long secret"})
	if err != nil {
		t.Fatal(err)
	}
	objects := func() (n int) {
		err := filepath.WalkDir(filepath.Join(g.folder, "data"), func(_ string, d os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(d.Name(), ".age") {
				n++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	d := dbtest.SQLite(t)
	e, _, keep := placed(t, d, 0)
	e.cfg.Store = b
	plain := recorded(t, e, "a", 9<<20)

	if err := keep(); err == nil || only(t, d).place != inFolder || !e.Stats().StoreDown {
		t.Errorf("nobody answers: %v", err)
	}
	g.start(b)
	if err := keep(); err != nil || only(t, d).place != inS3 || files(t, e) != 0 || objects() != 1 {
		t.Fatalf("%v, row %+v, %d objects", err, only(t, d), objects())
	}
	began := time.Now()
	if !bytes.Equal(heard(t, e, "a"), plain) {
		t.Error("what is heard is not what was recorded")
	}
	t.Logf("9 MiB read in %v", time.Since(began))
	f, err := e.Open(t.Context(), "t", "a")
	if err != nil {
		t.Fatal(err)
	}
	part := make([]byte, 100)
	if _, err := f.ReadAt(part, 5<<20); err != nil || !bytes.Equal(part, plain[5<<20:5<<20+100]) {
		t.Errorf("a part: %v", err)
	}
	f.Close()

	second := recorded(t, e, "b", 1000)
	g.stop()
	if _, err := e.Open(t.Context(), "t", "a"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("killed: got %v", err)
	}
	if err := keep(); err == nil || !bytes.Equal(heard(t, e, "b"), second) {
		t.Errorf("killed: %v", err)
	}
	g.start(b)
	defer g.stop()
	if err := keep(); err != nil || !bytes.Equal(heard(t, e, "b"), second) || objects() != 2 {
		t.Errorf("back again: %v", err)
	}
	if gone, err := e.expire(t.Context(), Expired{Tenant: "t", ID: "b", Interaction: "i-b", Days: 7}); !gone || err != nil {
		t.Errorf("expiring: %v, %v", gone, err)
	}
	if err := keep(); err != nil || objects() != 1 {
		t.Errorf("expired: %v, %d objects", err, objects())
	}
	if n, err := e.MoveToFolder(t.Context()); n != 1 || err != nil || objects() != 0 || !bytes.Equal(heard(t, e, "a"), plain) {
		t.Errorf("brought back: %d, %v, %d objects", n, err, objects())
	}
	if _, err := b.Open(t.Context(), "recordings/none", 10).ReadAt(part[:10], 0); err == nil || err == io.EOF {
		t.Errorf("what is not there: got %v", err)
	}
}
