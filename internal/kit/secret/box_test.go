package secret_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
)

func TestBox(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	b, err := secret.OpenBox(folder)
	if err != nil {
		t.Fatal(err)
	}
	again, err := secret.OpenBox(folder)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(folder, "secret.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
	for _, plain := range []string{"", "x", "пароль", strings.Repeat("long ", 1000)} {
		s := b.Seal(plain)
		if s != again.Seal(plain) || plain != "" && !s.Valid() || len(plain) > 3 && strings.Contains(string(s), plain) {
			t.Errorf("%q: sealed to %q", plain, s)
		}
		if got, err := again.Open(s); err != nil || got != plain {
			t.Errorf("%q: opened to %q, %v", plain, got, err)
		}
	}
	s := b.Seal("hunter2")
	shown, err := json.Marshal(map[string]any{"password": s})
	if err != nil || strings.Contains(string(shown), string(s)[10:]) || !strings.Contains(string(shown), "secret ") {
		t.Errorf("as JSON: %s, %v", shown, err)
	}
	other, err := secret.NewBox("another key, long enough")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(s); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with another key: %v", err)
	}
	for _, bad := range []secret.Sealed{"x", "sealed1:", "sealed1:AAAA", "sealed1:!"} {
		if _, err := b.Open(bad); !fault.Is(err, fault.Invalid) || bad.Valid() {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := secret.NewBox("short"); err == nil {
		t.Error("a short key is taken")
	}
}
