package api

import "context"

// Customer is a person we know.
type Customer struct {
	ID        string   `json:"id"`
	Name      string   `json:"name" doc:"Empty: not known yet"`
	Note      string   `json:"note"`
	Numbers   []string `json:"numbers"`
	CreatedMs int64    `json:"created_ms"`
}

// CustomerChange are the parts of a customer to change; what is left out stays.
type CustomerChange struct {
	Name    *string   `json:"name,omitempty" maxLength:"200"`
	Note    *string   `json:"note,omitempty" maxLength:"10000"`
	Numbers *[]string `json:"numbers,omitempty" maxItems:"50" nullable:"false"`
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
	return nil, errUnfinished
}

func (s *server) changeCustomer(ctx context.Context, in *changeCustomerInput) (*customerOutput, error) {
	return nil, errUnfinished
}

func (s *server) customerInteractions(ctx context.Context, in *customerInteractionsInput) (*listInteractionsOutput, error) {
	return nil, errUnfinished
}
