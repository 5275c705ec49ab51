package slate

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t testing.TB, path string) *Slate {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t testing.TB, s *Slate, key, value string) {
	t.Helper()
	var v []byte
	if value != "" {
		v = []byte(value)
	}
	if err := s.Put(key, v); err != nil {
		t.Fatal(err)
	}
}

func texts(s *Slate) map[string]string {
	all := map[string]string{}
	for k, v := range s.All() {
		all[k] = string(v)
	}
	return all
}

// TestTheNextFindsTheLatest: nothing is closed in between, as in a crash, and the file is cut everywhere.
func TestTheNextFindsTheLatest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls")
	s := open(t, path)
	put(t, s, "a", "first")
	put(t, s, "b", "other")
	put(t, s, "gone", "soon")
	put(t, s, "gone", "")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a", "second")
	longer, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := texts(open(t, path)), map[string]string{"a": "second", "b": "other"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for cut := len(whole); cut < len(longer); cut++ {
		path := filepath.Join(t.TempDir(), "cut")
		if err := os.WriteFile(path, longer[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		next := open(t, path)
		if got, want := texts(next), map[string]string{"a": "first", "b": "other"}; !cmp.Equal(got, want) {
			t.Fatalf("cut at %d of %d: got %v, want %v", cut, len(longer), got, want)
		}
		put(t, next, "c", "after") // what is cut hides nothing that comes later
		if got := texts(open(t, path))["c"]; got != "after" {
			t.Fatalf("cut at %d: got %q, want what was put later", cut, got)
		}
	}
}

func TestItDoesNotGrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls")
	s := open(t, path)
	value := bytes.Repeat([]byte("x"), 4000)
	for i := range 5000 {
		if err := s.Put(fmt.Sprint(i%10), value); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > room+5*10*4100 || info.Mode().Perm() != 0o600 {
		t.Errorf("got %d bytes of mode %v, want at most %d and 0600", info.Size(), info.Mode(), room+5*10*4100)
	}
	if n := len(open(t, path).All()); n != 10 {
		t.Errorf("got %d keys, want 10", n)
	}
}

func TestClosed(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "calls"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s.Put("a", []byte("b")) == nil {
		t.Error("putting after the end: got no error")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(appendEntry(appendEntry(nil, "a", []byte("b")), "a", nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &Slate{latest: map[string][]byte{}}
		if err := s.read(bytes.NewReader(b)); err != nil {
			t.Errorf("reading: %v", err)
		}
	})
}

func BenchmarkPut(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "calls"))
	value := bytes.Repeat([]byte("x"), 3000)
	for i := 0; b.Loop(); i++ {
		if err := s.Put(fmt.Sprint(i%1000), value); err != nil {
			b.Fatal(err)
		}
	}
}
