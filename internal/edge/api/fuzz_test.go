package api

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestNothingBreaksIt sends random bodies and parameters, most of the right shape, to every route: no
// answer is an internal error.
func TestNothingBreaksIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := rand.New(rand.NewPCG(1, 2))
		api := register(http.NewServeMux(), w.server)
		for _, route := range w.server.routes() {
			if route.op.OperationID == "signOut" || route.op.OperationID == "desk" {
				continue
			}
			op := api.OpenAPI().Paths[route.op.Path]
			for range 12 {
				path := strings.ReplaceAll(route.op.Path, "{id}", url.PathEscape(text(r)))
				query := url.Values{}
				body := ""
				for _, o := range []*huma.Operation{op.Get, op.Post, op.Put, op.Patch, op.Delete} {
					if o == nil || o.OperationID != route.op.OperationID {
						continue
					}
					for _, p := range o.Parameters {
						if p.In == "query" && r.IntN(2) == 0 {
							query.Set(p.Name, fmt.Sprint(value(r, api.OpenAPI().Components.Schemas, p.Schema, 0)))
						}
					}
					if o.RequestBody != nil {
						body = text(r)
						if media := o.RequestBody.Content["application/json"]; media != nil {
							b, err := json.Marshal(value(r, api.OpenAPI().Components.Schemas, media.Schema, 0))
							if err != nil {
								t.Fatal(err)
							}
							body = string(b)
						}
					}
				}
				rec := w.ask("token", route.op.Method, path+"?"+query.Encode(), body)
				if rec.Code >= 500 {
					t.Errorf("%s %s?%s %s: got %d %s\n%s", route.op.Method, path, query.Encode(), body, rec.Code, rec.Body, w.log)
					w.log.Reset()
				}
			}
		}
	})
}

// value makes something that fits the schema, mostly.
func value(r *rand.Rand, all huma.Registry, s *huma.Schema, depth int) any {
	if s.Ref != "" {
		s = all.SchemaFromRef(s.Ref)
	}
	if r.IntN(25) == 0 {
		return []any{nil, 0, "x", []any{}, map[string]any{}, true, -1e300}[r.IntN(7)]
	}
	if len(s.Enum) > 0 {
		return s.Enum[r.IntN(len(s.Enum))]
	}
	switch s.Type {
	case huma.TypeBoolean:
		return r.IntN(2) == 0
	case huma.TypeInteger:
		return []int64{0, 1, -1, 5000, 60000, 1 << 40, 9223372036854775807, -9223372036854775808}[r.IntN(8)]
	case huma.TypeNumber:
		return r.Float64()
	case huma.TypeArray:
		out := []any{}
		for range r.IntN(4) {
			out = append(out, value(r, all, s.Items, depth+1))
		}
		return out
	case huma.TypeObject:
		out := map[string]any{}
		for name, inner := range s.Properties {
			if r.IntN(20) > 0 {
				out[name] = value(r, all, inner, depth+1)
			}
		}
		if inner, ok := s.AdditionalProperties.(*huma.Schema); ok {
			for range r.IntN(3) {
				out[[]string{"en", "ru", "mon", text(r)}[r.IntN(4)]] = value(r, all, inner, depth+1)
			}
		}
		return out
	}
	return text(r)
}

func text(r *rand.Rand) string {
	return []string{"", "a", "k1", "en", "sip:a@b:5060", "+66812345678", "09:00-18:00", "Asia/Bangkok", "2026-12-31", "' OR 1=1 --", "%", "_",
		"..", "../../etc/passwd", "\u202e", "😀", "a\nb", "=1+1", "null", "{}", "[", strings.Repeat("я", 70), strings.Repeat("a", 20000),
		"\x00", "0e1", "-", "18446744073709551616", "PCMA", "192.0.2.1", "00000000-0000-7000-8000-000000000000"}[r.IntN(30)]
}
