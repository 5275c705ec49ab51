package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
	"time"
)

// description finds the session description in a message: the body itself or, from gateways that
// add ISUP, a part of it. nil without a body. code is 415 if there is only something else.
func description(m *message) (body []byte, code int) {
	if len(m.body) == 0 {
		return nil, 0
	}
	if e := m.get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, 415
	}
	kind, parameters, err := mime.ParseMediaType(m.get("Content-Type"))
	if err != nil && m.get("Content-Type") != "" {
		kind, _, _ = strings.Cut(strings.ToLower(m.get("Content-Type")), ";")
		kind = strings.TrimSpace(kind)
	}
	switch {
	case kind == "" || kind == accepts:
		return m.body, 0
	case strings.HasPrefix(kind, "multipart/") && parameters["boundary"] != "":
		parts := multipart.NewReader(bytes.NewReader(m.body), parameters["boundary"])
		for range 8 {
			part, err := parts.NextRawPart()
			if err != nil {
				break
			}
			kind, _, _ := strings.Cut(part.Header.Get("Content-Type"), ";")
			if strings.EqualFold(strings.TrimSpace(kind), accepts) {
				if body, err := io.ReadAll(part); err == nil {
					return body, 0
				}
			}
		}
	}
	return nil, 415
}

// digit reads the body of an INFO; false if it is no digit.
func digit(m *message) (Digit, bool) {
	kind, _, _ := strings.Cut(m.get("Content-Type"), ";")
	text := string(m.body)
	d := Digit{Duration: 250 * time.Millisecond}
	signal := ""
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/dtmf-relay":
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(line, "=")
			value = strings.TrimSpace(value)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "signal":
				signal = value
			case "duration":
				if ms, err := strconv.ParseUint(value, 10, 16); err == nil {
					d.Duration = time.Duration(ms) * time.Millisecond
				}
			}
		}
	case "application/dtmf":
		signal = strings.TrimSpace(text)
	}
	switch strings.ToUpper(signal) {
	case "10":
		signal = "*"
	case "11":
		signal = "#"
	case "12", "13", "14", "15":
		signal = string('A' + signal[1] - '2')
	case "16", "!":
		signal = "!"
	}
	if len(signal) != 1 || !strings.Contains("0123456789*#ABCD!", strings.ToUpper(signal)) {
		return d, false
	}
	d.Key = rune(strings.ToUpper(signal)[0])
	return d, true
}

// endReason reads Reason headers (RFC 3326).
func endReason(m *message) End {
	var e End
	for _, value := range m.list("Reason") {
		protocol, rest, _ := strings.Cut(value, ";")
		ps, err := parseParams(";" + rest)
		if err != nil {
			continue
		}
		cause, _ := ps.get("cause")
		n, _ := strconv.Atoi(cause)
		text, _ := ps.get("text")
		switch strings.ToUpper(strings.TrimSpace(protocol)) {
		case "SIP":
			e.Code = n
		case "Q.850":
			e.Q850 = n
		}
		if text != "" {
			e.Reason = text
		}
	}
	return e
}
