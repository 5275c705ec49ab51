package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// service is as much of S3 as is asked for, with faults.
type service struct {
	mu      sync.Mutex
	objects map[string][]byte
	sums    map[string]string

	asked     atomic.Int64
	noSums    atomic.Bool  // an older service
	spoil     atomic.Bool  // stores other content than it gets
	noRanges  atomic.Bool  // gives all when asked for a part
	breakNext atomic.Int64 // so many answers end in the middle
	refuse    atomic.Bool
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse.Load() {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	name := r.URL.Path
	content, ok := s.objects[name]
	switch {
	case r.Method == http.MethodPut:
		b, err := io.ReadAll(r.Body)
		if sum := sha256.Sum256(b); err != nil || r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if s.spoil.Load() && len(b) > 0 {
			b[len(b)/2] ^= 1
		}
		s.objects[name] = b
		delete(s.sums, name)
		if !s.noSums.Load() {
			sum := sha256.Sum256(b)
			s.sums[name] = base64.StdEncoding.EncodeToString(sum[:])
		}
		w.Header().Set("ETag", `"0"`)
	case r.Method == http.MethodDelete:
		delete(s.objects, name)
		w.WriteHeader(http.StatusNoContent)
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `<Error><Code>NoSuchKey</Code></Error>`)
		}
	default:
		if sum := s.sums[name]; sum != "" && r.Header.Get("X-Amz-Checksum-Mode") != "" {
			w.Header().Set("X-Amz-Checksum-Sha256", sum)
		}
		w.Header().Set("ETag", `"0"`)
		if s.noRanges.Load() {
			r.Header.Del("Range")
		}
		if r.Method == http.MethodGet && s.breakNext.Add(-1) >= 0 {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			_, _ = w.Write(content[:len(content)/2])
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "", time.Now(), bytes.NewReader(content))
	}
}

func bucket(t *testing.T) (*S3, *service) {
	t.Helper()
	s := &service{objects: map[string][]byte{}, sums: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	b, err := New(Config{Endpoint: server.URL, Bucket: "bucket", Prefix: "/center one/", KeyID: "id", Secret: "secret", Address: AddressPath})
	if err != nil {
		t.Fatal(err)
	}
	return b, s
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestPutIsVerified(t *testing.T) {
	t.Parallel()
	b, s := bucket(t)
	content := noise(300_000)
	put := func() error { return b.Put(t.Context(), "a/b.age", bytes.NewReader(content), int64(len(content))) }
	if _, err := b.Size(t.Context(), "a/b.age"); !errors.Is(err, ErrMissing) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: got %v", err)
	}
	s.spoil.Store(true)
	if err := put(); !errors.Is(err, errOther) {
		t.Errorf("spoiled: got %v", err)
	}
	s.noSums.Store(true)
	if err := put(); !errors.Is(err, errOther) {
		t.Errorf("spoiled, of a service without sums: got %v", err)
	}
	s.spoil.Store(false)
	for _, old := range []bool{true, false} {
		s.noSums.Store(old)
		if err := put(); err != nil {
			t.Errorf("without sums %v: %v", old, err)
		}
	}
	s.mu.Lock()
	if !bytes.Equal(s.objects["/bucket/center one/a/b.age"], content) {
		t.Error("the object is not what was sent")
	}
	s.mu.Unlock()
	if n, err := b.Size(t.Context(), "a/b.age"); n != int64(len(content)) || err != nil {
		t.Errorf("size %d, %v", n, err)
	}
	s.refuse.Store(true)
	if err := put(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("refused: got %v", err)
	}
	s.refuse.Store(false)
	for range 2 {
		if err := b.Remove(t.Context(), "a/b.age"); err != nil {
			t.Errorf("removing: %v", err)
		}
	}
}

func TestPartsAreRead(t *testing.T) {
	t.Parallel()
	b, s := bucket(t)
	content := noise(5 << 20)
	if err := b.Put(t.Context(), "x", bytes.NewReader(content), int64(len(content))); err != nil {
		t.Fatal(err)
	}
	r := b.Open(t.Context(), "x", int64(len(content)))
	before := s.asked.Load()
	all, err := io.ReadAll(io.NewSectionReader(r, 0, int64(len(content))))
	if err != nil || !bytes.Equal(all, content) {
		t.Fatalf("read %d bytes, %v", len(all), err)
	}
	if n := s.asked.Load() - before; n > 8 {
		t.Errorf("reading it through took %d requests", n)
	}
	var wait sync.WaitGroup
	for seed := range uint64(4) {
		wait.Go(func() {
			dice := rand.New(rand.NewPCG(seed, 7))
			for range 25 {
				off := dice.IntN(len(content))
				part := make([]byte, 1+dice.IntN(70_000))
				n, err := r.ReadAt(part, int64(off))
				if want := content[off:min(len(content), off+len(part))]; !bytes.Equal(part[:n], want) || (err == io.EOF) != (len(want) < len(part)) || err != nil && err != io.EOF {
					t.Errorf("%d bytes at %d: got %d, %v", len(part), off, n, err)
				}
			}
		})
	}
	wait.Wait()
	part := make([]byte, 10)
	s.breakNext.Store(1)
	if _, err := b.Open(t.Context(), "x", int64(len(content))).ReadAt(part, 0); err != nil || !bytes.Equal(part, content[:10]) {
		t.Errorf("a line that breaks once: %v", err)
	}
	s.noRanges.Store(true)
	if _, err := b.Open(t.Context(), "x", int64(len(content))).ReadAt(part, 0); err == nil {
		t.Error("a service that gives all instead of a part is believed")
	}
	s.noRanges.Store(false)
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := b.Open(t.Context(), "y", 10).ReadAt(part, 0); !errors.Is(err, ErrMissing) {
		t.Errorf("missing: got %v", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := Config{Endpoint: "https://s3.example.com", Bucket: "b", KeyID: "k", Secret: "s"}
	for name, change := range map[string]func(*Config){
		"no scheme":  func(c *Config) { c.Endpoint = "s3.example.com" },
		"with path":  func(c *Config) { c.Endpoint += "/bucket" },
		"with user":  func(c *Config) { c.Endpoint = "https://k:s@s3.example.com" },
		"no bucket":  func(c *Config) { c.Bucket = "" },
		"no secret":  func(c *Config) { c.Secret = "" },
		"no address": func(c *Config) { c.Address = "dns" },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil || strings.Contains(err.Error(), "k:s") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if b, err := New(good); err != nil || b.String() != "https://s3.example.com, bucket b" {
		t.Errorf("%v, %v", b, err)
	}
}
