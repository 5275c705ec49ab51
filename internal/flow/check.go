package flow

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"linekeeper/internal/interaction"
)

// checkTargets finds edges to nowhere.
func checkTargets(p *Program, src *source, found *Problems) {
	if _, ok := src.nodes[p.start]; p.start != "" && !ok {
		found.add("", "start", "there is no node %q%s", p.start, suggest(p.start, src.ids))
	}
	for _, id := range src.ids {
		n := p.nodes[id]
		if n == nil {
			continue
		}
		for _, edge := range slices.Sorted(maps.Keys(n.edges)) {
			if _, ok := src.nodes[n.edges[edge]]; !ok {
				field := "edges." + edge
				if edge == "next" {
					field = edge
				}
				found.add(id, field, "there is no node %q%s", n.edges[edge], suggest(n.edges[edge], src.ids))
			}
		}
	}
}

// checkReach finds nodes no way leads to.
func checkReach(p *Program, found *Problems) {
	reached := map[string]bool{}
	todo := []string{p.start}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n := p.nodes[id]; n != nil && !reached[id] {
			reached[id] = true
			todo = slices.AppendSeq(todo, maps.Values(n.edges))
		}
	}
	for id := range p.nodes {
		if !reached[id] {
			found.add(id, "", "no way leads here from the start")
		}
	}
}

// checkLoops finds loops in which nothing takes time: a run would turn in them without end. It is a
// depth-first walk over the nodes that do not wait; each loop is told once, at its first node.
func checkLoops(p *Program, found *Problems) {
	const (
		open = 1
		done = 2
	)
	state := map[string]int{}
	var path []string
	var walk func(id string)
	walk = func(id string) {
		n := p.nodes[id]
		if n == nil || n.kind.Waits || state[id] == done {
			return
		}
		if state[id] == open {
			loop := slices.Clone(path[slices.Index(path, id):])
			found.add(slices.Min(loop), "", "this loop never waits: %s", strings.Join(append(loop, id), " → "))
			return
		}
		state[id] = open
		path = append(path, id)
		for _, edge := range slices.Sorted(maps.Keys(n.edges)) {
			walk(n.edges[edge])
		}
		path = path[:len(path)-1]
		state[id] = done
	}
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		walk(id)
	}
}

// checkAbilities finds nodes that need what a channel of the program cannot do.
func checkAbilities(p *Program, found *Problems) {
	for _, channel := range p.channels {
		can := abilities()[channel]
		for id, n := range p.nodes {
			if channel == interaction.NoChannel && len(n.kind.Needs) > 0 {
				found.add(id, "", "%s needs a customer, and a flow for the channel none runs without one", n.kind.Name)
				continue
			}
			for _, need := range n.kind.Needs {
				if !slices.Contains(can, need) {
					found.add(id, "", "%s cannot run on %s: it needs %q", n.kind.Name, channel, need)
				}
			}
		}
	}
}

// checkSet finds nodes that read a variable which some way from the start leaves unset: the
// variables set on every way to a node, by going round until nothing changes.
func checkSet(p *Program, found *Problems) {
	begin := map[string]bool{}
	for name, v := range p.variables {
		if v.Default != nil || v.Input {
			begin[name] = true
		}
	}
	set := map[string]map[string]bool{p.start: begin}
	for todo := []string{p.start}; len(todo) > 0; todo = todo[1:] {
		n := p.nodes[todo[0]]
		for way, to := range n.edges {
			leaves := maps.Clone(set[n.id])
			for _, name := range n.assigned(way) {
				leaves[name] = true
			}
			before, seen := set[to]
			if !seen {
				set[to] = leaves
				todo = append(todo, to)
				continue
			}
			size := len(before)
			maps.DeleteFunc(before, func(name string, _ bool) bool { return !leaves[name] })
			if len(before) < size {
				todo = append(todo, to)
			}
		}
	}
	for id, n := range p.nodes {
		for _, name := range n.names {
			if _, declared := p.variables[name]; declared && !set[id][name] {
				found.add(id, "", "reads the variable %q, which is not set on every way here: give it a default, or set it before", name)
			}
		}
	}
}

// parseChannels reads the media a program is for; voice when it does not say.
func parseChannels(raw json.RawMessage, found *Problems) []interaction.Medium {
	voice := []interaction.Medium{interaction.Voice}
	if raw == nil {
		return voice
	}
	var channels []interaction.Medium
	if json.Unmarshal(raw, &channels) != nil || len(channels) == 0 {
		found.add("", "channels", "must be a list of channels, such as [\"voice\"]")
		return voice
	}
	known := slices.Sorted(maps.Keys(abilities()))
	for i, c := range channels {
		if _, ok := abilities()[c]; !ok || slices.Contains(channels[:i], c) {
			found.add("", "channels", "%q is not one of %v, or is listed twice", c, known)
			return voice
		}
	}
	return channels
}
