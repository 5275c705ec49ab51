package center

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"linekeeper/internal/flow"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// A packed center is a zip archive of the center file and the recorded prompts it names, so that it makes the same
// center on another server.
const packedName = "center.yaml"

// MaxPacked is how many bytes a packed center may have.
const MaxPacked = 256 << 20

// Packed tells a packed center from a text.
func Packed(file []byte) bool { return bytes.HasPrefix(file, []byte("PK\x03\x04")) }

func parsePacked(file []byte) (File, error) {
	if len(file) > MaxPacked {
		return File{}, fault.Invalid.New("The archive has more than %d MB.", MaxPacked>>20)
	}
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return File{}, fault.Invalid.Wrap(err, "The archive cannot be read: %v.", err)
	}
	text, err := readSome(archive, packedName, maxBytes)
	if err != nil {
		return File{}, fault.Invalid.Wrap(err, "The archive has no %s that can be read: %v.", packedName, err)
	}
	f, err := parse(packedName, text, archive)
	f.beside = archive
	return f, err
}

// readSome reads a file that has at most so many bytes, whatever its head says.
func readSome(from fs.FS, name string, most int64) ([]byte, error) {
	file, err := from.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	return text, errors.Join(err, file.Close())
}

// recorded are the files of recorded prompts the file names, with where it does first.
func (f File) recorded() map[string]string {
	all := map[string]string{}
	for i, p := range f.Prompts {
		for _, language := range slices.Sorted(maps.Keys(p.Audio)) {
			name := p.Audio[language]
			if _, twice := all[name]; !twice && name != "" && !strings.HasPrefix(name, flow.ShippedPrefix) {
				all[name] = at("prompts", i) + ".audio." + language
			}
		}
	}
	return all
}

// take keeps the recorded prompts that came with the file and are not here yet; settle must follow. Those that are
// neither here nor there, or wrong, are problems of the file. A plan only looks.
func (c *Center) take(f File, src *source, plan bool) (taken []string) {
	if c.sounds == nil {
		return nil
	}
	all := f.recorded()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if c.sounds.Has(name) {
			continue
		}
		var file []byte
		err := error(fs.ErrNotExist)
		if f.beside != nil {
			file, err = readSome(f.beside, name, flow.MaxPromptBytes)
		}
		if err != nil {
			src.add(all[name], fault.Unknown, "the recorded prompt %s is not on this server and has not come with the file: export to a .zip file, which carries the recordings, or copy it into the data folder (%v)", name, err)
			continue
		}
		if plan {
			err = flow.CheckRecorded(name, file)
		} else if err = c.sounds.Take(name, file); err == nil {
			taken = append(taken, name)
		}
		if err != nil {
			src.add(all[name], fault.Malformed, "the recorded prompt %s that came with the file cannot be taken: %s", name, fault.Message(err))
		}
	}
	return taken
}

// settle removes what was taken and is not named after all.
func (c *Center) settle(ctx context.Context, taken []string) error {
	if len(taken) == 0 {
		return nil
	}
	return c.sounds.Settle(context.WithoutCancel(ctx), taken)
}

// Pack writes a tenant's whole center with its recorded prompts. Missing are those that are not here: they are left
// out, and where the archive is applied they must be there.
func (c *Center) Pack(ctx context.Context, t tenant.ID, secrets bool, w io.Writer) (missing []string, err error) {
	f, err := c.Export(ctx, t, secrets)
	if err != nil {
		return nil, err
	}
	text, err := f.YAML()
	if err != nil {
		return nil, err
	}
	return pack(w, text, slices.Sorted(maps.Keys(f.recorded())), func(name string) ([]byte, error) {
		if c.sounds == nil {
			return nil, fs.ErrNotExist
		}
		return c.sounds.Open(name)
	})
}

// Repack is a file that was loaded, with the recorded prompts beside it, to be sent elsewhere.
func (f File) Repack(text []byte) ([]byte, error) {
	if Packed(text) || f.beside == nil || len(f.recorded()) == 0 {
		return text, nil
	}
	var b bytes.Buffer
	_, err := pack(&b, text, slices.Sorted(maps.Keys(f.recorded())), func(name string) ([]byte, error) {
		return readSome(f.beside, name, flow.MaxPromptBytes)
	})
	return b.Bytes(), err
}

func pack(w io.Writer, text []byte, names []string, read func(string) ([]byte, error)) (missing []string, err error) {
	archive := zip.NewWriter(w)
	put := func(name string, content []byte) error {
		in, err := archive.Create(name)
		if err != nil {
			return err
		}
		_, err = in.Write(content)
		return err
	}
	if err := put(packedName, text); err != nil {
		return nil, err
	}
	for _, name := range names {
		sound, err := read(name)
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, name)
			continue
		}
		if err == nil {
			err = put(name, sound)
		}
		if err != nil {
			return missing, fmt.Errorf("packing %s: %w", name, err)
		}
	}
	return missing, archive.Close()
}

// Recordings is how many recorded prompts the file names.
func (f File) Recordings() int { return len(f.recorded()) }
