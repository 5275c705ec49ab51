package seal_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"linekeeper/internal/kit/seal"
)

func sealed(t testing.TB, k seal.Key, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := k.Seal(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsSealedIsReadInPartsWithItsKeyOnly(t *testing.T) {
	t.Parallel()
	for _, passphrase := range []string{"", "correct horse"} { // each reading with one takes a second
		path := filepath.Join(t.TempDir(), "keys", "recordings.txt")
		if _, err := seal.Open(path, passphrase); !errors.Is(err, seal.ErrNoKeys) {
			t.Fatalf("no file: got %v", err)
		}
		now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		r, err := seal.Create(path, passphrase, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Create(path, passphrase, now); err == nil {
			t.Fatal("a key file was made over another")
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, error %v, want 0600", info.Mode(), err)
		}
		if text, _ := os.ReadFile(path); strings.Contains(string(text), "AGE-SECRET") != (passphrase == "") {
			t.Errorf("with the passphrase %q the file has the text\n%s", passphrase, text)
		}
		plain := make([]byte, 300_000)
		for i := range plain {
			plain[i] = byte(rand.Uint32())
		}
		first, err := r.Current()
		if err != nil {
			t.Fatal(err)
		}
		a := sealed(t, first, plain)
		if ok, err := r.RotateAfter(24*time.Hour, now.Add(23*time.Hour)); ok || err != nil {
			t.Errorf("rotated after 23 hours: %v, %v", ok, err)
		}
		if ok, err := r.RotateAfter(24*time.Hour, now.Add(24*time.Hour)); !ok || err != nil {
			t.Errorf("not rotated after a day: %v, %v", ok, err)
		}
		second, err := r.Current()
		if err != nil || second.ID == first.ID {
			t.Fatalf("the key is the same: %v", err)
		}
		b := sealed(t, second, plain)
		again, err := seal.Open(path, passphrase) // as another process
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []struct {
			file []byte
			key  string
		}{{a, first.ID}, {b, second.ID}} {
			ra, size, err := again.Reader(bytes.NewReader(s.file), int64(len(s.file)), s.key)
			if err != nil || size != int64(len(plain)) {
				t.Fatalf("got %d bytes, %v", size, err)
			}
			for _, at := range []int64{0, 1, 65_535, 65_536, 200_000, 299_999} {
				part := make([]byte, min(1000, size-at))
				if _, err := ra.ReadAt(part, at); err != nil && err != io.EOF || !bytes.Equal(part, plain[at:at+int64(len(part))]) {
					t.Errorf("at %d: %v", at, err)
				}
			}
			if bytes.Contains(s.file, plain[:64]) {
				t.Error("the sealed file has the plain text")
			}
		}
		if _, _, err := again.Reader(bytes.NewReader(a), int64(len(a)), second.ID); err == nil {
			t.Error("opened with the wrong key")
		}
		if _, _, err := again.Reader(bytes.NewReader(a), int64(len(a)), "unknown"); !errors.Is(err, seal.ErrUnknownKey) {
			t.Errorf("unknown key: got %v", err)
		}
		// Damage is named and never served.
		a[len(a)-70_000] ^= 1
		ra, size, err := again.Reader(bytes.NewReader(a), int64(len(a)), first.ID)
		if err == nil {
			_, err = io.Copy(io.Discard, io.NewSectionReader(ra, 0, size))
		}
		if err == nil {
			t.Error("a changed byte was not found")
		}
		if passphrase != "" {
			if _, err := seal.Open(path, "wrong"); err == nil {
				t.Error("opened with the wrong passphrase")
			}
			if _, err := seal.Open(path, ""); err == nil {
				t.Error("opened without the passphrase")
			}
		}
	}
}

// The running server sees a key another process adds, and two of them lose none.
func TestKeysAddedElsewhereAreSeen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.txt")
	server, err := seal.Create(path, "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			other, err := seal.Open(path, "")
			if err == nil {
				_, err = other.Rotate(time.Now())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	keys, err := server.Keys()
	if err != nil || len(keys) != 9 {
		t.Errorf("%d keys, %v, want 9", len(keys), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(path, ""); err == nil {
		t.Error("a key file others can read was used")
	}
}

// The file is one the program age can use.
func TestTheKeyFileIsAnIdentityFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.txt")
	r, err := seal.Create(path, "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		t.Fatal(err)
	}
	k, err := r.Current()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed(t, k, []byte("hello"))), ids...)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(plain); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("# created: 2026-11-21T12:00:00Z\nAGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n"))
	f.Add([]byte("AGE-SECRET-KEY-1"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = seal.Parse(b) })
}
