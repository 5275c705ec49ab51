package texts_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/texts"
)

// TestService: what is sent is shown, escaped, and once however often it is sent.
func TestService(t *testing.T) {
	t.Parallel()
	var s texts.Service
	h := s.Handler(func() time.Time { return time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC) })
	ask := func(method, path, identity, body string) (int, string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Idempotency-Key", identity)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		text, err := io.ReadAll(w.Result().Body)
		if err != nil {
			t.Fatal(err)
		}
		return w.Code, string(text)
	}
	if code, page := ask(http.MethodGet, "/", "", ""); code != http.StatusOK || !strings.Contains(page, "Nothing has arrived yet") {
		t.Fatalf("%d %s", code, page)
	}
	for _, bad := range []string{"", "{}", `{"to":"+66"}`, `{"text":"x"}`, "[1]"} {
		if code, _ := ask(http.MethodPost, "/send", "", bad); code != http.StatusBadRequest {
			t.Errorf("%q: %d", bad, code)
		}
	}
	const one = `{"to":"+66812345678","from":"Shop","text":"<b>123456</b>"}`
	first, id := ask(http.MethodPost, "/send", "a", one)
	again, same := ask(http.MethodPost, "/send", "a", one)
	if first != http.StatusOK || again != http.StatusOK || id != `{"id":"demo-1"}` || same != id {
		t.Errorf("%d %s, %d %s", first, id, again, same)
	}
	_, page := ask(http.MethodGet, "/", "", "")
	if strings.Count(page, "&lt;b&gt;123456&lt;/b&gt;") != 1 || !strings.Contains(page, "09:30:00") {
		t.Error(page)
	}
	for range 150 {
		ask(http.MethodPost, "/send", "", `{"to":"a@example.com","subject":"s","text":"x"}`)
	}
	if all := s.Arrived(); len(all) != 100 || all[0].Subject != "s" {
		t.Errorf("%d are kept", len(all))
	}
}
