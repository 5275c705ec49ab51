package api

import (
	"context"
	"maps"

	"linekeeper/internal/customer"
	"linekeeper/internal/kit/db"
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
	var c customer.Customer
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = customer.Get(tx, viewerOf(ctx).Tenant, customer.ID(in.ID))
		return err
	})
	return &customerOutput{shownCustomer(c)}, err
}

func (s *server) changeCustomer(ctx context.Context, in *changeCustomerInput) (*customerOutput, error) {
	v, id := viewerOf(ctx), customer.ID(in.ID)
	var c customer.Customer
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = customer.Get(tx, v.Tenant, id); err != nil {
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
		c, err = customer.Get(tx, v.Tenant, id)
		return err
	})
	return &customerOutput{shownCustomer(c)}, err
}

func (s *server) customerInteractions(ctx context.Context, in *customerInteractionsInput) (*listInteractionsOutput, error) {
	found, err := s.deps.Reports.OfCustomer(ctx, viewerOf(ctx).Tenant, customer.ID(in.ID), report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return &listInteractionsOutput{shownPage(found)}, nil
}

func shownCustomer(c customer.Customer) Customer {
	return Customer{
		ID: string(c.ID), Name: c.Name, Note: c.Note, Numbers: texts(c.Numbers), CreatedMs: db.Millis(c.Created),
		Language: string(c.Language), Segment: c.Segment, Fields: c.Fields,
	}
}
