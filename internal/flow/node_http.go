package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"linekeeper/internal/kit/outbound"
)

// Web asks services outside; outbound.Client implements it.
type Web interface {
	Do(ctx context.Context, r outbound.Request) (outbound.Answer, error)
}

// httpKinds are the nodes that ask services outside.
func httpKinds() []Kind {
	return []Kind{{
		Name: "http", Doc: "Asks a service outside by HTTP and puts its answer into variables. An answer is right with a status of 200 to 299; after a crash the service may be asked again.",
		Next: true,
		Params: []Param{
			{Name: "method", Type: ChoiceParam, Options: []string{"GET", "POST", "PUT", "PATCH", "DELETE"}, Default: "GET", Doc: "what to do"},
			{Name: "url", Type: TemplateParam, Required: true, Secrets: true, Doc: "the address, with scheme and host as plain text; what expressions give is escaped"},
			{Name: "headers", Type: TemplatesParam, Secrets: true, Doc: "header fields"},
			{Name: "body", Type: TemplateParam, Secrets: true, Doc: "JSON to send; what expressions give is escaped for a string of it"},
			{Name: "timeout", Type: SecondsParam, Default: 2.0, Min: 0.1, Max: 10, Doc: "how long the customer waits for the answer at most, retries included"},
			{Name: "retries", Type: IntegerParam, Default: 1.0, Min: 0, Max: 3, Doc: "how often a GET that fails is asked again"},
			{Name: "take", Type: AssignParam, On: []string{"next"}, With: map[string]any{"response": nil}, Doc: "variables and the expression each is set to: response.status, and response.body, which is the answer's JSON or else its text"},
		},
		Edges: []Edge{{Name: "failed", Doc: "there is no right answer in time, or it has not what is wanted of it"}},
		run:   runHTTP, check: checkHTTP,
	}}
}

var (
	plainURL    = regexp.MustCompile(`^https?://[^/?#@\\\s]+([/?#].*)?$`)
	fixedHost   = regexp.MustCompile(`^https?://[^/?#@\\\s]+[/?]`)
	headerName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)
	ownedHeader = regexp.MustCompile(`(?i)^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|proxy-.*)$`)
)

func checkHTTP(n *node) (found Problems) {
	t, _ := n.params["url"].(*template)
	plain := ""
	if len(t.parts) > 0 {
		plain = t.parts[0].plain
	}
	if len(t.parts) == 1 && !plainURL.MatchString(plain) || len(t.parts) != 1 && !fixedHost.MatchString(plain) {
		found.add(n.id, "url", "must begin with https:// or http:// and a host written as plain text, followed by / or ? before the first expression")
	}
	headers, _ := n.params["headers"].(map[string]*template)
	for name := range headers {
		if !headerName.MatchString(name) || ownedHeader.MatchString(name) {
			found.add(n.id, "headers", "%q cannot be set", name)
		}
	}
	if _, body := n.params["body"]; body && n.str("method") == http.MethodGet {
		found.add(n.id, "body", "cannot be sent with GET")
	}
	return found
}

func runHTTP(ctx context.Context, r *run, n *node) (string, error) {
	if r.cfg.Web == nil {
		return r.failed(ctx, n, fmt.Errorf("services outside cannot be asked here"))
	}
	request, err := r.request(ctx, n)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	r.waits(n)
	began := r.cfg.Clock.Now()
	answer, err := r.cfg.Web.Do(ctx, request)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	r.step(n, StepAsked, fmt.Sprintf("%s, answered %d in %s", request.Method, answer.Status, r.cfg.Clock.Now().Sub(began).Round(time.Millisecond)))
	if answer.Status < 200 || answer.Status > 299 {
		return r.failed(ctx, n, fmt.Errorf("the answer has the status %d", answer.Status))
	}
	if err := r.assign(ctx, n, "take", extra{"response": response(answer)}); err != nil {
		return r.failed(ctx, n, err)
	}
	return "next", nil
}

// request fills in what is asked.
func (r *run) request(ctx context.Context, n *node) (q outbound.Request, err error) {
	q = outbound.Request{
		Method: n.str("method"), Header: http.Header{}, Timeout: n.seconds("timeout"), Retries: int(n.number("retries")), Limit: maxValue,
	}
	t, _ := n.params["url"].(*template)
	if q.URL, err = r.fill(ctx, t, escapeURL); err != nil {
		return q, fmt.Errorf("url: %w", err)
	}
	path, _, _ := strings.Cut(q.URL, "?")
	for _, part := range strings.Split(path, "/") {
		if part == "." || part == ".." {
			return q, fmt.Errorf("url: a part of its path is %q", part)
		}
	}
	headers, _ := n.params["headers"].(map[string]*template)
	for name, t := range headers {
		value, err := r.fill(ctx, t, nil)
		if err != nil {
			return q, fmt.Errorf("header %s: %w", name, err)
		}
		if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return q, fmt.Errorf("header %s: its value holds a control character", name)
		}
		q.Header.Set(name, value)
	}
	body, _ := n.params["body"].(*template)
	if body == nil {
		return q, nil
	}
	if q.Body, err = r.fill(ctx, body, escapeJSON); err != nil {
		return q, fmt.Errorf("body: %w", err)
	}
	if !json.Valid([]byte(q.Body)) {
		return q, fmt.Errorf("body: is not JSON once its expressions are filled in")
	}
	if q.Header.Get("Content-Type") == "" {
		q.Header.Set("Content-Type", "application/json")
	}
	return q, nil
}

// escapeURL makes a text a part of a path or of a query.
func escapeURL(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// escapeJSON makes a text the inside of a JSON string; numbers stay numbers outside of one.
func escapeJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(b[1 : len(b)-1])
}

// response is what expressions see of an answer.
func response(a outbound.Answer) map[string]any {
	var body any
	if json.Unmarshal(a.Body, &body) != nil {
		body = strings.ToValidUTF8(string(a.Body), "\ufffd")
	}
	return map[string]any{"status": float64(a.Status), "type": a.Type, "body": body}
}
