package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Survey narrows a filter to talks that customers were asked about.
type Survey string

// What there is to look for.
const (
	SurveyAsked     Survey = "asked"
	SurveyResponded Survey = "responded" // with an answer at least
	SurveyFive      Survey = "five"      // with an answer of 1 to 5
	SurveyTen       Survey = "ten"       // of 0 to 10
	SurveyYesNo     Survey = "yes_no"
	SurveyAnswer    Survey = "answer" // with an answer to any flow's question
	SurveyLow       Survey = "low"    // with a bad answer: 1 or 2 of five, 0 to 6 of ten, no
	SurveyMiddle    Survey = "middle" // with one in between
	SurveyHigh      Survey = "high"   // with a good answer: 4 or 5 of five, 9 or 10 of ten, yes
)

// Answer is what a customer has answered to a question.
type Answer struct {
	Question  string
	Scale     interaction.Scale
	Score     int64
	At        time.Time
	Queue     queue.ID
	QueueName string
	Agent     access.UserID // whom it is about; empty: no agent had talked with him
	AgentName string
}

func survey(s Survey) func(Filter) Filter {
	return func(f Filter) Filter { f.At, f.Survey = Served, s; return f }
}

// surveyMetrics are the definitions about what customers answered.
func surveyMetrics(by []By) []Metric {
	asked := by
	by = append(slices.Clone(by), ByQuestion)
	return append([]Metric{
		{Key: "surveys", Unit: Count, Better: "neither", By: asked,
			Names: words("Surveys", "Опросов", "แบบสำรวจ"),
			Formula: words(
				"Customers who were kept on the line after the agent had hung up, to be asked about the talk.",
				"Клиенты, которых после завершения звонка оператором оставили на линии, чтобы спросить о разговоре.",
				"ลูกค้าที่ยังอยู่ในสายหลังเจ้าหน้าที่วางสาย เพื่อตอบคำถามเกี่ยวกับการสนทนา"),
			value: count(func(s Sums) int64 { return s.Surveyed }),
			drill: survey(SurveyAsked)},
		{Key: "survey_response", Unit: Share, Better: "higher", By: asked,
			Names: words("Survey response", "Ответили на опрос", "อัตราตอบแบบสำรวจ"),
			Formula: words(
				"Of the surveys: those with an answer to at least one question.",
				"Из опросов: те, где клиент ответил хотя бы на один вопрос.",
				"จากแบบสำรวจ: ที่ลูกค้าตอบอย่างน้อยหนึ่งคำถาม"),
			value: ratio(func(s Sums) int64 { return s.Responded }, func(s Sums) int64 { return s.Surveyed }),
			drill: survey(SurveyResponded)},
		{Key: "survey_score", Unit: Score, Better: "higher", By: by,
			Names: words("Customer score", "Оценка клиентов", "คะแนนจากลูกค้า"),
			Formula: words(
				"Mean of all answers on a scale of 1 to 5, the best.",
				"Среднее всех ответов по шкале от 1 до 5, где 5 — лучшая.",
				"ค่าเฉลี่ยของคำตอบทั้งหมดในระดับ 1 ถึง 5 (ดีที่สุด)"),
			value: ratio(func(s Sums) int64 { return s.Rating }, func(s Sums) int64 { return s.Rated }),
			drill: survey(SurveyFive)},
		{Key: "survey_nps", Unit: Score, Better: "higher", By: by,
			Names: words("NPS", "NPS", "NPS"),
			Formula: words(
				"Net promoter score, −100 to 100: of the answers from 0 to 10, the share of 9 and 10 minus the share of 0 to 6, times 100.",
				"Индекс готовности рекомендовать, от −100 до 100: из ответов от 0 до 10 доля 9 и 10 минус доля от 0 до 6, умноженная на 100.",
				"ดัชนีการแนะนำต่อ −100 ถึง 100: จากคำตอบ 0 ถึง 10 สัดส่วนของ 9 และ 10 ลบด้วยสัดส่วนของ 0 ถึง 6 คูณ 100"),
			value: ratio(func(s Sums) int64 { return 100 * (s.Promoters - s.Detractors) }, func(s Sums) int64 { return s.Recommends }),
			drill: survey(SurveyTen)},
		{Key: "survey_yes", Unit: Share, Better: "higher", By: by,
			Names: words("Answered yes", "Ответы «да»", "ตอบว่าใช่"),
			Formula: words(
				"Of the answers yes or no to flows' questions: the yes.",
				"Из ответов «да» или «нет» на вопросы опросов: доля «да».",
				"จากคำตอบใช่หรือไม่ใช่: สัดส่วนที่ตอบว่าใช่"),
			value: ratio(func(s Sums) int64 { return s.Yes }, func(s Sums) int64 { return s.YesNo }),
			drill: survey(SurveyYesNo)},
	}, answerMetrics()...)
}

