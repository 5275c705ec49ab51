package api

import (
	"context"
	"maps"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

// Customer is a person we know.
type Customer struct {
	ID        string   `json:"id"`
	Name      string   `json:"name" doc:"Empty: not known yet"`
	Note      string   `json:"note"`
	Numbers   []string `json:"numbers"`
	CreatedMs int64    `json:"created_ms"`

	Language string            `json:"language" doc:"en, ru, th; empty: not known"`
	Segment  string            `json:"segment" doc:"Key of the group, such as vip; empty: none"`
	Fields   map[string]string `json:"fields" doc:"What else is known, by key, such as the number of a contract"`

	Marks []CustomerMark `json:"marks" doc:"What agents should know before they speak with the customer, the newest first, 20 at most"`
}

// CustomerMark warns who is about to speak with a customer.
type CustomerMark struct {
	Kind        string `json:"kind" enum:"abuse" doc:"abuse: has insulted an agent"`
	AtMs        int64  `json:"at_ms"`
	User        string `json:"user" doc:"Id of who said so"`
	UserName    string `json:"user_name"`
	Interaction string `json:"interaction" doc:"Id of the interaction in which it was"`
}

// CustomerChange are the parts of a customer to change; what is left out stays.
type CustomerChange struct {
	Name      *string `json:"name,omitempty" maxLength:"200"`
	Note      *string `json:"note,omitempty" maxLength:"10000"`
	AddNumber *string `json:"add_number,omitempty" maxLength:"64" doc:"Another number of this customer"`
	Language  *string `json:"language,omitempty" maxLength:"2"`
	Segment   *string `json:"segment,omitempty" maxLength:"64"`

	Fields map[string]string `json:"fields,omitempty" doc:"Fields to set; an empty value takes one away. Others stay"`
}

type customerInput struct {
	ID string `path:"id" maxLength:"64"`
}

type customerOutput struct {
	Body Customer
}

type changeCustomerInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body CustomerChange
}

type customerInteractionsInput struct {
	ID     string `path:"id" maxLength:"64"`
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"20"`
}

func (s *server) getCustomer(ctx context.Context, in *customerInput) (*customerOutput, error) {
	var shown Customer
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := customer.Get(tx, viewerOf(ctx).Tenant, customer.ID(in.ID))
		if err == nil {
			shown, err = shownCustomer(tx, viewerOf(ctx).Tenant, c)
		}
		return err
	})
	return &customerOutput{shown}, err
}

func (s *server) changeCustomer(ctx context.Context, in *changeCustomerInput) (*customerOutput, error) {
	v, id := viewerOf(ctx), customer.ID(in.ID)
	var shown Customer
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := customer.Get(tx, v.Tenant, id)
		if err != nil {
			return err
		}
		if in.Body.Name != nil {
			c.Name = *in.Body.Name
		}
		if in.Body.Note != nil {
			c.Note = *in.Body.Note
		}
		if in.Body.Language != nil {
			c.Language = tenant.Language(*in.Body.Language)
		}
		if in.Body.Segment != nil {
			c.Segment = *in.Body.Segment
		}
		maps.Copy(c.Fields, in.Body.Fields)
		if _, err = customer.Change(tx, v.author(), c); err != nil {
			return err
		}
		if in.Body.AddNumber != nil {
			if err := customer.AddNumber(tx, v.author(), id, *in.Body.AddNumber); err != nil {
				return rename("number", "add_number", err)
			}
		}
		if c, err = customer.Get(tx, v.Tenant, id); err != nil {
			return err
		}
		shown, err = shownCustomer(tx, v.Tenant, c)
		return err
	})
	return &customerOutput{shown}, err
}

func (s *server) customerInteractions(ctx context.Context, in *customerInteractionsInput) (*listInteractionsOutput, error) {
	found, err := s.deps.Reports.OfCustomer(ctx, viewerOf(ctx).Tenant, customer.ID(in.ID), report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return &listInteractionsOutput{shownPage(found)}, nil
}

func shownCustomer(tx *db.Tx, t tenant.ID, c customer.Customer) (Customer, error) {
	marks, err := customer.Marks(tx, t, c.ID)
	shown := Customer{
		ID: string(c.ID), Name: c.Name, Note: c.Note, Numbers: texts(c.Numbers), CreatedMs: db.Millis(c.Created),
		Language: string(c.Language), Segment: c.Segment, Fields: c.Fields, Marks: []CustomerMark{},
	}
	for _, m := range marks {
		mark := CustomerMark{Kind: string(m.Kind), AtMs: db.Millis(m.At), User: string(m.By), Interaction: m.Interaction}
		u, err := access.GetUser(tx, t, m.By)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return shown, err
		}
		mark.UserName = u.Name // empty: somebody who is gone
		shown.Marks = append(shown.Marks, mark)
	}
	return shown, err
}
