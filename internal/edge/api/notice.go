package api

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/notice"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

// NoticeText is a notice in one language.
type NoticeText struct {
	Language string `json:"language" enum:"en,ru,th"`
	Title    string `json:"title" maxLength:"120"`
	Body     string `json:"body" maxLength:"8000" doc:"Paragraphs, lines that begin with \"- \", **bold** words, addresses of web pages; nothing else is formatted"`
}

// NoticeChange is what the writer of a notice says.
type NoticeChange struct {
	Texts      []NoticeText `json:"texts" maxItems:"3"`
	Importance string       `json:"importance" enum:"read,confirm,block" doc:"block: nobody whom it reaches becomes available before he has confirmed it"`
	Everybody  bool         `json:"everybody,omitempty" doc:"All who take interactions"`
	Queues     []string     `json:"queues,omitempty" maxItems:"1000" doc:"Ids; who serves one of them"`
	Projects   []string     `json:"projects,omitempty" maxItems:"1000" doc:"Ids; who serves a queue of one of them"`
	People     []string     `json:"people,omitempty" maxItems:"1000" doc:"Ids of users"`
	FromMs     int64        `json:"from_ms,omitempty" minimum:"0" doc:"UTC milliseconds; 0: from now on, or as it was"`
	UntilMs    int64        `json:"until_ms,omitempty" minimum:"0" doc:"0: until it is withdrawn"`
}

// Notice is what a leader has written to agents, with how far it has been read.
type Notice struct {
	ID string `json:"id"`
	NoticeChange
	Revision    int64  `json:"revision" doc:"What is to be read and confirmed; grows when a change is to be confirmed anew"`
	Version     int64  `json:"version" doc:"Grows with each change"`
	AuthorID    string `json:"author_id"`
	WrittenMs   int64  `json:"written_ms"`
	ChangedMs   int64  `json:"changed_ms"`
	WithdrawnMs int64  `json:"withdrawn_ms" doc:"0: it is not"`
	RemindedMs  int64  `json:"reminded_ms" doc:"0: nobody was"`
	Holds       bool   `json:"holds" doc:"It is shown now"`
	Reached     int    `json:"reached" doc:"People whom it reaches now"`
	Read        int    `json:"read" doc:"Of these: who has read the present revision"`
	Done        int    `json:"done" doc:"Of these: who has done what it asks for"`
}

// NoticeReader is a line of a notice's read list.
type NoticeReader struct {
	UserID      string `json:"user_id"`
	Name        string `json:"name"`
	Login       string `json:"login"`
	Reached     bool   `json:"reached" doc:"false: he has read it when it reached him"`
	State       string `json:"state" enum:"not_read,earlier,read,confirmed" doc:"earlier: only an earlier revision"`
	Done        bool   `json:"done" doc:"He has done what it asks for"`
	Revision    int64  `json:"revision" doc:"That he read last; 0: none"`
	ReadMs      int64  `json:"read_ms" doc:"That revision; 0: not"`
	ConfirmedMs int64  `json:"confirmed_ms" doc:"The same"`
}

