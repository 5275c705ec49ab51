package flow

import (
	"slices"
	"strings"
	"time"
)

// recall leaves a node by the way it was left in the past call, where that hung on what is outside of the program
// and what was hidden: services, databases, secret digits, and chance. False: the node is run.
func (m *memory) recall(r *run, n *node) (way string, ok bool) {
	switch n.kind.Name {
	case "http", "sql":
		way, ok = m.asked(r, n)
	case "collect_secret":
		way, ok = m.hidden(n)
	case pluginKind, codeKind:
		way, ok = m.led(r, n)
	case sendKind:
		way, ok = m.posted(n)
	case "verify", "share":
		s, found := m.pop(n.id, func(s pastStep) bool { return s.what == StepTook })
		if !found && n.kind.Name == "share" {
			return "", false // chance decides anew
		}
		way, ok = s.text, found
	default:
		return "", false
	}
	if _, leads := n.edges[way]; !ok || !leads {
		if m.leaves() {
			return "", false
		}
		m.lost(n.id, WhyOutside)
		return "", true // the flow is over
	}
	m.goes(0)
	return way, true
}

// asked is what came of a look-up: the variables it set are set again.
func (m *memory) asked(r *run, n *node) (way string, ok bool) {
	s, found := m.pop(n.id, func(s pastStep) bool {
		return s.what == StepAsked || s.what == StepSought || s.what == StepFailed
	})
	if !found {
		return "", false
	}
	if s.what == StepSought && strings.Contains(s.text, ", 0 found ") {
		return "none", true
	}
	m.takes(s)
	values := map[string]string{}
	for len(m.left[n.id]) > 0 && s.what != StepFailed {
		next := m.left[n.id][0]
		if next.what == StepFailed {
			s = next
		} else if next.what != StepSet {
			break
		}
		m.left[n.id] = m.left[n.id][1:]
		if next.what == StepSet {
			name, value, _ := strings.Cut(next.text, " = ")
			values[name] = value
		}
	}
	if s.what == StepFailed {
		return "failed", true
	}
	return "next", m.again(r, n.assigned("next"), values)
}

// posted is what came of a message that was to be sent.
func (m *memory) posted(n *node) (way string, ok bool) {
	s, found := m.pop(n.id, func(s pastStep) bool { return s.what == StepSent || s.what == StepFailed })
	if !found {
		return "", false
	}
	m.takes(s)
	if s.what == StepFailed {
		return failedWay, true
	}
	return "next", true
}

// led is how a plug-in finished: its talk takes the time it took then, without being held again.
func (m *memory) led(r *run, n *node) (way string, ok bool) {
	values := map[string]string{}
	for {
		s, found := m.pop(n.id, func(pastStep) bool { return true })
		if !found {
			return "", false
		}
		if s.what != StepSet {
			m.takes(s)
		}
		switch s.what {
		case StepSet:
			name, value, _ := strings.Cut(s.text, " = ")
			values[name] = value
		case StepFailed:
			return failedWay, true
		case StepTook:
			return s.text, m.again(r, n.assigned(s.text), values)
		}
	}
}

// again sets variables as they were set then; false: what they had is not kept, or not whole.
func (m *memory) again(r *run, names []string, values map[string]string) bool {
	for _, name := range names {
		value, kept := values[name]
		v := r.program.variables[name]
		switch {
		case v.Secret:
			continue
		case !kept || v.Type == DataVar || strings.HasSuffix(value, hiddenValue), r.set(name, value) != nil:
			return false
		}
	}
	return true
}

// hidden is how secret digits ended; the digits themselves are not known.
func (m *memory) hidden(n *node) (way string, ok bool) {
	for range int(n.number("tries")) {
		s, found := m.pop(n.id, func(s pastStep) bool {
			return slices.Contains([]string{StepSet, StepInvalid, StepNoInput}, s.what)
		})
		if !found {
			return "", false
		}
		m.takes(s)
		if s.what == StepSet {
			return "next", true
		}
		way = s.what
	}
	return way, true
}

// takes lets the time pass that the step took then.
func (m *memory) takes(s pastStep) {
	if m.actor.pass(time.Duration(s.after*float64(time.Second))) != nil {
		return // he hangs up meanwhile, and whatever comes next learns it
	}
}
