package db_test

import (
	"testing"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

func TestSmoke(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO tenant (id, name, time_zone, language, created_ms) VALUES ($1, $2, $3, $4, $5)", "1", "One", "UTC", "en", 5)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