type (
	listNoticesInput struct {
		State  string `query:"state" enum:"present,over" default:"present" doc:"present: holds now or will; over: ended or withdrawn"`
		Cursor string `query:"cursor" maxLength:"400" doc:"Where the last page ended"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	noticesOutput struct{ Body List[Notice] }
	noticeInput   struct {
		ID string `path:"id" maxLength:"64"`
	}
	createNoticeInput struct{ Body NoticeChange }
	changeNoticeInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			NoticeChange
			Version int64 `json:"version" doc:"As the writer saw it; a conflict, if it is another now"`
			Anew    bool  `json:"anew,omitempty" doc:"Who has read or confirmed it has to do so again"`
		}
	}
	noticeOutput   struct{ Body Notice }
	remindedOutput struct {
		Body struct {
			Asked int `json:"asked" doc:"People who have not done what it asks for"`
		}
	}
	readersOutput   struct{ Body List[NoticeReader] }
	markNoticeInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Revision int64 `json:"revision" minimum:"1" doc:"That was shown; a conflict, if there is a newer one"`
			Confirm  bool  `json:"confirm,omitempty" doc:"Not only read"`
		}
	}
)

func (s *server) noticeRoutes() []route {
	need, done := may(access.WriteNotices), status(http.StatusNoContent)
	csv := answers("Text, UTF-8 with byte order mark, separated by commas", "text/csv")
	return []route{
		rt(http.MethodGet, "/notices", "listNotices", need, "What leaders have written to agents, the last first", s.listNotices),
		rt(http.MethodPost, "/notices", "writeNotice", need, "Write to agents; those at their desks get it at once", s.writeNotice, status(http.StatusCreated)),
		rt(http.MethodGet, "/notices/{id}", "getNotice", need, "One notice", s.getNotice),
		rt(http.MethodPut, "/notices/{id}", "changeNotice", need, "Change a notice, to be confirmed anew or not", s.changeNotice),
		rt(http.MethodPost, "/notices/{id}/withdraw", "withdrawNotice", need, "End a notice; who has read it stays known", s.withdrawNotice),
		rt(http.MethodPost, "/notices/{id}/remind", "remindNotice", need, "Ask those again who have not done what it asks for", s.remindNotice),
		rt(http.MethodGet, "/notices/{id}/readers", "noticeReaders", need, "Who has read and confirmed it, and who has not", s.noticeReaders),
		rt(http.MethodGet, "/notices/{id}/readers.csv", "noticeReadersCSV", need, "The same as text", s.noticeReadersCSV, csv),
		rt(http.MethodPost, "/notices/{id}/mark", "markNotice", person(), "Say that one has read, or confirmed, a notice", s.markNotice, done),
	}
}

// said is the notice a writer wants.
func (c NoticeChange) said() (notice.Notice, error) {
	n := notice.Notice{Texts: notice.Texts{}, Importance: notice.Importance(c.Importance), From: db.Instant(c.FromMs), Until: db.Instant(c.UntilMs),
		Audience: notice.Audience{Everybody: c.Everybody, Queues: idsOf[queue.ID](c.Queues), Projects: idsOf[project.ID](c.Projects), People: idsOf[access.UserID](c.People)}}
	for i, t := range c.Texts {
		l := tenant.Language(t.Language)
		if _, twice := n.Texts[l]; twice {
			return n, fault.OneField(fmt.Sprintf("texts[%d]", i), fault.Taken, "this language is there already")
		}
		n.Texts[l] = notice.Text{Title: t.Title, Body: t.Body}
	}
	return n, nil
}

func shownNotice(n notice.Notice, list []notice.Reader) Notice {
	out := Notice{ID: string(n.ID), Revision: n.Revision, Version: n.Version, AuthorID: string(n.Author), WrittenMs: db.Millis(n.Written),
		ChangedMs: db.Millis(n.Changed), WithdrawnMs: db.Millis(n.Withdrawn), RemindedMs: db.Millis(n.Reminded), Holds: n.Holds(time.Now()),
		NoticeChange: NoticeChange{Texts: []NoticeText{}, Importance: string(n.Importance), Everybody: n.Audience.Everybody, Queues: textsOf(n.Audience.Queues),
			Projects: textsOf(n.Audience.Projects), People: textsOf(n.Audience.People), FromMs: db.Millis(n.From), UntilMs: db.Millis(n.Until)}}
	for _, l := range tenant.Languages() {
		if t, ok := n.Texts[l]; ok {
			out.Texts = append(out.Texts, NoticeText{Language: string(l), Title: t.Title, Body: t.Body})
		}
	}
	for _, r := range list {
		if !r.Reached {
			continue
		}
		out.Reached++
		if r.Reading.Revision == n.Revision {
			out.Read++
		}
		if n.Done(r.Reading) {
			out.Done++
		}
	}
	return out
}

func textsOf[T ~string](ids []T) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return texts
}

func (s *server) listNotices(ctx context.Context, in *listNoticesInput) (*noticesOutput, error) {
	after, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil || !clean(string(after)) {
		return nil, fault.OneField("cursor", fault.Malformed, "This is not the cursor of an earlier answer.")
	}
	out := &noticesOutput{List[Notice]{Items: []Notice{}}}
	t := viewerOf(ctx).Tenant
	err = s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := notice.List(tx, t, in.State == "over", time.Now(), db.Page{After: string(after), Limit: in.Limit})
		if err != nil {
			return err
		}
		lists, err := notice.ReadLists(tx, t, all)
		for _, n := range all {
			out.Body.Items = append(out.Body.Items, shownNotice(n, lists[n.ID]))
		}
		if len(all) == in.Limit {
			out.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(all[len(all)-1].ID))
		}
		return err
	})
	return out, err
}

func (s *server) getNotice(ctx context.Context, in *noticeInput) (*noticeOutput, error) {
	var out noticeOutput
	t := viewerOf(ctx).Tenant
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		n, err := notice.Get(tx, t, notice.ID(in.ID))
		if err != nil {
			return err
		}
		list, err := notice.Readers(tx, t, n)
		out.Body = shownNotice(n, list)
		return err
	})
	return &out, err
}

// noticed changes a notice, tells the desks, and shows it as it is then.
func (s *server) noticed(ctx context.Context, change func(*db.Tx) (notice.Notice, error)) (*noticeOutput, error) {
	var out noticeOutput
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := change(tx)
		if err != nil {
			return err
		}
		list, err := notice.Readers(tx, viewerOf(ctx).Tenant, n)
		out.Body = shownNotice(n, list)
		return err
	})
	if err == nil && s.deps.Noticed != nil {
		s.deps.Noticed()
	}
	return &out, err
}

func (s *server) writeNotice(ctx context.Context, in *createNoticeInput) (*noticeOutput, error) {
	n, err := in.Body.said()
	if err != nil {
		return nil, err
	}
	return s.noticed(ctx, func(tx *db.Tx) (notice.Notice, error) { return notice.Create(tx, viewerOf(ctx).author(), n) })
}

func (s *server) changeNotice(ctx context.Context, in *changeNoticeInput) (*noticeOutput, error) {
	n, err := in.Body.said()
	if err != nil {
		return nil, err
	}
	n.ID, n.Version = notice.ID(in.ID), in.Body.Version
	return s.noticed(ctx, func(tx *db.Tx) (notice.Notice, error) {
		return notice.Change(tx, viewerOf(ctx).author(), n, in.Body.Anew)
	})
}

func (s *server) withdrawNotice(ctx context.Context, in *noticeInput) (*noticeOutput, error) {
	return s.noticed(ctx, func(tx *db.Tx) (notice.Notice, error) {
		return notice.Withdraw(tx, viewerOf(ctx).author(), notice.ID(in.ID))
	})
}

func (s *server) remindNotice(ctx context.Context, in *noticeInput) (*remindedOutput, error) {
	var out remindedOutput
	_, err := s.noticed(ctx, func(tx *db.Tx) (n notice.Notice, err error) {
		n, out.Body.Asked, err = notice.Remind(tx, viewerOf(ctx).author(), notice.ID(in.ID))
		return n, err
	})
	return &out, err
}

// readList is a notice with its read list: who has not done what it asks for first.
func (s *server) readList(tx *db.Tx, t tenant.ID, which string) (notice.Notice, []notice.Reader, error) {
	n, err := notice.Get(tx, t, notice.ID(which))
	if err != nil {
		return n, nil, err
	}
	list, err := notice.Readers(tx, t, n)
	slices.SortStableFunc(list, func(a, b notice.Reader) int { return cmp.Compare(rank(n, a), rank(n, b)) })
	return n, list, err
}

func rank(n notice.Notice, r notice.Reader) int {
	switch {
	case !r.Reached:
		return 2
	case n.Done(r.Reading):
		return 1
	}
	return 0
}

func shownReader(n notice.Notice, r notice.Reader) NoticeReader {
	v := NoticeReader{UserID: string(r.User), Name: r.Name, Login: r.Login, Reached: r.Reached, Done: n.Done(r.Reading), Revision: r.Reading.Revision,
		ReadMs: db.Millis(r.Reading.Read), ConfirmedMs: db.Millis(r.Reading.Confirmed), State: "not_read"}
	switch {
	case r.Reading.Revision == 0:
	case r.Reading.Revision != n.Revision:
		v.State = "earlier"
	case !r.Reading.Confirmed.IsZero():
		v.State = "confirmed"
	default:
		v.State = "read"
	}
	return v
}

func (s *server) noticeReaders(ctx context.Context, in *noticeInput) (*readersOutput, error) {
	out := &readersOutput{List[NoticeReader]{Items: []NoticeReader{}}}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		n, list, err := s.readList(tx, viewerOf(ctx).Tenant, in.ID)
		for _, r := range list {
			out.Body.Items = append(out.Body.Items, shownReader(n, r))
		}
		return err
	})
	return out, err
}

// noticeReadersCSV sends the read list as a file and notes that it left the house.
func (s *server) noticeReadersCSV(ctx context.Context, in *noticeInput) (*huma.StreamResponse, error) {
	v := viewerOf(ctx)
	home, err := s.tenantOf(ctx, v.Tenant)
	if err != nil {
		return nil, err
	}
	zone := home.Location()
	at := func(ms int64) string {
		if ms == 0 {
			return ""
		}
		return db.Instant(ms).In(zone).Format(time.RFC3339)
	}
	lines := [][]string{{"person", "login", "reached", "state", "done", "revision", "read_at", "confirmed_at"}}
	err = s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		lines = lines[:1]
		n, list, err := s.readList(tx, v.Tenant, in.ID)
		if err != nil {
			return err
		}
		for _, r := range list {
			l := shownReader(n, r)
			lines = append(lines, []string{report.Protect(l.Name), report.Protect(l.Login), fmt.Sprint(l.Reached), l.State, fmt.Sprint(l.Done), fmt.Sprint(l.Revision), at(l.ReadMs), at(l.ConfirmedMs)})
		}
		return notice.Exported(tx, v.author(), n.ID, len(list))
	})
	if err != nil {
		return nil, err
	}
	name := "notice-" + time.Now().In(zone).Format("2006-01-02") + ".csv"
	return s.file(csvType, name, func(w io.Writer) error {
		if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets guess the encoding by it
			return fmt.Errorf("writing CSV: %w", err)
		}
		c := csv.NewWriter(w)
		c.UseCRLF = true
		return c.WriteAll(lines)
	}), nil
}

func (s *server) markNotice(ctx context.Context, in *markNoticeInput) (*struct{}, error) {
	if s.deps.Mark == nil {
		return nil, fault.Unavailable.New("This server has no agents.")
	}
	return nil, s.deps.Mark(ctx, viewerOf(ctx).User, in.ID, in.Body.Revision, in.Body.Confirm)
}