// answerMetrics are those of questions only: how many answers there are, and how they are spread.
func answerMetrics() []Metric {
	by := []By{ByQuestion}
	return []Metric{
		{Key: "survey_ten", Unit: Score, Better: "higher", By: by,
			Names: words("Score of 10", "Оценка из 10", "คะแนนเต็ม 10"),
			Formula: words(
				"Mean of all answers on a scale of 0 to 10, the best.",
				"Среднее всех ответов по шкале от 0 до 10, где 10 — лучшая.",
				"ค่าเฉลี่ยของคำตอบทั้งหมดในระดับ 0 ถึง 10 (ดีที่สุด)"),
			value: ratio(func(s Sums) int64 { return s.Recommend }, func(s Sums) int64 { return s.Recommends }),
			drill: survey(SurveyTen)},
		{Key: "survey_answers", Unit: Count, Better: "neither", By: by,
			Names: words("Answers", "Ответов", "คำตอบ"),
			Formula: words(
				"Answers to flows' questions, on any scale. Of a question that was asked twice in an interaction, the last one.",
				"Ответы на вопросы сценариев, по любой шкале. Если вопрос в обращении задан дважды — последний.",
				"คำตอบต่อคำถามของโฟลว์ในทุกระดับ หากถามซ้ำในการติดต่อเดียวกัน นับคำตอบล่าสุด"),
			value: count(func(s Sums) int64 { return s.Answers }),
			drill: survey(SurveyAnswer)},
		{Key: "survey_low", Unit: Count, Better: "lower", By: by,
			Names: words("Bad answers", "Плохих ответов", "คำตอบเชิงลบ"),
			Formula: words(
				"Of the answers: 1 and 2 of five, 0 to 6 of ten, no.",
				"Из ответов: 1 и 2 из пяти, от 0 до 6 из десяти, «нет».",
				"จากคำตอบ: 1 และ 2 จากห้า 0 ถึง 6 จากสิบ ไม่"),
			value: count(func(s Sums) int64 { return s.Low }),
			drill: survey(SurveyLow)},
		{Key: "survey_middle", Unit: Count, Better: "neither", By: by,
			Names: words("Middling answers", "Средних ответов", "คำตอบปานกลาง"),
			Formula: words(
				"Of the answers: 3 of five, 7 and 8 of ten.",
				"Из ответов: 3 из пяти, 7 и 8 из десяти.",
				"จากคำตอบ: 3 จากห้า 7 และ 8 จากสิบ"),
			value: count(func(s Sums) int64 { return s.Answers - s.Low - s.High }),
			drill: survey(SurveyMiddle)},
		{Key: "survey_high", Unit: Count, Better: "higher", By: by,
			Names: words("Good answers", "Хороших ответов", "คำตอบเชิงบวก"),
			Formula: words(
				"Of the answers: 4 and 5 of five, 9 and 10 of ten, yes.",
				"Из ответов: 4 и 5 из пяти, 9 и 10 из десяти, «да».",
				"จากคำตอบ: 4 และ 5 จากห้า 9 และ 10 จากสิบ ใช่"),
			value: count(func(s Sums) int64 { return s.High }),
			drill: survey(SurveyHigh)},
	}
}

// The conditions of bad and good answers a.
const (
	ratedLow  = "(a.scale = 'five' AND a.score <= 2 OR a.scale = 'ten' AND a.score <= 6 OR a.scale = 'yes_no' AND a.score = 0)"
	ratedHigh = "(a.scale = 'five' AND a.score >= 4 OR a.scale = 'ten' AND a.score >= 9 OR a.scale = 'yes_no' AND a.score = 1)"
)

// addSurvey adds that the customer of segment s was asked, or answered so: to one question, if the filter names one.
func (f Filter) addSurvey(w *where) {
	if f.Question == "" {
		if f.Survey != "" {
			w.conditions = append(w.conditions, f.Survey.condition())
		}
		return
	}
	answered := f.Survey
	switch f.Survey {
	case SurveyAsked, SurveyResponded:
		w.conditions = append(w.conditions, f.Survey.condition())
		answered = SurveyAnswer
	case "":
		answered = SurveyAnswer
	}
	w.add(strings.TrimSuffix(answered.condition(), ")")+" AND a.question = %s)", f.Question)
}

