package flow

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"linekeeper/internal/interaction"
)

// answer is what a customer did about a question: pressed a key, said something, or neither.
type answer struct {
	key     rune
	pressed bool
	heard   Heard // its text is empty: nothing was said
}

func (a answer) spoken() bool { return a.heard.Text != "" }

// wanted is how a question is answered in words; nil: by keys only.
type wanted struct {
	phrases []string
	only    bool // nothing else is of interest
	over    bool // words stop the question
	most    time.Duration
}

// listen plays the clips and waits for a key, which stops them, until so long after their end.
func (r *run) listen(ctx context.Context, clips []Clip, after time.Duration) (digit rune, pressed bool, err error) {
	a, err := r.answer(ctx, nil, clips, after, nil)
	return a.key, a.pressed, err
}

// answer plays the clips and waits for a key, which stops them, or for words if they are wanted, until so long after
// their end; who has begun to speak by then may end. When nobody can hear words, that is noted at n.
func (r *run) answer(ctx context.Context, n *node, clips []Clip, after time.Duration, w *wanted) (a answer, err error) {
	if len(r.ahead) > 0 {
		a.key, r.ahead = r.ahead[0], r.ahead[1:]
		a.pressed = true
		return a, nil
	}
	defer func() {
		if a.pressed && r.spec.State.Secret {
			r.taken++
			r.tell(interaction.SecretEntered{Count: r.taken})
		}
	}()
	if ear, ok := r.talker.(Ear); ok {
		return r.rehearsed(ctx, ear, n, clips, after, w)
	}
	if a.key, a.pressed = r.typed(); a.pressed {
		return a, nil
	}
	q := question{run: r, node: n, wanted: w, after: after}
	return q.ask(ctx, clips)
}

// rehearsed is answer where playing and listening at once is the channel's own.
func (r *run) rehearsed(ctx context.Context, ear Ear, n *node, clips []Clip, after time.Duration, w *wanted) (a answer, err error) {
	for {
		began := r.cfg.Clock.Now()
		a, err = r.rehearsedOnce(ctx, ear, n, clips, after, w)
		passed := r.cfg.Clock.Now().Sub(began)
		if err != nil || !a.pressed || !r.belated(a.key, passed == 0) {
			return a, err
		}
		clips, after = leftOf(clips, after, passed)
	}
}

// rehearsedOnce gives every key.
func (r *run) rehearsedOnce(ctx context.Context, ear Ear, n *node, clips []Clip, after time.Duration, w *wanted) (a answer, err error) {
	speaker, ok := ear.(wordEar)
	if w == nil || !ok {
		a.key, a.pressed, err = ear.Listen(ctx, clips, after)
		return a, err
	}
	a, deaf, err := speaker.listenWords(ctx, clips, after, w)
	if deaf {
		r.stepOnce(n, StepDeaf, "the test has no recognizer")
	}
	return a, err
}

// wordEar is an Ear that hears words too.
type wordEar interface {
	// listenWords is Listen; deaf says that no words are heard.
	listenWords(ctx context.Context, clips []Clip, after time.Duration, w *wanted) (a answer, deaf bool, err error)
}

// question is one question on a telephone line. It belongs to the run's goroutine.
type question struct {
	run    *run
	node   *node
	wanted *wanted
	after  time.Duration

	ended   chan error    // of the playing
	silence func()        // ends the playing
	quiet   bool          // it has ended
	cut     bool          // words have ended it
	ears    *listening    // nil: nobody listens for words
	timer   *time.Timer   // nil: the question is still being asked
	late    int           // how often the time for an answer was over while somebody spoke
	words   chan struct{} // something was told; nil while nobody listens
	done    chan outcome  // what was heard; nil while nobody listens
}

// outcome is what came of listening for words.
type outcome struct {
	heard Heard // its text is empty: nothing was said
	err   error
}

// ask asks it.
func (q *question) ask(ctx context.Context, clips []Clip) (a answer, err error) {
	q.play(ctx, clips)
	defer q.close()
	if q.wanted != nil && q.wanted.over {
		q.listen(ctx)
	}
	for {
		var timeout <-chan time.Time
		if q.timer != nil {
			timeout = q.timer.C
		}
		ended := q.ended
		if q.quiet {
			ended = nil
		}
		select {
		case digit, ok := <-q.run.talker.Digits():
			if !ok {
				return a, ErrGone
			}
			if q.run.belated(digit, false) {
				continue
			}
			return answer{key: digit, pressed: true}, nil
		case err := <-ended:
			q.quiet = true
			if ctx.Err() != nil {
				return a, ctx.Err()
			}
			if err != nil && !(q.cut && errors.Is(err, context.Canceled)) {
				return a, err
			}
			if q.wanted != nil && q.ears == nil {
				q.listen(ctx)
			}
			q.timer = time.NewTimer(q.after)
		case <-q.words:
			if q.ears.said() && !q.quiet && !q.cut {
				q.cut = true
				q.silence()
			}
			if q.late > 0 && !q.ears.speaking() {
				return a, nil
			}
		case o := <-q.done:
			if o.err != nil {
				q.run.deaf(ctx, q.node, o.err)
			}
			if o.heard.Text != "" {
				return answer{heard: o.heard}, nil
			}
			q.done, q.words = nil, nil
			if q.late > 0 {
				return a, nil
			}
		case <-timeout:
			if q.late == 2 || q.done == nil || !q.ears.speaking() {
				return a, nil
			}
			if q.late++; q.late == 2 {
				q.ears.finish() // what was said so far is the answer
			}
			q.timer.Reset(q.wanted.most)
		case <-ctx.Done():
			return a, ctx.Err()
		}
	}
}

// play plays the question beside the listening.
func (q *question) play(ctx context.Context, clips []Clip) {
	playing, stop := context.WithCancel(ctx)
	q.silence = stop
	q.ended = make(chan error, 1) // of size one: the player never waits for us
	go func() {
		defer func() {
			if what := recover(); what != nil {
				q.run.rescued(what, debug.Stack())
				q.ended <- fmt.Errorf("internal error: %v", what)
			}
		}()
		if len(clips) == 0 {
			q.ended <- nil
			return
		}
		q.ended <- q.run.talker.Play(playing, clips, PlayOptions{})
	}()
}

// listen begins to listen for words. What keeps it from that is noted: keys go on working.
func (q *question) listen(ctx context.Context) {
	ears, err := q.run.hearWords(ctx, q.wanted)
	if err != nil {
		q.run.deaf(ctx, q.node, err)
		q.wanted = nil
		return
	}
	q.ears, q.words, q.done = ears, ears.told, ears.done
}

// close ends what runs beside the question.
func (q *question) close() {
	if q.timer != nil {
		q.timer.Stop()
	}
	q.silence()
	if !q.quiet {
		<-q.ended
	}
	if q.ears != nil {
		q.ears.close()
	}
}

// deaf notes that a question cannot be answered in words.
func (r *run) deaf(ctx context.Context, n *node, err error) {
	if ctx.Err() == nil {
		r.stepOnce(n, StepDeaf, err.Error())
	}
}
