package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"

	"github.com/coder/websocket"
)

// Client talks to the HTTP API as one user or token.
type Client struct {
	Base  string // http://host:port
	Token string // empty: the cookie of SignIn
	http  *http.Client
}

// NewClient makes a client that is nobody yet.
func (s *Server) NewClient() *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // never with nil options
	}
	return &Client{Base: "http://" + s.Ready.HTTP, http: &http.Client{Jar: jar, Timeout: 60 * time.Second}}
}

// As is a client with a token.
func (s *Server) As(token string) *Client {
	c := s.NewClient()
	c.Token = token
	return c
}

// Refused is an answer that is not 2xx.
type Refused struct {
	Status int
	Body   string
}

func (r *Refused) Error() string { return fmt.Sprintf("status %d: %s", r.Status, r.Body) }

// Status is the HTTP status of an error, or 0.
func Status(err error) int {
	if r := (*Refused)(nil); errors.As(err, &r) {
		return r.Status
	}
	return 0
}

// Do sends JSON and decodes the answer into out; each may be nil.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	b, _, err := c.raw(ctx, method, path, body, map[string]string{"Content-Type": "application/json"})
	if err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s %s answered %.200q: %w", method, path, b, err)
	}
	return nil
}

// Get decodes what is at a path below /api/v1.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.Do(ctx, http.MethodGet, "/api/v1"+path, nil, out)
}

// Bytes fetches a path, with further headers.
func (c *Client) Bytes(ctx context.Context, path string, header map[string]string) ([]byte, http.Header, error) {
	return c.raw(ctx, http.MethodGet, path, nil, header)
}

func (c *Client) raw(ctx context.Context, method, path string, body io.Reader, header map[string]string) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return nil, nil, err
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	req.Header.Set("Origin", c.Base)
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, nil, err
	}
	if res.StatusCode/100 != 2 {
		return nil, res.Header, fmt.Errorf("%s %s: %w", method, path, &Refused{res.StatusCode, string(b)})
	}
	return b, res.Header, nil
}

// SignIn opens a session.
func (c *Client) SignIn(ctx context.Context, login, password string) error {
	return c.Do(ctx, http.MethodPost, "/api/v1/session", map[string]string{"login": login, "password": password}, nil)
}

// Interaction is a record as the API tells it; see internal/edge/api.
type Interaction struct {
	ID              string `json:"id"`
	Phase           string `json:"phase"`
	Outcome         string `json:"outcome"`
	Channel         string `json:"channel"`
	CustomerAddress string `json:"customer_address"`
	CenterAddress   string `json:"center_address"`
	QueueName       string `json:"queue_name"`
	AgentID         string `json:"agent_id"`
	AgentName       string `json:"agent_name"`
	ArrivedMs       int64  `json:"arrived_ms"`
	QueuedMs        int64  `json:"queued_ms"`
	AnsweredMs      int64  `json:"answered_ms"`
	LeftMs          int64  `json:"left_ms"`
	EndedMs         int64  `json:"ended_ms"`
	TalkMs          int64  `json:"talk_ms"`
	WrapUpMs        int64  `json:"wrap_up_ms"`
	Cause           string `json:"cause"`
	CauseDetail     string `json:"cause_detail"`
	DispositionID   string `json:"disposition_id"`
	Note            string `json:"note"`
	Recording       string `json:"recording"`
}

// Interactions lists records, newest first, with the filters of GET /interactions.
func (c *Client) Interactions(ctx context.Context, filter url.Values) ([]Interaction, error) {
	var all []Interaction
	if filter == nil {
		filter = url.Values{}
	}
	filter.Set("limit", "200")
	for {
		var page struct {
			Items []Interaction `json:"items"`
			Next  string        `json:"next"`
		}
		if err := c.Get(ctx, "/interactions?"+filter.Encode(), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		filter.Set("cursor", page.Next)
	}
}

// Event is one fact of an interaction's journal.
type Event struct {
	Seq  int64           `json:"seq"`
	AtMs int64           `json:"at_ms"`
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// Events is the journal of an interaction.
func (c *Client) Events(ctx context.Context, id string) ([]Event, error) {
	var all struct {
		Items []Event `json:"items"`
	}
	err := c.Get(ctx, "/interactions/"+id+"/events", &all)
	return all.Items, err
}

// Recording is the WAV file of an interaction.
func (c *Client) Recording(ctx context.Context, id string) ([]byte, error) {
	b, _, err := c.Bytes(ctx, "/api/v1/interactions/"+id+"/recording", nil)
	return b, err
}

// socket opens the desk's WebSocket.
func (c *Client) socket(ctx context.Context) (*websocket.Conn, error) {
	h := http.Header{"Origin": {c.Base}}
	if c.Token != "" {
		h.Set("Authorization", "Bearer "+c.Token)
	}
	conn, _, err := websocket.Dial(ctx, "ws"+c.Base[len("http"):]+"/api/v1/desk", &websocket.DialOptions{HTTPClient: c.http, HTTPHeader: h})
	if err != nil {
		return nil, fmt.Errorf("opening the desk's socket: %w", err)
	}
	conn.SetReadLimit(16 << 20)
	return conn, nil
}

// UseSession makes the client somebody whose session's token is known.
func (c *Client) UseSession(token string) error {
	at, err := url.Parse(c.Base)
	if err != nil {
		return err
	}
	c.http.Jar.SetCookies(at, []*http.Cookie{{Name: "lk_session", Value: token, Path: "/"}})
	return nil
}
