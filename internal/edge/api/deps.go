package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/ladder"
	"linekeeper/internal/live"
	"linekeeper/internal/queue"
	"linekeeper/internal/recording"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

// Who finds out who sends a request; Denied: nobody.
type Who func(*http.Request) (access.Identity, error)

// Deps is what the edge needs; app gives it. What may be nil says so.
type Deps struct {
	DB      *db.DB
	Door    *access.Door
	Reports *report.Reader
	Board   LiveBoard
	// Desk makes the handler of the desk's WebSocket. It asks who again while the socket is open.
	Desk func(Who) http.Handler
	// Center is the center as a file.
	Center Center
	// Phones knows where SIP phones are registered; nil: nowhere.
	Phones Phones
	// Demo is nil outside the demo center.
	Demo DemoCenter
	// Ladder gives what was signalled for an interaction. Nil: nothing is kept.
	Ladder func(context.Context, tenant.ID, interaction.ID) (ladder.Ladder, error)
	// Sound gives a prompt as it is heard, in the language or the nearest there is, 8 kHz mono. Nil: nothing can be heard.
	Sound func(ctx context.Context, t tenant.ID, key, language string) ([]int16, error)
	// Control acts on running calls. Nil: nobody can.
	Control Controller
	// Callbacks changes promises to call customers back. Nil: nobody can.
	Callbacks Callbacks
	// Line changes places of waiting customers. Nil: nobody can.
	Line Line
	// Leader changes agents. Nil: nobody can.
	Leader Leader
	// Shifts is what leaders do about agents' shifts. Nil: nothing.
	Shifts Shifts
	// Noticed is called after a notice was written, changed, withdrawn or is reminded of. Nil: nobody wants to know.
	Noticed func()
	// Mark notes that a user has read, or confirmed, a revision of a notice. Nil: nobody can.
	Mark func(ctx context.Context, user access.UserID, notice string, revision int64, confirm bool) error
	// Triggers starts flows without a customer. Nil: nobody can.
	Triggers Triggers
	// Alerts notes who has seen an alert. Nil: nobody can.
	Alerts Alerts
	// Manifests asks plug-ins what they offer. Nil: they cannot be asked.
	Manifests Manifests
	// Recordings opens what is to be heard, wherever it is kept and however it is sealed.
	Recordings Recordings
	// Client serves the built client for every path that is not the API's.
	Client http.Handler
	// FlowCounts gives how often today's runs of a flow have left each node (menu) by each way (menu.1), and
	// since when. Nil: nobody counts.
	FlowCounts func(flow.ID) (map[string]int64, time.Time)
	// Seal locks a secret that must be read again, such as a trunk's password.
	Seal func(plain string) (secret.Sealed, error)
	// Trunks are the carriers' lines as they are now; nil: not known.
	Trunks TrunkLines
	// Library finds the sound of prompts and texts; nil: nothing sounds.
	Library *flow.Library
	// Speech tells of the engines that speak and of projects' choice of them; nil: there are none.
	Speech func() SpeechState
	// Gateways are those of outgoing e-mail and SMS; nil: there are none.
	Gateways func() []Gateway
	// Sources are the names of the databases that flows look up in; nil: not known.
	Sources []string
	// PromptFiles keeps recorded prompts; nil: none can be recorded.
	PromptFiles *flow.PromptFiles
	// Changed is called after a committed change of set-up, with its kind: user, queue, entry, trunk,
	// disposition, break_reason, skill, project, hours, flow, prompt, alert_rule, center. Nil: nobody wants to know.
	Changed func(kind string)
	// Ready says whether calls can be taken; its error goes to the operator. Nil: always.
	Ready func(context.Context) error
	// Metrics is gathered at /metrics, and the edge's own figures are registered in it. Nil: a
	// registry of its own.
	Metrics *prometheus.Registry
	// TrustedProxies are the addresses whose X-Forwarded-For and -Proto count.
	TrustedProxies []netip.Prefix
	Log            *slog.Logger // nil: slog.Default()
	Version        string
}

// LiveBoard gives the present.
type LiveBoard interface {
	Present() live.Snapshot
	// Line is who waits in a queue; false: there is no such queue.
	Line(queue.ID) (live.LineView, bool)
}

// Recordings is the recordings' content. What is missing or removed is a fault of kind NotFound.
type Recordings interface {
	Open(ctx context.Context, t tenant.ID, id string) (*recording.File, error)
}

// Center reads and writes the whole center as a file.
type Center interface {
	// Apply brings the tenant to what the file says, or only tells what would change.
	Apply(ctx context.Context, by audit.Author, file []byte, dryRun bool) (CenterDiff, error)
	// Export writes the tenant as a file that Apply takes: YAML, or with the recorded prompts a zip archive.
	Export(ctx context.Context, t tenant.ID, recordings bool, w io.Writer) error
}

// Phones is the registrar of SIP phones.
type Phones interface {
	// Devices are the phones registered with an account's name, the preferred first.
	Devices(ctx context.Context, account string) ([]PhoneDevice, error)
	// Forget takes all of them out, when their secret is no longer good.
	Forget(ctx context.Context, account string) error
	// Server is where phones sign in; an empty host: at the address of the web pages.
	Server() (host string, port int)
}

// DemoCenter is the demo's front page.
type DemoCenter interface {
	// People are those one can sign in as with a click.
	People(context.Context) ([]access.User, error)
	// Number is what to dial, and the same as an address for a SIP phone.
	Number() (number, dial string)
}
