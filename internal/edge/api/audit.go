package api

import (
	"context"
	"encoding/base64"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

// AuditFilter says which lines of the audit list are wanted.
type AuditFilter struct {
	User       string `query:"user" maxLength:"64" doc:"Id of who did it"`
	Action     string `query:"action" enum:"create,change,delete,sign_in,sign_out,revoke,listen,export,supervise,hold,lift_hold,expire"`
	ObjectKind string `query:"object_kind" maxLength:"64" doc:"What it was done to: user, queue, interaction, recording …"`
	ObjectID   string `query:"object_id" maxLength:"64"`
	From       int64  `query:"from" minimum:"0" doc:"UTC milliseconds, inclusive"`
	To         int64  `query:"to" minimum:"0" doc:"UTC milliseconds, exclusive; 0: no end"`
}

type auditInput struct {
	AuditFilter
	Cursor string `query:"cursor" maxLength:"400" doc:"Where the last page ended"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type auditFileInput struct {
	AuditFilter
}

// AuditLine is who did what when.
type AuditLine struct {
	ID            string            `json:"id"`
	AtMs          int64             `json:"at_ms" doc:"UTC milliseconds"`
	UserID        string            `json:"user_id" doc:"Empty: the system or a token"`
	UserName      string            `json:"user_name"`
	Source        string            `json:"source" doc:"Address it came from, or desk, file, system"`
	Action        string            `json:"action" enum:"create,change,delete,sign_in,sign_out,revoke,listen,export,supervise,hold,lift_hold,expire"`
	ObjectKind    string            `json:"object_kind"`
	ObjectID      string            `json:"object_id"`
	ObjectName    string            `json:"object_name" doc:"Empty: it has none or is gone"`
	InteractionID string            `json:"interaction_id" doc:"The interaction it is about; empty: none"`
	Answered      string            `json:"answered" enum:"yes,no," doc:"Of a monitoring: whether the supervisor came to be in the talk"`
	Detail        map[string]any    `json:"detail" doc:"before and after of a change, or what the action says"`
	Names         map[string]string `json:"names" doc:"Of the ids in it"`
}

type auditOutput struct {
	Body List[AuditLine]
}

// auditRows is how many lines a file holds at most; the newest are in it.
const auditRows = 10_000

func (s *server) auditList(ctx context.Context, in *auditInput) (*auditOutput, error) {
	v := viewerOf(ctx)
	after, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil || !clean(string(after)) {
		return nil, fault.OneField("cursor", fault.Malformed, "This is not the cursor of an earlier page.")
	}
	f, err := in.filter(v)
	if err != nil {
		return nil, err
	}
	lines, err := s.deps.Reports.Audit(ctx, v.Tenant, f, db.Page{After: string(after), Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &auditOutput{List[AuditLine]{Items: []AuditLine{}}}
	for _, l := range lines {
		shown := AuditLine{ID: l.ID, AtMs: db.Millis(l.At), UserID: l.User, UserName: l.UserName, Source: l.Source,
			Action: string(l.Action), ObjectKind: l.ObjectKind, ObjectID: l.ObjectID, ObjectName: l.ObjectName,
			InteractionID: string(l.Interaction), Answered: string(l.Answered), Detail: map[string]any{}, Names: l.Names}
		if err := db.FromJSON(&shown.Detail).Scan(string(l.Detail)); err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, shown)
	}
	if len(lines) == in.Limit {
		out.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(lines[len(lines)-1].ID))
	}
	return out, nil
}

// auditCSV sends the newest lines as a file and notes that they left the house.
func (s *server) auditCSV(ctx context.Context, in *auditFileInput) (*huma.StreamResponse, error) {
	v := viewerOf(ctx)
	f, err := in.filter(v)
	if err != nil {
		return nil, err
	}
	home, err := s.tenantOf(ctx, v.Tenant)
	if err != nil {
		return nil, err
	}
	lines, err := s.auditLines(ctx, v.Tenant, f)
	if err != nil {
		return nil, err
	}
	err = s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Note(tx, v.author(), audit.Export, "audit", "list", map[string]any{
			"from_ms": in.From, "to_ms": in.To, "user": in.User, "action": string(f.Action), "object_kind": in.ObjectKind, "rows": len(lines)})
	})
	if err != nil {
		return nil, err
	}
	zone := home.Location()
	name := "audit-" + time.Now().In(zone).Format("2006-01-02") + ".csv"
	return s.file(csvType, name, func(w io.Writer) error { return report.WriteAuditCSV(w, lines, zone) }), nil
}

func (s *server) auditLines(ctx context.Context, t tenant.ID, f audit.Filter) ([]report.AuditLine, error) {
	var all []report.AuditLine
	page := db.Page{Limit: db.MaxLimit}
	for len(all) < auditRows {
		lines, err := s.deps.Reports.Audit(ctx, t, f, page)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
		if len(lines) < page.Limit {
			break
		}
		page.After = lines[len(lines)-1].ID
	}
	return all, nil
}

// filter is the question of a viewer. Who may monitor but not see everything sees the monitorings.
func (in AuditFilter) filter(v viewer) (audit.Filter, error) {
	f := audit.Filter{User: in.User, Action: audit.Action(in.Action), ObjectKind: in.ObjectKind, ObjectID: in.ObjectID,
		From: db.Instant(in.From), To: db.Instant(in.To)}
	if v.May(access.SeeAudit) {
		return f, nil
	}
	if f.Action != "" && f.Action != audit.Supervise {
		return f, fault.Denied.New("Your role shows you monitorings only.")
	}
	f.Action = audit.Supervise
	return f, nil
}
