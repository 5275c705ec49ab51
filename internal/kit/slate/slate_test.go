package slate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t testing.TB, path string) *Slate {
	t.Helper()
	s, err := Open(path, plainLock{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// plainLock is no lock; the real one is kit/seal's.
type plainLock struct{}

func (plainLock) Wrap(key []byte) ([]byte, error) { return append([]byte("wrapped "), key...), nil }

func (plainLock) Unwrap(wrapped []byte) ([]byte, error) {
	key, ok := bytes.CutPrefix(wrapped, []byte("wrapped "))
	if !ok {
		return nil, errors.New("not wrapped by us")
	}
	return key, nil
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

// entriesOf splits a file.
func entriesOf(t *testing.T, path string) (all [][]byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		n := headBytes + int(binary.BigEndian.Uint32(b))
		all = append(all, b[:n:n])
		b = b[n:]
	}
	return all
}

// TestSealed: the file shows nothing of the values, and whatever is changed in it is refused, with the key
// that it was for, while the others are there.
func TestSealed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls")
	s := open(t, path)
	put(t, s, "a", "the secret of a")
	put(t, s, "b", "the secret of b")
	put(t, s, "a", "the newer secret of a")
	all := entriesOf(t, path) // the key, a, b, a
	if len(all) != 4 || bytes.Contains(bytes.Join(all, nil), []byte("secret")) {
		t.Fatalf("%d entries, or the secret is in them: %q", len(all), all)
	}
	sum := func(e []byte) []byte { return finish(bytes.Clone(e), 0) }
	flip := func(e []byte, at int) []byte {
		e = bytes.Clone(e)
		e[at] ^= 1
		return e
	}
	last := len(all[3]) - 1
	b := map[string]string{"b": "the secret of b"}
	both := map[string]string{"a": "the newer secret of a", "b": "the secret of b"}
	for name, c := range map[string]struct {
		file    [][]byte
		want    map[string]string
		refused string
		why     error
	}{
		"as it was":               {all, both, "", nil},
		"damaged":                 {[][]byte{all[0], all[1], all[2], flip(all[3], last)}, b, "a", ErrDamaged},
		"damaged in the middle":   {[][]byte{all[0], flip(all[1], 30), all[2], all[3]}, both, "", nil},
		"changed":                 {[][]byte{all[0], all[1], all[2], sum(flip(all[3], last))}, b, "a", ErrNotSealed},
		"an earlier one put in":   {[][]byte{all[0], all[1], all[2], all[3], all[1]}, b, "a", ErrNotSealed},
		"another's value":         {[][]byte{all[0], all[2], sum(flip(all[3], headBytes+fixedBytes))}, map[string]string{"b": "the secret of b"}, "`", ErrNotSealed},
		"not sealed":              {[][]byte{all[0], all[1], all[2], appendEntry(nil, entry{1, "a", []byte("plain")})}, b, "a", ErrNotSealed},
		"without the key":         {all[1:2], map[string]string{}, "a", ErrNotSealed},
		"the key cannot be had":   {[][]byte{sum(flip(all[0], headBytes+fixedBytes)), all[1]}, map[string]string{}, "a", nil},
		"the key is another":      {[][]byte{sum(flip(all[0], len(all[0])-1)), all[1]}, map[string]string{}, "a", ErrNotSealed},
		"refused and then forgot": {[][]byte{all[0], flip(all[1], 40), appendEntry(nil, entry{goneEntry, "a", nil})}, map[string]string{}, "", nil},
	} {
		other := filepath.Join(t.TempDir(), "other")
		if err := os.WriteFile(other, bytes.Join(c.file, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, other)
		if got := texts(s); !cmp.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		err, there := s.Refused()[c.refused]
		if (c.refused != "") != there || len(s.Refused()) > 1 || c.why != nil && !errors.Is(err, c.why) {
			t.Errorf("%s: refused %v, want %q: %v", name, s.Refused(), c.refused, c.why)
		}
		if got := texts(open(t, other)); !cmp.Equal(got, c.want) {
			t.Errorf("%s: the one after it got %v, want %v", name, got, c.want)
		}
	}
}

// TestNothingOldIsLeftWhenWritingFails: who goes on with old values could use a number of a stream twice.
func TestNothingOldIsLeftWhenWritingFails(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "calls")
	s := open(t, path)
	put(t, s, "a", "old")
	s.file.Close() // writing fails, and so does a new file
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	if s.Put("a", []byte("new")) == nil {
		t.Fatal("got no error")
	}
	if err := os.Rename(folder+"-away", folder); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(path) // what drop does where it can
	put(t, s, "b", "other")
	if got, want := texts(open(t, path)), map[string]string{"a": "new", "b": "other"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzRead(f *testing.F) {
	sealer, err := newSealer(plainLock{})
	if err != nil {
		f.Fatal(err)
	}
	key := appendEntry(nil, entry{keyEntry, "", sealer.wrapped})
	f.Add(appendEntry(sealer.append(key, "a", []byte("b")), entry{goneEntry, "a", nil}))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &Slate{latest: map[string][]byte{}, refused: map[string]error{}}
		if err := s.read(bytes.NewReader(b), plainLock{}); err != nil {
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

// BenchmarkSeal is Put without the file.
func BenchmarkSeal(b *testing.B) {
	s, err := newSealer(plainLock{})
	if err != nil {
		b.Fatal(err)
	}
	value, buf := bytes.Repeat([]byte("x"), 3000), []byte(nil)
	for b.Loop() {
		buf = s.append(buf[:0], "key", value)
	}
}
