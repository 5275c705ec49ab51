package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"linekeeper/internal/kit/db/dbtest"
)

// TestDesk: the WebSocket gets through everything in front of it, knows who is asking, and is not
// opened from other sites.
func TestDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), func(d *Deps) {
		d.Desk = func(who Who) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				conn, err := websocket.Accept(rw, r, nil)
				if err != nil {
					return
				}
				defer conn.CloseNow()
				me, err := who(r)
				_ = conn.Write(r.Context(), websocket.MessageText, fmt.Appendf(nil, "%s %v", me.Login, err)) // the test reads it or fails
				_ = conn.Close(websocket.StatusNormalClosure, "")
			})
		}
	})
	over := httptest.NewUnstartedServer(nil)
	over.Config = Server(w.handler, slog.New(slog.DiscardHandler))
	over.Start()
	defer over.Close()
	dial := func(who, origin string) (string, int) {
		t.Helper()
		h := http.Header{"Cookie": {cookiePlain + "=" + w.tokens[who]}}
		if origin != "" {
			h.Set("Origin", origin)
		}
		conn, resp, err := websocket.Dial(context.Background(), strings.Replace(over.URL, "http", "ws", 1)+"/api/v1/desk", &websocket.DialOptions{HTTPHeader: h})
		if err != nil {
			return "", resp.StatusCode
		}
		defer conn.CloseNow()
		_, b, err := conn.Read(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return string(b), resp.StatusCode
	}
	if said, code := dial("agent", ""); said != "agent <nil>" || code != 101 {
		t.Errorf("got %q with %d", said, code)
	}
	if _, code := dial("", ""); code != 401 {
		t.Errorf("nobody: got %d, want 401", code)
	}
	if _, code := dial("agent", "https://evil.example"); code != 403 {
		t.Errorf("from another site: got %d, want 403", code)
	}
}
