package api

import (
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/entry"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

// The types of files.
const (
	csvType  = "text/csv; charset=utf-8"
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	yamlType = "application/yaml"
	zipType  = "application/zip"
)

func (s *server) summary(ctx context.Context, in *summaryInput) (*summaryOutput, error) {
	sum, err := s.summarize(ctx, in)
	if err != nil {
		return nil, err
	}
	shown := Summary{From: in.From, To: in.To, By: in.By, TimeZone: sum.Request.Zone.String(), Metrics: []string{},
		Rows: []SummaryRow{}, Total: shownRow(sum.Total)}
	for _, m := range sum.Metrics {
		shown.Metrics = append(shown.Metrics, m.Key)
	}
	for _, row := range sum.Rows {
		shown.Rows = append(shown.Rows, shownRow(row))
	}
	return &summaryOutput{shown}, nil
}

func (s *server) summaryCSV(ctx context.Context, in *summaryInput) (*huma.StreamResponse, error) {
	return s.summaryFile(ctx, in, csvType, "csv", report.WriteCSV)
}

func (s *server) summaryXLSX(ctx context.Context, in *summaryInput) (*huma.StreamResponse, error) {
	return s.summaryFile(ctx, in, xlsxType, "xlsx", report.WriteXLSX)
}

func (s *server) metrics(ctx context.Context, _ *nothing) (*metricsOutput, error) {
	out := &metricsOutput{Metrics{Items: []Metric{}}}
	for _, m := range report.Metrics() {
		out.Body.Items = append(out.Body.Items, Metric{Key: m.Key, NameKey: m.NameKey(), Names: m.Names, Formula: m.Formula,
			Unit: string(m.Unit), Better: m.Better, By: texts(m.By)})
	}
	return out, nil
}

// summarize reads what the parameters ask for, in the tenant's time zone if they name none.
func (s *server) summarize(ctx context.Context, in *summaryInput) (report.Summary, error) {
	v := viewerOf(ctx)
	if in.TimeZone == "" {
		home, err := s.tenantOf(ctx, v.Tenant)
		if err != nil {
			return report.Summary{}, err
		}
		in.TimeZone = home.TimeZone
	}
	var wrong fault.Fields
	tenant.CheckTimeZone(&wrong, "time_zone", in.TimeZone)
	if err := wrong.Err(); err != nil {
		return report.Summary{}, err
	}
	return s.deps.Reports.Summary(ctx, report.Request{Tenant: v.Tenant, From: db.Instant(in.From), To: db.Instant(in.To),
		By: report.By(in.By), Zone: tenant.Location(in.TimeZone), Queue: queue.ID(in.Queue), Agent: access.UserID(in.Agent),
		Entry: entry.ID(in.Entry), Project: project.ID(in.Project),
		Channel: report.Channel(in.Channel), Question: in.Question})
}

// summaryFile sends a report as a file and notes that it left the house.
func (s *server) summaryFile(ctx context.Context, in *summaryInput, contentType, ending string,
	write func(io.Writer, report.Summary, string) error) (*huma.StreamResponse, error) {
	v := viewerOf(ctx)
	sum, err := s.summarize(ctx, in)
	if err != nil {
		return nil, err
	}
	err = s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Note(tx, v.author(), audit.Export, "report", "summary", map[string]any{
			"from_ms": in.From, "to_ms": in.To, "by": in.By, "file": ending, "rows": len(sum.Rows)})
	})
	if err != nil {
		return nil, err
	}
	language := in.Language
	if language == "" {
		language = string(v.Language)
	}
	name := "report-" + in.By + "-" + sum.Request.From.In(sum.Request.Zone).Format("2006-01-02") + "." + ending
	return s.file(contentType, name, func(w io.Writer) error { return write(w, sum, language) }), nil
}

// file streams something to be kept as a file.
func (s *server) file(contentType, name string, write func(io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		_, w := humago.Unwrap(hctx)
		streaming(w)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		if err := write(w); err != nil {
			s.log.Error("file not sent whole", "name", name, "error", err)
			panic(http.ErrAbortHandler) // half a file must not look whole
		}
	}}
}

func shownRow(row report.Row) SummaryRow {
	shown := SummaryRow{Key: row.Key, Name: row.Name, FromMs: db.Millis(row.From), ToMs: db.Millis(row.To),
		Cells: slices.Grow([]SummaryCell{}, len(row.Cells))}
	for _, c := range row.Cells {
		shown.Cells = append(shown.Cells, SummaryCell{Metric: c.Metric, Value: c.Value, Filter: c.Filter.Params()})
	}
	return shown
}
