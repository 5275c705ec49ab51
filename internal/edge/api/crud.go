package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"linekeeper/internal/audit"
	"linekeeper/internal/center"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// List is a page of things an administrator sets up.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"Cursor of the next page; empty: this was the last"`
}

type listInput struct {
	Cursor string `query:"cursor" maxLength:"400" doc:"Where the last page ended"`
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

// kept is a kind of thing an administrator sets up. N is the noun's own type, T what is shown of it,
// F what may be given. The functions are the noun's: its Validate, which is that of apply, and the
// audit line in the same transaction are in them.
type kept[N, T, F any] struct {
	kind   string // queue
	title  string // Queue, for operation ids
	titles string // Queues
	path   string // /queues
	read   need
	write  need

	list   func(tx *db.Tx, t tenant.ID, page db.Page) ([]N, error)
	after  func(N) string // the key a page goes on after
	get    func(tx *db.Tx, t tenant.ID, id string) (N, error)
	create func(tx *db.Tx, by audit.Author, n N) (N, error)
	change func(tx *db.Tx, by audit.Author, n N) (N, error)
	remove func(tx *db.Tx, by audit.Author, id string) error // nil: these are never removed

	show func(N) T
	take func(id string, given F) N

	// fill adds what other nouns know, for a whole page at once; nil: nothing.
	fill func(tx *db.Tx, t tenant.ID, shown []T) error
	// also carries out the rest of what was given, in the same transaction; nil: nothing.
	also func(tx *db.Tx, by audit.Author, n N, given F) (N, error)
	// before prepares what takes too long for a transaction; nil: nothing.
	before func(ctx context.Context, given *F) error
}

// keptRoutes are the routes of a kind.
func keptRoutes[N, T, F any](s *server, k kept[N, T, F]) []route {
	list := func(ctx context.Context, in *listInput) (*listOutput[T], error) {
		page, err := k.page(ctx, s.deps.DB, viewerOf(ctx), *in)
		return &listOutput[T]{page}, err
	}
	get := func(ctx context.Context, in *idInput) (*oneOutput[T], error) {
		one, err := k.one(ctx, s.deps.DB, viewerOf(ctx), in.ID)
		return &oneOutput[T]{one}, err
	}
	create := func(ctx context.Context, in *createInput[F]) (*oneOutput[T], error) {
		one, err := k.save(ctx, s.deps.DB, viewerOf(ctx), "", in.Body, k.create)
		return &oneOutput[T]{one}, s.changed(k.kind, err)
	}
	replace := func(ctx context.Context, in *replaceInput[F]) (*oneOutput[T], error) {
		one, err := k.save(ctx, s.deps.DB, viewerOf(ctx), in.ID, in.Body, k.changing(in.ID))
		return &oneOutput[T]{one}, s.changed(k.kind, err)
	}
	remove := func(ctx context.Context, in *idInput) (*nothing, error) {
		return nil, s.changed(k.kind, s.deps.DB.Write(ctx, func(tx *db.Tx) error {
			if err := center.Removable(tx, viewerOf(ctx).Tenant, k.kind, in.ID); err != nil {
				return err
			}
			return k.remove(tx, viewerOf(ctx).author(), in.ID)
		}))
	}
	routes := []route{
		rt(http.MethodGet, k.path, "list"+k.titles, k.read, "All of them, in order", list),
		rt(http.MethodPost, k.path, "create"+k.title, k.write, "Make one", create, status(http.StatusCreated)),
		rt(http.MethodGet, k.path+"/{id}", "get"+k.title, k.read, "One of them", get),
		rt(http.MethodPut, k.path+"/{id}", "replace"+k.title, k.write, "Change one", replace),
	}
	if k.remove != nil {
		routes = append(routes, rt(http.MethodDelete, k.path+"/{id}", "delete"+k.title, k.write,
			"Remove one that nothing refers to", remove, status(http.StatusNoContent)))
	}
	return routes
}

func (k kept[N, T, F]) page(ctx context.Context, d *db.DB, v viewer, in listInput) (List[T], error) {
	after, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil || !clean(string(after)) {
		return List[T]{}, fault.OneField("cursor", fault.Malformed, "This is not the cursor of an earlier page.")
	}
	page := List[T]{Items: []T{}}
	err = d.Read(ctx, func(tx *db.Tx) error {
		all, err := k.list(tx, v.Tenant, db.Page{After: string(after), Limit: in.Limit})
		if err != nil {
			return err
		}
		for _, n := range all {
			page.Items = append(page.Items, k.show(n))
		}
		if len(all) == in.Limit && k.after != nil {
			page.Next = base64.RawURLEncoding.EncodeToString([]byte(k.after(all[len(all)-1])))
		}
		return k.filled(tx, v, page.Items)
	})
	return page, err
}

func (k kept[N, T, F]) one(ctx context.Context, d *db.DB, v viewer, id string) (T, error) {
	shown := make([]T, 1)
	err := d.Read(ctx, func(tx *db.Tx) error {
		n, err := k.get(tx, v.Tenant, id)
		if err != nil {
			return err
		}
		shown[0] = k.show(n)
		return k.filled(tx, v, shown)
	})
	return shown[0], err
}

// save creates or changes one with all that was given, in one transaction.
func (k kept[N, T, F]) save(ctx context.Context, d *db.DB, v viewer, id string, given F,
	store func(*db.Tx, audit.Author, N) (N, error)) (T, error) {
	shown := make([]T, 1)
	if k.before != nil {
		if err := k.before(ctx, &given); err != nil {
			return shown[0], err
		}
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		n, err := store(tx, v.author(), k.take(id, given))
		if err != nil {
			return err
		}
		if k.also != nil {
			if n, err = k.also(tx, v.author(), n, given); err != nil {
				return err
			}
		}
		shown[0] = k.show(n)
		return k.filled(tx, v, shown)
	})
	return shown[0], err
}

