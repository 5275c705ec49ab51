package api

type summaryInput struct {
	From     int64  `query:"from" required:"true" minimum:"0" doc:"UTC milliseconds, inclusive"`
	To       int64  `query:"to" required:"true" minimum:"0" doc:"UTC milliseconds, exclusive"`
	By       string `query:"by" enum:"queue,agent,hour,day,question" default:"queue" doc:"What a row is; question: of a survey, with the figures of its answers only"`
	Queue    string `query:"queue" maxLength:"64" doc:"Id"`
	Agent    string `query:"agent" maxLength:"64" doc:"Id"`
	Entry    string `query:"entry" maxLength:"64" doc:"Id"`
	Project  string `query:"project" maxLength:"64" doc:"Id"`
	Channel  string `query:"channel" enum:"voice,callback,voicemail" doc:"voice: calls, but for those to customers who are called back; callback: these, and the wishes; voicemail: messages"`
	Question string `query:"question" maxLength:"64" doc:"Its key: rows of any kind with the figures of the answers to it only"`
	TimeZone string `query:"time_zone" maxLength:"64" doc:"IANA name; empty: the tenant's"`
	Language string `query:"language" enum:"en,ru,th" doc:"Of headings in files; empty: the asker's"`
}

// Summary is a report: rows and their total.
type Summary struct {
	From     int64        `json:"from"`
	To       int64        `json:"to"`
	By       string       `json:"by" enum:"queue,agent,hour,day,question"`
	TimeZone string       `json:"time_zone"`
	Metrics  []string     `json:"metrics" doc:"The columns in order; see /reports/metrics"`
	Rows     []SummaryRow `json:"rows"`
	Total    SummaryRow   `json:"total" doc:"Computed from the sums, not from the rows' averages"`
}

// SummaryRow is one queue, agent, question, hour or day.
type SummaryRow struct {
	Key    string        `json:"key" doc:"Queue's or agent's id, question's key; hour or day: its beginning in UTC milliseconds; total: empty"`
	Name   string        `json:"name" doc:"Queue's or agent's name, question's key; hour or day: local, 2026-11-21 or 2026-11-21 14:00"`
	FromMs int64         `json:"from_ms" doc:"Hour or day: its beginning"`
	ToMs   int64         `json:"to_ms"`
	Cells  []SummaryCell `json:"cells" doc:"In the order of metrics"`
}

// SummaryCell is one figure.
type SummaryCell struct {
	Metric string            `json:"metric"`
	Value  *float64          `json:"value" doc:"Unit: see the metric; null: there is nothing to compute it from, or it does not apply to such rows"`
	Filter map[string]string `json:"filter" doc:"Query parameters for GET /interactions that list what was counted"`
}

// Metric is a definition.
type Metric struct {
	Key     string            `json:"key"`
	NameKey string            `json:"name_key" doc:"Of the client's translations"`
	Names   map[string]string `json:"names" doc:"By language"`
	Formula map[string]string `json:"formula" doc:"In words, by language"`
	Unit    string            `json:"unit" enum:"count,share,ms,score" doc:"share: 0 to 1; score: a number with a tenth"`
	Better  string            `json:"better" enum:"higher,lower,neither"`
	By      []string          `json:"by" doc:"Rows it applies to"`
}

// Metrics are all definitions.
type Metrics struct {
	Items []Metric `json:"items"`
}

type summaryOutput struct {
	Body Summary
}

type metricsOutput struct {
	Body Metrics
}
