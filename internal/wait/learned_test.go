package wait

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// busy is a line that has seen 25 customers; one waits.
func busy() *Line {
	l := &Line{}
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for i := range 25 {
		id := string(rune('a' + i))
		l.Agents(at, 2, 0)
		l.Joined(at, id)
		at = at.Add(time.Duration(20+i) * time.Second)
		if i%5 == 4 {
			l.Left(at, id)
			continue
		}
		l.Offered(at, id)
		at = at.Add(3 * time.Second)
		l.Answered(at, id)
	}
	l.Joined(at, "last")
	return l
}

// TestRecall: a line that recalls what another had learned expects the same, and learns on.
func TestRecall(t *testing.T) {
	t.Parallel()
	old := busy()
	k := old.Learned()
	var l Line
	l.Agents(old.now, 2, 0)
	l.Joined(old.now, "last")
	l.Recall(k)
	if diff := cmp.Diff(k, l.Learned()); diff != "" {
		t.Errorf("what was learned changed:\n%s", diff)
	}
	later := old.now.Add(40 * time.Second)
	want, ok1 := old.Expect(later, 3)
	got, ok2 := l.Expect(later, 3)
	if !ok1 || !ok2 || want.Method != got.Method || (want.Wait-got.Wait).Abs() > want.Wait/50 {
		t.Errorf("expects %+v, %v; want %+v, %v", got, ok2, want, ok1)
	}
	if a, n := old.Error(); n == 0 {
		t.Errorf("the error of %d is %v", n, a)
	}
	l.Recall(Learned{Answers: -5, Over: -1, Said: make([]float64, 1000)})
	if e, ok := l.Expect(later, 3); ok && e.Wait < 0 {
		t.Errorf("nonsense is expected: %+v", e)
	}
}

// TestStore writes and reads on both databases; what is a week old is forgotten.
func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		k := busy().Learned()
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			if err != nil {
				return err
			}
			for id, at := range map[queue.ID]time.Time{"new": now, "old": now.Add(-8 * 24 * time.Hour)} {
				for range 2 { // written again
					if err := Save(tx, home.ID, map[queue.ID]Learned{id: k}, at); err != nil {
						return err
					}
				}
			}
			got, err := Read(tx, home.ID, now)
			if diff := cmp.Diff(map[queue.ID]Learned{"new": k}, got); diff != "" {
				t.Errorf("read:\n%s", diff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
