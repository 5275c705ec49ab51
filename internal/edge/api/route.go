package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// prefix is where the API begins; everything else belongs to the client's pages or the operator.
const prefix = "/api/v1"

// route is one operation: what the mux, the permission check, the OpenAPI file and the tests need.
type route struct {
	op   huma.Operation
	need need
	add  func(huma.API, huma.Operation)
}

// option changes an operation away from the default.
type option func(*huma.Operation)

// status is the answer's code when it is not 200 (204 for no body).
func status(code int) option { return func(op *huma.Operation) { op.DefaultStatus = code } }

// bodyLimit is the largest body in bytes; the default is maxBody.
func bodyLimit(n int64) option { return func(op *huma.Operation) { op.MaxBodyBytes = n } }

// takesBytes lets the body be anything, not only text.
func takesBytes() option { return func(op *huma.Operation) { op.Metadata[bytesKey] = true } }

// describe adds more than one line to the summary.
func describe(text string) option { return func(op *huma.Operation) { op.Description = text } }

// answers says what a streamed answer is: huma cannot know it from the type.
func answers(description string, contentTypes ...string) option {
	return func(op *huma.Operation) {
		content := map[string]*huma.MediaType{}
		for _, ct := range contentTypes {
			content[ct] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
		op.Responses = map[string]*huma.Response{"200": {Description: description, Content: content}}
	}
}

// rt makes a route. The handler's errors become problems here and nowhere else.
func rt[I, O any](method, path, id string, n need, summary string,
	handle func(context.Context, *I) (*O, error), opts ...option) route {
	op := huma.Operation{
		OperationID:  id,
		Method:       method,
		Path:         prefix + path,
		Summary:      summary,
		Tags:         []string{strings.SplitN(strings.TrimPrefix(path, "/"), "/", 2)[0]},
		MaxBodyBytes: maxBody,
		Metadata:     map[string]any{needKey: n},
		Errors:       []int{http.StatusUnprocessableEntity, http.StatusInternalServerError},
		Extensions:   map[string]any{"x-needs": n.name},
	}
	if n.allow != nil {
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	for _, o := range opts {
		o(&op)
	}
	return route{op: op, need: n, add: func(api huma.API, op huma.Operation) {
		huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := handle(ctx, in)
			if err != nil {
				return nil, problemOf(ctx, err)
			}
			return out, nil
		})
	}}
}
