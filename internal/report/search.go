package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/outgoing"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/recording"
	"linekeeper/internal/sound"
	"linekeeper/internal/tenant"
	"linekeeper/internal/transcript"
	"linekeeper/internal/trunk"
)

// CountLimit is how far a search counts what matches.
const CountLimit = 10_000

// Page says which part of a list is wanted.
type Page struct {
	Cursor string // as given by the page before; empty: the first
	Limit  int    // 0: 50
	Oldest bool   // oldest first; else newest
}

func (p Page) rows() int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, db.MaxLimit)
}

// Found is a page of a search.
type Found struct {
	Items []Interaction
	Next  string // cursor; empty: this was the last
	Total int    // how many match, at most CountLimit
	More  bool   // there are more than Total
}

// Interaction is the record with the names of what it speaks of; a name is empty when the thing is
// gone or there is none.
type Interaction struct {
	ID               interaction.ID
	Channel          interaction.Medium
	Origin           interaction.Origin
	Phase            interaction.Phase
	Outcome          string // of the last segment, or NotQueued or StillOpen
	CustomerAddress  string
	CenterAddress    string
	Customer         customer.ID
	CustomerName     string
	Entry            entry.ID
	EntryName        string
	Trunk            trunk.ID
	TrunkName        string
	Project          project.ID
	ProjectName      string
	Queue            queue.ID
	QueueName        string
	Agent            access.UserID
	AgentName        string
	Language         string
	Arrived          time.Time
	Promised         time.Time // he was promised a call, which this is, and waits since then; zero: nobody promised
	Queued           time.Time
	Answered         time.Time
	Left             time.Time
	Ended            time.Time
	TalkMs           int64
	HoldMs           int64
	WrapUpMs         int64
	Cause            interaction.Cause
	CauseDetail      string
	Disposition      disposition.ID
	DispositionNames map[string]string
	Note             string
	Recording        string
	HangUpReason     string    // why the agent ended the talk first
	HangUpReview     bool      // that is to be looked at
	Abuse            time.Time // an agent was insulted, the first time; zero: none was
}

// outcome turns the last segment's outcome into the interaction's.
func (i Interaction) outcome() string {
	switch {
	case i.Outcome != "":
		return i.Outcome
	case i.Ended.IsZero():
		return StillOpen
	case i.Queued.IsZero():
		return NotQueued
	default:
		return string(interaction.Lost)
	}
}

// Wait is the first wait that ended, 0 when there is none. Who is called back has waited since he stood in line.
func (i Interaction) Wait() time.Duration {
	switch {
	case !i.Promised.IsZero():
		if i.Answered.IsZero() {
			return 0
		}
		return i.Answered.Sub(i.Promised)
	case i.Queued.IsZero():
		return 0
	case !i.Answered.IsZero():
		return i.Answered.Sub(i.Queued)
	case !i.Left.IsZero():
		return i.Left.Sub(i.Queued)
	}
	return 0
}

// position is a row's place in the order of the list.
type position struct {
	arrivedMs int64
	id        string
}

func (p position) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.arrivedMs, 36) + "." + p.id))
}

func parseCursor(text string) (position, error) {
	if text == "" {
		return position{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	at, id, ok := strings.Cut(string(raw), ".")
	ms, err2 := strconv.ParseInt(at, 36, 64)
	if err != nil || err2 != nil || !ok || id == "" || strings.ContainsRune(id, 0) || !utf8.ValidString(id) {
		return position{}, fault.OneField("cursor", fault.Malformed, "This is not the cursor of an earlier page.")
	}
	return position{ms, id}, nil
}

// Search finds interactions the viewer may see.
func (r *Reader) Search(ctx context.Context, v Viewer, f Filter, p Page) (Found, error) {
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return Found{}, err
	}
	var found Found
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		want := p.rows()
		p.Limit = want + 1
		var err error
		if found.Items, err = readInteractions(tx, v, f, p, after); err != nil {
			return err
		}
		if len(found.Items) > want {
			found.Items = found.Items[:want]
			last := found.Items[want-1]
			found.Next = position{db.Millis(last.Arrived), string(last.ID)}.cursor()
		}
		n, err := countInteractions(tx, v, f, CountLimit+1)
		found.Total, found.More = int(min(n, CountLimit)), n > CountLimit
		return err
	})
	if err != nil {
		return Found{}, fmt.Errorf("searching interactions: %w", err)
	}
	return found, nil
}

