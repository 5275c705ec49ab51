package flow

import (
	"context"
	"errors"
	"maps"
	"slices"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// FilePrompt is a prompt of a flow's file beside what the center has under its key.
type FilePrompt struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	// State is new, same or other.
	State FileState `json:"state" enum:"new,same,other"`
	// Differs are the languages in which the center's text or sound is another.
	Differs []string `json:"differs" doc:"Languages in which text or sound is another"`
	// Lacks are the languages whose recording is not in the file.
	Lacks []string `json:"lacks" doc:"Languages whose recording is not in the file"`
}

// FileState is how a prompt of a file stands to what the center has.
type FileState string

// The states.
const (
	FileNew   FileState = "new"   // there is none of this key
	FileSame  FileState = "same"  // it says the same
	FileOther FileState = "other" // it says something else
)

// Compare says what the file's prompts would do to a tenant's. Files may be nil.
func (f File) Compare(tx *db.Tx, t tenant.ID, files *PromptFiles) ([]FilePrompt, error) {
	all := []FilePrompt{}
	for _, p := range f.Prompts {
		one := FilePrompt{Key: p.Key, Name: p.Name, State: FileNew, Differs: []string{}, Lacks: append([]string{}, f.Lacks[p.Key]...)}
		there, err := PromptByKey(tx, t, p.Key)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil {
			one.State, one.Differs = FileSame, f.differs(p, there, files)
			if len(one.Differs) > 0 {
				one.State = FileOther
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// differs are the languages in which two prompts of one key do not say the same. A recording has its content's name,
// but for those that an operator has put into the folder.
func (f File) differs(in, there Prompt, files *PromptFiles) []string {
	heard := func(name string) string {
		if ours.MatchString(name) || name == "" {
			return name
		}
		if sound, err := files.open(name); err == nil {
			return nameOf(sound)
		}
		return name
	}
	languages := in.languages()
	maps.Copy(languages, there.languages())
	out := []string{}
	for _, l := range slices.Sorted(maps.Keys(languages)) {
		lacking := slices.Contains(f.Lacks[in.Key], l) && in.Audio[l] == ""
		if in.Texts[l] != there.Texts[l] || !lacking && heard(in.Audio[l]) != heard(there.Audio[l]) {
			out = append(out, l)
		}
	}
	return out
}

// PromptsTaken says what became of the prompts of a flow's file, by their keys.
type PromptsTaken struct {
	Added    []string `json:"added"`
	Replaced []string `json:"replaced"`
	Kept     []string `json:"kept" doc:"The center's own stayed as they are"`
}

// TakeFile puts the prompts of a flow's file into the tenant of the author: those that are new, and in place of the center's own those
// whose keys are named. It is all or nothing.
func (f *PromptFiles) TakeFile(ctx context.Context, by audit.Author, file File, replace []string) (PromptsTaken, error) {
	var taken []string
	for _, name := range slices.Sorted(maps.Keys(file.Sounds)) {
		if err := f.Take(name, file.Sounds[name]); err != nil {
			return PromptsTaken{}, errors.Join(err, f.Settle(context.WithoutCancel(ctx), taken))
		}
		taken = append(taken, name)
	}
	var out PromptsTaken
	err := f.db.Write(ctx, func(tx *db.Tx) error {
		out = PromptsTaken{Added: []string{}, Replaced: []string{}, Kept: []string{}}
		for _, p := range file.Prompts {
			if err := f.takeOne(tx, by, p, slices.Contains(replace, p.Key), &out); err != nil {
				return err
			}
		}
		return nil
	})
	return out, errors.Join(err, f.Settle(context.WithoutCancel(ctx), taken))
}

func (f *PromptFiles) takeOne(tx *db.Tx, by audit.Author, p Prompt, replace bool, out *PromptsTaken) error {
	there, err := PromptByKey(tx, tenant.ID(by.Tenant), p.Key)
	switch {
	case fault.Is(err, fault.NotFound):
		_, err = CreatePrompt(tx, by, p)
		out.Added = append(out.Added, p.Key)
	case err != nil:
	case !replace:
		out.Kept = append(out.Kept, p.Key)
	default:
		f.Loosen(there)
		p.ID = there.ID
		_, err = ChangePrompt(tx, by, p)
		out.Replaced = append(out.Replaced, p.Key)
	}
	return err
}
