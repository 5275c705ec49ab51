package world

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // registers the driver of the source

	"linekeeper/internal/audit"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// Flow publishes a flow under a key, and leads a number to it unless the number is empty. Nodes are the
// JSON of the program's nodes and variables, behind schema and start; the first is "a".
func (w *World) Flow(key, number, rest string) flow.ID {
	w.T.Helper()
	return w.publish(key, number, `{"schema":1,"start":"a",`+rest+`}`)
}

func (w *World) publish(key, number, program string) (id flow.ID) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		f, err := flow.Create(tx, by, flow.Flow{Key: key, Name: key, Program: json.RawMessage(program)})
		id = f.ID
		if err != nil || number == "" {
			return err
		}
		p, err := project.ByKey(tx, tenant.ID(by.Tenant), "shop")
		if err != nil {
			return err
		}
		_, err = entry.Create(tx, by, entry.Entry{Key: key, Name: key, Number: number, ProjectID: p.ID, FlowID: string(f.ID)})
		return err
	})
	return id
}

// Tags are the words that flows have put to the only interaction, in order.
func (w *World) Tags() []string { return w.FlowSteps(flow.StepTagged) }

// sourceFile is the database that flows look up in, as the source crm.
func (w *World) sourceFile() string { return filepath.Join(w.folder, "crm.db") }

// Source runs statements in it.
func (w *World) Source(statements ...string) {
	w.T.Helper()
	d, err := sql.Open("sqlite", w.sourceFile())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, s := range statements {
		if _, err := d.ExecContext(w.T.Context(), s); err != nil {
			w.T.Error(err)
		}
	}
	if err := d.Close(); err != nil {
		w.T.Error(err)
	}
}

// Template publishes a shipped template under its key, with some of its text replaced, and leads a number to it unless
// the number is empty.
func (w *World) Template(key, number string, replace ...string) (id flow.ID) {
	w.T.Helper()
	for _, t := range flow.Templates() {
		if t.Key == key {
			return w.publish(key, number, strings.NewReplacer(replace...).Replace(string(t.Program)))
		}
	}
	w.T.Fatalf("there is no template %q", key)
	return ""
}

// Service answers HTTP at an address of the network of the story, such as 127.0.0.1:8090, until the story ends.
func (w *World) Service(at string, answer http.HandlerFunc) (stop func()) {
	w.T.Helper()
	l, err := w.Net.ListenTCP(netip.MustParseAddrPort(at))
	if err != nil {
		w.T.Fatal(err)
	}
	var answering sync.WaitGroup // the server does not wait for those
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		answering.Add(1)
		defer answering.Done()
		answer(rw, r)
	})}
	over := make(chan error, 1)
	go func() { over <- s.Serve(l) }()
	once := sync.OnceFunc(func() {
		if err := s.Close(); err != nil {
			w.T.Error(err)
		}
		<-over
		answering.Wait()
	})
	w.services = append(w.services, once)
	return once
}

// Said are the texts and prompts the only interaction's flows have said, in order.
func (w *World) Said() []string { return w.FlowSteps(flow.StepPlayed) }

// FlowSteps are the texts of steps of one sort.
func (w *World) FlowSteps(what string) (all []string) {
	w.T.Helper()
	for _, r := range w.Journal() {
		if e, ok := r.Event.(interaction.EventFlowStep); ok && e.What == what {
			all = append(all, e.Text)
		}
	}
	return all
}

// Journal is what is written down of the only interaction.
func (w *World) Journal() (all []interaction.Recorded) {
	w.T.Helper()
	id := w.OneRecord().ID
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) (err error) {
		all, err = (&interaction.Store{}).Journal(tx, id)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

// Logged is what the product has logged.
func (w *World) Logged() string { return w.logged.String() }
