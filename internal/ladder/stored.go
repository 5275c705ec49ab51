package ladder

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A stored ladder is deflated: the length of its head as a varint, the head, which is JSON with the
// lengths of the texts in place of the texts, and the texts in their order. In JSON the texts would be
// base64, which is a third more and does not deflate.

// storedLeg is a leg's head.
type storedLeg struct {
	Leg
	Messages []storedMessage `json:"messages"`
}

// storedMessage is a message without its text.
type storedMessage struct {
	Message
	Text *struct{} `json:"text,omitempty"` // hides that of Message
	Size int       `json:"size"`
}

var errDamaged = errors.New("a stored ladder is damaged")

// packers deflate; a new one takes 1.2 MB and longer to make than to use.
var packers = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is valid
	return w
}}

// encode writes a ladder as it is stored.
func encode(l Ladder) ([]byte, error) {
	legs := make([]storedLeg, len(l.Legs))
	for i, leg := range l.Legs {
		legs[i] = storedLeg{Leg: leg, Messages: make([]storedMessage, len(leg.Messages))}
		for j, m := range leg.Messages {
			legs[i].Messages[j] = storedMessage{Message: m, Size: len(m.Text)}
		}
	}
	head, err := json.Marshal(legs)
	if err != nil {
		return nil, fmt.Errorf("writing a ladder: %w", err)
	}
	var out bytes.Buffer
	w := packers.Get().(*flate.Writer)
	defer packers.Put(w)
	w.Reset(&out)
	_, _ = w.Write(binary.AppendUvarint(nil, uint64(len(head)))) // a Buffer takes everything
	_, _ = w.Write(head)
	for _, leg := range l.Legs {
		for _, m := range leg.Messages {
			_, _ = w.Write(m.Text)
		}
	}
	_ = w.Close()
	return out.Bytes(), nil
}

func decode(b []byte) (Ladder, error) {
	whole, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), 8*bytesMost))
	if err != nil {
		return Ladder{}, fmt.Errorf("reading a stored ladder: %w", err)
	}
	n, at := binary.Uvarint(whole)
	if at <= 0 || n > uint64(len(whole)-at) {
		return Ladder{}, errDamaged
	}
	head, texts := whole[at:at+int(n)], whole[at+int(n):]
	var legs []storedLeg
	if err := json.Unmarshal(head, &legs); err != nil {
		return Ladder{}, fmt.Errorf("reading a stored ladder: %w", err)
	}
	var l Ladder
	for _, s := range legs {
		leg := s.Leg
		leg.Messages = make([]Message, len(s.Messages))
		for i, m := range s.Messages {
			if m.Size < 0 || m.Size > len(texts) {
				return Ladder{}, errDamaged
			}
			m.Message.Text, texts = texts[:m.Size:m.Size], texts[m.Size:]
			leg.Messages[i] = m.Message
		}
		l.Legs = append(l.Legs, leg)
	}
	return l, nil
}
