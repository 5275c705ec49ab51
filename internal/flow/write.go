package flow

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// wording is the text of a node in the language of the run, its expressions filled in.
func (r *run) wording(ctx context.Context, n *node) (text, language string, err error) {
	t, language := n.text("text", r.position.Language)
	if t == nil {
		return "", language, fmt.Errorf("%w: no text", ErrNoSound)
	}
	r.tongue = language
	text, err = r.fill(ctx, t, nil)
	r.tongue = ""
	return text, language, err
}

// written is the text of a node's prompt or text, for a customer who reads.
func (r *run) written(ctx context.Context, n *node, param string) (string, error) {
	if key := n.str(param); key != "" {
		return r.cfg.Library.Words(ctx, r.tenant(), key, r.position.Language)
	}
	text, _, err := r.wording(ctx, n)
	return text, err
}

// write shows the customer a node's words; what has none is skipped with a note.
func (r *run) write(ctx context.Context, n *node, buttons []Button) error {
	text, err := r.written(ctx, n, "prompt")
	if err != nil {
		r.missing(ctx, n, n.str("prompt"), err)
		if len(buttons) == 0 {
			return ctx.Err()
		}
	}
	if err := r.writer.Write(ctx, Message{Text: text, Buttons: buttons}); err != nil {
		return err
	}
	r.played(n, text)
	return nil
}

// writtenMenu asks in writing: by buttons, and by what the customer types instead.
func (r *run) writtenMenu(ctx context.Context, n *node) (string, error) {
	tries := int(n.number("tries"))
	buttons := r.buttons(ctx, n)
	choices, _ := r.menuWords(ctx, n)
	way := ""
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if err := r.write(ctx, n, buttons); err != nil {
			return "", err
		}
		text, given, err := r.writer.Read(ctx, n.seconds("patience"))
		if err != nil {
			return "", err
		}
		key := chosen(buttons, text)
		if key == "" {
			key = r.meant(Heard{Text: text}, choices)
		}
		switch {
		case !given:
			way = "no_input"
			r.step(n, StepNoInput, "")
		case key == "":
			way = "invalid"
			r.step(n, StepInvalid, text)
			if r.position.Tries+1 < tries {
				if err := r.excuse(ctx, n); err != nil {
					return "", err
				}
			}
		default:
			r.step(n, StepChose, key)
			return key, nil
		}
	}
	return way, nil
}

// excuse says that an answer was no choice.
func (r *run) excuse(ctx context.Context, n *node) error {
	text, err := r.cfg.Library.Words(ctx, r.tenant(), n.str("invalid_prompt"), r.position.Language)
	if err != nil {
		return ctx.Err() // the question is asked again anyway
	}
	return r.writer.Write(ctx, Message{Text: text})
}

// buttons are a menu's keys with their labels, in the order of the keys; a key without a label is its own.
func (r *run) buttons(ctx context.Context, n *node) (all []Button) {
	labels, _ := n.params["labels"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(n.edges)) {
		if !isKey(key) {
			continue
		}
		b := Button{Key: key, Label: key}
		if t, _ := inLanguage(labels[key], r.position.Language); t != nil {
			if text, err := r.fill(ctx, t, nil); err == nil {
				b.Label = text
			}
		}
		all = append(all, b)
	}
	return all
}

// chosen is the key of the button a text means: its key, or its label in any writing.
func chosen(buttons []Button, text string) string {
	text = strings.TrimSpace(text)
	for _, b := range buttons {
		if text == b.Key || strings.EqualFold(text, strings.TrimSpace(b.Label)) {
			return b.Key
		}
	}
	return ""
}
