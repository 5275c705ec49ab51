package live

import (
	"context"
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
)

// ReadCounts reads what queues have counted since an instant.
func ReadCounts(tx *db.Tx, since time.Time) (map[queue.ID]Counts, error) {
	type row struct {
		id queue.ID
		c  Counts
	}
	all, err := db.All(tx, func(r db.Row) (row, error) {
		var q row
		err := r.Scan(&q.id, &q.c.Offered, &q.c.Answered, &q.c.InTime, &q.c.Abandoned, &q.c.Short)
		return q, err
	}, `SELECT queue_id, COUNT(*),
			COUNT(*) FILTER (WHERE outcome = $2), COUNT(*) FILTER (WHERE in_time),
			COUNT(*) FILTER (WHERE outcome = $3), COUNT(*) FILTER (WHERE outcome = $4)
		FROM segment WHERE tenant_id IN (SELECT id FROM tenant) AND queued_ms >= $1 AND NOT handed GROUP BY queue_id ORDER BY queue_id LIMIT 100000`,
		db.Millis(since), string(interaction.Answered), string(interaction.Abandoned), string(interaction.ShortAbandon))
	queues := make(map[queue.ID]Counts, len(all))
	for _, q := range all {
		queues[q.id] = q.c
	}
	return queues, err
}

// ReadDay reads the figures since an instant, as the board would have counted them.
func ReadDay(ctx context.Context, d *db.DB, since time.Time) (map[queue.ID]Counts, map[access.UserID]DayView, error) {
	queues := make(map[queue.ID]Counts)
	agents := make(map[access.UserID]DayView)
	type agentRow struct {
		id access.UserID
		v  DayView
	}
	err := d.Read(ctx, func(tx *db.Tx) error {
		var err error
		if queues, err = ReadCounts(tx, since); err != nil {
			return err
		}
		as, err := db.All(tx, func(r db.Row) (agentRow, error) {
			var a agentRow
			err := r.Scan(&a.id, &a.v.Calls, &a.v.TalkMs, &a.v.WrapUpMs, &a.v.HoldMs, &a.v.Handled, &a.v.HandledMs)
			return a, err
		}, `SELECT s.agent_id, COUNT(*) FILTER (WHERE s.answered_ms > 0 AND i.channel <> $2), CAST(SUM(s.talk_ms) AS BIGINT), CAST(SUM(s.wrap_up_ms) AS BIGINT),
				CAST(SUM(s.hold_ms) AS BIGINT), COUNT(*) FILTER (WHERE NOT s.outbound AND s.outcome = $3 AND s.ended_ms > 0),
				CAST(COALESCE(SUM(s.talk_ms + s.hold_ms + s.wrap_up_ms) FILTER (WHERE NOT s.outbound AND s.outcome = $3 AND s.ended_ms > 0), 0) AS BIGINT)
			FROM segment s JOIN interaction i ON i.tenant_id = s.tenant_id AND i.id = s.interaction_id
			WHERE s.queued_ms >= $1 AND s.agent_id <> '' GROUP BY s.agent_id ORDER BY s.agent_id LIMIT 100000`,
			db.Millis(since), string(interaction.TaskWork), string(interaction.Answered))
		if err != nil {
			return err
		}
		for _, a := range as {
			agents[a.id] = a.v
		}
		missed, err := db.All(tx, func(r db.Row) (agentRow, error) {
			var a agentRow
			err := r.Scan(&a.id, &a.v.Missed)
			return a, err
		}, `SELECT agent_id, COUNT(*) FROM offer
			WHERE at_ms >= $1 AND outcome IN ('declined', 'timed_out', 'failed')
			GROUP BY agent_id ORDER BY agent_id LIMIT 100000`, db.Millis(since))
		if err != nil {
			return err
		}
		for _, m := range missed {
			a := agents[m.id]
			a.Missed = m.v.Missed
			agents[m.id] = a
		}
		rated, err := db.All(tx, func(r db.Row) (agentRow, error) {
			var a agentRow
			return a, r.Scan(&a.id, &a.v.Ratings, &a.v.RatingSum)
		}, `SELECT a.agent_id, COUNT(*), CAST(SUM(a.score) AS BIGINT) FROM answer a
				JOIN segment s ON s.tenant_id = a.tenant_id AND s.interaction_id = a.interaction_id AND s.seq = a.seq
			WHERE a.at_ms >= $1 AND s.queued_ms >= $1 AND a.scale = $2 AND a.agent_id <> ''
			GROUP BY a.agent_id ORDER BY a.agent_id LIMIT 100000`, db.Millis(since), string(interaction.Five))
		for _, m := range rated {
			a := agents[m.id]
			a.Ratings, a.RatingSum = m.v.Ratings, m.v.RatingSum
			agents[m.id] = a
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading the day's figures: %w", err)
	}
	return queues, agents, nil
}