// condition holds for segment s when its customer was asked, or answered so.
func (s Survey) condition() string {
	const of = " WHERE a.tenant_id = s.tenant_id AND a.interaction_id = s.interaction_id AND a.seq = s.seq"
	switch s {
	case SurveyAsked:
		return "EXISTS (SELECT 1 FROM survey a" + of + ")"
	case SurveyResponded:
		return "EXISTS (SELECT 1 FROM survey a" + of + " AND a.answered)"
	case SurveyFive, SurveyTen, SurveyYesNo:
		return "EXISTS (SELECT 1 FROM answer a" + of + " AND a.scale = '" + string(s) + "')"
	case SurveyAnswer:
		return "EXISTS (SELECT 1 FROM answer a" + of + ")"
	case SurveyLow:
		return "EXISTS (SELECT 1 FROM answer a" + of + " AND " + ratedLow + ")"
	case SurveyMiddle:
		return "EXISTS (SELECT 1 FROM answer a" + of + " AND NOT " + ratedLow + " AND NOT " + ratedHigh + ")"
	case SurveyHigh:
		return "EXISTS (SELECT 1 FROM answer a" + of + " AND " + ratedHigh + ")"
	}
	return ""
}

// addSurveys adds what customers answered to the sums of the segments it is about.
func addSurveys(tx *db.Tx, q Request, groups map[string]Sums) error {
	for _, part := range []struct{ from, columns string }{
		{"survey a", `COUNT(*), COUNT(*) FILTER (WHERE a.answered), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0`},
		{"answer a", `0, 0, COUNT(*) FILTER (WHERE a.scale = 'five'), CAST(COALESCE(SUM(a.score) FILTER (WHERE a.scale = 'five'), 0) AS BIGINT),
			COUNT(*) FILTER (WHERE a.scale = 'ten'), COUNT(*) FILTER (WHERE a.scale = 'ten' AND a.score >= 9),
			COUNT(*) FILTER (WHERE a.scale = 'ten' AND a.score <= 6),
			COUNT(*) FILTER (WHERE a.scale = 'yes_no'), COUNT(*) FILTER (WHERE a.scale = 'yes_no' AND a.score = 1),
			COUNT(*), COUNT(*) FILTER (WHERE ` + ratedLow + `), COUNT(*) FILTER (WHERE ` + ratedHigh + `),
			CAST(COALESCE(SUM(a.score) FILTER (WHERE a.scale = 'ten'), 0) AS BIGINT)`},
	} {
		if part.from == "survey a" && q.ofQuestions() {
			continue
		}
		var args []any
		source, w := q.from(&args)
		// They are few beside the segments, and so come first; none is older than the segment it is about.
		at := "asked_ms"
		if part.from == "answer a" {
			at = "at_ms"
		}
		w.add("a.tenant_id = %s AND a."+at+" >= %s", q.Tenant, db.Millis(q.From))
		w.add("s.interaction_id = a.interaction_id AND s.seq = a.seq")
		if q.Question != "" {
			w.add("a.question = %s", q.Question)
		}
		if q.Agent != "" {
			w.add("s.agent_id = %s", q.Agent)
		} else if q.By == ByAgent {
			w.add("s.agent_id <> ''")
		}
		all, err := db.All(tx, func(row db.Row) (keyedSums, error) {
			var k keyedSums
			s := &k.sums
			return k, row.Scan(&k.key, &s.Surveyed, &s.Responded, &s.Rated, &s.Rating, &s.Recommends, &s.Promoters, &s.Detractors, &s.YesNo, &s.Yes,
				&s.Answers, &s.Low, &s.High, &s.Recommend)
		}, "SELECT "+q.group("s.agent_id")+", "+part.columns+" FROM "+part.from+" CROSS JOIN "+source+" WHERE "+w.text()+" GROUP BY 1", args...)
		if err != nil {
			return err
		}
		for _, k := range all {
			groups[k.key] = groups[k.key].Add(k.sums)
		}
	}
	return nil
}

// readAnswers reads what the customer of an interaction answered, in order.
func readAnswers(tx *db.Tx, t tenant.ID, id interaction.ID) ([]Answer, error) {
	return db.All(tx, func(row db.Row) (a Answer, err error) {
		return a, row.Scan(&a.Question, &a.Scale, &a.Score, db.FromMillis(&a.At), &a.Queue, &a.QueueName, &a.Agent, &a.AgentName)
	}, `SELECT a.question, a.scale, a.score, a.at_ms, a.queue_id, COALESCE(qu.name, ''), a.agent_id, COALESCE(us.name, '')
		FROM answer a
		LEFT JOIN queue qu ON qu.tenant_id = a.tenant_id AND qu.id = a.queue_id
		LEFT JOIN users us ON us.tenant_id = a.tenant_id AND us.id = a.agent_id
		WHERE a.tenant_id = $1 AND a.interaction_id = $2 ORDER BY a.at_ms, a.question LIMIT `+strconv.Itoa(maxRows), t, id)
}
