package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/test/rig"
)

func startEmpty(ctx context.Context, b *bench) ([]figure, error) {
	var took []time.Duration
	for i := range pick(b, 5, 2) {
		data := filepath.Join(b.folder, fmt.Sprintf("start-empty-%d", i))
		if err := os.MkdirAll(data, 0o755); err != nil {
			return nil, err
		}
		s, err := rig.Start(ctx, rig.Options{Binary: b.binary, Data: data})
		if err != nil {
			return nil, err
		}
		took = append(took, s.Took)
		s.Kill()
	}
	slices.Sort(took)
	return []figure{{"start to ready, new data folder", fmt.Sprintf("%.2f", took[len(took)/2].Seconds()), "s",
		fmt.Sprintf("process start to the ready line, migrations included, median of %d", len(took))}}, nil
}

// startMillion seeds a database with interactions, segments and events by bulk SQL and starts on it
// after an orderly end and after kill -9.
func startMillion(ctx context.Context, b *bench) ([]figure, error) {
	n := pick(b, 1_000_000, 20_000)
	data := filepath.Join(b.folder, "start-million")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	center := rig.Center{Users: []rig.User{{Login: "anna", Name: "Anna", Role: "agent"}}}
	s, err := rig.Start(ctx, rig.Options{Binary: b.binary, Data: data, Center: center.YAML()})
	if err != nil {
		return nil, err
	}
	if err := s.Stop(10 * time.Second); err != nil {
		return nil, err
	}
	if err := seed(ctx, data, n); err != nil {
		return nil, err
	}
	var calm, killed []time.Duration
	for range pick(b, 5, 2) {
		s, err := rig.Start(ctx, rig.Options{Binary: b.binary, Data: data, Patience: 5 * time.Minute})
		if err != nil {
			return nil, err
		}
		calm = append(calm, s.Took)
		s.Kill()
		if s, err = rig.Start(ctx, rig.Options{Binary: b.binary, Data: data, Patience: 5 * time.Minute}); err != nil {
			return nil, err
		}
		killed = append(killed, s.Took)
		if err := s.Stop(10 * time.Second); err != nil {
			return nil, err
		}
	}
	slices.Sort(calm)
	slices.Sort(killed)
	info, err := os.ReadDir(data)
	if err != nil {
		return nil, err
	}
	var size int64
	for _, f := range info {
		if i, err := f.Info(); err == nil {
			size += i.Size()
		}
	}
	how := fmt.Sprintf("%d interactions with a segment and 6 events each by bulk SQL, %.1f GB SQLite; median of %d", n, float64(size)/1e9, len(calm))
	return []figure{
		{"start to ready, big database", fmt.Sprintf("%.2f", calm[len(calm)/2].Seconds()), "s", how},
		{"start to ready, big database, after kill -9", fmt.Sprintf("%.2f", killed[len(killed)/2].Seconds()), "s", how},
	}, nil
}

// seed writes ended interactions over the last year, evenly.
func seed(ctx context.Context, data string, n int) error {
	d, err := db.Open(ctx, db.Config{Folder: data})
	if err != nil {
		return err
	}
	defer d.Close()
	const step = 50_000 // rows per transaction
	from := time.Now().Add(-365 * 24 * time.Hour).UnixMilli()
	gap := int64(365*24*time.Hour/time.Millisecond) / int64(n)
	for at := 0; at < n; at += step {
		to := min(n, at+step) - 1
		if err := d.Write(ctx, func(tx *db.Tx) error {
			for _, text := range []string{
				`WITH RECURSIVE i(n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM i WHERE n < $2),
					base AS (SELECT n, $3 + n * $4 AS ms, printf('%08x-%04x-7000-8000-%012x', ($3 + n * $4) / 65536, ($3 + n * $4) % 65536, n) AS id FROM i)
				INSERT INTO interaction (tenant_id, id, project_id, channel, origin, phase, customer_address, center_address, entry_id, trunk_id,
					customer_id, language, queue_id, agent_id, arrived_ms, queued_ms, answered_ms, left_ms, ended_ms, talk_ms, hold_ms, wrap_up_ms,
					cause, cause_detail, disposition_id, note, recording, last_seq)
				SELECT t.id, base.id, '', 'voice', 'inbound', 'done', '+4420' || (base.n % 100000), '1000', '', '', '', 'en', q.id, u.id,
					ms, ms + 3000, ms + 9000, ms + 120000, ms + 130000, 111000, 0, 10000, 'customer', '', '', '', '', 6
				FROM base, (SELECT id FROM tenant LIMIT 1) t, (SELECT id FROM queue ORDER BY id LIMIT 1) q, (SELECT id FROM users ORDER BY id LIMIT 1) u`,
				`WITH RECURSIVE i(n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM i WHERE n < $2),
					base AS (SELECT n, $3 + n * $4 AS ms, printf('%08x-%04x-7000-8000-%012x', ($3 + n * $4) / 65536, ($3 + n * $4) % 65536, n) AS id FROM i)
				INSERT INTO segment (tenant_id, interaction_id, seq, queue_id, agent_id, queued_ms, answered_ms, left_ms, ended_ms, outcome, in_time,
					talk_ms, hold_ms, wrap_up_ms, missed)
				SELECT t.id, base.id, 1, q.id, u.id, ms + 3000, ms + 9000, ms + 120000, ms + 130000, 'answered', true, 111000, 0, 10000, 0
				FROM base, (SELECT id FROM tenant LIMIT 1) t, (SELECT id FROM queue ORDER BY id LIMIT 1) q, (SELECT id FROM users ORDER BY id LIMIT 1) u`,
				`WITH RECURSIVE i(n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM i WHERE n < $2), e(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM e WHERE seq < 6),
					base AS (SELECT n, $3 + n * $4 AS ms, printf('%08x-%04x-7000-8000-%012x', ($3 + n * $4) / 65536, ($3 + n * $4) % 65536, n) AS id FROM i)
				INSERT INTO event (tenant_id, interaction_id, seq, at_ms, kind, body)
				SELECT t.id, base.id, e.seq, ms + e.seq * 1000, 'flow_step', '{"node":"menu","what":"played","text":"seeded for a measurement"}'
				FROM base, e, (SELECT id FROM tenant LIMIT 1) t`,
			} {
				if _, err := tx.Exec(text, at, to, from, gap); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("seeding: %w", err)
		}
	}
	return nil
}
