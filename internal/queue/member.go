package queue

import (
	"slices"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

// Member says that an agent serves a queue.
type Member struct {
	QueueID ID            `json:"queue_id"`
	UserID  access.UserID `json:"user_id"`
}

// Members reads who serves a queue, by user id.
func Members(tx *db.Tx, t tenant.ID, q ID) ([]access.UserID, error) {
	return db.All(tx, db.Scalar[access.UserID],
		`SELECT user_id FROM queue_agent WHERE tenant_id = $1 AND queue_id = $2 ORDER BY user_id`, t, q)
}

// OfAgent reads the queues an agent serves, by id.
func OfAgent(tx *db.Tx, t tenant.ID, user access.UserID) ([]ID, error) {
	return db.All(tx, db.Scalar[ID],
		`SELECT queue_id FROM queue_agent WHERE tenant_id = $1 AND user_id = $2 ORDER BY queue_id`, t, user)
}

// AllMembers reads every membership of a tenant, for caches.
func AllMembers(tx *db.Tx, t tenant.ID) ([]Member, error) {
	return db.All(tx, func(row db.Row) (Member, error) {
		var m Member
		err := row.Scan(&m.QueueID, &m.UserID)
		return m, err
	}, `SELECT queue_id, user_id FROM queue_agent WHERE tenant_id = $1 ORDER BY queue_id, user_id`, t)
}

// SetMembers makes exactly these agents serve a queue.
func SetMembers(tx *db.Tx, by audit.Author, q ID, users []access.UserID) error {
	if _, err := Get(tx, tenant.ID(by.Tenant), q); err != nil {
		return err
	}
	old, err := Members(tx, tenant.ID(by.Tenant), q)
	if err != nil {
		return err
	}
	return set(tx, by, old, users, "queue_members", string(q), func(u access.UserID) (ID, access.UserID) { return q, u })
}

// SetOfAgent makes an agent serve exactly these queues.
func SetOfAgent(tx *db.Tx, by audit.Author, user access.UserID, queues []ID) error {
	old, err := OfAgent(tx, tenant.ID(by.Tenant), user)
	if err != nil {
		return err
	}
	return set(tx, by, old, queues, "agent_queues", string(user), func(q ID) (ID, access.UserID) { return q, user })
}

// set replaces one side's list of the other.
func set[T ~string](tx *db.Tx, by audit.Author, old, want []T, kind, object string, pair func(T) (ID, access.UserID)) error {
	want = slices.Clone(want)
	slices.Sort(want)
	want = slices.Compact(want)
	if slices.Equal(old, want) {
		return nil
	}
	for _, v := range old {
		if slices.Contains(want, v) {
			continue
		}
		q, u := pair(v)
		if _, err := tx.Exec(`DELETE FROM queue_agent WHERE tenant_id = $1 AND queue_id = $2 AND user_id = $3`, by.Tenant, q, u); err != nil {
			return err
		}
	}
	for _, v := range want {
		if slices.Contains(old, v) {
			continue
		}
		q, u := pair(v)
		if _, err := tx.Exec(`INSERT INTO queue_agent (tenant_id, queue_id, user_id) VALUES ($1, $2, $3)`, by.Tenant, q, u); err != nil {
			if db.Dangling(err) {
				return fault.OneField("", fault.Unknown, "there is no queue or no user with the id %q", string(v))
			}
			return err
		}
	}
	return audit.Changed(tx, by, kind, object, old, want)
}

// checkReferences checks that what the queue names exists. The waiting flow is checked by the
// database; what customers go to at closing time is named by key and may come later.
func checkReferences(tx *db.Tx, t tenant.ID, q Queue) error {
	if _, err := project.Get(tx, t, q.ProjectID); err != nil {
		if fault.Is(err, fault.NotFound) {
			return fault.OneField("project_id", fault.Unknown, "there is no such project")
		}
		return err
	}
	if q.AfterFlowID != "" {
		n, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM flow WHERE tenant_id = $1 AND id = $2`, t, q.AfterFlowID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.OneField("after_flow_id", fault.Unknown, "there is no such flow")
		}
	}
	for _, n := range q.Routing.Needs {
		if _, err := skill.Get(tx, t, n.Skill); fault.Is(err, fault.NotFound) {
			return fault.OneField("routing.needs", fault.Unknown, "there is no skill with the id %q", string(n.Skill))
		} else if err != nil {
			return err
		}
	}
	if q.HoursID == "" {
		return nil
	}
	if _, err := hours.Get(tx, t, hours.ID(q.HoursID)); err != nil {
		if fault.Is(err, fault.NotFound) {
			return fault.OneField("hours_id", fault.Unknown, "there are no such hours")
		}
		return err
	}
	return nil
}
