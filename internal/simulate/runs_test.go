package simulate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/fault"
)

func TestRunsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r Runs[int]
		blocks := func(ctx context.Context, told func(done, of int)) (*int, error) {
			told(1, 2)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		start := func(who string) Progress[int] {
			t.Helper()
			p, err := r.Start(who, blocks)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		look := func(who, id string) Progress[int] {
			t.Helper()
			synctest.Wait()
			p, err := r.Look(who, id)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		a := start("a")
		b, c := start("b"), start("c")
		if p := look("a", a.ID); p.State != Running || p.Done != 1 || p.Of != 2 {
			t.Errorf("a's run is %+v", p)
		}
		if _, err := r.Start("d", blocks); fault.KindOf(err) != fault.Busy {
			t.Errorf("a fourth at the same time: %v", err)
		}
		again := start("a")
		if _, err := r.Look("a", a.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a's former run: %v", err)
		}
		if _, err := r.Look("b", c.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("b looks at c's run: %v", err)
		}
		if err := r.Stop("b", b.ID); err != nil || look("b", b.ID).State != Stopped {
			t.Errorf("b's run is not stopped: %v", err)
		}
		_ = r.Stop("c", c.ID)
		if p, err := r.Await(t.Context(), "c", c.ID, time.Hour); err != nil || p.State != Stopped {
			t.Errorf("c's run is awaited as %+v, %v", p, err)
		}
		time.Sleep(runLimit)
		if p := look("a", again.ID); p.State != Failed || fault.KindOf(p.Err) != fault.Busy {
			t.Errorf("a's run is %+v after its time", p)
		}
		ends := func(result int, err error, panics bool) Progress[int] {
			p, _ := r.Start("e", func(context.Context, func(done, of int)) (*int, error) {
				if panics {
					panic("no")
				}
				return &result, err
			})
			return look("e", p.ID)
		}
		if p := ends(7, nil, false); p.State != Finished || *p.Result != 7 {
			t.Errorf("a run that ends is %+v", p)
		}
		if p := ends(0, errors.New("bad"), false); p.State != Failed || p.Err.Error() != "bad" {
			t.Errorf("a run that fails is %+v", p)
		}
		if p := ends(0, nil, true); p.State != Failed || !strings.Contains(p.Err.Error(), "panicked") {
			t.Errorf("a run that panics is %+v", p)
		}
		for i := range 3 * keptRuns {
			p, err := r.Start(strings.Repeat("x", i+1), func(context.Context, func(done, of int)) (*int, error) { return new(int), nil })
			if err != nil {
				t.Fatal(err)
			}
			look(strings.Repeat("x", i+1), p.ID)
		}
		if len(r.of) != keptRuns || len(r.last) != keptRuns {
			t.Errorf("%d runs are kept", len(r.of))
		}
	})
}