// OfCustomer is what happened with a customer before, newest first. Whoever serves customers sees it
// whole: an agent must know what a colleague promised.
func (r *Reader) OfCustomer(ctx context.Context, t tenant.ID, c customer.ID, p Page) (Found, error) {
	return r.Search(ctx, Viewer{Tenant: t, SeesAll: true}, Filter{Customer: c}, p)
}

// Detail is one interaction with its parts.
type Detail struct {
	Interaction
	Segments   []Segment
	Offers     []Offer
	Recordings []Recording
	Hold       Hold
	Legs       []Leg
	Answers    []Answer
	LeftIn     interaction.ID // where a message was left that the viewer may see; empty: it is none
	Messages   []LeftMessage  // that were left in it, of those the viewer may see
	Sent       []outgoing.Message
}

// LeftMessage is a message that a customer left in an interaction.
type LeftMessage struct {
	ID         interaction.ID
	Arrived    time.Time
	Transcript transcript.Transcript // its zero value: nobody writes it down
}

// Leg is how a leg sounded, with the name of whose phone it is; empty: the customer's, or a number outside.
type Leg struct {
	sound.Leg
	UserName string
}

// Segment is a stretch with one queue and at most one agent.
type Segment struct {
	Seq                              int64
	Queue                            queue.ID
	QueueName                        string
	Agent                            access.UserID
	AgentName                        string
	Queued, Answered, Left, Ended    time.Time
	Outcome                          interaction.Outcome
	InTime                           bool
	TalkMs, HoldMs, WrapUpMs, Missed int64
	// Of an agent who handed over and wrapped up his part; the last one's are the interaction's.
	Disposition      disposition.ID
	DispositionNames map[string]string
	Note             string
}

// Offer is an interaction having been shown to an agent.
type Offer struct {
	At, Ended time.Time
	Agent     access.UserID
	AgentName string
	Queue     queue.ID
	QueueName string
	Outcome   interaction.OfferOutcome
}

// Recording is an audio file.
type Recording struct {
	ID             string
	Codec          string
	Started, Ended time.Time
	State          string
	Bytes          int64
	Detail         string
	Marks          []recording.MarkMs
	Format         string // wav, opus
	Sealed         bool
	Days           int64                 // how long its project keeps; 0: for ever
	Transcript     transcript.Transcript // its zero value: nobody writes it down
}

// Hold keeps an interaction's recordings from being removed.
type Hold struct {
	Reason   string
	User     access.UserID
	UserName string
	At       time.Time // zero: there is none
}

// Event is a line of the timeline. Names has the names of the ids in Body.
type Event struct {
	Seq   int64
	At    time.Time
	Kind  string
	Body  json.RawMessage
	Names map[string]string
}

// Interaction reads one; what the viewer may not see is not found.
func (r *Reader) Interaction(ctx context.Context, v Viewer, id interaction.ID) (Detail, error) {
	var d Detail
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		if d.Interaction, err = readInteraction(tx, v, id); err != nil {
			return err
		}
		if d.Segments, err = readSegments(tx, v.Tenant, id); err != nil {
			return err
		}
		if d.Offers, err = readOffers(tx, v.Tenant, id); err != nil {
			return err
		}
		if d.Legs, err = readLegs(tx, v.Tenant, id); err != nil {
			return err
		}
		if d.Answers, err = readAnswers(tx, v.Tenant, id); err != nil {
			return err
		}
		if d.LeftIn, err = readLeftIn(tx, v, id); err != nil {
			return err
		}
		if d.Sent, err = outgoing.Of(tx, v.Tenant, id); err != nil {
			return err
		}
		if d.Messages, err = readMessages(tx, v, id); err != nil {
			return err
		}
		if d.Hold, err = readHold(tx, v.Tenant, id); err != nil {
			return err
		}
		d.Recordings, err = readRecordings(tx, v.Tenant, id)
		return err
	})
	if err != nil {
		return Detail{}, fmt.Errorf("reading interaction %s: %w", id, err)
	}
	return d, nil
}

