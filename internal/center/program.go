package center

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"

	"linekeeper/internal/kit/fault"
)

// Program is a flow's program: JSON in memory and in the database, YAML in the file, with the same
// order of fields.
type Program json.RawMessage

// MarshalYAML implements yaml.Marshaler.
func (p Program) MarshalYAML() (any, error) {
	if len(p) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(p))
	dec.UseNumber()
	return fromJSON(dec)
}

// fromJSON reads one JSON value as YAML, keeping the order of fields.
func fromJSON(dec *json.Decoder) (*yaml.Node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	scalar := func(tag, value string) (*yaml.Node, error) {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}, nil
	}
	switch v := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if v == '{' {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
		for dec.More() { // keys of an object come as strings, like its values
			child, err := fromJSON(dec)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		if len(n.Content) == 0 {
			n.Style = yaml.FlowStyle
		}
		_, err := dec.Token()
		return n, err
	case string:
		return scalar("!!str", v)
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return scalar("!!int", v.String())
		}
		return scalar("!!float", v.String())
	case bool:
		return scalar("!!bool", strconv.FormatBool(v))
	default:
		return scalar("!!null", "null")
	}
}

// program turns YAML into JSON.
func (d *decoder) program(n *yaml.Node, path string) Program {
	var b bytes.Buffer
	d.json(&b, n, path)
	return b.Bytes()
}

func (d *decoder) json(b *bytes.Buffer, n *yaml.Node, path string) {
	d.lines[path] = n.Line
	defer d.leave()
	if !d.enter(n.Line, path) {
		b.WriteString("null")
		return
	}
	n = d.resolve(n)
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		seen := make(map[string]bool)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := d.resolve(n.Content[i]).Value
			inner := fault.Join(path, key)
			if seen[key] {
				d.addAt(n.Content[i].Line, inner, fault.Taken, "is given twice")
				continue
			}
			if len(seen) > 0 {
				b.WriteByte(',')
			}
			seen[key] = true
			b.Write(quote(key))
			b.WriteByte(':')
			d.json(b, n.Content[i+1], inner)
			d.lines[inner] = n.Content[i].Line
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			d.json(b, item, at(path, i))
		}
		b.WriteByte(']')
	default:
		b.Write(d.scalar(n, path))
	}
}

func (d *decoder) scalar(n *yaml.Node, path string) []byte {
	switch n.ShortTag() {
	case "!!null":
		return []byte("null")
	case "!!bool":
		var v bool
		if n.Decode(&v) == nil {
			return strconv.AppendBool(nil, v)
		}
	case "!!int":
		var v int64
		if n.Decode(&v) == nil {
			return strconv.AppendInt(nil, v, 10)
		}
		d.addAt(n.Line, path, fault.OutOfRange, "%s is too large a number", n.Value)
		return []byte("null")
	case "!!float":
		var v float64
		if n.Decode(&v) == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
			b, _ := json.Marshal(v)
			return b
		}
		d.addAt(n.Line, path, fault.Malformed, "%s is no number", n.Value)
		return []byte("null")
	}
	return quote(n.Value)
}

func quote(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string can always be encoded
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
