package report

import (
	"strings"
	"unicode/utf8"

	"linekeeper/internal/transcript"
)

// addText looks for an id, a part of a number, or the beginning of a name and what messages say, by what the text is like.
func (f Filter) addText(v Viewer, w *where) {
	text := strings.TrimSpace(f.Text)
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, text)
	switch {
	case text == "":
	case len(text) == 36 && strings.Count(text, "-") == 4:
		w.add("i.id = %s", strings.ToLower(text))
	case digits != "" && strings.Trim(text, "+0123456789 ()-.") == "":
		f.ofCustomers(w, `SELECT n.customer_id AS id FROM customer_number n WHERE n.tenant_id = %s AND n.number LIKE %s`,
			v.Tenant, "%"+digits+"%")
	default:
		f.addWords(v, w, text)
	}
}

// leastWords is how many letters a text has at least for which messages are searched: fewer are in nearly all.
const leastWords = 3

// addWords looks for the beginning of a name, and for what messages say.
func (f Filter) addWords(v Viewer, w *where, text string) {
	const named = `SELECT c.id FROM customer c WHERE c.tenant_id = %s AND c.name >= %s AND c.name < %s`
	names := []any{v.Tenant, text, text + "\U0010FFFF"}
	if utf8.RuneCountInString(text) < leastWords {
		f.ofCustomers(w, named, names...)
		return
	}
	const saying = `SELECT r.interaction_id AS id FROM transcript r WHERE r.tenant_id = %s AND r.folded LIKE %s ESCAPE '!'`
	part := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(transcript.Fold(text)) + "%"
	if w.begin == "" {
		w.beginWith("i.id", `SELECT j.id FROM customer c CROSS JOIN interaction j WHERE c.tenant_id = %s AND c.name >= %s AND c.name < %s
				AND j.tenant_id = c.tenant_id AND j.customer_id = c.id
			UNION ALL `+saying, append(names, v.Tenant, part)...)
		return
	}
	w.add("(i.customer_id IN ("+named+") OR i.id IN ("+saying+"))", append(names, v.Tenant, part)...)
}

// ofCustomers restricts to the customers a query selects, and begins with them if nothing else does.
func (f Filter) ofCustomers(w *where, query string, values ...any) {
	if w.begin == "" {
		w.beginWith("i.customer_id", query, values...)
		return
	}
	w.add("i.customer_id IN ("+query+")", values...)
}
