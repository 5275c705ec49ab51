package flow

import (
	"context"
	"fmt"
	"strings"
)

// template is text with expressions in it: "Hello {{customer.name}}".
type template struct {
	parts []part
}

// part is plain text, or an expression when there is one.
type part struct {
	plain string
	value *expression
}

// template compiles a text, with names beyond the program's; an expression that reads a secret is refused unless it may.
func (l *language) template(text string, secret bool, more extra) (t *template, problem Said) {
	t = &template{}
	for text != "" {
		before, rest, ok := strings.Cut(text, "{{")
		if before != "" {
			t.parts = append(t.parts, part{plain: before})
		}
		if !ok {
			break
		}
		inside, after, ok := strings.Cut(rest, "}}")
		if !ok {
			return nil, saidf(`"{{" without "}}"`)
		}
		e, problem := l.compile(strings.TrimSpace(inside), TextVar, more)
		if !problem.Empty() {
			return nil, saidf("{{%s}}: %s", inside, problem)
		}
		if e.secret && !secret {
			return nil, saidf("{{%s}} is secret and cannot be said or shown", inside)
		}
		t.parts = append(t.parts, part{value: e})
		text = after
	}
	return t, Said{}
}

// expressions are those in it.
func (t *template) expressions() (all []*expression) {
	for _, p := range t.parts {
		if p.value != nil {
			all = append(all, p.value)
		}
	}
	return all
}

// fill is the text with its expressions replaced by what they are now. Escape, when given, is put
// around each of them.
func (r *run) fill(ctx context.Context, t *template, escape func(string) string) (string, error) {
	return r.fillWith(ctx, t, escape, nil)
}

// fillWith is fill with names beyond the program's.
func (r *run) fillWith(ctx context.Context, t *template, escape func(string) string, more extra) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.value == nil {
			b.WriteString(p.plain)
			continue
		}
		v, err := r.eval(ctx, p.value, more)
		if err != nil {
			return "", err
		}
		s := v.(string)
		if escape != nil {
			s = escape(s)
		}
		b.WriteString(s)
		if b.Len() > maxValue {
			return "", fmt.Errorf("the text is longer than %d bytes", maxValue)
		}
	}
	return b.String(), nil
}

// fixed is the text of a template without expressions; empty when it has one.
func (t *template) fixed() string {
	if len(t.parts) != 1 || t.parts[0].value != nil {
		return ""
	}
	return t.parts[0].plain
}
