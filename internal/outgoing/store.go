package outgoing

import (
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

const columns = `tenant_id, id, key, project_id, customer_id, interaction_id, node, way, gateway, recipient, sender, subject, body, secret,
	state, created_ms, attempts, next_ms, expires_ms, ended_ms, detail, reference`

func scan(row db.Row) (Message, error) {
	var m Message
	return m, row.Scan(&m.Tenant, &m.ID, &m.Key, &m.Project, &m.Customer, &m.Interaction, &m.Node, &m.Way, &m.Gateway, &m.To, &m.From,
		&m.Subject, &m.Body, &m.Secret, &m.State, db.FromMillis(&m.Created), &m.Attempts, db.FromMillis(&m.Next), db.FromMillis(&m.Expires),
		db.FromMillis(&m.Ended), &m.Detail, &m.Reference)
}

// insert writes a new one; not fresh: there is one with its key already.
func insert(tx *db.Tx, m Message) (fresh bool, err error) {
	n, err := tx.Exec(`INSERT INTO outgoing (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
		ON CONFLICT (tenant_id, key) DO NOTHING`,
		m.Tenant, m.ID, m.Key, m.Project, m.Customer, m.Interaction, m.Node, string(m.Way), m.Gateway, m.To, m.From, m.Subject, m.Body, m.Secret,
		string(m.State), db.Millis(m.Created), m.Attempts, db.Millis(m.Next), db.Millis(m.Expires), db.Millis(m.Ended), m.Detail, m.Reference)
	return n == 1, err
}

// change writes what a try made of one that was queued.
func change(tx *db.Tx, m Message) (there bool, err error) {
	n, err := tx.Exec(`UPDATE outgoing SET body = $3, state = $4, attempts = $5, next_ms = $6, ended_ms = $7, detail = $8, reference = $9
		WHERE tenant_id = $1 AND id = $2 AND state = 'queued'`,
		m.Tenant, m.ID, m.Body, string(m.State), m.Attempts, db.Millis(m.Next), db.Millis(m.Ended), m.Detail, m.Reference)
	return n > 0, err
}

// byKey reads the one with this key.
func byKey(tx *db.Tx, t tenant.ID, key string) (Message, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM outgoing WHERE tenant_id = $1 AND key = $2`, t, key)
}

// Get reads one. The body of a secret one is not for reading.
func Get(tx *db.Tx, t tenant.ID, which ID) (Message, error) {
	m, err := db.One(tx, scan, `SELECT `+columns+` FROM outgoing WHERE tenant_id = $1 AND id = $2`, t, which)
	return m.forget(), err
}

// Of reads what was sent in an interaction, the oldest first. Bodies of secret ones are not for reading.
func Of(tx *db.Tx, t tenant.ID, which interaction.ID) ([]Message, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM outgoing WHERE tenant_id = $1 AND interaction_id = $2 ORDER BY id`, t, which)
	for i := range all {
		all[i] = all[i].forget()
	}
	return all, err
}

// due reads what a gateway is to be given next, due or not.
func due(tx *db.Tx, gateway string, most int) ([]Message, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM outgoing WHERE state = 'queued' AND gateway = $1 ORDER BY next_ms, id LIMIT $2`, gateway, most)
}

// gateways are those for which messages wait, and how many.
func gateways(tx *db.Tx) (map[string]int64, error) {
	type one struct {
		name string
		n    int64
	}
	all, err := db.All(tx, func(row db.Row) (o one, err error) { err = row.Scan(&o.name, &o.n); return o, err },
		`SELECT gateway, COUNT(*) FROM outgoing WHERE state = 'queued' GROUP BY gateway`)
	waiting := make(map[string]int64, len(all))
	for _, o := range all {
		waiting[o.name] = o.n
	}
	return waiting, err
}

// recent counts what was sent, or is to be, to an address since a moment; of secret ones when secret.
func recent(tx *db.Tx, m Message, since time.Time) (all, secret int64, err error) {
	all, err = db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM outgoing WHERE tenant_id = $1 AND recipient = $2 AND way = $3 AND created_ms > $4`,
		m.Tenant, m.To, string(m.Way), db.Millis(since))
	if err != nil || !m.Secret {
		return all, 0, err
	}
	secret, err = db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM outgoing WHERE tenant_id = $1 AND recipient = $2 AND way = $3 AND created_ms > $4 AND secret`,
		m.Tenant, m.To, string(m.Way), db.Millis(since))
	return all, secret, err
}
