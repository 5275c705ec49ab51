package rtc

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"net/netip"
)

// What of STUN (RFC 8489) and ICE (RFC 8445) a lite agent needs.
const (
	stunHeader = 20
	stunCookie = 0x2112a442
	stunXOR    = 0x5354554e // of the fingerprint

	bindingRequest = 0x0001
	bindingSuccess = 0x0101
	bindingError   = 0x0111

	attrUsername     = 0x0006
	attrIntegrity    = 0x0008
	attrErrorCode    = 0x0009
	attrUnknown      = 0x000a
	attrXORAddress   = 0x0020
	attrPriority     = 0x0024
	attrUseCandidate = 0x0025
	attrFingerprint  = 0x8028
	attrControlled   = 0x8029

	integritySize = 20

	codeUnknownAttribute = 420
	codeRoleConflict     = 487

	// maxResponse is the longest response we write.
	maxResponse = 128
)

var errSTUN = errors.New("not a binding request as ICE wants it")

// request is a well-formed binding request. Nothing in it is believed before authentic says so. Its
// slices are parts of the datagram.
type request struct {
	raw          []byte
	username     []byte
	integrity    int    // where the integrity attribute begins
	unknown      uint16 // an attribute that must be understood and is not; 0: none
	useCandidate bool
	controlled   bool // the other side believes itself controlled
}

// parseRequest reads a binding request with user name, integrity and fingerprint, which ICE demands
// (RFC 8445, section 7.1.1). Everything else is an error.
func parseRequest(b []byte, r *request) error {
	if len(b) < stunHeader || len(b)%4 != 0 ||
		binary.BigEndian.Uint16(b) != bindingRequest ||
		int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeader ||
		binary.BigEndian.Uint32(b[4:]) != stunCookie {
		return errSTUN
	}
	*r = request{raw: b}
	for at := stunHeader; at < len(b); {
		if at+4 > len(b) {
			return errSTUN
		}
		kind, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		next := at + 4 + (size+3)&^3
		if next > len(b) {
			return errSTUN
		}
		switch {
		case kind == attrFingerprint:
			if size != 4 || next != len(b) || r.integrity == 0 ||
				binary.BigEndian.Uint32(b[at+4:]) != crc32.ChecksumIEEE(b[:at])^stunXOR {
				return errSTUN
			}
			if r.username == nil {
				return errSTUN
			}
			return nil
		case r.integrity != 0:
			// What follows the integrity is not protected: skipped.
		case kind == attrIntegrity:
			if size != integritySize {
				return errSTUN
			}
			r.integrity = at
		case kind == attrUsername:
			r.username = b[at+4 : at+4+size]
		case kind == attrUseCandidate:
			r.useCandidate = true
		case kind == attrControlled:
			r.controlled = true
		case kind < 0x8000 && kind != attrPriority:
			r.unknown = kind
		}
		at = next
	}
	return errSTUN // no fingerprint
}

// authentic says whether who sent the request knows our password, with which mac is keyed. It changes
// the datagram for a moment. sum is scratch.
func (r *request) authentic(mac hash.Hash, sum *[integritySize]byte) bool {
	whole := len(r.raw) - stunHeader
	binary.BigEndian.PutUint16(r.raw[2:], uint16(r.integrity+4+integritySize-stunHeader))
	mac.Reset()
	mac.Write(r.raw[:r.integrity])
	binary.BigEndian.PutUint16(r.raw[2:], uint16(whole))
	return subtle.ConstantTimeCompare(mac.Sum(sum[:0]), r.raw[r.integrity+4:r.integrity+4+integritySize]) == 1
}

// response writes messages into a buffer of maxResponse bytes.
type response struct {
	b   []byte
	mac hash.Hash
}

// begin writes the header for an answer to r.
func (w *response) begin(kind uint16, r *request) {
	w.b = w.b[:stunHeader]
	binary.BigEndian.PutUint16(w.b, kind)
	copy(w.b[4:], r.raw[4:stunHeader])
}

// attribute makes room for one and returns it.
func (w *response) attribute(kind uint16, size int) []byte {
	at := len(w.b)
	w.b = w.b[:at+4+(size+3)&^3]
	binary.BigEndian.PutUint16(w.b[at:], kind)
	binary.BigEndian.PutUint16(w.b[at+2:], uint16(size))
	clear(w.b[at+4:])
	return w.b[at+4 : at+4+size]
}

// finish adds integrity and fingerprint.
func (w *response) finish() []byte {
	end := len(w.b)
	tag := w.attribute(attrIntegrity, integritySize)
	binary.BigEndian.PutUint16(w.b[2:], uint16(len(w.b)-stunHeader))
	w.mac.Reset()
	w.mac.Write(w.b[:end])
	w.mac.Sum(tag[:0])
	end = len(w.b)
	crc := w.attribute(attrFingerprint, 4)
	binary.BigEndian.PutUint16(w.b[2:], uint16(len(w.b)-stunHeader))
	binary.BigEndian.PutUint32(crc, crc32.ChecksumIEEE(w.b[:end])^stunXOR)
	return w.b
}

// success tells the other side the address it is seen at.
func (w *response) success(r *request, from netip.AddrPort) []byte {
	w.begin(bindingSuccess, r)
	ip := from.Addr().Unmap()
	family, size := byte(1), 4
	if ip.Is6() {
		family, size = 2, 16
	}
	a := w.attribute(attrXORAddress, 4+size)
	a[1] = family
	binary.BigEndian.PutUint16(a[2:], from.Port()^(stunCookie>>16))
	if size == 4 {
		v := ip.As4()
		copy(a[4:], v[:])
	} else {
		v := ip.As16()
		copy(a[4:], v[:])
	}
	for i := range a[4:] {
		a[4+i] ^= r.raw[4+i] // the cookie, then the transaction
	}
	return w.finish()
}

// refuse answers with an error code.
func (w *response) refuse(r *request, code int) []byte {
	w.begin(bindingError, r)
	e := w.attribute(attrErrorCode, 4)
	e[2], e[3] = byte(code/100), byte(code%100)
	if code == codeUnknownAttribute {
		binary.BigEndian.PutUint16(w.attribute(attrUnknown, 2), r.unknown)
	}
	return w.finish()
}
