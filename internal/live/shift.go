package live

// ShiftView is an agent's shift as the board and his own desk show it.
type ShiftView struct {
	Lacks []LackView `json:"lacks"`           // before he may take calls, what blocks first
	Check *CheckView `json:"check,omitempty"` // his last phone check that still counts; absent: none
	// A leader's word that he may work without what he lacks; 0: there is none.
	AllowedAt   int64  `json:"allowed_at"`
	AllowedBy   string `json:"allowed_by"` // the leader's name
	AllowedNote string `json:"allowed_note"`

	Ticked []string  `json:"ticked"` // keys of the items of the checklist that he has done
	Spot   *SpotView `json:"spot,omitempty"`
	// EndLeft is how many items for the end are asked for and not ticked.
	EndLeft int `json:"end_left"`

	NoticesAsked int `json:"notices_asked"` // that hold now and are to be confirmed
	NoticesDone  int `json:"notices_done"`  // of these

	// The clock. What is 0 is not planned, or has not happened.
	Planned  int64 `json:"planned"`   // the shift of now, or the next one of today, begins
	AbsentAt int64 `json:"absent_at"` // who has not come until then is absent
	Arrived  int64 `json:"arrived"`
	Credited int64 `json:"credited"` // from when it counts
}

// SpotView is a leader's look at a workplace.
type SpotView struct {
	At   int64  `json:"at"`
	By   string `json:"by"` // the leader's name
	Good bool   `json:"good"`
	Note string `json:"note"`
}

// LackView is what an agent lacks.
type LackView struct {
	Code   string `json:"code"`   // phone_check, checklist, notice
	Blocks bool   `json:"blocks"` // he cannot become available without it
}

// CheckView is a phone check with its values.
type CheckView struct {
	At          int64    `json:"at"`
	Passed      bool     `json:"passed"`
	Failed      []string `json:"failed"` // permission, microphone, noise, speaker, network, loop
	LevelDB     float64  `json:"level_db"`
	NoiseDB     float64  `json:"noise_db"` // 0: not measured
	Score       float64  `json:"score"`    // 0: not measured
	RoundTripMs float64  `json:"round_trip_ms"`
	JitterMs    float64  `json:"jitter_ms"`
	Loss        float64  `json:"loss"`  // 0 to 1
	Input       string   `json:"input"` // the microphone's name
}
