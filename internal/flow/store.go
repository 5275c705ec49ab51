package flow

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name, version, program`

func scan(row db.Row) (Flow, error) {
	var f Flow
	var program string
	err := row.Scan(&f.ID, &f.Key, &f.Name, &f.Version, &program)
	f.Program = []byte(program)
	return f, err
}

// Get reads a flow.
func Get(tx *db.Tx, t tenant.ID, f ID) (Flow, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM flow WHERE tenant_id = $1 AND id = $2`, t, f)
}

// ByKey reads the flow with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Flow, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM flow WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads flows by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Flow, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM flow
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new flow, gives it its id and version 1. What the program names need not be there
// yet: Check looks.
func Create(tx *db.Tx, by audit.Author, f Flow) (Flow, error) {
	if err := f.Validate(); err != nil {
		return Flow{}, err
	}
	f.ID, f.Version, f.Program = ID(id.New()), 1, compact(f.Program)
	_, err := tx.Exec(`INSERT INTO flow (tenant_id, id, key, name, version, program) VALUES ($1, $2, $3, $4, $5, $6)`,
		by.Tenant, f.ID, f.Key, f.Name, f.Version, string(f.Program))
	if err != nil {
		return Flow{}, refuse(err, "flow", f.Key)
	}
	return f, audit.Created(tx, by, "flow", string(f.ID), f)
}

// Change saves a flow under its id; the version grows when the program is another. Nothing happens
// when it is as it was.
func Change(tx *db.Tx, by audit.Author, f Flow) (Flow, error) {
	if err := f.Validate(); err != nil {
		return Flow{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), f.ID)
	if err != nil {
		return Flow{}, err
	}
	f.Version, f.Program = old.Version, compact(f.Program)
	if !sameProgram(old.Program, f.Program) {
		f.Version++
	}
	if db.JSON(old) == db.JSON(f) {
		return f, nil
	}
	_, err = tx.Exec(`UPDATE flow SET key = $3, name = $4, version = $5, program = $6 WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, f.ID, f.Key, f.Name, f.Version, string(f.Program))
	if err != nil {
		return Flow{}, refuse(err, "flow", f.Key)
	}
	return f, audit.Changed(tx, by, "flow", string(f.ID), old, f)
}

// Delete removes a flow; Conflict while an entry or a queue uses it.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM flow WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		if db.Dangling(err) {
			return fault.Conflict.Wrap(err, "This flow is still in use.")
		}
		return err
	}
	return audit.Deleted(tx, by, "flow", string(which), old)
}

// Check looks up the prompts, queues and hours a flow's program names; what is not there is an
// Invalid error with its fields. It is done last when a whole center is applied, for queues name
// flows as flows name queues.
func Check(tx *db.Tx, t tenant.ID, f Flow) error {
	program, err := Compile(f.Program)
	if err != nil {
		return f.Validate()
	}
	var trouble error // of the database; the answer is then not to be trusted
	there := func(err error) bool {
		if err != nil && !fault.Is(err, fault.NotFound) && trouble == nil {
			trouble = err
		}
		return err == nil
	}
	shipped := map[string]bool{}
	for _, key := range ShippedPrompts() {
		shipped[key] = true
	}
	err = program.Check(Known{
		Prompt: func(key string) bool {
			if shipped[key] {
				return true
			}
			_, err := PromptByKey(tx, t, key)
			return there(err)
		},
		Queue: func(key string) bool { _, err := queue.ByKey(tx, t, key); return there(err) },
		Hours: func(key string) bool { _, err := hours.ByKey(tx, t, key); return there(err) },
	})
	if trouble != nil {
		return trouble
	}
	var found fault.Fields
	addProblems(&found, err)
	return found.Err()
}

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

// refuse names the field when the database says that a key is taken.
func refuse(err error, what, key string) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a %s with the key %q", what, key)
	}
	return err
}
