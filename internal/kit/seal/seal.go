// Package seal keeps the keys files are sealed with and seals and opens files. The format is age
// (age-encryption.org/v1) with X25519 keys: chunks of 64 KiB, each authenticated, so that any part of a
// file can be read alone and damage is an error and never other content. Whoever has the key file can
// open sealed files with the program age as well.
package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Key is a pair of keys. Its id is derived from the public one and no secret.
type Key struct {
	ID       string
	Created  time.Time
	identity *age.X25519Identity
}

// Seal returns a writer that seals what is written and passes it to dst. Close completes it, without
// closing dst; what was not closed cannot be opened.
func (k Key) Seal(dst io.Writer) (io.WriteCloser, error) {
	return age.Encrypt(dst, k.identity.Recipient())
}

// Public is the age recipient of the key.
func (k Key) Public() string { return k.identity.Recipient().String() }

// Ring is the keys of an installation, oldest first, in one file of mode 0600: the text age-keygen
// writes, or that sealed with a passphrase. The file may be changed by another process, as by a command
// that adds a key; it is read again when it has. A Ring is safe for concurrent use.
type Ring struct {
	path       string
	passphrase string

	mu   sync.Mutex
	keys []Key
	mod  time.Time
	size int64
}

// ErrNoKeys means that there is no key file.
var ErrNoKeys = errors.New("there is no key file")

// ErrUnknownKey means that a file is sealed with a key that is not in the key file.
var ErrUnknownKey = errors.New("the key is not in the key file")

// Open reads a key file. Without one it is ErrNoKeys. An empty passphrase means a file in plain text.
func Open(path, passphrase string) (*Ring, error) {
	r := &Ring{path: path, passphrase: passphrase}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return nil, err
	}
	return r, nil
}

// Create makes a key file with one key; it fails if there is one.
func Create(path, passphrase string, now time.Time) (*Ring, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("making the key file %s: %w", path, fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder for keys: %w", err)
	}
	k, err := generate(now)
	if err != nil {
		return nil, err
	}
	r := &Ring{path: path, passphrase: passphrase}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.write([]Key{k}); err != nil {
		return nil, err
	}
	return r, r.refresh()
}

func generate(now time.Time) (Key, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return Key{}, err
	}
	return Key{keyID(identity), now.UTC().Truncate(time.Second), identity}, nil
}

// idBytes is the length of an id.
const idBytes = 16

// keyID is short enough for a file's name and long enough never to meet twice.
func keyID(i *age.X25519Identity) string {
	sum := sha256.Sum256([]byte(i.Recipient().String()))
	return hex.EncodeToString(sum[:8])
}

// Keys lists the keys, oldest first.
func (r *Ring) Keys() ([]Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.refresh()
	return append([]Key(nil), r.keys...), err
}

// Current is the key new files are sealed with: the last.
func (r *Ring) Current() (Key, error) {
	keys, err := r.Keys()
	if err != nil {
		return Key{}, err
	}
	return keys[len(keys)-1], nil
}

// Rotate adds a key, which is the current one from then on. The earlier ones stay: they open what was
// sealed with them.
func (r *Ring) Rotate(now time.Time) (Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	unlock, err := lock(r.path)
	if err != nil {
		return Key{}, err
	}
	defer unlock()
	if err := r.refresh(); err != nil {
		return Key{}, err
	}
	k, err := generate(now)
	if err != nil {
		return Key{}, err
	}
	if err := r.write(append(append([]Key(nil), r.keys...), k)); err != nil {
		return Key{}, err
	}
	return k, r.refresh()
}

// RotateAfter adds a key when the current one is that old; 0: never. It says whether it did.
func (r *Ring) RotateAfter(most time.Duration, now time.Time) (bool, error) {
	k, err := r.Current()
	if err != nil || most <= 0 || now.Sub(k.Created) < most {
		return false, err
	}
	_, err = r.Rotate(now)
	return err == nil, err
}

