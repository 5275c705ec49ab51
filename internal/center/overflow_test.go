package center_test

import (
	"strings"
	"testing"

	"linekeeper/internal/center"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
)

// TestOverflow brings rules by keys, writes them back, turns them round in one file, and refuses a circle.
func TestOverflow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := center.New(d, secret.NewHasher(2)).Sealing(seals)
		apply := func(a, b string) error {
			t.Helper()
			f, err := center.Parse([]byte("projects: [{key: p}]\nbreak_reasons: [{key: lunch, names: {en: Lunch}}]\n" +
				"queues: [{key: a, name: A, project: p, overflow: [" + a + "]}, {key: b, name: B, project: p, overflow: [" + b + "]}]"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Apply(t.Context(), author(), f)
			return err
		}
		const toB, toA = "{when: nobody, after: 10s, breaks: [lunch, missed], do: queue, queue: b}", "{when: wait, after: 2m, do: queue, queue: a}"
		if err := apply(toB+", {when: size, size: 3, do: voicemail}", ""); err != nil {
			t.Fatal(err)
		}
		out, err := c.Export(t.Context(), first(t, d), false)
		if err != nil {
			t.Fatal(err)
		}
		if o := out.Queues[0].Overflow; len(o) != 2 || o[0].Queue != "b" || len(o[0].Breaks) != 2 || o[1].Size != 3 || o[1].Do != "voicemail" {
			t.Errorf("exported: %+v", o)
		}
		if err := apply(toB, toA); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "queues[0].overflow[0].queue") || !strings.Contains(err.Error(), "A → B → A") {
			t.Errorf("a circle: %v", err)
		}
		if err := apply("", toA); err != nil {
			t.Errorf("the other way round: %v", err)
		}
	})
}
