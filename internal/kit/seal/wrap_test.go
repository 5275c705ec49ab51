package seal_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"linekeeper/internal/kit/seal"
)

func TestWhatIsWrappedIsOpenedWithTheKeysOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.txt")
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	r, err := seal.Create(path, "", now)
	if err != nil {
		t.Fatal(err)
	}
	short := []byte("a key of another thing")
	wrapped, err := r.Wrap(short)
	if err != nil || bytes.Contains(wrapped, short) {
		t.Fatalf("wrapped to %q, error %v", wrapped, err)
	}
	if _, err := r.Rotate(now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Unwrap(wrapped); err != nil || !bytes.Equal(got, short) {
		t.Errorf("after a rotation: got %q, %v", got, err)
	}
	for i := range wrapped {
		bad := bytes.Clone(wrapped)
		bad[i] ^= 1
		if got, err := r.Unwrap(bad); err == nil {
			t.Errorf("with byte %d changed: got %q", i, got)
		}
	}
	if _, err := r.Unwrap(nil); err == nil {
		t.Error("nothing was unwrapped")
	}
	other, err := seal.Create(filepath.Join(t.TempDir(), "other.txt"), "", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Unwrap(wrapped); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("with other keys: got %v", err)
	}
}
