package skill

import (
	"cmp"
	"slices"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Held is a skill that an agent has.
type Held struct {
	User access.UserID
	Level
}

func scanLevel(row db.Row) (Level, error) {
	var l Level
	err := row.Scan(&l.Skill, &l.Level)
	return l, err
}

// OfAgent reads what an agent can do, by skill id.
func OfAgent(tx *db.Tx, t tenant.ID, user access.UserID) ([]Level, error) {
	return db.All(tx, scanLevel, `SELECT skill_id, level FROM agent_skill WHERE tenant_id = $1 AND user_id = $2 ORDER BY skill_id`, t, user)
}

// AllHeld reads what every agent of a tenant can do, for caches.
func AllHeld(tx *db.Tx, t tenant.ID) ([]Held, error) {
	return db.All(tx, func(row db.Row) (Held, error) {
		var h Held
		err := row.Scan(&h.User, &h.Skill, &h.Level.Level)
		return h, err
	}, `SELECT user_id, skill_id, level FROM agent_skill WHERE tenant_id = $1 ORDER BY user_id, skill_id`, t)
}

// SetOfAgent makes an agent have exactly these skills; nothing happens when he does.
func SetOfAgent(tx *db.Tx, by audit.Author, user access.UserID, want []Level) error {
	var f fault.Fields
	CheckLevels(&f, "", want)
	if err := f.Err(); err != nil {
		return err
	}
	old, err := OfAgent(tx, tenant.ID(by.Tenant), user)
	if err != nil {
		return err
	}
	want = slices.SortedFunc(slices.Values(want), func(a, b Level) int { return cmp.Compare(a.Skill, b.Skill) })
	if slices.Equal(old, want) {
		return nil
	}
	if _, err := tx.Exec(`DELETE FROM agent_skill WHERE tenant_id = $1 AND user_id = $2`, by.Tenant, user); err != nil {
		return err
	}
	for _, l := range want {
		_, err := tx.Exec(`INSERT INTO agent_skill (tenant_id, user_id, skill_id, level) VALUES ($1, $2, $3, $4)`, by.Tenant, user, l.Skill, l.Level)
		if db.Dangling(err) {
			return fault.OneField("", fault.Unknown, "there is no skill or no user with the id %q", string(l.Skill))
		}
		if err != nil {
			return err
		}
	}
	return audit.Changed(tx, by, "agent_skills", string(user), old, want)
}
