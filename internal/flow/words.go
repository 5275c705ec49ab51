package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"linekeeper/internal/flow/said"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// What FlowStepped says about spoken answers.
const (
	StepSaid = "said"      // what the customer said
	StepDeaf = "not_heard" // why his words are not heard here: keys go on working
)

// listening is a recognizer that hears the customer. Its methods are for the run's goroutine.
type listening struct {
	ctx    context.Context
	cancel context.CancelFunc
	told   chan struct{}        // of size one: something has changed
	done   chan outcome         // of size one: it has ended
	end    chan struct{}        // closed by finish
	stop   func() (lost uint64) // of the microphone
	work   sync.WaitGroup

	speaks, words atomic.Bool
}

// earRoom is how many pieces of sound wait for a recognizer that is being reached.
const earRoom = 64

// hearWords begins to listen to the customer.
func (r *run) hearWords(ctx context.Context, w *wanted) (*listening, error) {
	rate, err := r.hears()
	if err != nil {
		return nil, err
	}
	l := &listening{told: make(chan struct{}, 1), done: make(chan outcome, 1), end: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(ctx)
	h := Hearing{Project: r.spec.State.Arrival.Project, Language: r.position.Language, Rate: rate, Phrases: w.phrases, Only: w.only, Told: l.tell}
	pieces, audio := make(chan []int16, earRoom), make(chan []int16)
	l.stop, err = r.talker.(Microphone).Sound(rate, func(pcm []int16) {
		select {
		case pieces <- pcm:
		case <-l.ctx.Done():
		}
	})
	if err != nil {
		l.cancel()
		return nil, err
	}
	l.work.Go(func() { l.pump(pieces, audio) })
	l.work.Go(func() {
		var o outcome
		defer func() {
			if what := recover(); what != nil {
				r.rescued(what, debug.Stack())
				o = outcome{err: fmt.Errorf("internal error: %v", what)}
			}
			l.done <- o
		}()
		o.heard, o.err = r.cfg.Recognizer.Recognize(l.ctx, h, audio)
	})
	return l, nil
}

// hears gives the rate of samples a recognizer wants; the error says why words are not heard here.
func (r *run) hears() (rate int, err error) {
	if _, ok := r.talker.(Microphone); !ok || r.cfg.Recognizer == nil {
		return 0, errors.New("there is no recognizer")
	}
	if rate = r.cfg.Recognizer.Rate(r.spec.State.Arrival.Project, r.position.Language); rate == 0 {
		return 0, fmt.Errorf("there is no recognizer for the language %s", r.position.Language)
	}
	return rate, nil
}

// pump gives the recognizer what is heard, until it is to finish; what comes later is nothing to anybody.
func (l *listening) pump(pieces <-chan []int16, audio chan<- []int16) {
	defer func() {
		close(audio)
		for {
			select {
			case <-pieces:
			case <-l.ctx.Done():
				return
			}
		}
	}()
	for {
		var pcm []int16
		select {
		case pcm = <-pieces:
		case <-l.end:
			return
		case <-l.ctx.Done():
			return
		}
		select {
		case audio <- pcm:
		case <-l.end:
			return
		case <-l.ctx.Done():
			return
		}
	}
}

func (l *listening) tell(speaking bool, words string) {
	l.speaks.Store(speaking)
	if words != "" {
		l.words.Store(true)
	}
	select {
	case l.told <- struct{}{}:
	default:
	}
}

// speaking says whether the customer speaks now, or the recognizer still thinks about what he said.
func (l *listening) speaking() bool { return l.speaks.Load() }

// said says whether a word was understood.
func (l *listening) said() bool { return l.words.Load() }

// finish takes what was said so far as all; it is called once.
func (l *listening) finish() { close(l.end) }

// close ends everything and waits for it.
func (l *listening) close() {
	l.cancel()
	l.stop()
	l.work.Wait()
}

// phrasesOf is what a parameter lists in the language of the run, or for all languages, with commas between.
func (r *run) phrasesOf(ctx context.Context, n *node, value any) []string {
	t, _ := value.(*template)
	if all, ok := value.(map[string]*template); ok {
		base, _, _ := strings.Cut(r.position.Language, "-")
		if t = all[r.position.Language]; t == nil {
			t = all[base] // words of another language nobody says
		}
	}
	if t == nil {
		return nil
	}
	text, err := r.fill(ctx, t, nil)
	if err != nil {
		r.stepOnce(n, StepFailed, err.Error())
		return nil
	}
	return said.Phrases(text)
}

// menuWords are the choices of a menu in words; nil: it takes keys only.
func (r *run) menuWords(ctx context.Context, n *node) (choices []said.Choice, w *wanted) {
	words, _ := n.params["words"].(map[string]any)
	if len(words) == 0 {
		return nil, nil
	}
	w = &wanted{only: true, over: n.flag("speech_barge_in"), most: spokenMost}
	for _, key := range slices.Sorted(maps.Keys(n.edges)) {
		if isKey(key) {
			c := said.Choice{Key: key, Phrases: r.phrasesOf(ctx, n, words[key])}
			choices = append(choices, c)
			w.phrases = append(w.phrases, c.Whole(r.position.Language)...)
		}
	}
	return choices, w
}

// meant is the choice that was meant; empty: none, or nobody is sure.
func (r *run) meant(h Heard, choices []said.Choice) string {
	if h.Confidence > 0 && h.Confidence < sureEnough {
		return ""
	}
	key, _ := said.Choose(h.Text, r.position.Language, choices)
	return key
}

// digitWords is how digits are said.
func (r *run) digitWords(n *node) *wanted {
	if !n.flag("speech") {
		return nil
	}
	return &wanted{phrases: said.NumberWords(r.position.Language), only: true, over: n.flag("speech_barge_in"), most: spokenMost}
}

// checkWords looks at what may be said for the keys of a menu: there must be a way for each, all in the same
// languages, and no phrase twice.
func checkWords(n *node) (found Problems) {
	words, _ := n.params["words"].(map[string]any)
	languages := map[string]bool{}
	for _, value := range words {
		if all, ok := value.(map[string]*template); ok {
			for language := range all {
				languages[language] = true
			}
		}
	}
	taken := map[string]string{} // by language and phrase
	for _, key := range slices.Sorted(maps.Keys(words)) {
		if !isKey(key) {
			found.add(n.id, "words."+key, "must be a key: 0-9, * or #")
			continue
		}
		all, ok := words[key].(map[string]*template)
		if !ok {
			all = map[string]*template{"": nil}
			all[""], _ = words[key].(*template)
		}
		for _, language := range slices.Sorted(maps.Keys(languages)) {
			if ok && all[language] == nil {
				found.add(n.id, "words."+key, "has no words in %s, which others have", language)
			}
		}
		for _, language := range slices.Sorted(maps.Keys(all)) {
			for _, p := range said.Phrases(all[language].fixed()) {
				at := language + "\x00" + strings.ToLower(p)
				if other, twice := taken[at]; twice && other != key {
					found.add(n.id, "words."+key, "%q is said for %s too", p, other)
				}
				taken[at] = key
			}
		}
	}
	return found
}

// Listening are the flows whose published programs take words where a customer is asked.
func Listening(tx *db.Tx, t tenant.ID) (map[ID]bool, error) {
	flows, err := List(tx, t, db.Page{Limit: db.Unlimited})
	if err != nil {
		return nil, err
	}
	all := map[ID]bool{}
	for _, f := range flows {
		all[f.ID] = listens(f.Program)
	}
	return all, nil
}

// listens looks at a program without compiling it.
func listens(program []byte) bool {
	var p struct {
		Nodes map[string]struct {
			Kind   string          `json:"kind"`
			Words  json.RawMessage `json:"words"`
			Speech bool            `json:"speech"`
		} `json:"nodes"`
	}
	if json.Unmarshal(program, &p) != nil {
		return false
	}
	for _, n := range p.Nodes {
		if n.Kind == askKind || n.Kind == "menu" && n.Words != nil || n.Kind == "collect" && n.Speech {
			return true
		}
	}
	return false
}