// Events reads the timeline of one the viewer may see.
func (r *Reader) Events(ctx context.Context, v Viewer, id interaction.ID) ([]Event, error) {
	var events []Event
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		if _, err := readInteraction(tx, v, id); err != nil {
			return err
		}
		var err error
		if events, err = readEvents(tx, v.Tenant, id); err != nil {
			return err
		}
		texts := make([][]string, len(events))
		var all []string
		for i := range events {
			events[i].Body, texts[i] = presentable(events[i].Body)
			all = append(all, texts[i]...)
		}
		slices.Sort(all)
		names, err := readNamesOf(tx, v.Tenant, slices.Compact(all))
		for i := range events {
			events[i].Names = map[string]string{}
			for _, text := range texts[i] {
				if name, ok := names[text]; ok {
					events[i].Names[text] = name
				}
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the timeline of %s: %w", id, err)
	}
	return events, nil
}

// presentable takes out of an event what only the edge that wrote it may read (restore: dialogs, keys),
// and lists the texts in it that may be ids.
func presentable(body json.RawMessage) (json.RawMessage, []string) {
	var whole any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&whole); err != nil {
		return json.RawMessage("{}"), nil
	}
	var texts []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "restore")
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		case string:
			if len(v) == idLength {
				texts = append(texts, v)
			}
		}
	}
	walk(whole)
	return json.RawMessage(db.JSON(whole)), texts
}

// idLength is that of the texts package kit/id makes.
const idLength = 36

// Day are an agent's figures: segments taken, their talk and wrap-up so far, offers missed.
type Day struct {
	Calls, TalkMs, WrapUpMs, Missed int64
	HoldMs, Handled, HandledMs      int64 // handled: over, wrap-up too, manual calls aside; with their talk, hold and wrap-up
	Ratings, RatingSum              int64 // what customers answered on a scale of 1 to 5
}

// Day sums up what an agent did from one instant to another.
func (r *Reader) Day(ctx context.Context, t tenant.ID, agent access.UserID, from, to time.Time) (Day, error) {
	var d Day
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		d, err = readDay(tx, t, agent, db.Millis(from), db.Millis(to))
		return err
	})
	if err != nil {
		return Day{}, fmt.Errorf("reading the day of %s: %w", agent, err)
	}
	return d, nil
}

// PastDays is how many days before today an agent sees of his own.
const PastDays = 28

// PastDay is one of an agent's days before today.
type PastDay struct {
	From time.Time // midnight in the zone
	Day
}

// Past sums up an agent's own days before today, the oldest first. Days go by the clock of the zone, so that one may
// have 23 or 25 hours.
func (r *Reader) Past(ctx context.Context, t tenant.ID, agent access.UserID, now time.Time, zone *time.Location) ([]PastDay, error) {
	today, _ := Today(now, zone)
	all := make([]PastDay, PastDays)
	err := r.db.Read(ctx, func(tx *db.Tx) (err error) {
		for i := range all {
			from := today.AddDate(0, 0, i-PastDays)
			all[i].From = from
			if all[i].Day, err = readDay(tx, t, agent, db.Millis(from), db.Millis(from.AddDate(0, 0, 1))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the past days of %s: %w", agent, err)
	}
	return all, nil
}

// Playable chooses the recording to be heard: the one named, or the first that can be.
func (d Detail) Playable(which string) (Recording, error) {
	var found *Recording
	for i, r := range d.Recordings {
		if which != "" && r.ID != which {
			continue
		}
		if found == nil || !found.playable() && r.playable() {
			found = &d.Recordings[i]
		}
	}
	switch {
	case found == nil:
		return Recording{}, fault.NotFound.New("There is no recording.")
	case found.State == "running":
		return *found, fault.Conflict.New("The recording is still running; it can be heard when it has ended.")
	case found.State == recording.Removed:
		return *found, fault.NotFound.New("This recording was removed: %s.", found.Detail)
	case !found.playable():
		return *found, fault.Conflict.New("The recording failed: %s", cmp.Or(found.Detail, "nothing was kept."))
	}
	return *found, nil
}

// playable reports whether there is something to hear.
func (r Recording) playable() bool {
	return r.State == "complete" || r.State == "partial"
}

// Today is the calendar day of now in a time zone.
func Today(now time.Time, zone *time.Location) (from, to time.Time) {
	q := Request{Zone: zone}
	from = q.day(now)
	return from, q.day(from.Add(36 * time.Hour))
}
