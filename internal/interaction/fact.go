package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Given is an answer with whom it is about.
type Given struct {
	Answer
	Interaction ID
	Address     string // the customer's number; empty: withheld
	Segment     int    // of the talk; 0: there was none
	Project     project.ID
	Queue       queue.ID
	Agent       access.UserID // empty: no agent had talked with him
	At          time.Time
}

func given(s State, e EventSurveyAnswered, at time.Time) Given {
	g := Given{Answer: Answer{e.Question, e.Scale, e.Score}, Interaction: s.ID, Address: s.Arrival.CustomerAddress,
		Segment: s.Segment.Seq, Project: s.Arrival.Project, Queue: s.Segment.Rules.Queue, At: at}
	if !s.Segment.Answered.IsZero() {
		g.Agent = s.Segment.Agent
	}
	return g
}

// Given are the answers in a commit.
func (c Commit) Given() (all []Given) {
	for _, r := range c.Events {
		if e, ok := r.Event.(EventSurveyAnswered); ok {
			all = append(all, given(c.State, e, r.At))
		}
	}
	return all
}

// Answers reads what customers have answered since a time, in order. Of a question that was answered again it is the
// last answer.
func Answers(tx *db.Tx, t tenant.ID, since time.Time) ([]Given, error) {
	return db.All(tx, func(row db.Row) (g Given, err error) {
		return g, row.Scan(&g.Interaction, &g.Question, &g.Segment, &g.Project, &g.Queue, &g.Agent, &g.Scale, &g.Score,
			db.FromMillis(&g.At), &g.Address)
	}, `SELECT a.interaction_id, a.question, a.seq, a.project_id, a.queue_id, a.agent_id, a.scale, a.score, a.at_ms, i.customer_address
		FROM answer a JOIN interaction i ON i.tenant_id = a.tenant_id AND i.id = a.interaction_id
		WHERE a.tenant_id = $1 AND a.at_ms >= $2 ORDER BY a.at_ms, a.interaction_id, a.question`, t, db.Millis(since))
}

// LastScores are the scores of an answer and of those before it to the same question on the same scale in the project,
// the newest first, so many at most. Queue: only of that one; empty: of all.
func LastScores(tx *db.Tx, t tenant.ID, g Given, q queue.ID, most int) ([]int, error) {
	return db.All(tx, db.Scalar[int], `SELECT score FROM answer
		WHERE tenant_id = $1 AND (at_ms, interaction_id) <= ($2, $3) AND project_id = $4 AND question = $5 AND scale = $6 AND ($7 = '' OR queue_id = $7)
		ORDER BY at_ms DESC, interaction_id DESC LIMIT $8`,
		t, db.Millis(g.At), g.Interaction, g.Project, g.Question, string(g.Scale), q, most)
}

// Over is an interaction that has ended.
type Over struct {
	ID      ID
	Project project.ID
	Queue   queue.ID // the last one; empty: it was in none
	Ended   time.Time
}

// EndedSince reads the interactions that have ended since a time, in order.
func EndedSince(tx *db.Tx, t tenant.ID, since time.Time) ([]Over, error) {
	return db.All(tx, func(row db.Row) (o Over, err error) {
		return o, row.Scan(&o.ID, &o.Project, &o.Queue, db.FromMillis(&o.Ended))
	}, `SELECT id, project_id, queue_id, ended_ms FROM interaction
		WHERE tenant_id = $1 AND ended_ms > 0 AND ended_ms >= $2 ORDER BY ended_ms, id`, t, db.Millis(since))
}