// Reader opens a sealed file of that many bytes with the key of that id. It reads any part and may be
// used concurrently.
func (r *Ring) Reader(src io.ReaderAt, size int64, key string) (io.ReaderAt, int64, error) {
	keys, err := r.Keys()
	if err != nil {
		return nil, 0, err
	}
	for _, k := range keys {
		if k.ID == key {
			return age.DecryptReaderAt(src, size, k.identity)
		}
	}
	return nil, 0, fmt.Errorf("key %s: %w", key, ErrUnknownKey)
}

// refresh reads the file if it is another than before. r.mu is held.
func (r *Ring) refresh() error {
	info, err := os.Stat(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", r.path, ErrNoKeys)
	}
	if err != nil {
		return fmt.Errorf("reading keys: %w", err)
	}
	if len(r.keys) > 0 && info.ModTime().Equal(r.mod) && info.Size() == r.size {
		return nil
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("the key file %s can be read by others: chmod 600 it", r.path)
	}
	b, err := os.ReadFile(r.path)
	if err != nil {
		return fmt.Errorf("reading keys: %w", err)
	}
	if b, err = r.open(b); err != nil {
		return fmt.Errorf("reading keys from %s: %w", r.path, err)
	}
	keys, err := Parse(b)
	if err != nil {
		return fmt.Errorf("reading keys from %s: %w", r.path, err)
	}
	r.keys, r.mod, r.size = keys, info.ModTime(), info.Size()
	return nil
}

// open takes the passphrase off.
func (r *Ring) open(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, []byte(armor.Header)) {
		return b, nil
	}
	if r.passphrase == "" {
		return nil, errors.New("it is protected by a passphrase, and none is set")
	}
	id, err := age.NewScryptIdentity(r.passphrase)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(armor.NewReader(bytes.NewReader(b)), id)
	if err != nil {
		return nil, fmt.Errorf("the passphrase does not open it: %w", err)
	}
	return io.ReadAll(io.LimitReader(plain, maxFile))
}

// maxFile bounds a key file.
const maxFile = 1 << 20

// Parse reads the text of a key file: a secret key a line, "# created:" before it if it is known.
func Parse(b []byte) ([]Key, error) {
	if len(b) > maxFile {
		return nil, errors.New("it is too long for a key file")
	}
	var keys []Key
	var created time.Time
	for n, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSpace(line)
		if at, ok := strings.CutPrefix(line, "# created:"); ok {
			created, _ = time.Parse(time.RFC3339, strings.TrimSpace(at)) // only a comment
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		i, err := age.ParseX25519Identity(line)
		if err != nil {
			return nil, fmt.Errorf("line %d is no secret key", n+1) // without what it says
		}
		keys = append(keys, Key{keyID(i), created, i})
		created = time.Time{}
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key in it")
	}
	return keys, nil
}

// write replaces the file: after a crash there is the old one or the new one. r.mu is held.
func (r *Ring) write(keys []Key) error {
	var b bytes.Buffer
	b.WriteString("# Keys of Linekeeper's recordings, the current one last. Without them no sealed recording can\n" +
		"# be heard: keep a copy in a safe place, apart from the recordings.\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "\n# created: %s\n# id: %s\n# public key: %s\n%s\n", k.Created.Format(time.RFC3339), k.ID, k.Public(), k.identity)
	}
	text := b.Bytes()
	if r.passphrase != "" {
		var err error
		if text, err = protect(text, r.passphrase); err != nil {
			return err
		}
	}
	return replace(r.path, text)
}

func protect(text []byte, passphrase string) ([]byte, error) {
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	a := armor.NewWriter(&b)
	w, err := age.Encrypt(a, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = errors.Join(w.Close(), a.Close())
	return b.Bytes(), err
}

// replace writes a file beside, makes it durable and puts it in place.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing keys: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing keys: %w", err), os.Remove(f.Name()))
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
