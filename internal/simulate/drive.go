package simulate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// Drive lets a simulator outside play days with a rule, by JSON lines: protocol version 1, docs/operating, "Simulations".
// Each line gets an answer at once. A line that cannot be understood is told to complain and answered {}, so that both
// sides stay in step; an empty one is passed over. It ends with the input; bad counts the lines that were not understood.
func Drive(in io.Reader, out io.Writer, complain func(line int, err error), rule Rule) (bad int, err error) {
	r, w := bufio.NewReaderSize(in, 1<<16), bufio.NewWriter(out)
	d := driver{rule: rule}
	for line := 1; ; line++ {
		text, readErr := r.ReadBytes('\n')
		if text = bytes.TrimSpace(text); len(text) > 0 {
			answer, problem := d.answer(text)
			if problem != nil {
				bad++
				complain(line, problem)
				answer = []byte("{}")
			}
			w.Write(answer)
			w.WriteByte('\n')
		}
		if r.Buffered() == 0 || readErr != nil { // who sends many lines at once is answered at once
			if err := w.Flush(); err != nil {
				return bad, fmt.Errorf("writing the answer to line %d: %w", line, err)
			}
		}
		if errors.Is(readErr, io.EOF) {
			return bad, nil
		}
		if readErr != nil {
			return bad, fmt.Errorf("reading line %d: %w", line, readErr)
		}
	}
}

// driver is the state between the lines.
type driver struct {
	rule    Rule
	begun   bool
	now     float64
	classes map[string]int
	agents  map[int]int // from the ids of the simulator
	ids     []int       // and back
	reply   reply
}

// lineIn is a line of either kind.
type lineIn struct {
	Type    string    `json:"type"`
	Horizon float64   `json:"horizon_s"`
	Classes []classIn `json:"classes"`
	Agents  []agentIn `json:"agents"`

	At    *float64 `json:"t"`
	Kind  string   `json:"k"`
	Call  *int     `json:"c"`
	Class string   `json:"class"`
	Agent *int     `json:"a"`
}

type classIn struct {
	Name   string   `json:"name"`
	Target float64  `json:"target_s"`
	Goal   float64  `json:"goal"`
	Weight *float64 `json:"weight"`
}

type agentIn struct {
	ID     *int     `json:"id"`
	Skills []string `json:"skills"`
}

type reply struct {
	Assign [][2]int `json:"assign,omitempty"`
	Wait   *float64 `json:"ewt,omitempty"`
}

func (d *driver) answer(text []byte) ([]byte, error) {
	var in lineIn
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("this is no line of the protocol: %w", err)
	}
	switch {
	case in.Type == "init":
		if err := d.init(in); err != nil {
			return nil, err
		}
		return []byte(`{"type":"ready"}`), nil
	case in.Type != "":
		return nil, fmt.Errorf("there is no type %q, only init", in.Type)
	case !d.begun:
		return nil, errors.New("an event came before any init")
	}
	e, err := d.event(in)
	if err != nil {
		return nil, err
	}
	return d.tell(e)
}

func (d *driver) init(in lineIn) error {
	d.begun = false
	setup := Setup{Horizon: in.Horizon}
	classes, agents := make(map[string]int), make(map[int]int)
	var ids []int
	for i, c := range in.Classes {
		if _, twice := classes[c.Name]; twice || c.Name == "" {
			return fmt.Errorf("classes[%d]: the name %q is empty or there twice", i, c.Name)
		}
		classes[c.Name] = i
		weight := 1.0
		if c.Weight != nil {
			weight = *c.Weight
		}
		setup.Classes = append(setup.Classes, Goal{Name: c.Name, Target: c.Target, Share: c.Goal, Weight: weight})
	}
	for i, a := range in.Agents {
		if a.ID == nil {
			return fmt.Errorf("agents[%d]: there is no id", i)
		}
		if _, twice := agents[*a.ID]; twice {
			return fmt.Errorf("agents[%d]: the id %d is there twice", i, *a.ID)
		}
		agents[*a.ID] = i
		ids = append(ids, *a.ID)
		var skills []int
		for _, s := range a.Skills {
			if class, ok := classes[s]; ok { // a skill that no class asks for is of no use
				skills = append(skills, class)
			}
		}
		setup.Agents = append(setup.Agents, skills)
	}
	d.begun, d.now, d.classes, d.agents, d.ids = true, 0, classes, agents, ids
	d.rule.Start(setup)
	return nil
}

// kinds are the events by their names.
func kindOf(name string) (Kind, bool) {
	for i, n := range [...]string{"arrival", "abandon", "done", "login", "logout", "tick"} {
		if n == name {
			return Kind(i), true
		}
	}
	return 0, false
}

func (d *driver) event(in lineIn) (e Event, err error) {
	kind, ok := kindOf(in.Kind)
	if !ok {
		return e, fmt.Errorf("there is no event %q", in.Kind)
	}
	if in.At == nil || math.Abs(*in.At) > 1e9 {
		return e, fmt.Errorf("%s: t is missing or far away", in.Kind)
	}
	d.now = max(d.now, *in.At)
	e = Event{At: d.now, Kind: kind}
	switch kind {
	case Arrival, Abandon:
		if in.Call == nil {
			return e, fmt.Errorf("%s: c is missing", in.Kind)
		}
		e.Call = *in.Call
	case Done, Login, Logout:
		if in.Agent == nil {
			return e, fmt.Errorf("%s: a is missing", in.Kind)
		}
		if e.Agent, ok = d.agents[*in.Agent]; !ok {
			return e, fmt.Errorf("%s: there is no agent %d", in.Kind, *in.Agent)
		}
	}
	if kind == Arrival {
		if e.Class, ok = d.classes[in.Class]; !ok {
			return e, fmt.Errorf("arrival: there is no class %q", in.Class)
		}
	}
	return e, nil
}

func (d *driver) tell(e Event) ([]byte, error) {
	answer := d.rule.Event(e)
	d.reply.Assign, d.reply.Wait = d.reply.Assign[:0], nil
	for _, a := range answer.Assign {
		d.reply.Assign = append(d.reply.Assign, [2]int{a.Call, d.ids[a.Agent]})
	}
	if e.Kind == Arrival && answer.Wait >= 0 {
		seconds := math.Round(answer.Wait*1000) / 1000
		d.reply.Wait = &seconds
	}
	return json.Marshal(d.reply)
}
