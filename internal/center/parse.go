package center

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/phone"
)

// maxBytes is the largest file read.
const maxBytes = 16 << 20

// Parse reads a center file and checks everything that can be checked without the database. All that
// is wrong comes in one error, *Problems.
func Parse(text []byte) (File, error) {
	if Packed(text) {
		return parsePacked(text)
	}
	return parse("center.yaml", text, nil)
}

// Load reads a file from disk, and the flows' program files and recorded prompts beside it, or in it when it is
// packed.
func Load(name string) (File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return File{}, fault.Invalid.Wrap(err, "The file %s cannot be read.", name)
	}
	if Packed(text) {
		return parsePacked(text)
	}
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return File{}, fault.Invalid.Wrap(err, "The folder of %s cannot be read.", name)
	}
	defer root.Close()
	f, err := parse(filepath.Base(name), text, root.FS())
	f.beside = os.DirFS(filepath.Dir(name))
	return f, err
}

// parse reads a file; beside is where program files are, nil: nowhere.
func parse(name string, text []byte, beside fs.FS) (File, error) {
	src := newSource(name)
	var f File
	doc, ok := src.yaml(text)
	if !ok {
		return File{}, src.err()
	}
	d := &decoder{source: src, budget: maxNodes}
	if doc != nil {
		d.decode(doc, "", reflect.ValueOf(&f).Elem())
	}
	f.source = src
	d.programFiles(&f, beside)
	f.named()
	if err := f.check(src); err != nil {
		return File{}, err
	}
	if err := src.err(); err != nil {
		return File{}, err
	}
	return f, nil
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// yaml parses the text into one document; nil for an empty one.
func (s *source) yaml(text []byte) (*yaml.Node, bool) {
	if len(text) > maxBytes {
		s.add("", fault.TooLong, "the file has more than %d MB", maxBytes>>20)
		return nil, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, true
	}
	if err == nil {
		if again := dec.Decode(&more); again == nil {
			s.addAt(more.Line, "", fault.Malformed, "the file has more than one document (---)")
			return nil, false
		} else if !errors.Is(again, io.EOF) {
			err = again
		}
	}
	if err != nil {
		line, message := 0, err.Error()
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			line, _ = strconv.Atoi(m[1])
			message = message[len(m[0]):]
		}
		s.addAt(line, "", fault.Malformed, "this is not YAML: %s", message)
		return nil, false
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		return nil, true
	}
	return doc.Content[0], true
}

// programFiles reads the programs that stand beside the center file.
func (d *decoder) programFiles(f *File, beside fs.FS) {
	for i := range f.Flows {
		one, path := &f.Flows[i], at("flows", i)+".program_file"
		switch {
		case one.ProgramFile == "":
			continue
		case len(one.Program) > 0:
			d.add(path, fault.NotAllowed, "give either program or program_file")
			continue
		case beside == nil:
			d.add(path, fault.NotAllowed, "only a center file on disk can name other files; write the program here instead")
			continue
		}
		text, err := readSome(beside, filepath.ToSlash(filepath.Clean(one.ProgramFile)), maxBytes)
		if err != nil {
			d.add(path, fault.Unknown, "%s cannot be read: %v", one.ProgramFile, err)
			continue
		}
		inner := &decoder{source: newSource(one.ProgramFile), budget: maxNodes}
		if doc, ok := inner.yaml(text); ok && doc != nil {
			one.Program = inner.program(doc, "program")
		}
		for _, p := range inner.problems {
			d.add(path, p.Rule, "%s:%d: %s", one.ProgramFile, p.Line, p.Field)
		}
		one.ProgramFile = ""
	}
}

