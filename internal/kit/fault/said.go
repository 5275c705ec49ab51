package fault

import "fmt"

// Said is a sentence for a person: in English, and as a code with what stands in it, so that a screen can say
// it in another language. The zero value says nothing.
type Said struct {
	// Code names the sentence; empty: the text is a name, a value or a program's own words, and is not translated.
	Code string `json:"code,omitempty"`
	Text string `json:"text"`
	// Params are what stands in the sentence, in its order.
	Params []Said `json:"params,omitempty"`
}

// String gives the English text.
func (s Said) String() string { return s.Text }

// Empty says that nothing is said.
func (s Said) Empty() bool { return s.Text == "" }

// Say makes a sentence of a format, whose code is looked up; parameters that are sentences keep their codes.
func Say(codes map[string]string, format string, args ...any) Said {
	s := Said{Code: codes[format], Text: fmt.Sprintf(format, args...)}
	for _, a := range args {
		p, ok := a.(Said)
		if !ok {
			p = Said{Text: fmt.Sprint(a)}
		}
		s.Params = append(s.Params, p)
	}
	return s
}

// say is Say with the sentences of refusals; what has no code keeps no parameters.
func say(format string, args ...any) Said {
	if sentences[format] == "" {
		return Said{Text: fmt.Sprintf(format, args...)}
	}
	return Say(sentences, format, args...)
}
