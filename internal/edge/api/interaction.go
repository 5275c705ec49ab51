package api

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/media"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/recording"
	"linekeeper/internal/report"
	"linekeeper/internal/sound"
	"linekeeper/internal/transcript"
)

func (s *server) listInteractions(ctx context.Context, in *listInteractionsInput) (*listInteractionsOutput, error) {
	found, err := s.deps.Reports.Search(ctx, viewerOf(ctx).reads(), in.filter(),
		report.Page{Cursor: in.Cursor, Limit: in.Limit, Oldest: in.Order == "oldest"})
	if err != nil {
		return nil, err
	}
	return &listInteractionsOutput{shownPage(found)}, nil
}

func (s *server) getInteraction(ctx context.Context, in *interactionInput) (*interactionOutput, error) {
	v := viewerOf(ctx)
	d, err := s.deps.Reports.Interaction(ctx, v.reads(), interaction.ID(in.ID))
	if err != nil {
		return nil, err
	}
	shown := InteractionDetail{Interaction: shownInteraction(d.Interaction), Segments: []Segment{}, Offers: []Offer{},
		Recordings: []Recording{}, Legs: []Leg{}, Answers: []SurveyAnswer{}, Messages: []LeftMessage{}, Sent: []SentMessage{}, LeftIn: string(d.LeftIn), MayListen: mayHear(v, d), MayHold: v.May(access.HoldRecordings)}
	if h := d.Hold; !h.At.IsZero() {
		shown.Hold = &Hold{Reason: h.Reason, UserID: string(h.User), UserName: h.UserName, AtMs: db.Millis(h.At)}
	}
	for _, g := range d.Segments {
		shown.Segments = append(shown.Segments, Segment{Seq: g.Seq, QueueID: string(g.Queue), QueueName: g.QueueName,
			AgentID: string(g.Agent), AgentName: g.AgentName, QueuedMs: db.Millis(g.Queued), AnsweredMs: db.Millis(g.Answered),
			LeftMs: db.Millis(g.Left), EndedMs: db.Millis(g.Ended), Outcome: string(g.Outcome), InTime: g.InTime,
			TalkMs: g.TalkMs, HoldMs: g.HoldMs, WrapUpMs: g.WrapUpMs, Missed: g.Missed,
			DispositionID: string(g.Disposition), Disposition: g.DispositionNames, Note: g.Note})
	}
	for _, o := range d.Offers {
		shown.Offers = append(shown.Offers, Offer{AtMs: db.Millis(o.At), EndedMs: db.Millis(o.Ended), AgentID: string(o.Agent),
			AgentName: o.AgentName, QueueID: string(o.Queue), QueueName: o.QueueName, Outcome: string(o.Outcome)})
	}
	for _, r := range d.Recordings {
		one := shownRecording(r)
		if shown.MayListen {
			one.Transcript = shownTranscript(r.Transcript)
		}
		shown.Recordings = append(shown.Recordings, one)
	}
	for _, a := range d.Answers {
		shown.Answers = append(shown.Answers, SurveyAnswer{Question: a.Question, Scale: string(a.Scale), Score: a.Score, AtMs: db.Millis(a.At),
			QueueID: string(a.Queue), QueueName: a.QueueName, AgentID: string(a.Agent), AgentName: a.AgentName})
	}
	for _, m := range d.Messages { // whoever sees a message may hear it
		shown.Messages = append(shown.Messages, LeftMessage{InteractionID: string(m.ID), ArrivedMs: db.Millis(m.Arrived), Transcript: shownTranscript(m.Transcript)})
	}
	for _, m := range d.Sent {
		shown.Sent = append(shown.Sent, SentMessage{Way: string(m.Way), To: m.To, Gateway: m.Gateway, Subject: m.Subject, Text: m.Body, Secret: m.Secret,
			State: string(m.State), CreatedMs: db.Millis(m.Created), EndedMs: db.Millis(m.Ended), Attempts: m.Attempts, Detail: m.Detail, Reference: m.Reference})
	}
	for _, l := range d.Legs {
		shown.Legs = append(shown.Legs, shownLeg(l))
	}
	return &interactionOutput{shown}, nil
}

// shownTranscript is null where nobody writes it down.
func shownTranscript(t transcript.Transcript) *Transcript {
	if t.State == "" {
		return nil
	}
	return &Transcript{State: string(t.State), Text: t.Text, Language: t.Language, Detail: t.Detail}
}