// check applies the nouns' rules to every item, and looks for keys given twice.
func (f *File) check(s *source) error {
	zone := "UTC"
	var trouble error
	nest := func(path string, err error) {
		if other := s.nest(path, err); other != nil && trouble == nil {
			trouble = fmt.Errorf("checking %s: %w", path, other)
		}
	}
	if f.Tenant != nil {
		nest("tenant", f.Tenant.noun().Validate())
		zone = f.Tenant.TimeZone
		if zone == "" {
			zone = "UTC"
		}
	}
	each := func(list string, n int, one func(i int) (field, key string, err error)) {
		seen := make(map[string]string)
		for i := range n {
			path := at(list, i)
			field, key, err := one(i)
			nest(path, err)
			if first, ok := seen[key]; ok && key != "" {
				s.add(path+"."+field, fault.Taken, "%q is the %s of %s too", key, field, first)
			} else {
				seen[key] = path
			}
		}
	}
	each("projects", len(f.Projects), func(i int) (string, string, error) { return "key", f.Projects[i].Key, f.Projects[i].noun().Validate() })
	each("hours", len(f.Hours), func(i int) (string, string, error) { return "key", f.Hours[i].Key, f.Hours[i].noun(zone).Validate() })
	each("trunks", len(f.Trunks), func(i int) (string, string, error) {
		if f.Trunks[i].Password != "" && f.Trunks[i].PasswordSealed != "" {
			s.add(at("trunks", i)+".password_sealed", fault.NotAllowed, "give either password or password_sealed")
		}
		return "key", f.Trunks[i].Key, f.Trunks[i].noun().Validate()
	})
	each("prompts", len(f.Prompts), func(i int) (string, string, error) { return "key", f.Prompts[i].Key, f.Prompts[i].noun().Validate() })
	each("flows", len(f.Flows), func(i int) (string, string, error) {
		if len(f.Flows[i].Program) == 0 {
			return "key", f.Flows[i].Key, fault.OneField("program", fault.Required, "must not be empty")
		}
		return "key", f.Flows[i].Key, f.Flows[i].noun().Validate()
	})
	each("queues", len(f.Queues), func(i int) (string, string, error) { return "key", f.Queues[i].Key, f.Queues[i].noun().Validate() })
	each("entries", len(f.Entries), func(i int) (string, string, error) { return "key", f.Entries[i].Key, f.Entries[i].noun().Validate() })
	numbers := make(map[string]int)
	for i, e := range f.Entries {
		n := e.noun().Number
		if first, ok := numbers[n]; ok && n != "" {
			s.add(at("entries", i)+".number", fault.Taken, "%s has this number too", at("entries", first))
		}
		numbers[n] = i
	}
	outcomes, keys := f.outcomes(), make(map[string]string)
	for _, o := range outcomes {
		nest(o.path, o.noun().Validate())
		if first, ok := keys[o.Key]; ok && o.Key != "" {
			s.add(o.path+".key", fault.Taken, "%q is the key of %s too", o.Key, first)
		}
		keys[o.Key] = o.path
	}
	each("break_reasons", len(f.BreakReasons), func(i int) (string, string, error) {
		return "key", f.BreakReasons[i].Key, f.BreakReasons[i].noun().Validate()
	})
	each("skills", len(f.Skills), func(i int) (string, string, error) { return "key", f.Skills[i].Key, f.Skills[i].noun().Validate() })
	each("users", len(f.Users), func(i int) (string, string, error) {
		f.Users[i].check(s, at("users", i))
		return "login", f.Users[i].Login, f.Users[i].noun().Validate()
	})
	each("api_tokens", len(f.APITokens), func(i int) (string, string, error) {
		f.APITokens[i].check(s, at("api_tokens", i))
		return "key", f.APITokens[i].Key, f.APITokens[i].noun().Validate()
	})
	each("plugins", len(f.Plugins), func(i int) (string, string, error) {
		if f.Plugins[i].Secret != "" && f.Plugins[i].SecretSealed != "" {
			s.add(at("plugins", i)+".secret_sealed", fault.NotAllowed, "give either secret or secret_sealed")
		}
		return "key", f.Plugins[i].Key, f.Plugins[i].noun().Validate()
	})
	each("alert_rules", len(f.AlertRules), func(i int) (string, string, error) {
		return "key", f.AlertRules[i].Key, f.AlertRules[i].noun().Validate()
	})
	each("triggers", len(f.Triggers), func(i int) (string, string, error) {
		if h := f.Triggers[i].TokenHash; h != "" && len(h) != len(secret.HashToken("")) {
			s.add(at("triggers", i)+".token_hash", fault.Malformed, "this is not the hash of a token")
		}
		return "key", f.Triggers[i].Key, f.Triggers[i].noun().Validate()
	})
	return trouble
}

func (u User) check(s *source, path string) {
	switch {
	case u.Password != "" && u.PasswordHash != "":
		s.add(path+".password_hash", fault.NotAllowed, "give either password or password_hash")
	case u.Password != "":
		_ = s.nest(path, access.CheckPassword(u.Password)) // always Invalid or nil
	case u.PasswordHash != "":
		if err := secret.CheckHash(u.PasswordHash); err != nil {
			s.add(path+".password_hash", fault.Malformed, "%s", fault.Message(err))
		}
	}
	switch {
	case u.PhoneSecret != "" && u.PhoneSecretHash != "":
		s.add(path+".phone_secret_hash", fault.NotAllowed, "give either phone_secret or phone_secret_hash")
	case u.PhoneSecret != "":
		_ = s.nest(path, phone.CheckSecret(u.PhoneSecret)) // always Invalid or nil
	case u.PhoneSecretHash != "":
		if err := phone.CheckHash(u.PhoneSecretHash); err != nil {
			s.add(path+".phone_secret_hash", fault.Malformed, "%s", fault.Message(err))
		}
	}
	seen := make(map[string]bool)
	for i, q := range u.Queues {
		if seen[q] {
			s.add(at(path+".queues", i), fault.Taken, "%q is listed twice", q)
		}
		seen[q] = true
	}
}

func (k APIToken) check(s *source, path string) {
	if _, err := k.expires(); err != nil {
		s.add(path+".expires", fault.Malformed, "must be a time such as 2027-06-30T00:00:00Z")
	}
	switch {
	case k.Token != "" && k.TokenHash != "":
		s.add(path+".token_hash", fault.NotAllowed, "give either token or token_hash")
	case k.Token != "":
		_ = s.nest(path, access.CheckAPIToken(k.Token)) // always Invalid or nil
	case k.TokenHash != "" && len(k.TokenHash) != len(secret.HashToken("")):
		s.add(path+".token_hash", fault.Malformed, "this is not the hash of a token")
	}
}
