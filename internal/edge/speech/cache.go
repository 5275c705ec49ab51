package speech

import (
	"container/list"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/media/wav"
)

// cache keeps spoken texts as WAV files, named by the hash of what makes them what they are. The
// least recently used go first when it grows over its limit. The folder is its own: other .wav files
// there count as its files.
type cache struct {
	dir string
	max int64

	mu    sync.Mutex // guards what follows and the folder
	files map[string]*list.Element
	order *list.List // of cached, most recently used first
	bytes int64
}

type cached struct {
	key  string
	size int64
}

func openCache(dir string, most int64) (*cache, error) {
	if most == 0 {
		most = 256 << 20
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	type found struct {
		cached
		used time.Time
	}
	var all []found
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if strings.HasSuffix(e.Name(), ".part") { // left by a crash
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return nil, err
			}
			continue
		}
		if key, ok := strings.CutSuffix(e.Name(), ".wav"); ok {
			all = append(all, found{cached{key, info.Size()}, info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return b.used.Compare(a.used) })
	c := &cache{dir: dir, max: most, files: map[string]*list.Element{}, order: list.New()}
	for _, f := range all {
		c.files[f.key] = c.order.PushBack(f.cached)
		c.bytes += f.size
	}
	c.shrink()
	return c, nil
}

func (c *cache) path(key string) string { return filepath.Join(c.dir, key+".wav") }

// get reads a sound. A file that cannot be read is forgotten, and spoken anew by the caller.
func (c *cache) get(key string) ([]int16, bool) {
	data, ok := c.read(key)
	if !ok {
		return nil, false
	}
	if pcm, err := flow.DecodeWAV(data); err == nil && len(pcm) > 0 {
		return pcm, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.files[key])
	return nil, false
}

func (c *cache) read(key string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.files[key]
	if e == nil {
		return nil, false
	}
	data, err := os.ReadFile(c.path(key))
	if err != nil {
		c.remove(e)
		return nil, false
	}
	c.order.MoveToFront(e)
	now := time.Now()
	// Only the order after the next start depends on it.
	_ = os.Chtimes(c.path(key), now, now)
	return data, true
}

// put writes a sound under another name first, so that a crash leaves no half of it.
func (c *cache) put(key string, pcm []int16) error {
	file := make([]byte, wav.HeaderSize, wav.HeaderSize+2*len(pcm))
	wav.PutHeader(file, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: flow.SampleRate, Bits: 16}, int64(2*len(pcm)))
	for _, v := range pcm {
		file = binary.LittleEndian.AppendUint16(file, uint16(v))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	part := filepath.Join(c.dir, key+".part")
	if err := os.WriteFile(part, file, 0o640); err != nil {
		return err
	}
	if err := os.Rename(part, c.path(key)); err != nil {
		return err
	}
	if e := c.files[key]; e != nil {
		c.bytes -= c.order.Remove(e).(cached).size
	}
	c.files[key] = c.order.PushFront(cached{key, int64(len(file))})
	c.bytes += int64(len(file))
	c.shrink()
	return nil
}

func (c *cache) shrink() {
	for c.bytes > c.max && c.order.Len() > 1 {
		c.remove(c.order.Back())
	}
}

// remove forgets a file; nil, when somebody else did, is harmless.
func (c *cache) remove(e *list.Element) {
	if e == nil {
		return
	}
	old := c.order.Remove(e).(cached)
	delete(c.files, old.key)
	c.bytes -= old.size
	// A file that cannot be removed is found again at the next start.
	_ = os.Remove(c.path(old.key))
}