func shownLeg(l report.Leg) Leg {
	sounded := func(s media.Sound) Sound {
		return Sound{Packets: int64(s.Packets), Loss: s.Loss, JitterMs: milliseconds(s.Jitter), MOS: s.MOS}
	}
	return Leg{Kind: string(l.Kind), UserID: string(l.User), UserName: l.UserName, Address: l.Address, Codec: l.Codec, Encrypted: l.Encrypted,
		BeganMs: db.Millis(l.Began), EndedMs: db.Millis(l.Ended), Heard: sounded(l.Heard), Far: sounded(l.Far),
		RoundTripMs: milliseconds(l.RoundTrip), MOS: l.Score(), Rating: string(sound.RatingOf(l.Score())), Spells: int64(l.Spells), WorstMOS: l.Worst,
		LevelsMs: db.Millis(l.Levels.From), LevelsCustomer: l.Levels.Customer, LevelsOthers: l.Levels.Others}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (s *server) interactionEvents(ctx context.Context, in *interactionInput) (*eventsOutput, error) {
	events, err := s.deps.Reports.Events(ctx, viewerOf(ctx).reads(), interaction.ID(in.ID))
	if err != nil {
		return nil, err
	}
	out := &eventsOutput{Events{Items: []TimelineEvent{}}}
	for _, e := range events {
		out.Body.Items = append(out.Body.Items, TimelineEvent{Seq: e.Seq, AtMs: db.Millis(e.At), Kind: e.Kind, Body: e.Body, Names: e.Names})
	}
	return out, nil
}

func shownRecording(r report.Recording) Recording {
	out := Recording{ID: r.ID, State: r.State, Codec: r.Codec, StartedMs: db.Millis(r.Started), EndedMs: db.Millis(r.Ended),
		Bytes: r.Bytes, Detail: r.Detail, Marks: []Mark{}, Format: r.Format, Sealed: r.Sealed}
	for _, m := range r.Marks {
		out.Marks = append(out.Marks, Mark(m))
	}
	if r.Days > 0 && r.State != recording.Removed {
		out.ExpiresMs = db.Millis(r.Started.Add(time.Duration(r.Days) * 24 * time.Hour))
	}
	return out
}

// setHold keeps the recordings of an interaction the viewer may see.
func (s *server) setHold(ctx context.Context, in *holdInput) (*interactionOutput, error) {
	v, id := viewerOf(ctx), interaction.ID(in.ID)
	if _, err := s.deps.Reports.Interaction(ctx, v.reads(), id); err != nil {
		return nil, err
	}
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := recording.SetHold(tx, v.author(), id, in.Body.Reason, time.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.getInteraction(ctx, &interactionInput{in.ID})
}

func (s *server) liftHold(ctx context.Context, in *interactionInput) (*struct{}, error) {
	v := viewerOf(ctx)
	return nil, s.deps.DB.Write(ctx, func(tx *db.Tx) error { return recording.LiftHold(tx, v.author(), interaction.ID(in.ID)) })
}

// overdue tells what the next removal takes.
func (s *server) overdue(ctx context.Context, _ *struct{}) (*overdueOutput, error) {
	all, err := recording.Overdue(ctx, s.deps.DB, time.Now())
	if err != nil {
		return nil, err
	}
	out := &overdueOutput{Overdue{Items: []OverdueRecording{}}}
	for _, x := range all {
		out.Body.Items = append(out.Body.Items, OverdueRecording{ID: x.ID, InteractionID: string(x.Interaction),
			ProjectID: string(x.Project), StartedMs: db.Millis(x.Started), Bytes: x.Bytes, Days: x.Days})
	}
	return out, nil
}

// filter is the search's question.
func (in InteractionFilter) filter() report.Filter {
	return report.Filter{From: db.Instant(in.From), To: db.Instant(in.To), At: report.At(in.At), Queue: queue.ID(in.Queue),
		Agent: access.UserID(in.Agent), Entry: entry.ID(in.Entry), Project: project.ID(in.Project),
		Customer: customer.ID(in.Customer), Phase: interaction.Phase(in.Phase), Outcome: in.Outcome, InTime: in.InTime,
		MissedBy: access.UserID(in.MissedBy), Cause: interaction.Cause(in.Cause),
		Disposition: disposition.ID(in.Disposition), Recording: in.Recording, Origin: in.Origin,
		Channel: report.Channel(in.Channel), Callback: report.Asking(in.Callback),
		Review: report.Review(in.Review), Survey: report.Survey(in.Survey), Question: in.Question, Text: in.Text}
}

func shownPage(found report.Found) Interactions {
	page := Interactions{Items: []Interaction{}, Next: found.Next, Total: found.Total, TotalMore: found.More}
	for _, i := range found.Items {
		page.Items = append(page.Items, shownInteraction(i))
	}
	return page
}

func shownInteraction(i report.Interaction) Interaction {
	return Interaction{ID: string(i.ID), Channel: string(i.Channel), Origin: string(i.Origin), Phase: string(i.Phase),
		Outcome: i.Outcome, CustomerAddress: i.CustomerAddress, CenterAddress: i.CenterAddress,
		CustomerID: string(i.Customer), CustomerName: i.CustomerName, EntryID: string(i.Entry), EntryName: i.EntryName,
		TrunkID: string(i.Trunk), TrunkName: i.TrunkName, ProjectID: string(i.Project), ProjectName: i.ProjectName,
		QueueID: string(i.Queue), QueueName: i.QueueName, AgentID: string(i.Agent), AgentName: i.AgentName,
		Language: i.Language, ArrivedMs: db.Millis(i.Arrived), QueuedMs: db.Millis(i.Queued), AnsweredMs: db.Millis(i.Answered),
		LeftMs: db.Millis(i.Left), EndedMs: db.Millis(i.Ended), WaitMs: int64(i.Wait() / time.Millisecond), TalkMs: i.TalkMs,
		HoldMs: i.HoldMs, WrapUpMs: i.WrapUpMs, Cause: string(i.Cause), CauseDetail: i.CauseDetail,
		DispositionID: string(i.Disposition), Disposition: notNil(i.DispositionNames), Note: i.Note, Recording: i.Recording,
		HangUpReason: i.HangUpReason, HangUpReview: i.HangUpReview, AbuseMs: db.Millis(i.Abuse)}
}