// changing changes one, but not a key that others know it by.
func (k kept[N, T, F]) changing(id string) func(*db.Tx, audit.Author, N) (N, error) {
	return func(tx *db.Tx, by audit.Author, n N) (N, error) {
		old, err := k.get(tx, tenant.ID(by.Tenant), id)
		if err != nil {
			return n, err
		}
		if k.after != nil && k.after(old) != k.after(n) {
			if err := center.Renamable(tx, tenant.ID(by.Tenant), k.kind, id); err != nil {
				return n, err
			}
		}
		return k.change(tx, by, n)
	}
}

func (k kept[N, T, F]) filled(tx *db.Tx, v viewer, shown []T) error {
	if k.fill == nil {
		return nil
	}
	return k.fill(tx, v.Tenant, shown)
}

// byID lets a noun's function take the id as it comes from the path.
func byID[ID ~string, N any](get func(*db.Tx, tenant.ID, ID) (N, error)) func(*db.Tx, tenant.ID, string) (N, error) {
	return func(tx *db.Tx, t tenant.ID, id string) (N, error) { return get(tx, t, ID(id)) }
}

// removeByID is byID for removing.
func removeByID[ID ~string](remove func(*db.Tx, audit.Author, ID) error) func(*db.Tx, audit.Author, string) error {
	return func(tx *db.Tx, by audit.Author, id string) error { return remove(tx, by, ID(id)) }
}

// texts gives ids as plain text, never nil.
func texts[S ~string](all []S) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	return out
}

// typed gives plain text its type.
func typed[S ~string](all []string) []S {
	out := make([]S, len(all))
	for i, s := range all {
		out[i] = S(s)
	}
	return out
}

// plain and named turn names by language from and to the noun's type, never nil.
func plain(n tenant.Names) map[string]string {
	out := map[string]string{}
	for l, s := range n {
		out[string(l)] = s
	}
	return out
}

func named(m map[string]string) tenant.Names {
	out := tenant.Names{}
	for l, s := range m {
		out[tenant.Language(l)] = s
	}
	return out
}

// inField names the field a noun's error is about, where the noun could not know it.
func inField(field string, err error) error {
	var f fault.Fields
	if err := f.Nest(field, err); err != nil {
		return err
	}
	return f.Err()
}

// rename gives a field the name it has on the wire.
func rename(from, to string, err error) error {
	fields := fault.FieldsOf(err)
	if fields == nil {
		return err
	}
	out := append(fault.Fields{}, fields...)
	for i := range out {
		if out[i].Path == from {
			out[i].Path = to
		}
	}
	return out.Err()
}
