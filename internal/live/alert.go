package live

// AlertView is a trouble that lasts, as package alert has raised it.
type AlertView struct {
	Alert     string `json:"alert"`
	Rule      string `json:"rule"`       // its name
	What      string `json:"what"`       // long_wait, abandoned, long_break, nobody_available, nobody_signed_in, service_fails
	AboutKind string `json:"about_kind"` // queue, agent, service
	AboutID   string `json:"about_id"`
	About     string `json:"about"` // its name
	Project   string `json:"project"`
	Value     int64  `json:"value"` // when it was raised: milliseconds, percent or people
	Limit     int64  `json:"limit"`
	Detail    string `json:"detail"` // of a service: what went wrong
	Since     int64  `json:"since"`
	Raised    int64  `json:"raised"`
	Seen      int64  `json:"seen"` // 0: nobody has
	SeenName  string `json:"seen_name"`
	Untold    string `json:"untold"` // why a message about it could not be sent
}

// SetAlerts tells all alerts that last, the newest first.
func (b *Board) SetAlerts(all []AlertView) {
	b.box.Put(func() {
		b.alerts = all
		for s := range b.subs {
			if s.lead {
				s.put(func(p *pending) { p.alerts, p.alertsNew = all, true })
			}
		}
	})
}
