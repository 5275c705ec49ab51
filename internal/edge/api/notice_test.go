package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/notice"
	"linekeeper/internal/queue"
)

// TestNotices writes one, looks who has read it, changes it, reminds of it and withdraws it.
func TestNotices(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		told := 0
		w := newWorld(t, d, func(deps *Deps) { deps.Noticed = func() { told++ } })
		agent := w.users[access.Agent]
		w.write(func(tx *db.Tx) error {
			return queue.SetMembers(tx, audit.Author{Tenant: string(w.tenant)}, w.queue, []access.UserID{agent})
		})
		var n Notice
		w.must(http.StatusCreated, &n, "supervisor", "POST", "/api/v1/notices",
			fmt.Sprintf(`{"texts":[{"language":"en","title":"=New tariff","body":"Read it."},{"language":"ru","title":"Тариф","body":"Прочтите."}],"importance":"block","queues":[%q]}`, w.queue))
		if n.Reached != 1 || n.Read+n.Done != 0 || !n.Holds || n.Revision != 1 || len(n.Texts) != 2 || n.AuthorID != string(w.users[access.Supervisor]) {
			t.Errorf("written: %+v", n)
		}
		path := "/api/v1/notices/" + n.ID
		readers := func() string {
			var l List[NoticeReader]
			w.must(http.StatusOK, &l, "administrator", "GET", path+"/readers", "")
			var out []string
			for _, r := range l.Items {
				out = append(out, fmt.Sprint(r.Login, " ", r.State, " ", r.Done))
			}
			return strings.Join(out, ", ")
		}
		if got := readers(); got != "agent not_read false" {
			t.Errorf("at first: %s", got)
		}
		w.write(func(tx *db.Tx) error {
			_, err := notice.Mark(tx, w.tenant, agent, notice.ID(n.ID), 1, true)
			return err
		})
		if got := readers(); got != "agent confirmed true" {
			t.Errorf("confirmed: %s", got)
		}
		body := fmt.Sprintf(`"texts":[{"language":"en","title":"Newer","body":"Read it."}],"importance":"confirm","everybody":true,"until_ms":%d`, time.Now().Add(time.Hour).UnixMilli())
		w.must(http.StatusOK, &n, "supervisor", "PUT", path, `{"version":1,"anew":true,`+body+`}`)
		if n.Revision != 2 || n.Version != 2 || n.Done != 0 || n.Reached != 1 { // the others serve no queue
			t.Errorf("changed: %+v", n)
		}
		if got := readers(); got != "agent earlier false" {
			t.Errorf("to be confirmed anew: %s", got)
		}
		if p := w.refused(http.StatusConflict, "supervisor", "PUT", path, `{"version":1,`+body+`}`); !strings.Contains(p.Detail, "meanwhile") {
			t.Errorf("the second of two writers is told %q", p.Detail)
		}
		var asked struct{ Asked int }
		w.must(http.StatusOK, &asked, "supervisor", "POST", path+"/remind", "{}")
		if asked.Asked != 1 {
			t.Errorf("%d are asked again", asked.Asked)
		}
		file := w.must(http.StatusOK, nil, "supervisor", "GET", path+"/readers.csv", "").Body.String()
		if want := "\ufeffperson,login,reached,state,done,revision,read_at,confirmed_at\r\nThe agent,agent,true,earlier,false,1,"; !strings.HasPrefix(file, want) {
			t.Errorf("the file begins %q", file)
		}
		w.must(http.StatusOK, &n, "supervisor", "POST", path+"/withdraw", "{}")
		var l List[Notice]
		w.must(http.StatusOK, &l, "token", "GET", "/api/v1/notices", "")
		if len(l.Items) != 0 || n.WithdrawnMs == 0 || n.Holds {
			t.Errorf("withdrawn: %+v, and %d at present", n, len(l.Items))
		}
		w.must(http.StatusOK, &l, "token", "GET", "/api/v1/notices?state=over", "")
		if len(l.Items) != 1 {
			t.Errorf("%d are over", len(l.Items))
		}
		w.refused(http.StatusConflict, "supervisor", "POST", path+"/remind", "{}")
		w.refused(http.StatusConflict, "supervisor", "PUT", path, `{"version":4,`+body+`}`)
		w.refused(http.StatusNotFound, "supervisor", "GET", "/api/v1/notices/none/readers.csv", "")
		p := w.refused(http.StatusUnprocessableEntity, "supervisor", "POST", "/api/v1/notices",
			`{"texts":[{"language":"en","title":"","body":"x"}],"importance":"read","everybody":true,"queues":["none"]}`)
		var paths []string
		for _, f := range p.Fields {
			paths = append(paths, f.Path)
		}
		if got := strings.Join(paths, " "); got != "body.texts.en.title body.audience body.audience.queues" {
			t.Errorf("wrong are %s", got)
		}
		if told != 4 { // written, changed, reminded, withdrawn
			t.Errorf("the desks were told %d times", told)
		}
		if got := len(w.audited("notice")); got != 5 { // the export too
			t.Errorf("%d lines in the audit", got)
		}
	})
}
