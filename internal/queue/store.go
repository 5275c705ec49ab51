package queue

import (
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const columns = `id, key, name, project_id, target_ms, target_percent, short_abandon_ms, offer_ms,
		wrap_up_ms, disposition_required, recording, record_on_demand, COALESCE(waiting_flow_id, ''), callback, COALESCE(hours_id, ''), closing,
		COALESCE(after_flow_id, ''), after_share, after_days, routing, desk, overflow`

func scan(row db.Row) (Queue, error) {
	var q Queue
	err := row.Scan(&q.ID, &q.Key, &q.Name, &q.ProjectID, &q.TargetMS, &q.TargetPercent, &q.ShortAbandonMS, &q.OfferMS, &q.WrapUpMS, &q.DispositionRequired, &q.Recording, &q.RecordOnDemand, &q.WaitingFlowID, db.FromJSON(&q.Callback), &q.HoursID, db.FromJSON(&q.Closing),
		&q.AfterFlowID, &q.AfterShare, &q.AfterDays, db.FromJSON(&q.Routing), db.FromJSON(&q.Desk), db.FromJSON(&q.Overflow))
	return q, err
}

// Get reads one.
func Get(tx *db.Tx, t tenant.ID, q ID) (Queue, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM queue WHERE tenant_id = $1 AND id = $2`, t, q)
}

// ByKey reads the one with this key.
func ByKey(tx *db.Tx, t tenant.ID, key string) (Queue, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM queue WHERE tenant_id = $1 AND key = $2`, t, key)
}

// List reads them by key; the page goes on after a key.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Queue, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM queue
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// Create saves a new one and gives it its id.
func Create(tx *db.Tx, by audit.Author, q Queue) (Queue, error) {
	if err := q.Validate(); err != nil {
		return Queue{}, err
	}
	if err := checkReferences(tx, tenant.ID(by.Tenant), q); err != nil {
		return Queue{}, err
	}
	q.ID = ID(id.New())
	_, err := tx.Exec(`INSERT INTO queue (tenant_id, id, key, name, project_id, target_ms, target_percent, short_abandon_ms, offer_ms,
		wrap_up_ms, disposition_required, recording, record_on_demand, waiting_flow_id, callback, hours_id, closing,
		after_flow_id, after_share, after_days, routing, desk, overflow)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULLIF($14, ''), $15, NULLIF($16, ''), $17, NULLIF($18, ''), $19, $20, $21, $22, $23)`,
		by.Tenant, q.ID, q.Key, q.Name, q.ProjectID, q.TargetMS, q.TargetPercent, q.ShortAbandonMS, q.OfferMS, q.WrapUpMS, q.DispositionRequired, q.Recording, q.RecordOnDemand, q.WaitingFlowID, db.JSON(q.Callback), q.HoursID, db.JSON(q.Closing),
		q.AfterFlowID, q.AfterShare, q.AfterDays, db.JSON(q.Routing), db.JSON(q.Desk), db.JSON(q.Overflow))
	if err != nil {
		return Queue{}, refuse(err, q)
	}
	return q, audit.Created(tx, by, "queue", string(q.ID), q)
}

// Change saves one under its id; nothing happens when it is as it was.
func Change(tx *db.Tx, by audit.Author, q Queue) (Queue, error) {
	if err := q.Validate(); err != nil {
		return Queue{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), q.ID)
	if err != nil {
		return Queue{}, err
	}
	if db.JSON(old) == db.JSON(q) {
		return q, nil
	}
	if err := checkReferences(tx, tenant.ID(by.Tenant), q); err != nil {
		return Queue{}, err
	}
	_, err = tx.Exec(`UPDATE queue SET key = $3, name = $4, project_id = $5, target_ms = $6, target_percent = $7, short_abandon_ms = $8,
		offer_ms = $9, wrap_up_ms = $10, disposition_required = $11, recording = $12,
		record_on_demand = $13, waiting_flow_id = NULLIF($14, ''), callback = $15, hours_id = NULLIF($16, ''), closing = $17,
		after_flow_id = NULLIF($18, ''), after_share = $19, after_days = $20, routing = $21, desk = $22, overflow = $23
		WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, q.ID, q.Key, q.Name, q.ProjectID, q.TargetMS, q.TargetPercent, q.ShortAbandonMS, q.OfferMS, q.WrapUpMS, q.DispositionRequired, q.Recording, q.RecordOnDemand, q.WaitingFlowID, db.JSON(q.Callback), q.HoursID, db.JSON(q.Closing),
		q.AfterFlowID, q.AfterShare, q.AfterDays, db.JSON(q.Routing), db.JSON(q.Desk), db.JSON(q.Overflow))
	if err != nil {
		return Queue{}, refuse(err, q)
	}
	return q, audit.Changed(tx, by, "queue", string(q.ID), old, q)
}

// Delete removes one; Conflict while other set-up refers to it.
func Delete(tx *db.Tx, by audit.Author, which ID) error {
	old, err := Get(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM queue_agent WHERE tenant_id = $1 AND queue_id = $2`, by.Tenant, which); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM queue WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return inUse(err)
	}
	return audit.Deleted(tx, by, "queue", string(which), old)
}

// refuse names the field when the database says that a key is taken or a reference dangles.
func refuse(err error, q Queue) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already a queue with the key %q", q.Key)
	}
	if db.Dangling(err) {
		return fault.OneField("waiting_flow_id", fault.Unknown, "there is no such flow")
	}
	return err
}

func inUse(err error) error {
	if db.Dangling(err) {
		return fault.Conflict.Wrap(err, "This queue is still in use.")
	}
	return err
}
