package slate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// An entry is the length of what follows the checksum, the checksum (CRC-32, Castagnoli), a byte for its
// kind, the key's length, the key, the value. Numbers are big-endian and 4 bytes long. The checksum finds
// accidents; what somebody changed is found by the seal.
const headBytes, fixedBytes = 8, 5

// entryLimit bounds one entry: more is damage.
const entryLimit = 16 << 20

// Kinds of entries.
const (
	goneEntry   = 0 // the key is forgotten
	sealedEntry = 2
	keyEntry    = 3 // what the following ones are sealed with, wrapped by the Lock
)

type entry struct {
	kind  byte
	key   string
	value []byte
}

// ErrDamaged is why a value is refused whose bytes are not those that were written.
var ErrDamaged = errors.New("what was written is damaged")

// errCut means that the rest of the file has no entries that could be told apart.
var errCut = errors.New("the file ends within an entry")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func size(key string, value []byte) int {
	return headBytes + fixedBytes + len(key) + len(value) + sealBytes
}

func appendEntry(b []byte, e entry) []byte {
	start := len(b)
	b = appendHead(b, e.kind, e.key)
	return finish(append(b, e.value...), start)
}

// appendHead begins an entry; finish completes the one that began at start.
func appendHead(b []byte, kind byte, key string) []byte {
	b = append(b, make([]byte, headBytes)...)
	b = append(b, kind)
	b = binary.BigEndian.AppendUint32(b, uint32(len(key)))
	return append(b, key...)
}

func finish(b []byte, start int) []byte {
	body := b[start+headBytes:]
	binary.BigEndian.PutUint32(b[start:], uint32(len(body)))
	binary.BigEndian.PutUint32(b[start+4:], crc32.Checksum(body, castagnoli))
	return b
}

// next reads an entry. With ErrDamaged it has the key as it reads now.
func next(in io.Reader) (entry, error) {
	var head [headBytes]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errCut
		}
		return entry{}, err
	}
	long := binary.BigEndian.Uint32(head[:])
	if long < fixedBytes || long > entryLimit {
		return entry{}, errCut
	}
	var body bytes.Buffer // grows as there is something, whatever the length says
	if n, err := io.CopyN(&body, in, int64(long)); err != nil {
		if n < int64(long) && errors.Is(err, io.EOF) {
			err = errCut
		}
		return entry{}, err
	}
	b := body.Bytes()
	keyLong := binary.BigEndian.Uint32(b[1:])
	if int64(keyLong) > int64(len(b)-fixedBytes) {
		return entry{}, ErrDamaged
	}
	e := entry{b[0], string(b[fixedBytes : fixedBytes+keyLong]), b[fixedBytes+keyLong:]}
	if crc32.Checksum(b, castagnoli) != binary.BigEndian.Uint32(head[4:]) {
		return e, ErrDamaged
	}
	return e, nil
}
