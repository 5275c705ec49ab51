package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"linekeeper/internal/kit/fault"
)

// Limits of what is read from a request.
const (
	maxBody   = 1 << 20 // bytes
	maxCenter = 8 << 20 // bytes of a center's file
)

const needKey = "need"

var errUnfinished = fault.Unavailable.New("This is not built yet.")

// Deps is what the edge needs.
type Deps struct {
	Version string
	Changed func(kind string)
}

type server struct {
	deps Deps
}

type viewer struct{}

func viewerOf(ctx context.Context) viewer { return viewer{} }

func signedInto(ctx context.Context) bool { return false }

func noteFailure(ctx context.Context, err error) {}

func (s *server) changed(kind string, err error) error { return err }

func (s *server) users() kept[User, UserInput] {
	return kept[User, UserInput]{kind: "user", path: "/users", read: setUp}
}
func (s *server) queues() kept[Queue, QueueFields] {
	return kept[Queue, QueueFields]{kind: "queue", path: "/queues", read: signedIn}
}
func (s *server) entries() kept[Entry, EntryFields] {
	return kept[Entry, EntryFields]{kind: "entry", path: "/entries", read: setUp}
}
func (s *server) trunks() kept[Trunk, TrunkFields] {
	return kept[Trunk, TrunkFields]{kind: "trunk", path: "/trunks", read: setUp}
}
func (s *server) dispositions() kept[Disposition, DispositionFields] {
	return kept[Disposition, DispositionFields]{kind: "disposition", path: "/dispositions", read: signedIn}
}
func (s *server) breakReasons() kept[BreakReason, BreakReasonFields] {
	return kept[BreakReason, BreakReasonFields]{kind: "break_reason", path: "/break-reasons", read: signedIn}
}
func (s *server) projects() kept[Project, ProjectFields] {
	return kept[Project, ProjectFields]{kind: "project", path: "/projects", read: setUp}
}
func (s *server) hours() kept[Hours, HoursFields] {
	return kept[Hours, HoursFields]{kind: "hours", path: "/hours", read: setUp}
}
func (s *server) flows() kept[Flow, FlowFields] {
	return kept[Flow, FlowFields]{kind: "flow", path: "/flows", read: setUp}
}
func (s *server) prompts() kept[Prompt, PromptFields] {
	return kept[Prompt, PromptFields]{kind: "prompt", path: "/prompts", read: setUp}
}

// OpenAPI is the description of the API, as kept in docs/openapi.json.
func OpenAPI() ([]byte, error) {
	mux := http.NewServeMux()
	doc := register(mux, &server{}).OpenAPI()
	return json.MarshalIndent(doc, "", "  ")
}

// register puts every route on the mux.
func register(mux *http.ServeMux, s *server) huma.API {
	useProblems()
	config := huma.DefaultConfig("Linekeeper", "1")
	config.CreateHooks = nil // no $schema in answers
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName},
		"token":   {Type: "http", Scheme: "bearer", Description: "lk_..."},
	}
	api := humago.New(mux, config)
	for _, r := range s.routes() {
		r.add(api, r.op)
	}
	return api
}

const cookieName = "lk_session"
