package desk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"linekeeper/internal/kit/fault"
)

// The limits of a connection.
const (
	maxCommand  = 64 << 10 // bytes; a browser's offer is about 3 kB
	writeTime   = 10 * time.Second
	pingEvery   = 20 * time.Second
	commandTime = 15 * time.Second
)

// Who finds out who is asking; api plugs it in.
type Who func(*http.Request) (User, error)

// Handler serves the WebSocket. It answers 401 to who is not signed in.
func (h *Hub) Handler(who Who) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, err := who(r)
		if err != nil {
			http.Error(w, fault.Message(err), http.StatusUnauthorized)
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover})
		if err != nil {
			return // Accept has answered
		}
		defer conn.CloseNow()
		conn.SetReadLimit(maxCommand)
		s, err := h.Open(u)
		if err != nil {
			conn.Close(websocket.StatusTryAgainLater, "closing down")
			return
		}
		defer s.Close()
		h.serve(r.Context(), conn, s, r, who)
	})
}

// serve runs a connection until either side ends it.
func (h *Hub) serve(ctx context.Context, conn *websocket.Conn, s *Session, r *http.Request, who Who) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := make(chan Change, 64)
	written := make(chan struct{})
	go func() {
		defer close(written)
		defer cancel()
		h.write(ctx, conn, s, out, r, who)
	}()
	h.read(ctx, conn, s, out)
	cancel()
	<-written
	conn.Close(websocket.StatusNormalClosure, "")
}

// read takes commands, in order, one at a time.
func (h *Hub) read(ctx context.Context, conn *websocket.Conn, s *Session, out chan<- Change) {
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var c Command
		if err := json.Unmarshal(b, &c); err != nil {
			reply(ctx, out, Change{Kind: ChgReply, Reply: &Reply{Error: &Error{Code: "invalid", Message: "This is not a command in JSON."}}})
			continue
		}
		doing, cancel := context.WithTimeout(ctx, commandTime)
		answer := s.Do(doing, c)
		cancel()
		reply(ctx, out, answer)
	}
}

func reply(ctx context.Context, out chan<- Change, c Change) {
	select {
	case out <- c:
	case <-ctx.Done():
	}
}

// write sends hello, replies and changes, and looks now and then whether the other side lives and
// the sign-in still holds.
func (h *Hub) write(ctx context.Context, conn *websocket.Conn, s *Session, out <-chan Change, r *http.Request, who Who) {
	send := func(c Change) bool {
		b, err := json.Marshal(c)
		if err != nil {
			h.log.Error("change not written", "kind", c.Kind, "error", err)
			return false
		}
		wctx, cancel := context.WithTimeout(ctx, writeTime)
		defer cancel()
		return conn.Write(wctx, websocket.MessageText, b) == nil
	}
	for _, c := range append([]Change{s.Hello()}, s.First()...) {
		if !send(c) {
			return
		}
	}
	ctx, stop := context.WithCancel(ctx)
	news := make(chan []Change)
	go func() {
		defer close(news)
		for {
			cs, err := s.Next(ctx)
			if err != nil {
				return
			}
			select {
			case news <- cs:
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() {
		stop()
		for range news { // until Next has seen the end
		}
	}()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case c := <-out:
			if !send(c) {
				return
			}
		case cs, ok := <-news:
			if !ok {
				return
			}
			for _, c := range cs {
				if !send(c) {
					return
				}
			}
		case <-ping.C:
			if _, err := who(r); errors.Is(err, ErrSignedOut) {
				conn.Close(websocket.StatusPolicyViolation, "signed out")
				return
			}
			pctx, cancel := context.WithTimeout(ctx, writeTime)
			err := conn.Ping(pctx)
			cancel()
			if err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// ErrSignedOut is what Who gives for a session that no longer holds; any other error is passing.
var ErrSignedOut = errors.New("signed out")
