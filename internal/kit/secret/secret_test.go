package secret_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
)

func TestPassword(t *testing.T) {
	t.Parallel()
	h := secret.NewHasher(2)
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("got %q, %v", hash, err)
	}
	if again, _ := h.Hash(t.Context(), "correct horse"); again == hash {
		t.Error("two hashes of one password are the same: no salt")
	}
	for _, c := range []struct {
		password, hash string
		want           bool
	}{{"correct horse", hash, true}, {"correct hors", hash, false}, {"", hash, false}, {"", "", false}, {"x", "", false}} {
		if got, err := h.Verify(t.Context(), c.password, c.hash); err != nil || got != c.want {
			t.Errorf("%q against %.20q: got %v, %v, want %v", c.password, c.hash, got, err, c.want)
		}
	}
	for _, bad := range []string{"x", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA"} {
		if err := secret.CheckHash(bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want invalid", bad, err)
		}
	}
}

// TestParallel shows that hashes wait for their turn, and that waiting ends with the context.
func TestParallel(t *testing.T) {
	t.Parallel()
	h := secret.NewHasher(1)
	busy := make(chan struct{})
	go func() {
		defer close(busy)
		for range 10 {
			h.Hash(context.Background(), "x")
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	refused := 0
	for range 50 {
		if _, err := h.Hash(ctx, "x"); fault.Is(err, fault.Busy) {
			refused++
		}
	}
	<-busy
	if refused == 0 {
		t.Error("nothing was refused although another hash was running")
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	a, b := secret.NewToken(), secret.NewToken()
	if a == b || len(a) != 43 || strings.ContainsAny(a, "+/=") {
		t.Errorf("got %q and %q", a, b)
	}
	if one, again := secret.HashToken(a), secret.HashToken(a); one == secret.HashToken(b) || len(one) != 43 || one != again {
		t.Error("hashes do not tell tokens apart")
	}
}

func BenchmarkHash(b *testing.B) {
	h := secret.NewHasher(1)
	for range b.N {
		if _, err := h.Hash(context.Background(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDigits: codes have the length that is wanted, every digit, and do not repeat.
func TestDigits(t *testing.T) {
	t.Parallel()
	seen, codes := map[rune]bool{}, map[string]bool{}
	for range 200 {
		code := secret.NewDigits(8)
		if len(code) != 8 || strings.Trim(code, "0123456789") != "" || codes[code] {
			t.Fatalf("the code is %q", code)
		}
		codes[code] = true
		for _, r := range code {
			seen[r] = true
		}
	}
	if len(seen) != 10 {
		t.Errorf("only %d digits come", len(seen))
	}
}
