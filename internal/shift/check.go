package shift

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Check is the outcome of trying an agent's microphone, speaker and network before the first interaction of the day,
// as his browser found it.
type Check struct {
	At      time.Time     `json:"-"`
	User    access.UserID `json:"-"`
	Session string        `json:"-"` // the sign-in it counts for
	Passed  bool          `json:"-"`
	Failed  []Step        `json:"-"` // what has failed, in order

	Permission  bool    `json:"permission"`
	Microphone  bool    `json:"microphone"` // a level was seen
	LevelDB     float64 `json:"level_db"`   // loudest, relative to full scale
	NoiseDB     float64 `json:"noise_db"`   // of the room while nobody spoke, relative to full scale; 0: not measured
	Speaker     bool    `json:"speaker"`    // the agent heard the tone
	Loop        bool    `json:"loop"`       // the loop call brought sound back
	RoundTripMS float64 `json:"round_trip_ms"`
	JitterMS    float64 `json:"jitter_ms"`
	Loss        float64 `json:"loss"`  // of the loop call's packets, 0 to 1
	Score       float64 `json:"score"` // of the loop call, 1 to 4.5; 0: not measured
	Input       string  `json:"input"` // the microphone's name
	Output      string  `json:"output"`
}

// Step is a part of the phone check.
type Step string

// The steps, in the order of the check.
const (
	Permission Step = "permission"
	Microphone Step = "microphone"
	Noise      Step = "noise"
	Speaker    Step = "speaker"
	Network    Step = "network"
	Loop       Step = "loop"
)

// Judge says which steps of a check have failed. What was not measured has not.
func (c Check) Judge(t Terms) []Step {
	var failed []Step
	add := func(bad bool, s Step) {
		if bad {
			failed = append(failed, s)
		}
	}
	add(!c.Permission, Permission)
	add(!c.Microphone, Microphone)
	add(t.MostNoise != 0 && c.NoiseDB != 0 && c.NoiseDB > float64(t.MostNoise), Noise)
	add(!c.Speaker, Speaker)
	add(t.LeastScore != 0 && c.Score != 0 && c.Score*100 < float64(t.LeastScore), Network)
	add(!c.Loop, Loop)
	return failed
}

// largestName bounds the names of devices that a client may store.
const largestName = 300

// Validate checks what a client has sent.
func (c Check) Validate() error {
	var f fault.Fields
	f.Text("input_name", c.Input, false, largestName)
	f.Text("output_name", c.Output, false, largestName)
	between := func(path string, v, least, most float64) {
		if !(v >= least && v <= most) { // not a number is neither
			f.Add(path, fault.OutOfRange, "must be between %g and %g", least, most)
		}
	}
	between("level_db", c.LevelDB, -1000, 100)
	between("noise_db", c.NoiseDB, -1000, 100)
	between("round_trip", c.RoundTripMS, 0, 600_000)
	between("jitter", c.JitterMS, 0, 600_000)
	between("loss", c.Loss, 0, 1)
	return f.Err()
}

// SaveCheck judges a check by the terms and stores it as of now.
func SaveCheck(tx *db.Tx, t tenant.ID, terms Terms, c Check) (Check, error) {
	if err := c.Validate(); err != nil {
		return Check{}, err
	}
	c.At = time.Now().UTC().Truncate(time.Millisecond)
	c.Failed = c.Judge(terms)
	c.Passed = len(c.Failed) == 0
	_, err := tx.Exec(`INSERT INTO phone_check (tenant_id, user_id, at_ms, passed, result, session, failed) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, user_id, at_ms) DO UPDATE SET passed = excluded.passed, result = excluded.result,
			session = excluded.session, failed = excluded.failed`,
		t, c.User, db.Millis(c.At), c.Passed, db.JSON(c), c.Session, db.JSON(c.Failed))
	return c, err
}

// Checks reads all checks since a time, in order.
func Checks(tx *db.Tx, t tenant.ID, since time.Time) ([]Check, error) {
	return db.All(tx, func(row db.Row) (Check, error) {
		var c Check
		err := row.Scan(&c.User, db.FromMillis(&c.At), &c.Passed, db.FromJSON(&c), &c.Session, db.FromJSON(&c.Failed))
		return c, err
	}, `SELECT user_id, at_ms, passed, result, session, failed FROM phone_check
		WHERE tenant_id = $1 AND at_ms >= $2 ORDER BY at_ms, user_id`, t, db.Millis(since))
}
