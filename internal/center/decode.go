package center

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"linekeeper/internal/kit/fault"
)

// decoder reads YAML into the file's types. Unlike yaml.Unmarshal it finds all problems at once,
// knows the path of each, and remembers the line of everything for later checks.
type decoder struct {
	*source
	budget int // nodes left, against aliases that multiply
	depth  int // of the node being read, against aliases that contain themselves
}

// Limits far above what any center needs.
const (
	maxNodes = 300_000
	maxDepth = 50
)

// enter begins a node; false when there is too much of them, which is noted once.
func (d *decoder) enter(line int, path string) bool {
	d.depth++
	if d.depth > maxDepth && d.budget > 0 {
		d.budget = 0
	}
	d.budget--
	if d.budget == -1 {
		d.addAt(line, path, fault.TooLong, "the file is too large or too deep")
	}
	return d.budget >= 0
}

func (d *decoder) leave() { d.depth-- }

// resolve follows an alias.
func (d *decoder) resolve(n *yaml.Node) *yaml.Node {
	for depth := 0; n.Kind == yaml.AliasNode && n.Alias != nil; depth++ {
		if depth > 10 {
			return &yaml.Node{}
		}
		n = n.Alias
	}
	return n
}

// decode reads a node into a value. A null leaves the value as it is.
func (d *decoder) decode(n *yaml.Node, path string, v reflect.Value) {
	line := n.Line
	defer d.leave()
	if !d.enter(line, path) {
		return
	}
	n = d.resolve(n)
	d.lines[path] = line
	if isNull(n) {
		return
	}
	if p, ok := v.Addr().Interface().(*Program); ok {
		*p = d.program(n, path)
		return
	}
	if p, ok := v.Addr().Interface().(*Duration); ok {
		d.duration(n, path, p)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.decode(n, path, v.Elem())
	case reflect.Struct:
		d.structure(n, path, v)
	case reflect.Slice:
		d.list(n, path, v)
	case reflect.Map:
		d.table(n, path, v)
	case reflect.String:
		if n.Kind != yaml.ScalarNode {
			d.addAt(line, path, fault.Malformed, "must be a text, not %s", called(n))
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		var b bool
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || n.Decode(&b) != nil {
			d.addAt(line, path, fault.Malformed, "must be true or false, not %s", called(n))
			return
		}
		v.SetBool(b)
	case reflect.Int64:
		var i int64
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || n.Decode(&i) != nil {
			d.addAt(line, path, fault.Malformed, "must be a whole number, not %s", called(n))
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		var number float64
		tag := n.ShortTag()
		if n.Kind != yaml.ScalarNode || tag != "!!int" && tag != "!!float" || n.Decode(&number) != nil {
			d.addAt(line, path, fault.Malformed, "must be a number, not %s", called(n))
			return
		}
		v.SetFloat(number)
	case reflect.Interface: // one text, number or truth
		var one any
		if n.Kind != yaml.ScalarNode || n.Decode(&one) != nil {
			d.addAt(line, path, fault.Malformed, "must be a text, a number, true or false, not %s", called(n))
			return
		}
		v.Set(reflect.ValueOf(asJSON(one)))
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// called is how a node is called in messages.
func called(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a set of fields"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		return strconv.Quote(n.Value)
	default:
		return "nothing"
	}
}

func (d *decoder) duration(n *yaml.Node, path string, into *Duration) {
	if n.Kind == yaml.ScalarNode {
		if n.Value == "0" {
			*into = 0
			return
		}
		if t, err := time.ParseDuration(n.Value); err == nil && t >= 0 && t%time.Millisecond == 0 {
			*into = Duration(t)
			return
		}
	}
	d.addAt(n.Line, path, fault.Malformed, "must be a duration such as 20s, 1m30s or 2h, not %s", called(n))
}

func (d *decoder) structure(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.addAt(n.Line, path, fault.Malformed, "must be a set of fields, not %s", called(n))
		return
	}
	if v.CanAddr() {
		if p, ok := v.Addr().Interface().(interface{ defaults() }); ok {
			p.defaults()
		}
	}
	t := v.Type()
	known := make(map[string]int)
	var words []string
	for i := range t.NumField() {
		if word, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); word != "" {
			known[word] = i
			words = append(words, word)
		}
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := d.resolve(n.Content[i])
		word := key.Value
		inner := fault.Join(path, word)
		if first, ok := seen[word]; ok {
			d.addAt(key.Line, inner, fault.Taken, "is given twice (also on line %d)", first)
			continue
		}
		seen[word] = key.Line
		field, ok := known[word]
		if !ok || key.Kind != yaml.ScalarNode {
			d.addAt(key.Line, inner, fault.Unknown, "there is no such field%s", suggest(word, words))
			continue
		}
		d.decode(n.Content[i+1], inner, v.Field(field))
		d.lines[inner] = key.Line
	}
}

func (d *decoder) list(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.addAt(n.Line, path, fault.Malformed, "must be a list, not %s", called(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.decode(item, at(path, i), out.Index(i))
	}
	v.Set(out)
}

// table reads a mapping with free keys: languages, days.
func (d *decoder) table(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.addAt(n.Line, path, fault.Malformed, "must be a set of fields, not %s", called(n))
		return
	}
	out := reflect.MakeMap(v.Type())
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := d.resolve(n.Content[i])
		inner := fault.Join(path, key.Value)
		k := reflect.New(v.Type().Key()).Elem()
		if key.Kind != yaml.ScalarNode {
			d.addAt(key.Line, inner, fault.Malformed, "a name must be a text")
			continue
		}
		k.SetString(key.Value)
		if out.MapIndex(k).IsValid() {
			d.addAt(key.Line, inner, fault.Taken, "is given twice")
			continue
		}
		value := reflect.New(v.Type().Elem()).Elem()
		d.decode(n.Content[i+1], inner, value)
		out.SetMapIndex(k, value)
	}
	v.Set(out)
}
