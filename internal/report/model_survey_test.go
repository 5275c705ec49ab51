package report_test

import (
	"fmt"
	"math/rand/v2"

	"linekeeper/internal/interaction"
	"linekeeper/internal/report"
)

// survey asks the customer about the talk.
func (s *segment) survey(r *rand.Rand) {
	s.asked = true
	names := r.Perm(4) // of the questions, each on any scale
	for i, scale := range []interaction.Scale{interaction.Five, interaction.Ten, interaction.YesNo} {
		if low, high, _ := scale.Bounds(); r.IntN(3) > 0 {
			s.answers = append(s.answers, report.Answer{Question: fmt.Sprint("q", names[i]), Scale: scale, Score: int64(low + r.IntN(high-low+1))})
		}
	}
}

// rows collects what is to be inserted, by table.
type rows map[string][][]any

// surveyIn is what a segment adds to the figures of surveys.
func surveyIn(s segment) (sums report.Sums, metrics []string) {
	if s.asked {
		sums.Surveyed, metrics = 1, append(metrics, "surveys")
	}
	if len(s.answers) > 0 {
		sums.Responded, metrics = 1, append(metrics, "survey_response")
	}
	for _, a := range s.answers {
		one, more := answerIn(a)
		sums, metrics = sums.Add(one), append(metrics, more...)
	}
	return sums, metrics
}

// countAnswers adds the answers of a segment, to one question if the request names one.
func (c *center) countAnswers(q report.Request, s segment, add func(key string, sums report.Sums, metrics []string)) {
	for _, a := range s.answers {
		if q.Question != "" && q.Question != a.Question {
			continue
		}
		key := a.Question
		if q.By != report.ByQuestion {
			key = c.key(q, s, s.agent)
		}
		sums, metrics := answerIn(a)
		add(key, sums, metrics)
	}
}

// answerIn is what an answer adds.
func answerIn(a report.Answer) (report.Sums, []string) {
	sums, metrics := report.Sums{}, []string{"survey_answers"}
	sums.Answers = 1
	low, high := false, false
	switch a.Scale {
	case interaction.Five:
		sums.Rated, sums.Rating, metrics = 1, a.Score, append(metrics, "survey_score")
		low, high = a.Score <= 2, a.Score >= 4
	case interaction.Ten:
		sums.Recommends, sums.Recommend, metrics = 1, a.Score, append(metrics, "survey_nps", "survey_ten")
		low, high = a.Score <= 6, a.Score >= 9
		if high {
			sums.Promoters = 1
		} else if low {
			sums.Detractors = 1
		}
	case interaction.YesNo:
		sums.YesNo, sums.Yes, metrics = 1, a.Score, append(metrics, "survey_yes")
		low, high = a.Score == 0, a.Score == 1
	}
	switch {
	case low:
		sums.Low, metrics = 1, append(metrics, "survey_low")
	case high:
		sums.High, metrics = 1, append(metrics, "survey_high")
	default:
		metrics = append(metrics, "survey_middle")
	}
	return sums, metrics
}
