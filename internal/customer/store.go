package customer

import (
	"maps"
	"slices"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/tenant"
)

const columns = `customer.id, customer.name, customer.note, customer.created_ms, customer.language, customer.segment`

func scan(row db.Row) (Customer, error) {
	var c Customer
	err := row.Scan(&c.ID, &c.Name, &c.Note, db.FromMillis(&c.Created), &c.Language, &c.Segment)
	return c, err
}

// Get reads one customer with its numbers and fields.
func Get(tx *db.Tx, t tenant.ID, c ID) (Customer, error) {
	got, err := db.One(tx, scan, `SELECT `+columns+` FROM customer WHERE tenant_id = $1 AND id = $2`, t, c)
	if err != nil {
		return Customer{}, err
	}
	if got.Numbers, err = numbers(tx, t, c); err != nil {
		return Customer{}, err
	}
	got.Fields, err = fields(tx, t, c)
	return got, err
}

func fields(tx *db.Tx, t tenant.ID, c ID) (map[string]string, error) {
	pairs, err := db.All(tx, func(row db.Row) (p [2]string, err error) {
		return p, row.Scan(&p[0], &p[1])
	}, `SELECT name, value FROM customer_field WHERE tenant_id = $1 AND customer_id = $2 ORDER BY name LIMIT $3`, t, c, maxFields)
	all := map[string]string{}
	for _, p := range pairs {
		all[p[0]] = p[1]
	}
	return all, err
}

// ByField reads those who have a value in a field, in the order they were made, two at the most: one is
// the customer, two mean that the value does not tell. No error when there is none.
func ByField(tx *db.Tx, t tenant.ID, name, value string) ([]Customer, error) {
	ids, err := db.All(tx, db.Scalar[ID], `SELECT customer_id FROM customer_field
		WHERE tenant_id = $1 AND name = $2 AND value = $3 ORDER BY customer_id LIMIT 2`, t, name, value)
	var all []Customer
	for _, id := range ids {
		if err == nil {
			var c Customer
			c, err = Get(tx, t, id)
			all = append(all, c)
		}
	}
	return all, err
}

func numbers(tx *db.Tx, t tenant.ID, c ID) ([]string, error) {
	return db.All(tx, db.Scalar[string], `SELECT number FROM customer_number
		WHERE tenant_id = $1 AND customer_id = $2 ORDER BY number LIMIT 1000`, t, c)
}

// ByNumber reads the customer who has a number, with or without its +; NotFound if nobody has.
func ByNumber(tx *db.Tx, t tenant.ID, address string) (Customer, error) {
	digits := number.Digits(number.Normalize(address))
	if digits == "" {
		return Customer{}, fault.NotFound.New("This is no number.")
	}
	which, err := db.One(tx, db.Scalar[ID], `SELECT customer_id FROM customer_number
		WHERE tenant_id = $1 AND number IN ($2, $3) ORDER BY number LIMIT 1`, t, digits, "+"+digits)
	if err != nil {
		return Customer{}, err
	}
	return Get(tx, t, which)
}

// FindOrCreate gives the customer who has a number and makes one if nobody has; created tells which.
// A caller who hides the number gives Invalid: there is nobody to remember. No audit line is written:
// the interaction that brings the customer is the trace.
func FindOrCreate(tx *db.Tx, t tenant.ID, address string) (c Customer, created bool, err error) {
	norm := number.Normalize(address)
	if norm == "" {
		return Customer{}, false, fault.OneField("number", fault.Malformed, "%q is not a telephone number", address)
	}
	c, err = ByNumber(tx, t, norm)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return c, false, err
	}
	c = Customer{ID: ID(id.New()), Numbers: []string{norm}, Fields: map[string]string{}, Created: time.Now().UTC().Truncate(time.Millisecond)}
	_, err = tx.Exec(`INSERT INTO customer (tenant_id, id, name, note, created_ms) VALUES ($1, $2, '', '', $3)`,
		t, c.ID, db.Millis(c.Created))
	if err != nil {
		return Customer{}, false, err
	}
	n, err := tx.Exec(`INSERT INTO customer_number (tenant_id, number, customer_id) VALUES ($1, $2, $3)
		ON CONFLICT (tenant_id, number) DO NOTHING`, t, norm, c.ID)
	if err != nil {
		return Customer{}, false, err
	}
	if n == 0 { // PostgreSQL: somebody else was quicker; this snapshot cannot see them, the next attempt will
		return Customer{}, false, fault.Busy.New("This customer is being made by another call.")
	}
	return c, true, nil
}

// List reads customers in the order they were made, without their numbers and fields; the page goes on after an
// id.
func List(tx *db.Tx, t tenant.ID, page db.Page) ([]Customer, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM customer
		WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3`, t, page.After, page.Rows())
}

// Change saves a customer's name, note, language, segment and fields. A field whose value is empty is
// taken away.
func Change(tx *db.Tx, by audit.Author, c Customer) (Customer, error) {
	c.Fields = maps.Clone(c.Fields)
	maps.DeleteFunc(c.Fields, func(_, value string) bool { return value == "" })
	if err := c.Validate(); err != nil {
		return Customer{}, err
	}
	old, err := Get(tx, tenant.ID(by.Tenant), c.ID)
	if err != nil {
		return Customer{}, err
	}
	c.Numbers, c.Created = old.Numbers, old.Created
	if c.Fields == nil {
		c.Fields = map[string]string{}
	}
	same := maps.Equal(c.Fields, old.Fields)
	if same && c.Name == old.Name && c.Note == old.Note && c.Language == old.Language && c.Segment == old.Segment {
		return c, nil
	}
	_, err = tx.Exec(`UPDATE customer SET name = $3, note = $4, language = $5, segment = $6 WHERE tenant_id = $1 AND id = $2`,
		by.Tenant, c.ID, c.Name, c.Note, c.Language, c.Segment)
	if err != nil {
		return Customer{}, err
	}
	if !same {
		if err := putFields(tx, by, c); err != nil {
			return Customer{}, err
		}
	}
	return c, audit.Changed(tx, by, "customer", string(c.ID), old, c)
}

func putFields(tx *db.Tx, by audit.Author, c Customer) error {
	if _, err := tx.Exec(`DELETE FROM customer_field WHERE tenant_id = $1 AND customer_id = $2`, by.Tenant, c.ID); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		_, err := tx.Exec(`INSERT INTO customer_field (tenant_id, customer_id, name, value) VALUES ($1, $2, $3, $4)`,
			by.Tenant, c.ID, name, c.Fields[name])
		if err != nil {
			return err
		}
	}
	return nil
}

// AddNumber gives a customer another number; Invalid when somebody has it already.
func AddNumber(tx *db.Tx, by audit.Author, c ID, address string) error {
	norm := number.Normalize(address)
	if norm == "" {
		return fault.OneField("number", fault.Malformed, "%q is not a telephone number", address)
	}
	t := tenant.ID(by.Tenant)
	old, err := Get(tx, t, c)
	if err != nil {
		return err
	}
	owner, err := ByNumber(tx, t, norm)
	if err == nil && owner.ID == c {
		return nil
	}
	if err == nil {
		return fault.OneField("number", fault.Taken, "another customer has this number")
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err = tx.Exec(`INSERT INTO customer_number (tenant_id, number, customer_id) VALUES ($1, $2, $3)`, t, norm, c)
	if err != nil {
		return err
	}
	after := old
	after.Numbers = append(append([]string(nil), old.Numbers...), norm)
	return audit.Changed(tx, by, "customer", string(c), old, after)
}
