package rtc

import (
	"encoding/binary"
	"errors"
	"io"

	"linekeeper/internal/media"
)

// frameHeader is the length before each packet on TCP (RFC 4571).
const frameHeader = 2

// errFrame means that a connection is not, or no longer, in step.
var errFrame = errors.New("a frame is too long")

// readFrame reads the next packet into b, which holds media.MaxPacket bytes. Empty frames are skipped.
func readFrame(r io.Reader, b []byte) (int, error) {
	for {
		if _, err := io.ReadFull(r, b[:frameHeader]); err != nil {
			return 0, err
		}
		n := int(binary.BigEndian.Uint16(b))
		if n > media.MaxPacket {
			return 0, errFrame
		}
		if n == 0 {
			continue
		}
		_, err := io.ReadFull(r, b[:n])
		return n, err
	}
}

// appendFrame adds a packet to what waits for a connection.
func appendFrame(b, packet []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(packet)))
	return append(b, packet...)
}
