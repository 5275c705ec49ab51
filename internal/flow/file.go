package flow

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// File is a flow as a file: a zip archive of its program (flow.json), the center's prompts it names (prompts.json)
// and their recordings, so that it sounds the same on another server.
type File struct {
	Program json.RawMessage
	// Prompts are by key and have no identities. Recordings have the names their content gives them.
	Prompts []Prompt
	// Sounds are the recordings, by the names Prompts have for them.
	Sounds map[string][]byte
	// Lacks are the languages of recordings that are not in the file, by the prompt's key: the prompts do without.
	Lacks map[string][]string
}

// MaxFile is how many bytes a flow's file may have, packed or not.
const MaxFile = 64 << 20

const (
	fileProgram    = "flow.json"
	filePrompts    = "prompts.json"
	maxFilePrompts = 500
)

// PromptsNamed are the keys of prompts a program names, sorted; it may have mistakes.
func PromptsNamed(program json.RawMessage) []string {
	var p struct {
		Nodes map[string]map[string]json.RawMessage `json:"nodes"`
	}
	_ = json.Unmarshal(program, &p) // what cannot be read names nothing
	kinds := kindsByName()
	keys := map[string]bool{}
	for _, n := range p.Nodes {
		var kind string
		_ = json.Unmarshal(n["kind"], &kind)
		for _, param := range kinds[kind].Params {
			if param.Type != PromptParam && param.Names != PromptThing {
				continue
			}
			var key string
			if json.Unmarshal(n[param.Name], &key) == nil && key != "" && !strings.Contains(key, "{{") {
				keys[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func kindsByName() map[string]Kind {
	all := map[string]Kind{}
	for _, k := range Kinds() {
		all[k.Name] = k
	}
	return all
}

// FileOf is a program with the prompts of a tenant it names and their recordings. Files may be nil: nothing is recorded.
func FileOf(tx *db.Tx, t tenant.ID, files *PromptFiles, program json.RawMessage) (File, error) {
	f := File{Program: program, Sounds: map[string][]byte{}, Lacks: map[string][]string{}}
	for _, key := range PromptsNamed(program) {
		p, err := PromptByKey(tx, t, key)
		if fault.Is(err, fault.NotFound) {
			continue // it comes along, or is a problem of the program
		}
		if err != nil {
			return File{}, err
		}
		if err := f.add(p, files.open); err != nil {
			return File{}, err
		}
	}
	return f, nil
}

// add takes a prompt with its recordings; those that are not there are left out, and told.
func (f *File) add(p Prompt, read func(name string) ([]byte, error)) error {
	p.ID, p.Audio = "", maps.Clone(p.Audio)
	for _, language := range slices.Sorted(maps.Keys(p.Audio)) {
		name := p.Audio[language]
		if strings.HasPrefix(name, ShippedPrefix) {
			continue
		}
		sound, err := read(name)
		if errors.Is(err, fs.ErrNotExist) {
			delete(p.Audio, language)
			f.Lacks[p.Key] = append(f.Lacks[p.Key], language)
			continue
		}
		if err != nil {
			return fmt.Errorf("the recording %s: %w", name, err)
		}
		p.Audio[language] = nameOf(sound)
		f.Sounds[p.Audio[language]] = sound
	}
	f.Prompts = append(f.Prompts, p)
	return nil
}

// open is Open, of files that may not be kept at all.
func (f *PromptFiles) open(name string) ([]byte, error) {
	if f == nil {
		return nil, fs.ErrNotExist
	}
	return f.Open(name)
}

// Write writes the archive.
func (f File) Write(w io.Writer) error {
	archive := zip.NewWriter(w)
	put := func(name string, content []byte) error {
		in, err := archive.Create(name)
		if err != nil {
			return err
		}
		_, err = in.Write(content)
		return err
	}
	var program bytes.Buffer
	if err := json.Indent(&program, f.Program, "", "  "); err != nil {
		return fmt.Errorf("the program: %w", err)
	}
	program.WriteByte('\n')
	prompts, err := json.MarshalIndent(filed{f.Prompts, f.Lacks}, "", "  ")
	if err != nil {
		return err
	}
	if err := errors.Join(put(fileProgram, program.Bytes()), put(filePrompts, prompts)); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(f.Sounds)) {
		if err := put(name, f.Sounds[name]); err != nil {
			return err
		}
	}
	return archive.Close()
}

// filed is prompts.json.
type filed struct {
	Prompts []Prompt            `json:"prompts"`
	Lacks   map[string][]string `json:"lacks,omitempty"`
}

// ParseFile reads an archive. What is wrong with it is a fault of kind Invalid; the program may have mistakes.
func ParseFile(file []byte) (File, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return File{}, fault.OneField("file", fault.Malformed, "this is no flow's file: %v", err)
	}
	left := int64(MaxFile)
	read := func(name string) ([]byte, error) {
		text, err := readMost(archive, name, left)
		left -= int64(len(text))
		return text, err
	}
	f := File{Sounds: map[string][]byte{}, Lacks: map[string][]string{}}
	if f.Program, err = read(fileProgram); err != nil || len(f.Program) > maxSource || !json.Valid(f.Program) {
		return File{}, fault.OneField("file", fault.Malformed, "there is no %s in the file that can be read", fileProgram)
	}
	text, err := read(filePrompts)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	var all filed
	if err != nil || json.Unmarshal(text, &all) != nil || len(all.Prompts) > maxFilePrompts {
		return File{}, fault.OneField("file", fault.Malformed, "there is no %s in the file that can be read", filePrompts)
	}
	for key, languages := range all.Lacks {
		f.Lacks[key] = languages
	}
	return f, f.readPrompts(all.Prompts, read)
}

// readPrompts takes the prompts of a file, each checked with its recordings.
func (f *File) readPrompts(all []Prompt, read func(string) ([]byte, error)) error {
	var found fault.Fields
	seen := map[string]bool{}
	for _, p := range all {
		at := "prompts." + p.Key
		if seen[p.Key] {
			found.Add(at, fault.Taken, "there is already a %s with the key %q", "prompt", p.Key)
			continue
		}
		seen[p.Key] = true
		if p.Texts == nil {
			p.Texts = map[string]string{}
		}
		if p.Audio == nil {
			p.Audio = map[string]string{}
		}
		if err := found.Nest(at, p.Validate()); err != nil {
			return err
		}
		err := f.add(p, func(name string) ([]byte, error) {
			sound, err := read(name)
			if err == nil {
				err = CheckRecorded(name, sound)
			}
			return sound, err
		})
		if err := found.Nest(at, err); err != nil {
			return fault.OneField("file", fault.Malformed, "this is no flow's file: %v", err)
		}
	}
	slices.SortFunc(f.Prompts, func(a, b Prompt) int { return strings.Compare(a.Key, b.Key) })
	return found.Err()
}

// readMost reads a file of an archive that has at most so many bytes, whatever its head says.
func readMost(from fs.FS, name string, most int64) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	file, err := from.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("unpacked it has more than %d MB", MaxFile>>20)
	}
	return text, errors.Join(err, file.Close())
}
