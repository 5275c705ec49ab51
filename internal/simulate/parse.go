package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"linekeeper/internal/kit/fault"
)

// maxFile is the largest file read.
const maxFile = 16 << 20

// Load reads a center from a file, YAML or JSON. The error has a line for each thing that is wrong: file, line, field.
func Load(name string) (Center, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Center{}, fmt.Errorf("reading the center: %w", err)
	}
	return Parse(filepath.Base(name), text)
}

// Parse reads a center; name is that of the file, for errors.
func Parse(name string, text []byte) (Center, error) {
	var c Center
	if len(text) > maxFile {
		return c, fmt.Errorf("%s: the file has more than %d MB", name, maxFile>>20)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return c, malformed(name, err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&c); errors.Is(err, io.EOF) {
		return c, fmt.Errorf("%s: the file is empty", name)
	} else if err != nil {
		return Center{}, malformed(name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Center{}, fmt.Errorf("%s: the file has more than one document (---)", name)
	}
	err := c.Check()
	if err == nil {
		return c, nil
	}
	var lines []string
	for _, f := range fault.FieldsOf(err) {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", name, lineOf(&doc, f.Path), f.String()))
	}
	return Center{}, errors.New(strings.Join(lines, "\n"))
}

var (
	yamlLine  = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	yamlField = regexp.MustCompile(`^field (.*) not found in type simulate\.(\w+)$`)
	yamlType  = regexp.MustCompile("^cannot unmarshal \\S+ (`.*` )?into (.+)$")
)

// malformed says in our words what the YAML reader found.
func malformed(name string, err error) error {
	var typed *yaml.TypeError
	var clock clockError
	texts := []string{err.Error()}
	if errors.As(err, &typed) {
		texts = typed.Errors
	}
	for i, text := range texts {
		at := name
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			at, text = name+":"+m[1], text[len(m[0]):]
		}
		if m := yamlField.FindStringSubmatch(text); m != nil {
			text = fmt.Sprintf("%s: there is no such field here", m[1])
		} else if m := yamlType.FindStringSubmatch(text); m != nil {
			text = fmt.Sprintf("%sis not what belongs here: a %s is", m[1], wanted(m[2]))
		} else if !errors.As(err, &clock) {
			text = "this is not YAML: " + strings.TrimPrefix(text, "yaml: ")
		}
		texts[i] = at + ": " + text
	}
	return errors.New(strings.Join(texts, "\n"))
}

// wanted names a type of Go for people.
func wanted(kind string) string {
	switch {
	case strings.HasPrefix(kind, "[]"):
		return "list"
	case strings.HasPrefix(kind, "float"), strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "number"
	case kind == "string":
		return "text"
	}
	return "group of fields"
}

// lineOf finds the line of a field by its path, such as classes[1].handle.kind; of the nearest one above it that is there.
func lineOf(doc *yaml.Node, path string) int {
	if len(doc.Content) == 0 {
		return 1
	}
	n := doc.Content[0]
	line := n.Line
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next := (*yaml.Node)(nil)
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == part {
					next, line = n.Content[i+1], n.Content[i].Line
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(part); err == nil && i < len(n.Content) {
				next, line = n.Content[i], n.Content[i].Line
			}
		}
		if next == nil {
			return line
		}
		if next.Kind == yaml.AliasNode && next.Alias != nil {
			next = next.Alias
		}
		n = next
	}
	return line
}
