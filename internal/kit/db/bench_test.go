package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// BenchmarkWrite measures committed and flushed writes of one row, with 64 callers.
func BenchmarkWrite(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := open(b)
			var next sync.Mutex
			left := b.N
			b.ResetTimer()
			var all sync.WaitGroup
			for c := range 64 {
				all.Go(func() {
					for i := 0; ; i++ {
						next.Lock()
						left--
						stop := left < 0
						next.Unlock()
						if stop {
							return
						}
						err := d.Write(context.Background(), func(tx *db.Tx) error {
							_, err := tx.Exec(`INSERT INTO event (tenant_id, interaction_id, seq, at_ms, kind, body) VALUES ($1, $2, $3, $4, $5, $6)`,
								"tenant", fmt.Sprint(c), i, 1, "answered", `{"agent_id":"0190b5ae-1111-7000-8000-000000000000","wait_ms":12345}`)
							return err
						})
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
			b.ReportMetric(float64(d.Stats().Writes)/float64(max(1, d.Stats().Commits)), "writes/commit")
		})
	}
}

// BenchmarkWriteAlone measures one caller, who waits for every flush.
func BenchmarkWriteAlone(b *testing.B) {
	d := dbtest.SQLite(b)
	for i := range b.N {
		err := d.Write(context.Background(), func(tx *db.Tx) error { return insert(tx, fmt.Sprintf("%09d", i)) })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

// BenchmarkRead measures a point read in a snapshot of its own.
func BenchmarkRead(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := open(b)
			if err := d.Write(context.Background(), func(tx *db.Tx) error { return insert(tx, "a") }); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for range b.N {
				err := d.Read(context.Background(), func(tx *db.Tx) error {
					_, err := db.One(tx, db.Scalar[string], "SELECT name FROM tenant WHERE id = $1", "a")
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
