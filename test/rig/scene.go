package rig

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// Scene translates a SIPp scenario from a notation of a line a message, so that a dialog can be read at a
// glance. Who begins with "> INVITE" calls, who begins with "< INVITE" is called:
//
//	> INVITE sdp            send a request; sdp, sdp=sendonly, sdp=inactive, sdp=zero (0.0.0.0) add a description
//	> 200 sdp               answer the request received last
//	> 200 INVITE tag=b      answer the INVITE received last; the first answer's tag may be named, for forks
//	< 180 ?                 receive an answer, or a request; ?: it may be missing; next=label: go on there,
//	                        with test=name only if name was found by maybe; within=500: within so many milliseconds
//	~ 500                   wait so many milliseconds, in which nothing may come
//	@label                  a place to go on
//	= stop                  go on there
//
// Indented lines below a message sent are further headers; below one received they say what is in it
// (has REGEX), what is not (lacks REGEX), what may be (maybe name REGEX), or what to remember of it (name = Header). [$name] is what was
// remembered. cseq=2 sets the number of a request, "> ACK refused" is one for a refusal (else the latest answer
// that had to come tells), which otherwise counts by itself; from=NUMBER is who calls;
// body=TYPE begins a body of the indented lines with "|". Lines that begin with # are comments.
func Scene(name, text string) (string, error) {
	s := scene{names: map[string]bool{}, labels: map[string]int{}}
	for n, line := range strings.Split(text, "\n") {
		if err := s.line(line); err != nil {
			return "", fmt.Errorf("%s, line %d: %w", name, n+1, err)
		}
	}
	s.flush()
	refs := make([]string, 0, len(s.names))
	for n := range s.names {
		refs = append(refs, n)
	}
	reference := ""
	if len(refs) > 0 {
		reference = "<Reference variables=\"" + strings.Join(refs, ",") + "\"/>\n"
	}
	return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"" + name + "\">\n" + s.out.String() + reference + "</scenario>\n", nil
}

// scene is a translation under way.
type scene struct {
	out     strings.Builder
	names   map[string]bool // variables
	labels  map[string]int
	pending *sceneStep
	callee  bool
	began   bool
	seq     int // of our latest request
	invite  int // CSeq of our latest INVITE
	invites int // received
	version int // of our descriptions
	sent    string
	heard   string // latest method or code received that had to come
}

type sceneStep struct {
	send    bool
	what    string
	options map[string]string
	below   []string
}

func (s *scene) line(line string) error {
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "" || trimmed[0] == '#':
		return nil
	case line[0] == ' ' || line[0] == '\t':
		if s.pending == nil {
			return fmt.Errorf("%q belongs to no message", trimmed)
		}
		s.pending.below = append(s.pending.below, trimmed)
		return nil
	}
	s.flush()
	words := strings.Fields(trimmed[1:])
	if len(words) == 0 {
		return fmt.Errorf("%q says nothing", trimmed)
	}
	switch trimmed[0] {
	case '>', '<':
		step := &sceneStep{send: trimmed[0] == '>', what: words[0], options: map[string]string{}}
		for _, w := range words[1:] {
			k, v, _ := strings.Cut(w, "=")
			step.options[k] = v
		}
		s.pending = step
	case '~':
		fmt.Fprintf(&s.out, "<pause milliseconds=\"%s\"/>\n", words[0])
	case '@':
		fmt.Fprintf(&s.out, "<label id=\"%d\"/>\n", s.label(words[0]))
	case '=':
		fmt.Fprintf(&s.out, "<nop next=\"%d\"/>\n", s.label(words[0]))
	default:
		return fmt.Errorf("%q is not understood", trimmed)
	}
	return nil
}

func (s *scene) label(name string) int {
	if s.labels[name] == 0 {
		s.labels[name] = len(s.labels) + 1
	}
	return s.labels[name]
}

// flush writes the message that is complete now.
func (s *scene) flush() {
	p := s.pending
	s.pending = nil
	if p == nil {
		return
	}
	if !s.began {
		s.began, s.callee = true, !p.send
	}
	if !p.send {
		s.receive(p)
		return
	}
	if _, err := strconv.Atoi(p.what); err == nil {
		s.respond(p)
	} else {
		s.request(p)
	}
}

func (s *scene) receive(p *sceneStep) {
	attributes, actions := "", ""
	if _, err := strconv.Atoi(p.what); err == nil {
		attributes = "response=\"" + p.what + "\""
		if s.sent == "INVITE" || s.sent == "CANCEL" {
			attributes += " rrs=\"true\""
		}
		if p.what == "401" || p.what == "407" {
			attributes += " auth=\"true\""
		}
	} else {
		attributes = "request=\"" + p.what + "\""
		if p.what == "INVITE" {
			s.invites++
			attributes += " rrs=\"true\""
			for _, h := range []string{"Via", "From", "To", "CSeq"} {
				actions += s.remember(strings.ToLower(h)+strconv.Itoa(s.invites), h)
			}
		}
	}
	if _, ok := p.options["?"]; ok {
		attributes += " optional=\"true\""
	} else {
		s.heard = p.what
	}
	if name, ok := p.options["test"]; ok {
		attributes += " test=\"" + name + "\""
	}
	if next, ok := p.options["next"]; ok {
		attributes += fmt.Sprintf(" next=\"%d\"", s.label(next))
	}
	if ms, ok := p.options["within"]; ok {
		attributes += " timeout=\"" + ms + "\""
	}
	for _, b := range p.below {
		word, rest, _ := strings.Cut(b, " ")
		switch {
		case word == "maybe":
			name, regex, _ := strings.Cut(rest, " ")
			s.names[name] = true
			actions += fmt.Sprintf("<ereg regexp=\"%s\" search_in=\"msg\" assign_to=\"%s\"/>", html.EscapeString(regex), name)
		case word == "has" || word == "lacks":
			check := "check_it"
			if word == "lacks" {
				check = "check_it_inverse"
			}
			name := fmt.Sprintf("seen%d", len(s.names))
			s.names[name] = true
			actions += fmt.Sprintf("<ereg regexp=\"%s\" search_in=\"msg\" %s=\"true\" assign_to=\"%s\"/>", html.EscapeString(rest), check, name)
		case strings.HasPrefix(rest, "= "):
			actions += s.remember(word, rest[2:])
		}
	}
	if actions != "" {
		actions = "<action>" + actions + "</action>"
	}
	fmt.Fprintf(&s.out, "<recv %s>%s</recv>\n", attributes, actions)
}

