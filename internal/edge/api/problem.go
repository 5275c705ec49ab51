package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/access"
	"linekeeper/internal/center"
	"linekeeper/internal/kit/fault"
)

// Problem is every error's body: RFC 9457 with a code that a client can branch on.
type Problem struct {
	Status int          `json:"status" doc:"HTTP status code"`
	Title  string       `json:"title" doc:"The status in words"`
	Code   string       `json:"code" enum:"invalid,denied,not_found,conflict,busy,unavailable,internal" doc:"What kind of trouble; selects a translated sentence"`
	Detail string       `json:"detail" doc:"A sentence for the user, in English"`
	Reason string       `json:"reason,omitempty" doc:"A code of the detail, for clients that say it in other languages"`
	Params []fault.Said `json:"params,omitempty" doc:"What stands in the detail, in its order"`
	Fields []FieldError `json:"fields" nullable:"false" doc:"What is wrong with the input, field by field"`
	Uses   []ThingUse   `json:"uses,omitempty" doc:"Of a thing that cannot be removed or get another key: what needs it"`

	cause error         // for the log
	wait  time.Duration // busy: how long
}

// FieldError is one thing wrong with the input.
type FieldError struct {
	Path    string       `json:"path" doc:"JSON path from where it was found: body.names.en, query.limit; center.yaml files: as in the file"`
	Rule    string       `json:"rule" doc:"required, malformed, too_long, out_of_range, unknown, taken, not_allowed"`
	Message string       `json:"message"`
	Reason  string       `json:"reason,omitempty" doc:"A code of the message, for clients that say it in other languages"`
	Params  []fault.Said `json:"params,omitempty" doc:"What stands in the message, in its order"`
}

// ThingUse is something that needs a thing, and where it names it.
type ThingUse struct {
	Kind  string `json:"kind" doc:"entry, queue, project, trigger, disposition, flow"`
	ID    string `json:"id"`
	Key   string `json:"key"`
	Name  string `json:"name"`
	Node  string `json:"node" doc:"Of a flow; empty: it is none"`
	Field string `json:"field" doc:"As in the center file: closing.after.flow; of a flow, the node's parameter"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// Unwrap gives the cause, for the log.
func (p *Problem) Unwrap() error { return p.cause }

// retryAfter is the wait in whole seconds.
func (p *Problem) retryAfter() int { return max(1, int(math.Ceil(p.wait.Seconds()))) }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter()))
	}
	return h
}

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statuses is the one table from kinds of fault to HTTP.
func statuses() map[fault.Kind]int {
	return map[fault.Kind]int{
		fault.Invalid:     http.StatusUnprocessableEntity,
		fault.Denied:      http.StatusForbidden, // unauthorized when nobody is signed in
		fault.NotFound:    http.StatusNotFound,
		fault.Conflict:    http.StatusConflict,
		fault.Busy:        http.StatusTooManyRequests,
		fault.Unavailable: http.StatusServiceUnavailable,
		fault.Internal:    http.StatusInternalServerError,
	}
}

// kinds is the way back, for errors found before a handler ran.
func kinds() map[int]fault.Kind {
	return map[int]fault.Kind{
		http.StatusBadRequest:            fault.Invalid,
		http.StatusUnauthorized:          fault.Denied,
		http.StatusForbidden:             fault.Denied,
		http.StatusNotFound:              fault.NotFound,
		http.StatusMethodNotAllowed:      fault.NotFound,
		http.StatusNotAcceptable:         fault.Invalid,
		http.StatusRequestTimeout:        fault.Unavailable,
		http.StatusConflict:              fault.Conflict,
		http.StatusRequestEntityTooLarge: fault.Invalid,
		http.StatusUnsupportedMediaType:  fault.Invalid,
		http.StatusUnprocessableEntity:   fault.Invalid,
		http.StatusTooManyRequests:       fault.Busy,
		http.StatusServiceUnavailable:    fault.Unavailable,
	}
}

// problemOf turns an error of a noun into what is sent. Denied to nobody is 401: signing in may help.
func problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	kind := fault.KindOf(err)
	code := statuses()[kind]
	if kind == fault.Denied && !signedInto(ctx) {
		code = http.StatusUnauthorized
	}
	p = newProblem(code, kind, fault.Message(err))
	if said := fault.SaidOf(err); said.Code != "" {
		p.Reason, p.Params = said.Code, said.Params
	}
	for _, f := range fault.FieldsOf(err) {
		p.Fields = append(p.Fields, FieldError{Path: fault.Join(where(ctx, err), f.Path), Rule: string(f.Rule), Message: f.Message, Reason: f.Code, Params: f.Params})
	}
	var inUse *center.InUse
	if errors.As(err, &inUse) {
		for _, u := range inUse.Uses {
			p.Uses = append(p.Uses, ThingUse{u.Kind, u.ID, u.Key, u.Name, u.Node, u.Field})
		}
	}
	p.cause, p.wait = err, access.RetryAfter(err)
	if kind == fault.Internal {
		noteFailure(ctx, err)
	}
	return p
}

// where is the part of the request a noun's fields are about. A center's file has its own paths.
func where(ctx context.Context, err error) string {
	var file *center.Problems
	switch r := viewerOf(ctx).request; {
	case errors.As(err, &file):
		return ""
	case r != nil && r.Method == http.MethodGet:
		return "query"
	}
	return "body"
}

func newProblem(status int, kind fault.Kind, detail string) *Problem {
	return &Problem{Status: status, Title: http.StatusText(status), Code: kind.String(), Detail: detail, Fields: []FieldError{}}
}

// useProblems makes huma's own errors (malformed JSON, missing fields, too large) problems too, and
// arrays never null. These are huma's process-wide settings; there is no other door to them.
var useProblems = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return fromHuma(status, msg, errs)
	}
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return fromHuma(status, msg, errs)
	}
})

// fromHuma reads what huma found wrong before the handler ran.
func fromHuma(status int, msg string, errs []error) *Problem {
	if status == http.StatusInternalServerError && msg == "cannot read request body" {
		status = http.StatusBadRequest // the client went away or lied about the length
	}
	kind, known := kinds()[status]
	if !known {
		kind = fault.Internal
	}
	p := newProblem(status, kind, sentence(kind, msg))
	for _, err := range errs {
		if err == nil {
			continue
		}
		f := FieldError{Rule: string(fault.Malformed), Message: err.Error()}
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			detail := d.ErrorDetail()
			f.Path, f.Message, f.Rule = detail.Location, detail.Message, string(ruleOf(detail.Message))
		}
		p.Fields = append(p.Fields, f)
	}
	return p
}

// sentence makes a sentence for the user of huma's few words. Internal errors keep their secret.
func sentence(kind fault.Kind, msg string) string {
	switch {
	case kind == fault.Internal:
		return "Something went wrong on our side."
	case msg == "" || msg == "validation failed":
		return "Some fields are not right."
	}
	return strings.ToUpper(msg[:1]) + msg[1:] + "."
}

// ruleOf tells from huma's message which rule it means.
func ruleOf(message string) fault.Rule {
	for _, m := range []struct {
		has  string
		rule fault.Rule
	}{
		{"required property", fault.Required},
		{"required", fault.Required},
		{"unexpected property", fault.Unknown},
		{"length <=", fault.TooLong},
		{"<=", fault.OutOfRange},
		{">=", fault.OutOfRange},
		{"one of", fault.Unknown},
	} {
		if strings.Contains(message, m.has) {
			return m.rule
		}
	}
	return fault.Malformed
}
