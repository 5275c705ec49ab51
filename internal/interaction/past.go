package interaction

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// PastOffer is that an agent was offered an interaction of a queue.
type PastOffer struct {
	Agent access.UserID
	Queue queue.ID
	At    time.Time
}

// PastWork is how long an interaction of a queue took its agent, from the answer to the end of the work after it.
type PastWork struct {
	Queue queue.ID
	Took  time.Duration
}

func scanPast(r db.Row) (o PastOffer, err error) {
	err = r.Scan(&o.Agent, &o.Queue, db.FromMillis(&o.At))
	return o, err
}

// OffersSince are the offers since a time that no agent missed: accepted, or taken back because the customer left. Asked
// agent by agent, it reads nothing older.
func OffersSince(tx *db.Tx, t tenant.ID, since time.Time) ([]PastOffer, error) {
	return db.All(tx, scanPast, `SELECT o.agent_id, o.queue_id, o.at_ms FROM users u CROSS JOIN offer o
		WHERE u.tenant_id = $1 AND o.tenant_id = u.tenant_id AND o.agent_id = u.id AND o.at_ms >= $2 AND o.queue_id <> '' AND o.outcome IN ($3, $4)
		ORDER BY o.agent_id, o.at_ms`, t, db.Millis(since), string(OfferAccepted), string(OfferWithdrawn))
}

// LastOffers are the last offer of each agent, whatever became of it; of no queue, since none is asked for.
func LastOffers(tx *db.Tx, t tenant.ID) ([]PastOffer, error) {
	return db.All(tx, scanPast, `SELECT id, '', at FROM (
			SELECT u.id, (SELECT MAX(o.at_ms) FROM offer o WHERE o.tenant_id = u.tenant_id AND o.agent_id = u.id) AS at FROM users u WHERE u.tenant_id = $1
		) last WHERE at IS NOT NULL ORDER BY at, id`, t)
}

// LastEnds are when each agent's last interaction ended, his work after it too, in At; of those who have none in hand.
func LastEnds(tx *db.Tx, t tenant.ID) ([]PastOffer, error) {
	return db.All(tx, scanPast, `SELECT id, '', at FROM (
			SELECT u.id, (SELECT s.ended_ms FROM segment s WHERE s.tenant_id = u.tenant_id AND s.agent_id = u.id ORDER BY s.queued_ms DESC LIMIT 1) AS at
			FROM users u WHERE u.tenant_id = $1
		) last WHERE at > 0 ORDER BY at, id`, t)
}

// HandledLately is how long the last interactions took, the earliest first: those of which an agent answered one, among the
// most that came last.
func HandledLately(tx *db.Tx, t tenant.ID, most int) ([]PastWork, error) {
	return db.All(tx, func(r db.Row) (h PastWork, err error) {
		var took int64
		err = r.Scan(&h.Queue, &took)
		h.Took = time.Duration(took) * time.Millisecond
		return h, err
	}, `SELECT queue_id, ended_ms - answered_ms FROM (
			SELECT queue_id, agent_id, answered_ms, ended_ms, queued_ms, outbound FROM segment WHERE tenant_id = $1 ORDER BY queued_ms DESC LIMIT $2
		) lately WHERE agent_id <> '' AND queue_id <> '' AND answered_ms > 0 AND ended_ms > answered_ms AND NOT outbound ORDER BY queued_ms`, t, most)
}
