package shift

import (
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Part is when an item of the checklist is to be done.
type Part string

// The parts.
const (
	AtStart Part = "start" // before the first call
	AtEnd   Part = "end"   // before going home
)

// Item is one thing of the workplace that an agent looks after, such as a clean desk.
type Item struct {
	Key   string       `json:"key"` // unique
	Part  Part         `json:"part"`
	Texts tenant.Names `json:"texts"`
}

// mostItems is how long a checklist may be: a longer one is ticked without being read.
const mostItems = 40

// CheckItems checks a checklist.
func CheckItems(items []Item) error {
	var f fault.Fields
	if len(items) > mostItems {
		f.Add("items", fault.TooLong, "must be %d at most", mostItems)
		return f.Err()
	}
	seen := make(map[string]bool)
	for i, item := range items {
		var one fault.Fields
		one.Key("key", item.Key)
		if seen[item.Key] {
			one.Add("key", fault.Taken, "stands there twice")
		}
		seen[item.Key] = true
		fault.OneOf(&one, "part", item.Part, AtStart, AtEnd)
		item.Texts.Check(&one, "texts")
		if err := f.Nest(fmt.Sprintf("items[%d]", i), one.Err()); err != nil {
			return err
		}
	}
	return f.Err()
}

// Items reads the checklist in its order.
func Items(tx *db.Tx, t tenant.ID) ([]Item, error) {
	return db.All(tx, func(row db.Row) (Item, error) {
		var i Item
		err := row.Scan(&i.Key, &i.Part, db.FromJSON(&i.Texts))
		return i, err
	}, `SELECT key, part, texts FROM checklist_item WHERE tenant_id = $1 ORDER BY position, key LIMIT 1000`, t)
}

// SetItems replaces the checklist; nothing happens when it is as it was. Ticks of items that stay are kept.
func SetItems(tx *db.Tx, by audit.Author, items []Item) error {
	if err := CheckItems(items); err != nil {
		return err
	}
	old, err := Items(tx, tenant.ID(by.Tenant))
	if err != nil || db.JSON(old) == db.JSON(items) {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM checklist_item WHERE tenant_id = $1`, by.Tenant); err != nil {
		return err
	}
	for n, i := range items {
		if _, err := tx.Exec(`INSERT INTO checklist_item (tenant_id, key, part, texts, position) VALUES ($1, $2, $3, $4, $5)`,
			by.Tenant, i.Key, i.Part, db.JSON(i.Texts), n); err != nil {
			return err
		}
	}
	return audit.Changed(tx, by, "checklist", by.Tenant, map[string]any{"items": keys(old)}, map[string]any{"items": keys(items)})
}

func keys(items []Item) []string {
	all := make([]string, len(items))
	for n, i := range items {
		all[n] = i.Key
	}
	return all
}

// Tick is an item that an agent has done.
type Tick struct {
	User access.UserID
	Item string
	At   time.Time
}

// SetTick writes down that an agent has done an item, or takes that back since a time. It says when; zero: taken back.
func SetTick(tx *db.Tx, t tenant.ID, user access.UserID, item string, done bool, since time.Time) (time.Time, error) {
	known, err := Items(tx, t)
	if err != nil {
		return time.Time{}, err
	}
	found := false
	for _, i := range known {
		found = found || i.Key == item
	}
	if !found {
		return time.Time{}, fault.OneField("item", fault.Unknown, "This is not in the checklist any more; look at it anew.")
	}
	if _, err := tx.Exec(`DELETE FROM checklist_tick WHERE tenant_id = $1 AND user_id = $2 AND item = $3 AND at_ms >= $4`,
		t, user, item, db.Millis(since)); err != nil || !done {
		return time.Time{}, err
	}
	at := time.Now().UTC().Truncate(time.Millisecond)
	_, err = tx.Exec(`INSERT INTO checklist_tick (tenant_id, user_id, item, at_ms) VALUES ($1, $2, $3, $4)`, t, user, item, db.Millis(at))
	return at, err
}

// Ticks reads all since a time, in order.
func Ticks(tx *db.Tx, t tenant.ID, since time.Time) ([]Tick, error) {
	return db.All(tx, func(row db.Row) (Tick, error) {
		var k Tick
		err := row.Scan(&k.User, &k.Item, db.FromMillis(&k.At))
		return k, err
	}, `SELECT user_id, item, at_ms FROM checklist_tick WHERE tenant_id = $1 AND at_ms >= $2 ORDER BY at_ms, user_id, item`, t, db.Millis(since))
}

// Spot is a leader's look at a workplace.
type Spot struct {
	At   time.Time
	By   string // user
	Good bool   // it is as the agent has ticked
	Note string
}

// SaveSpot writes down a leader's look; one that found something wrong says what.
func SaveSpot(tx *db.Tx, by audit.Author, user access.UserID, good bool, note string) (Spot, error) {
	s := Spot{At: time.Now().UTC().Truncate(time.Millisecond), By: by.User, Good: good, Note: note}
	var f fault.Fields
	if f.Text("note", note, !good, 500); f.Err() != nil {
		return Spot{}, f.Err()
	}
	_, err := tx.Exec(`INSERT INTO spot_check (tenant_id, user_id, at_ms, by_user, good, note) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, user_id, at_ms) DO UPDATE SET by_user = excluded.by_user, good = excluded.good, note = excluded.note`,
		by.Tenant, user, db.Millis(s.At), s.By, s.Good, s.Note)
	if err != nil {
		return Spot{}, err
	}
	return s, audit.Created(tx, by, "spot_check", string(user), map[string]any{"good": good, "note": note})
}

// Spots reads each agent's last one since a time.
func Spots(tx *db.Tx, t tenant.ID, since time.Time) (map[access.UserID]Spot, error) {
	type line struct {
		user access.UserID
		s    Spot
	}
	rows, err := db.All(tx, func(row db.Row) (line, error) {
		var l line
		err := row.Scan(&l.user, db.FromMillis(&l.s.At), &l.s.By, &l.s.Good, &l.s.Note)
		return l, err
	}, `SELECT user_id, at_ms, by_user, good, note FROM spot_check WHERE tenant_id = $1 AND at_ms >= $2 ORDER BY at_ms, user_id`, t, db.Millis(since))
	all := make(map[access.UserID]Spot, len(rows))
	for _, l := range rows {
		all[l.user] = l.s
	}
	return all, err
}
