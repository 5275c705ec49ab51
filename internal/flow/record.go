package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// The limits of a recorded prompt.
const (
	MaxPromptBytes   = 20 << 20
	MaxPromptSeconds = 600
)

// PromptFiles keeps the sound of recorded prompts below prompts/ in the data folder, each file under
// the hash of its content. A file is removed when the last prompt that named it names it no more;
// files with other names are the operator's and are left alone. It is safe for concurrent use.
type PromptFiles struct {
	db     *db.DB
	folder string // the data folder

	mu    sync.Mutex // held from writing a file until it is named, and while files are removed
	loose map[string]bool
	taken map[string]int // by how many a file is kept that may not be named yet
}

// NewPromptFiles keeps files in that data folder.
func NewPromptFiles(d *db.DB, folder string) *PromptFiles {
	return &PromptFiles{db: d, folder: folder, loose: map[string]bool{}, taken: map[string]int{}}
}

// Record makes a WAV file the sound of a prompt in a language: it is checked, written, synced, and
// then named by the prompt. What is wrong with it is a fault of kind Invalid.
func (f *PromptFiles) Record(ctx context.Context, by audit.Author, which PromptID, language string, file []byte) (Prompt, error) {
	var found fault.Fields
	checkLanguage(&found, "audio", language)
	if err := found.Err(); err != nil {
		return Prompt{}, err
	}
	if err := checkRecorded(file); err != nil {
		return Prompt{}, err
	}
	var p Prompt
	err := f.named(func() error {
		name, err := f.write(file)
		if err != nil {
			return err
		}
		f.loose[name] = true // if the rest fails
		return f.db.Write(ctx, func(tx *db.Tx) (err error) {
			if p, err = GetPrompt(tx, tenant.ID(by.Tenant), which); err != nil {
				return err
			}
			f.loose[p.Audio[language]] = true
			audio := map[string]string{language: name}
			for l, other := range p.Audio {
				if l != language {
					audio[l] = other
				}
			}
			p.Audio = audio
			p, err = ChangePrompt(tx, by, p)
			return err
		})
	})
	return p, errors.Join(err, f.Tidy(ctx))
}

func (f *PromptFiles) named(do func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return do()
}

func checkRecorded(file []byte) error {
	if len(file) > MaxPromptBytes {
		return fault.OneField("audio", fault.TooLong, "the file is larger than %d MB", MaxPromptBytes>>20)
	}
	pcm, err := DecodeWAV(file)
	switch {
	case err != nil:
		return fault.OneField("audio", fault.Malformed, "send a WAV file, 16 bits linear, mu-law or A-law, one or two channels: %v", err)
	case len(pcm) == 0:
		return fault.OneField("audio", fault.Malformed, "there is no sound in the file")
	case len(pcm) > MaxPromptSeconds*SampleRate:
		return fault.OneField("audio", fault.TooLong, "the sound is longer than %d minutes", MaxPromptSeconds/60)
	}
	return nil
}

// write gives the name of the file with this content; mu is held.
func (f *PromptFiles) write(file []byte) (string, error) {
	name := nameOf(file)
	return name, f.writeAs(name, file)
}

// nameOf is the name of the file with this content.
func nameOf(file []byte) string {
	sum := sha256.Sum256(file)
	return promptFolder + hex.EncodeToString(sum[:]) + ".wav"
}

// writeAs writes a file under a name below the data folder; mu is held.
func (f *PromptFiles) writeAs(name string, file []byte) error {
	at := filepath.Join(f.folder, filepath.FromSlash(name))
	folder := filepath.Dir(at)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("keeping a prompt: %w", err)
	}
	part, err := os.CreateTemp(folder, "upload-*.part")
	if err != nil {
		return fmt.Errorf("keeping a prompt: %w", err)
	}
	_, err = part.Write(file)
	err = errors.Join(err, part.Sync(), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), at)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keeping a prompt: %w", err), os.Remove(part.Name()))
	}
	return syncFolder(folder)
}

func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Loosen remembers the files of a prompt that is about to change or go; Tidy, after the commit,
// removes those nobody names.
func (f *PromptFiles) Loosen(p Prompt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range p.Audio {
		f.loose[name] = true
	}
}