func (s *scene) remember(name, header string) string {
	s.names[name] = true
	return fmt.Sprintf("<ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"%s:\" check_it=\"true\" assign_to=\"%s\"/>", header, name)
}

func (s *scene) respond(p *sceneStep) {
	head := "SIP/2.0 " + p.what + " Text\n"
	if _, ok := p.options["INVITE"]; ok {
		n := strconv.Itoa(s.invites)
		head += "Via: [$via" + n + "]\nFrom: [$from" + n + "]\nTo: [$to" + n + "]"
		if s.callee && s.invites == 1 || p.options["tag"] != "" {
			head += s.tag(p.options["tag"])
		}
		head += "\nCall-ID: [call_id]\nCSeq: [$cseq" + n + "]\n"
	} else {
		head += "[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n"
	}
	s.send(p, head+"Contact: <sip:sipp@[local_ip]:[local_port]>\n", p.options["INVITE"] == "" && p.what[0] == '2' && s.has(p, "INVITE"))
}

func (s *scene) has(p *sceneStep, option string) bool { _, ok := p.options[option]; return ok }

// tag is the tag of our side's dialog; forks have several.
func (s *scene) tag(which string) string { return ";tag=[pid]u" + which + "[call_number]" }

func (s *scene) request(p *sceneStep) {
	var seq int
	_, refused := p.options["refused"]
	refused = refused || s.heard != "" && s.heard[0] >= '3' && s.heard[0] <= '6'
	switch p.what {
	case "ACK", "CANCEL":
		seq = s.invite
	default:
		s.seq++
		seq = s.seq
	}
	if n, err := strconv.Atoi(p.options["cseq"]); err == nil {
		seq = n
		s.seq = max(s.seq, n)
	}
	if p.what == "INVITE" {
		s.invite = seq
	}
	branch := fmt.Sprintf("%s%d", p.what, seq)
	if p.what == "CANCEL" || p.what == "ACK" && refused {
		branch = fmt.Sprintf("INVITE%d", seq)
	}
	first := !s.callee && (s.sent == "" || p.what == "REGISTER" || p.what == "CANCEL" || refused && (p.what == "INVITE" || s.invite == 1 && p.what == "ACK"))
	uri, from, to := "[next_url]", "", ""
	caller := p.options["from"]
	if caller == "" {
		caller = "CALLER"
	}
	if s.callee {
		from, to = "[$to1]"+s.tag(p.options["tag"]), "[$from1]"
	} else {
		from, to = "<sip:"+caller+"@[local_ip]:[local_port]>;tag=[pid]c[call_number]", "<sip:[service]@[remote_ip]:[remote_port]>"
		if p.what == "REGISTER" {
			to = "<sip:" + caller + "@[remote_ip]:[remote_port]>"
		}
	}
	if first {
		uri = "sip:[service]@[remote_ip]:[remote_port]"
		if p.what == "REGISTER" {
			uri = "sip:[remote_ip]:[remote_port]"
		}
		if p.what == "ACK" {
			to += "[peer_tag_param]"
		}
	} else if !s.callee {
		to += "[peer_tag_param]"
	}
	head := fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK[pid]-[call_number]-%s;rport\nFrom: %s\nTo: %s\nCall-ID: [call_id]\nCSeq: %d %s\nMax-Forwards: 70\n",
		p.what, uri, branch, from, to, seq, p.what)
	if p.what != "ACK" && p.what != "BYE" && p.what != "CANCEL" {
		head += "Contact: <sip:" + caller + "@[local_ip]:[local_port];transport=[transport]>\n"
	}
	s.sent = p.what
	s.send(p, head, p.what != "ACK")
}

func (s *scene) send(p *sceneStep, head string, repeat bool) {
	body := ""
	for _, b := range p.below {
		if line, ok := strings.CutPrefix(b, "|"); ok {
			body += line + "\n"
		} else {
			head += b + "\n"
		}
	}
	if kind := p.options["body"]; kind != "" {
		head += "Content-Type: " + kind + "\n"
	}
	if way, ok := p.options["sdp"]; ok {
		head += "Content-Type: application/sdp\n"
		body = s.description(way)
	}
	attributes := ""
	if repeat {
		attributes = " retrans=\"500\""
	}
	fmt.Fprintf(&s.out, "<send%s><![CDATA[\n%sContent-Length: [len]\n\n%s]]></send>\n", attributes, head, body)
}

func (s *scene) description(way string) string {
	s.version++
	host, attribute := "[media_ip]", ""
	switch way {
	case "zero":
		host = "0.0.0.0"
	case "":
	default:
		attribute = "a=" + way + "\n"
	}
	events := " 101\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15"
	if way == "plain" {
		events, attribute = "", ""
	}
	return fmt.Sprintf("v=0\no=sipp 1 %d IN IP4 [local_ip]\ns=-\nc=IN IP4 %s\nt=0 0\nm=audio [media_port] RTP/AVP 0%s\na=rtpmap:0 PCMU/8000\n%s", s.version, host, events, attribute)
}
