package flow

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const promptColumns = `id, key, name, texts, audio`

func scanPrompt(row db.Row) (Prompt, error) {
	var p Prompt
	err := row.Scan(&p.ID, &p.Key, &p.Name, db.FromJSON(&p.Texts), db.FromJSON(&p.Audio))
	return p, err
}

// GetPrompt reads a prompt.
func GetPrompt(tx *db.Tx, t tenant.ID, p PromptID) (Prompt, error) {
	return db.One(tx, scanPrompt, `SELECT `+promptColumns+` FROM prompt WHERE tenant_id = $1 AND id = $2`, t, p)
}

// PromptByKey reads the prompt with this key.
func PromptByKey(tx *db.Tx, t tenant.ID, key string) (Prompt, error) {
	return db.One(tx, scanPrompt, `SELECT `+promptColumns+` FROM prompt WHERE tenant_id = $1 AND key = $2`, t, key)
}

// ListPrompts reads prompts by key; the page goes on after a key.
func ListPrompts(tx *db.Tx, t tenant.ID, page db.Page) ([]Prompt, error) {
	return db.All(tx, scanPrompt, `SELECT `+promptColumns+` FROM prompt
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// CreatePrompt saves a new prompt and gives it its id.
func CreatePrompt(tx *db.Tx, by audit.Author, p Prompt) (Prompt, error) {
	if err := p.Validate(); err != nil {
		return Prompt{}, err
	}
	p.ID = PromptID(id.New())
	_, err := tx.Exec(`INSERT INTO prompt (tenant_id, id, key, name, texts, audio) VALUES ($1, $2, $3, $4, $5, $6)`,
		by.Tenant, p.ID, p.Key, p.Name, db.JSON(p.Texts), db.JSON(p.Audio))
	if err != nil {
		return Prompt{}, refuse(err, "prompt", p.Key)
	}
	return p, audit.Created(tx, by, "prompt", string(p.ID), p)
}

// ChangePrompt saves a prompt under its id; nothing happens when it is as it was.
func ChangePrompt(tx *db.Tx, by audit.Author, p Prompt) (Prompt, error) {
	if err := p.Validate(); err != nil {
		return Prompt{}, err
	}
	old, err := GetPrompt(tx, tenant.ID(by.Tenant), p.ID)
	if err != nil {
		return Prompt{}, err
	}
	if db.JSON(old) == db.JSON(p) {
		return p, nil
	}
	_, err = tx.Exec(`UPDATE prompt SET key = $3, name = $4, texts = $5, audio = $6 WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, p.ID, p.Key, p.Name, db.JSON(p.Texts), db.JSON(p.Audio))
	if err != nil {
		return Prompt{}, refuse(err, "prompt", p.Key)
	}
	return p, audit.Changed(tx, by, "prompt", string(p.ID), old, p)
}

// DeletePrompt removes a prompt. Programs that name it go on with what is shipped under the key, or
// with a beep.
func DeletePrompt(tx *db.Tx, by audit.Author, which PromptID) error {
	old, err := GetPrompt(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM prompt WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return err
	}
	return audit.Deleted(tx, by, "prompt", string(which), old)
}
