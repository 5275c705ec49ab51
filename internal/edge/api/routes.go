package api

import (
	"net/http"
	"slices"
)

// need is what a route asks of who comes. Every route says one; there is no default.
type need string

// Needs that are not a permission.
const (
	anyone   need = "anyone"    // without signing in
	signedIn need = "signed_in" // every role, and tokens
)

// Needs that are permissions.
const (
	setUp            need = "set_up"
	readReports      need = "read_reports"
	watchBoard       need = "watch_board"
	readInteractions need = "read_interactions" // own ones or all: the reader decides by viewer
	listenRecordings need = "listen"
	useDesk          need = "signed_in"
)

// routes is the list of everything the API offers. From it come the mux, the permission checks, the
// OpenAPI file and the test that walks every route with every role.
func (s *server) routes() []route {
	const (
		get    = http.MethodGet
		post   = http.MethodPost
		patch  = http.MethodPatch
		remove = http.MethodDelete
	)
	wav := answers("The audio, stereo: the customer left, the agent right; byte ranges work", "audio/wav")
	csv := answers("Text, UTF-8 with byte order mark, separated by commas", "text/csv")
	xlsx := answers("A workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	return slices.Concat([]route{
		rt(get, "/session", "whoAmI", signedIn, "Who is asking, with permissions", s.whoAmI),
		rt(post, "/session", "signIn", anyone, "Sign in; sets the session's cookie", s.signIn),
		rt(remove, "/session", "signOut", signedIn, "Sign out", s.signOut, status(http.StatusNoContent)),
		rt(get, "/demo", "demo", anyone, "The demo center's people and number; not found in any other", s.demo),
		rt(post, "/demo/session", "demoSignIn", anyone, "Sign in as one of the demo's people", s.demoSignIn),
		rt(post, "/setup", "setup", anyone, "Make the first administrator with the one-time link, and sign in", s.setup),
		rt(patch, "/me", "changeMe", signedIn, "Change own choices", s.changeMe),
		rt(get, "/me/day", "myDay", signedIn, "Own figures of today", s.myDay),

		rt(get, "/interactions", "listInteractions", readInteractions, "Search; agents find their own", s.listInteractions),
		rt(get, "/interactions/{id}", "getInteraction", readInteractions, "One with its segments, offers and recordings", s.getInteraction),
		rt(get, "/interactions/{id}/events", "interactionEvents", readInteractions, "Its timeline", s.interactionEvents),
		rt(get, "/interactions/{id}/recording", "listen", listenRecordings, "Its audio; each listening is noted", s.listen, wav),
		rt(get, "/interactions/{id}/recording/peaks", "peaks", listenRecordings, "Its waveform", s.peaks),

		rt(get, "/customers/{id}", "getCustomer", signedIn, "One customer", s.getCustomer),
		rt(patch, "/customers/{id}", "changeCustomer", signedIn, "Change name, note or numbers", s.changeCustomer),
		rt(get, "/customers/{id}/interactions", "customerInteractions", signedIn, "What happened before, newest first", s.customerInteractions),

		rt(get, "/reports/summary", "summary", readReports, "Figures by queue, agent, hour or day", s.summary),
		rt(get, "/reports/summary.csv", "summaryCSV", readReports, "The same as text", s.summaryCSV, csv),
		rt(get, "/reports/summary.xlsx", "summaryXLSX", readReports, "The same as a workbook", s.summaryXLSX, xlsx),
		rt(get, "/reports/metrics", "metrics", readReports, "Every figure's definition", s.metrics),

		rt(get, "/board", "board", watchBoard, "The present of queues and agents", s.board),
		rt(get, "/desk", "desk", useDesk, "WebSocket: commands in, changes out", s.desk, describe("See edge/desk/protocol.go."), status(http.StatusSwitchingProtocols)),

		rt(post, "/center/apply", "applyCenter", setUp, "Bring the center to what the file says, all or nothing", s.applyCenter, bodyLimit(maxCenter)),
		rt(get, "/center/export", "exportCenter", setUp, "The whole center as a file", s.exportCenter, answers("The file", "application/yaml")),
	},
		keptRoutes(s, "User", "Users", s.users()),
		keptRoutes(s, "Queue", "Queues", s.queues()),
		keptRoutes(s, "Entry", "Entries", s.entries()),
		keptRoutes(s, "Trunk", "Trunks", s.trunks()),
		keptRoutes(s, "Disposition", "Dispositions", s.dispositions()),
		keptRoutes(s, "BreakReason", "BreakReasons", s.breakReasons()),
		keptRoutes(s, "Project", "Projects", s.projects()),
		keptRoutes(s, "Hours", "Hours", s.hours()),
		keptRoutes(s, "Flow", "Flows", s.flows()),
		keptRoutes(s, "Prompt", "Prompts", s.prompts()),
	)
}