// Open reads the file a prompt names. The error is fs.ErrNotExist when it is not there.
func (f *PromptFiles) Open(name string) ([]byte, error) {
	if !promptFile(name) {
		return nil, fs.ErrNotExist
	}
	return os.ReadFile(filepath.Join(f.folder, filepath.FromSlash(name)))
}

// Has says that the file a prompt names is here.
func (f *PromptFiles) Has(name string) bool {
	if !promptFile(name) {
		return false
	}
	info, err := os.Stat(filepath.Join(f.folder, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// Take keeps a file that comes from elsewhere under the name it had there, until Settle; one of that name that is
// here already stays as it is. What is wrong with it is a fault of kind Invalid.
func (f *PromptFiles) Take(name string, file []byte) error {
	if err := CheckRecorded(name, file); err != nil {
		return err
	}
	return f.named(func() error {
		if !f.Has(name) {
			if err := f.writeAs(name, file); err != nil {
				return err
			}
		}
		f.taken[name]++
		f.loose[name] = true // if nobody comes to name it
		return nil
	})
}

// CheckRecorded says what is wrong with a file that is to be kept under a name, as Take does.
func CheckRecorded(name string, file []byte) error {
	if !promptFile(name) {
		return fault.OneField("audio", fault.Malformed, "%q is no file of a prompt", name)
	}
	if ours.MatchString(name) && nameOf(file) != name {
		return fault.OneField("audio", fault.Malformed, "its content is not what was recorded under this name")
	}
	return checkRecorded(file)
}

// Settle lets go of files that were taken, and removes those nobody names.
func (f *PromptFiles) Settle(ctx context.Context, names []string) error {
	f.mu.Lock()
	for _, name := range names {
		if f.taken[name]--; f.taken[name] <= 0 {
			delete(f.taken, name)
		}
	}
	f.mu.Unlock()
	return f.Tidy(ctx)
}

// promptFile says that a name is one a prompt may have.
func promptFile(name string) bool {
	return fs.ValidPath(name) && strings.HasPrefix(name, promptFolder) && !strings.ContainsAny(name, "\\\x00")
}

// ours are the names write gives.
var ours = regexp.MustCompile(`^` + promptFolder + `[0-9a-f]{64}\.wav$`)

// Tidy removes the files that were given up and are named by no prompt of any tenant.
func (f *PromptFiles) Tidy(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.loose) == 0 {
		return nil
	}
	named := map[string]bool{}
	err := f.db.Read(ctx, func(tx *db.Tx) error {
		all, err := db.All(tx, scanPrompt, `SELECT `+promptColumns+` FROM prompt`)
		for _, p := range all {
			for _, name := range p.Audio {
				named[name] = true
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	var failed error
	for name := range f.loose {
		if f.taken[name] > 0 {
			continue
		}
		delete(f.loose, name)
		if named[name] || !ours.MatchString(name) {
			continue
		}
		err := os.Remove(filepath.Join(f.folder, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// PromptUse is a flow that uses a prompt.
type PromptUse struct {
	Flow  ID
	Key   string
	Name  string
	Draft bool // only in what somebody works on
}

// PromptUses are the flows that name the prompt, by key. A draft with mistakes is not searched.
func PromptUses(tx *db.Tx, t tenant.ID, prompt string) ([]PromptUse, error) {
	var uses []PromptUse
	for page := (db.Page{}); ; {
		flows, err := List(tx, t, page)
		if err != nil || len(flows) == 0 {
			return uses, err
		}
		for _, f := range flows {
			published := names(f.Program, prompt)
			if published || names(f.Draft, prompt) {
				uses = append(uses, PromptUse{Flow: f.ID, Key: f.Key, Name: f.Name, Draft: !published})
			}
		}
		page.After = flows[len(flows)-1].Key
	}
}

// names reports whether a program plays the prompt.
func names(program []byte, prompt string) bool {
	if !strings.Contains(string(program), `"`+prompt+`"`) { // most do not; a key needs no escapes
		return false
	}
	p, err := Compile(program)
	if err != nil {
		return false
	}
	for _, key := range p.Names(PromptThing) {
		if key == prompt {
			return true
		}
	}
	return false
}
