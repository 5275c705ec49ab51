package flow

import (
	"maps"
	"slices"
	"strings"

	"linekeeper/internal/interaction"
)

// audible are the prompts of a center and the voices that speak, for checks before anybody calls.
type audible struct {
	prompts map[string]Prompt // the center's own, by key
	shipped map[string]bool   // keys
	speaks  func(language string) bool
}

// heard is the language in which customers of a language hear a prompt, as Library.Prompt chooses; empty: they
// hear a beep.
func (a audible) heard(key, language string) string {
	own := a.prompts[key]
	sounds := func(in string) bool { return own.Audio[in] != "" || own.Texts[in] != "" && a.speaks(in) }
	if in := nearest(language, own.languages()); in != "" && sounds(in) {
		return in
	}
	if a.shipped[key] {
		return language // what is shipped speaks all languages
	}
	for _, in := range slices.Sorted(maps.Keys(own.languages())) {
		if sounds(in) {
			return in
		}
	}
	return ""
}

// check finds prompts and texts of the program that customers of these languages hear in another, or not at all.
func (a audible) check(p *Program, languages []string, found *Problems) {
	if !slices.Contains(p.channels, interaction.Voice) {
		return
	}
	for _, r := range p.Refs() {
		if _, own := a.prompts[r.Key]; r.Thing == PromptThing && (own || a.shipped[r.Key]) { // else there is none, which is told
			a.checkPrompt(r, languages, found)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		n := p.nodes[id]
		for _, param := range n.kind.Params {
			if param.Letter {
				checkLetter(id, param.Name, n.params[param.Name], languages, found)
			} else if param.Type == TextParam && !param.Spoken {
				a.checkText(id, param.Name, n.params[param.Name], languages, found)
			}
		}
	}
}

func (a audible) checkPrompt(r Ref, languages []string, found *Problems) {
	for _, l := range languages {
		switch in := a.heard(r.Key, l); {
		case in == "":
			found.add(r.Node, r.Field, "the prompt %q cannot be heard: it has neither a recording nor a text that an engine speaks", r.Key)
			return
		case !sameLanguage(in, l):
			found.warn(r.Node, r.Field, "the prompt %q is not there in %s: customers hear it in %s", r.Key, tongue(l), tongue(in))
		}
	}
}

// checkText looks at a text that is spoken: one for all languages, or by language.
func (a audible) checkText(node, field string, value any, languages []string, found *Problems) {
	if value == nil {
		return
	}
	for _, l := range languages {
		_, in := inLanguage(value, l)
		switch {
		case !a.speaks(in):
			found.warn(node, field, "no engine speaks %s: customers hear a beep in place of the text", tongue(in))
		case !sameLanguage(in, l):
			found.warn(node, field, "the text is not there in %s: customers hear it in %s", tongue(l), tongue(in))
		}
	}
}

// checkLetter looks at a text that is read: one for all languages, or by language.
func checkLetter(node, field string, value any, languages []string, found *Problems) {
	if value == nil {
		return
	}
	for _, l := range languages {
		if _, in := inLanguage(value, l); !sameLanguage(in, l) {
			found.warn(node, field, "the text is not there in %s: customers get it in %s", tongue(l), tongue(in))
		}
	}
}

func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return a == b
}

// tongue is a language's name in a sentence.
func tongue(language string) Said {
	base, _, _ := strings.Cut(language, "-")
	switch base {
	case "en":
		return saidf("English")
	case "ru":
		return saidf("Russian")
	case "th":
		return saidf("Thai")
	}
	return Said{Text: language}
}

// chosen are the languages that nodes of the program choose.
func (p *Program) chosen() (all []string) {
	for _, n := range p.nodes {
		for _, param := range n.kind.Params {
			if param.Type == LanguageParam && n.str(param.Name) != "" {
				all = append(all, n.str(param.Name))
			}
		}
	}
	return all
}
