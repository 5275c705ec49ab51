package task

import (
	"fmt"
	"strings"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

const columns = `tenant_id, number, once, interaction_id, round, state, project_id, queue_id, customer_id, customer_address, language,
	subject, body, priority, only_id, agent_id, made_by, maker_id, maker_name, from_id, disposition_id, note, made_ms, start_ms, due_ms, ended_ms`

func scan(row db.Row) (Task, error) {
	var t Task
	err := row.Scan(&t.Tenant, &t.Number, &t.Once, &t.Interaction, &t.Round, &t.State, &t.Project, &t.Queue, &t.Customer, &t.Address, &t.Language,
		&t.Subject, &t.Text, &t.Priority, &t.Only, &t.Agent, &t.Maker.Kind, &t.Maker.User, &t.Maker.Name, &t.From, &t.Disposition, &t.Note,
		db.FromMillis(&t.Made), db.FromMillis(&t.Start), db.FromMillis(&t.Due), db.FromMillis(&t.Ended))
	return t, err
}

// errMade refuses to make a task again.
var errMade = fault.Conflict.New("This task was made already.")

// Prepare gives the task that is about to begin its number, and refuses one that was made already. It belongs into the
// transaction that records the arrival, which may run it again.
func Prepare(tx *db.Tx, a *interaction.Arrival) error {
	if a.Task == nil || a.Task.Round > 1 {
		return nil
	}
	// First the number: it makes those who make tasks at the same moment come one by one.
	n, err := db.One(tx, db.Scalar[int64], `INSERT INTO task_number (tenant_id, last) VALUES ($1, $2)
		ON CONFLICT (tenant_id) DO UPDATE SET last = task_number.last + 1 RETURNING last`, a.Tenant, int64(FirstNumber))
	if err != nil {
		return err
	}
	switch _, err := byOnce(tx, a.Tenant, a.Task.Once); {
	case err == nil:
		return errMade
	case !fault.Is(err, fault.NotFound):
		return err
	}
	t := *a.Task
	t.Number = n
	a.Task = &t
	return nil
}

// Follow brings the record to what an interaction's events say; it is interaction.Ports.Follow.
func Follow(tx *db.Tx, before, after interaction.State, events []interaction.Recorded) error {
	if !after.IsTask() {
		return nil
	}
	now, was := Of(after), Task{}
	if before.Seq > 0 {
		was = Of(before)
	}
	if err := put(tx, was, now); err != nil {
		return err
	}
	return note(tx, was, now, events)
}

// put writes a record: a new one, one that is opened again, or one that changes.
func put(tx *db.Tx, was, now Task) error {
	if was == now {
		return nil
	}
	if was.Round == 0 && now.Round == 1 {
		_, err := tx.Exec(`INSERT INTO task (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
			$18, $19, $20, $21, $22, $23, $24, $25, $26)`,
			now.Tenant, now.Number, now.Once, now.Interaction, now.Round, string(now.State), now.Project, now.Queue, now.Customer, now.Address, now.Language,
			now.Subject, now.Text, now.Priority, now.Only, now.Agent, now.Maker.Kind, now.Maker.User, now.Maker.Name, now.From, now.Disposition, now.Note,
			db.Millis(now.Made), db.Millis(now.Start), db.Millis(now.Due), db.Millis(now.Ended))
		return err
	}
	old := now.Round
	if was.Round == 0 { // it is opened again
		old--
	}
	n, err := tx.Exec(`UPDATE task SET interaction_id = $3, round = $4, state = $5, queue_id = $6, customer_id = $7, subject = $8, body = $9, priority = $10,
			only_id = $11, agent_id = $12, disposition_id = $13, note = $14, start_ms = $15, due_ms = $16, ended_ms = $17
		WHERE tenant_id = $1 AND number = $2 AND round = $18 AND (ended_ms = 0 OR round < $4)`,
		now.Tenant, now.Number, now.Interaction, now.Round, string(now.State), now.Queue, now.Customer, now.Subject, now.Text, now.Priority,
		now.Only, now.Agent, now.Disposition, now.Note, db.Millis(now.Start), db.Millis(now.Due), db.Millis(now.Ended), old)
	if err == nil && n == 0 {
		return fault.Conflict.New("This task is open already.")
	}
	return err
}

// note writes the audit lines of what people did to a task from outside of its desk.
func note(tx *db.Tx, was, now Task, events []interaction.Recorded) error {
	key := now.Number.String()
	for _, r := range events {
		var err error
		switch e := r.Event.(type) {
		case interaction.EventArrived:
			m := e.Arrival.Task.Maker
			switch by := author(now, m.User, m.Source); {
			case m.Source == "": // a flow
			case now.Round > 1:
				err = audit.Changed(tx, by, "task", key, map[string]any{"state": "over"}, now.noted())
			default:
				err = audit.Created(tx, by, "task", key, now.noted())
			}
		case interaction.EventTaskChanged:
			if e.Source != "" {
				err = audit.Changed(tx, author(now, e.By, e.Source), "task", key, was.noted(), now.noted())
			}
		case interaction.EventTaskCancelled:
			err = audit.Changed(tx, author(now, e.By, e.Source), "task", key, was.noted(), now.noted())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func author(t Task, by access.UserID, source string) audit.Author {
	return audit.Author{Tenant: string(t.Tenant), User: string(by), Source: source}
}

// noted is what the audit list says of a task.
func (t Task) noted() map[string]any {
	m := map[string]any{"interaction_id": t.Interaction, "queue_id": t.Queue, "subject": t.Subject, "priority": t.Priority,
		"due_ms": db.Millis(t.Due), "state": t.State}
	if !t.Start.IsZero() {
		m["start_ms"] = db.Millis(t.Start)
	}
	if t.Only != "" {
		m["only"] = t.Only
	}
	return m
}

// Get reads one; NotFound: there is none.
func Get(tx *db.Tx, t tenant.ID, n Number) (Task, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM task WHERE tenant_id = $1 AND number = $2`, t, n)
}

func byOnce(tx *db.Tx, t tenant.ID, once string) (Task, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM task WHERE tenant_id = $1 AND once = $2`, t, once)
}

// List reads a tenant's tasks. Open ones come first, what is due first before what is due later; then those that are
// over, the last one first. The page goes on after a number.
func List(tx *db.Tx, t tenant.ID, f Filter, page db.Page) ([]Task, error) {
	w := f.conditions(t)
	if page.After != "" {
		last, ok := ParseNumber(page.After)
		if !ok {
			return nil, fault.OneField("after", fault.Malformed, "%q is no number of a task.", page.After)
		}
		at, err := Get(tx, t, last)
		if err != nil {
			return nil, err
		}
		over, when := 0, db.Millis(at.Due)
		if !at.Ended.IsZero() {
			over, when = 1, -db.Millis(at.Ended)
		}
		w.add("("+order+") > (%s, %s, %s)", over, when, at.Number)
	}
	limit := w.arg(page.Rows())
	return db.All(tx, scan, `SELECT `+columns+` FROM task WHERE `+strings.Join(w.conditions, " AND ")+` ORDER BY `+order+` LIMIT `+limit, w.args...)
}

const order = `CASE WHEN ended_ms = 0 THEN 0 ELSE 1 END, CASE WHEN ended_ms = 0 THEN due_ms ELSE -ended_ms END, number`

// where are conditions with their arguments.
type where struct {
	conditions []string
	args       []any
}

func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

// add adds a condition; each %s in it is a placeholder for the next value.
func (w *where) add(condition string, values ...any) {
	marks := make([]any, len(values))
	for i, v := range values {
		marks[i] = w.arg(v)
	}
	w.conditions = append(w.conditions, fmt.Sprintf(condition, marks...))
}

// conditions are what the filter asks for.
func (f Filter) conditions(t tenant.ID) *where {
	w := &where{}
	w.add("tenant_id = %s", t)
	equal := func(column, value string) {
		if value != "" {
			w.add(column+" = %s", value)
		}
	}
	equal("state", string(f.State))
	equal("queue_id", string(f.Queue))
	equal("project_id", string(f.Project))
	equal("customer_id", string(f.Customer))
	equal("from_id", string(f.From))
	if f.Number != 0 {
		w.add("number = %s", f.Number)
	}
	if f.Open {
		w.add("ended_ms = 0")
	}
	if f.Over {
		w.add("ended_ms > 0")
	}
	if !f.Overdue.IsZero() {
		w.add("ended_ms = 0 AND due_ms < %s", db.Millis(f.Overdue))
	}
	if !f.DueFrom.IsZero() {
		w.add("due_ms >= %s", db.Millis(f.DueFrom))
	}
	if !f.DueTo.IsZero() {
		w.add("due_ms < %s", db.Millis(f.DueTo))
	}
	if f.Agent != "" {
		w.add("(agent_id = %s OR only_id = %s)", f.Agent, f.Agent)
	}
	if f.Serves != "" {
		w.add(`(agent_id = %s OR only_id = %s OR maker_id = %s OR queue_id IN (SELECT queue_id FROM queue_agent WHERE tenant_id = %s AND user_id = %s))`,
			f.Serves, f.Serves, f.Serves, t, f.Serves)
	}
	f.addText(w)
	return w
}

// addText looks for a word of the subject, a number or a customer.
func (f Filter) addText(w *where) {
	if f.Text == "" {
		return
	}
	if n, ok := ParseNumber(f.Text); ok && n < 1_000_000_000 {
		w.add("(number = %s OR customer_address LIKE %s ESCAPE '!')", n, like(f.Text))
		return
	}
	w.add("(LOWER(subject) LIKE %s ESCAPE '!' OR customer_address LIKE %s ESCAPE '!')", like(strings.ToLower(f.Text)), like(f.Text))
}

// like is a pattern for a part of a text.
func like(part string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(part) + "%"
}
