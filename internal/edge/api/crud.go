package api

import (
	"context"
	"net/http"
)

// List is a page of things an administrator sets up.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"Cursor of the next page; empty: this was the last"`
}

type listInput struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"Where the last page ended"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
}

type listOutput[T any] struct {
	Body List[T]
}

type idInput struct {
	ID string `path:"id" maxLength:"64"`
}

type oneOutput[T any] struct {
	Body T
}

type createInput[F any] struct {
	Body F
}

type replaceInput[F any] struct {
	ID   string `path:"id" maxLength:"64"`
	Body F
}

// kept is a kind of thing an administrator sets up: T is what is shown, F what may be given. Its
// functions are the noun's; the rules (Validate, who may, the audit line in the same transaction)
// are there and are those of apply.
type kept[T, F any] struct {
	kind    string // one of them: queue
	path    string // /queues
	read    need
	list    func(context.Context, viewer, listInput) (List[T], error)
	get     func(context.Context, viewer, string) (T, error)
	create  func(context.Context, viewer, F) (T, error)
	replace func(context.Context, viewer, string, F) (T, error)
	remove  func(context.Context, viewer, string) error
}

// keptRoutes are the five routes of a kind.
func keptRoutes[T, F any](s *server, title, titles string, k kept[T, F]) []route {
	list := func(ctx context.Context, in *listInput) (*listOutput[T], error) {
		page, err := k.list(ctx, viewerOf(ctx), *in)
		return &listOutput[T]{page}, err
	}
	get := func(ctx context.Context, in *idInput) (*oneOutput[T], error) {
		one, err := k.get(ctx, viewerOf(ctx), in.ID)
		return &oneOutput[T]{one}, err
	}
	create := func(ctx context.Context, in *createInput[F]) (*oneOutput[T], error) {
		one, err := k.create(ctx, viewerOf(ctx), in.Body)
		return &oneOutput[T]{one}, s.changed(k.kind, err)
	}
	replace := func(ctx context.Context, in *replaceInput[F]) (*oneOutput[T], error) {
		one, err := k.replace(ctx, viewerOf(ctx), in.ID, in.Body)
		return &oneOutput[T]{one}, s.changed(k.kind, err)
	}
	remove := func(ctx context.Context, in *idInput) (*nothing, error) {
		return nil, s.changed(k.kind, k.remove(ctx, viewerOf(ctx), in.ID))
	}
	return []route{
		rt(http.MethodGet, k.path, "list"+titles, k.read, "All of them, in order of their keys", list),
		rt(http.MethodPost, k.path, "create"+title, setUp, "Make one", create, status(http.StatusCreated)),
		rt(http.MethodGet, k.path+"/{id}", "get"+title, k.read, "One of them", get),
		rt(http.MethodPut, k.path+"/{id}", "replace"+title, setUp, "Change one", replace),
		rt(http.MethodDelete, k.path+"/{id}", "delete"+title, setUp, "Remove one that nothing refers to", remove, status(http.StatusNoContent)),
	}
}
