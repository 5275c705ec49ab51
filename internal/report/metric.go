package report

import (
	"slices"

	"linekeeper/internal/interaction"
)

// Unit is what a metric's value is measured in.
type Unit string

// The units.
const (
	Count  Unit = "count"
	Share  Unit = "share" // 0 to 1
	Millis Unit = "ms"
	Score  Unit = "score" // a number with a tenth
)

// Metric is a figure's definition. There is no other place that says how a figure is computed.
type Metric struct {
	Key     string
	Unit    Unit
	Better  string            // higher, lower, neither
	Names   map[string]string // by language
	Formula map[string]string // in words, by language
	By      []By              // the rows it applies to

	value func(Sums) (float64, bool) // false: nothing to compute it from
	drill func(Filter) Filter        // narrows a row's filter to what was counted
}

// NameKey is the key of the name among the client's translations.
func (m Metric) NameKey() string { return "metric." + m.Key }

// AppliesTo says whether rows of this kind have the metric.
func (m Metric) AppliesTo(by By) bool {
	for _, b := range m.By {
		if b == by {
			return true
		}
	}
	return false
}

// Sums are what metrics are computed from. They can be added up; averages cannot.
type Sums struct {
	Offered      int64 // segments that began to wait
	Answered     int64
	InTime       int64 // of the answered
	Abandoned    int64 // after the short-abandon limit
	ShortAbandon int64
	Lost         int64 // ended by the system while waiting
	Overflowed   int64 // taken out of the line by a rule of the queue
	Promised     int64 // of the answered: called back, and no part of the waits
	WaitMs       int64 // of the answered
	LongestMs    int64 // the longest wait that ended
	Handled      int64 // answered and ended, wrap-up too
	TalkMs       int64 // of the handled, as the next two
	HoldMs       int64
	WrapUpMs     int64
	Missed       int64 // offers
	Outbound     int64 // calls that agents made by themselves; none of them is in the others
	Reached      int64 // of these: the customer picked up
	OutTalkMs    int64 // of the reached that have ended
	OutHandled   int64 // likewise

	Asked      int64   // callbacks; none of them is in the others
	CalledBack int64   // of these: the customer was reached
	GivenUp    int64   // likewise: was not, and nobody calls any more
	Cancelled  int64   // likewise: nobody is to call any more
	Delays     []int64 // of the reached who came to talk: ms from asking to the talk, in no order
	SurveySums
}

// SurveySums are what customers answered who were asked about the talk.
type SurveySums struct {
	Surveyed   int64 // customers kept on the line after their talk
	Responded  int64 // of these: with an answer at least
	Rated      int64 // answers of 1 to 5
	Rating     int64 // their sum
	Recommends int64 // answers of 0 to 10
	Promoters  int64 // of these: 9 and 10
	Detractors int64 // of these: 0 to 6
	YesNo      int64 // answers yes or no
	Yes        int64
	Answers    int64 // on any scale
	Low        int64 // of these: bad ones
	High       int64 // of these: good ones
	Recommend  int64 // the sum of the answers of 0 to 10
}

func (s SurveySums) add(o SurveySums) SurveySums {
	s.Surveyed += o.Surveyed
	s.Responded += o.Responded
	s.Rated += o.Rated
	s.Rating += o.Rating
	s.Recommends += o.Recommends
	s.Promoters += o.Promoters
	s.Detractors += o.Detractors
	s.YesNo += o.YesNo
	s.Yes += o.Yes
	s.Answers += o.Answers
	s.Low += o.Low
	s.High += o.High
	s.Recommend += o.Recommend
	return s
}

// Add adds another row's sums.
func (s Sums) Add(o Sums) Sums {
	s.Offered += o.Offered
	s.Answered += o.Answered
	s.InTime += o.InTime
	s.Abandoned += o.Abandoned
	s.ShortAbandon += o.ShortAbandon
	s.Lost += o.Lost
	s.Overflowed += o.Overflowed
	s.Promised += o.Promised
	s.WaitMs += o.WaitMs
	s.LongestMs = max(s.LongestMs, o.LongestMs)
	s.Handled += o.Handled
	s.TalkMs += o.TalkMs
	s.HoldMs += o.HoldMs
	s.WrapUpMs += o.WrapUpMs
	s.Missed += o.Missed
	s.Outbound += o.Outbound
	s.Reached += o.Reached
	s.OutTalkMs += o.OutTalkMs
	s.OutHandled += o.OutHandled
	s.Asked += o.Asked
	s.CalledBack += o.CalledBack
	s.GivenUp += o.GivenUp
	s.Cancelled += o.Cancelled
	s.Delays = slices.Concat(s.Delays, o.Delays)
	s.SurveySums = s.SurveySums.add(o.SurveySums)
	return s
}

// count is the value of a metric that is a number of segments.
func count(of func(Sums) int64) func(Sums) (float64, bool) {
	return func(s Sums) (float64, bool) { return float64(of(s)), true }
}

// ratio is a quotient; without anything to divide by there is no value.
func ratio(over, under func(Sums) int64) func(Sums) (float64, bool) {
	return func(s Sums) (float64, bool) {
		n := under(s)
		if n <= 0 {
			return 0, false
		}
		return float64(over(s)) / float64(n), true
	}
}

// median is the middle of a list, the lower one of two; without a list there is no value.
func median(of func(Sums) []int64) func(Sums) (float64, bool) {
	return func(s Sums) (float64, bool) {
		all := slices.Sorted(slices.Values(of(s)))
		if len(all) == 0 {
			return 0, false
		}
		return float64(all[(len(all)-1)/2]), true
	}
}

// callbacks narrows a row to the interactions in which callbacks were asked for.
func callbacks(which Asking) func(Filter) Filter {
	return func(f Filter) Filter {
		f.At, f.Callback, f.Channel = Asked, which, ""
		return f
	}
}

func outbound(outcome string) func(Filter) Filter {
	return func(f Filter) Filter { f.Origin, f.Outcome = string(interaction.ByHand), outcome; return f }
}

func outcome(o string) func(Filter) Filter {
	return func(f Filter) Filter { f.Outcome = o; return f }
}

// handledBy narrows to what agents have handled, whoever brought the customer to them.
func handledBy(f Filter) Filter { f.At, f.Outcome = Served, Handled; return f }

// Metrics are all definitions, in the order of a report's columns.
func Metrics() []Metric {
	handled := func(s Sums) int64 { return s.Handled }
	everywhere := []By{ByQueue, ByAgent, ByHour, ByDay}
	lines := []By{ByQueue, ByHour, ByDay} // of an agent it cannot be said
	return append([]Metric{
		{Key: "offered", Unit: Count, Better: "neither", By: lines,
			Names: words("Offered", "Поступило", "เข้าคิว"),
			Formula: words(
				"Interactions that began to wait in the queue. One that comes to wait again, in the same or another queue, counts again.",
				"Обращения, вставшие в очередь. Если обращение встаёт в очередь снова, в ту же или другую, оно считается ещё раз.",
				"จำนวนรายการที่เริ่มรอในคิว รายการที่กลับมารออีกครั้ง ไม่ว่าคิวเดิมหรือคิวอื่น จะนับเพิ่มอีกครั้ง"),
			value: count(func(s Sums) int64 { return s.Offered }),
			drill: func(f Filter) Filter { return f }},
		{Key: "answered", Unit: Count, Better: "higher", By: everywhere,
			Names: words("Answered", "Принято", "รับสาย"),
			Formula: words(
				"Of the offered: those connected to an agent.",
				"Из поступивших: соединённые с оператором.",
				"จากรายการที่เข้าคิว: รายการที่ได้เชื่อมต่อกับเจ้าหน้าที่"),
			value: count(func(s Sums) int64 { return s.Answered }),
			drill: outcome("answered")},
		{Key: "abandoned", Unit: Count, Better: "lower", By: lines,
			Names: words("Abandoned", "Потеряно", "วางสายก่อนรับ"),
			Formula: words(
				"Of the offered: the customer left while waiting or while an agent was being asked, after the queue's short-abandon limit.",
				"Из поступивших: клиент ушёл во время ожидания или вызова оператора, после порога короткого отказа этой очереди.",
				"จากรายการที่เข้าคิว: ลูกค้าออกไปขณะรอหรือขณะกำลังเรียกเจ้าหน้าที่ หลังพ้นเกณฑ์การวางสายสั้นของคิว"),
			value: count(func(s Sums) int64 { return s.Abandoned }),
			drill: outcome("abandoned")},
		{Key: "short_abandons", Unit: Count, Better: "neither", By: lines,
			Names: words("Short abandons", "Короткие отказы", "วางสายสั้น"),
			Formula: words(
				"Of the offered: the customer left before the queue's short-abandon limit. They are not among the abandoned and do not count in the service level.",
				"Из поступивших: клиент ушёл раньше порога короткого отказа этой очереди. В потерянные не входят и на уровень сервиса не влияют.",
				"จากรายการที่เข้าคิว: ลูกค้าออกไปก่อนเกณฑ์การวางสายสั้นของคิว ไม่นับเป็นวางสายก่อนรับ และไม่นับในระดับบริการ"),
			value: count(func(s Sums) int64 { return s.ShortAbandon }),
			drill: outcome("short_abandon")},
		{Key: "overflowed", Unit: Count, Better: "lower", By: lines,
			Names: words("Overflowed", "Переполнение", "คิวล้น"),
			Formula: words(
				"Of the offered: taken out of the line by an overflow rule of the queue, to another queue, a flow, a message, a number outside or the end. They are not among the abandoned; the service level counts them as offered and not answered in time. In another queue they count as offered again.",
				"Из поступивших: ушли из очереди по её правилу переполнения — в другую очередь, сценарий, сообщение, на внешний номер или к завершению. В потерянные не входят; уровень сервиса считает их поступившими и не принятыми в срок. В другой очереди они поступают ещё раз.",
				"จากรายการที่เข้าคิว: ถูกนำออกจากคิวตามกฎคิวล้น ไปคิวอื่น โฟลว์ ข้อความ หมายเลขภายนอก หรือจบสาย ไม่นับเป็นวางสายก่อนรับ ระดับบริการนับเป็นเข้าคิวและไม่ได้รับทันเวลา ในคิวอื่นจะนับเป็นเข้าคิวอีกครั้ง"),
			value: count(func(s Sums) int64 { return s.Overflowed }),
			drill: outcome("overflowed")},
		{Key: "service_level", Unit: Share, Better: "higher", By: lines,
			Names: words("Service level", "Уровень сервиса", "ระดับบริการ"),
			Formula: words(
				"Answered within the queue's target ÷ (offered − short abandons). The target is the one of the moment of queueing. Those still waiting count as offered.",
				"Принято в пределах норматива очереди ÷ (поступило − короткие отказы). Норматив берётся на момент постановки в очередь. Ещё ожидающие входят в поступившие.",
				"รับภายในเป้าหมายของคิว ÷ (เข้าคิว − วางสายสั้น) ใช้เป้าหมาย ณ เวลาที่เข้าคิว ผู้ที่ยังรออยู่นับเป็นเข้าคิว"),
			value: ratio(func(s Sums) int64 { return s.InTime }, func(s Sums) int64 { return s.Offered - s.ShortAbandon }),
			drill: func(f Filter) Filter { f.Outcome, f.InTime = "answered", true; return f }},
		{Key: "speed_of_answer", Unit: Millis, Better: "lower", By: everywhere,
			Names: words("Speed of answer", "Скорость ответа", "ความเร็วในการรับสาย"),
			Formula: words(
				"Mean wait of the answered, from the beginning of waiting to the connection with the agent. Customers who were called back are not in it; their wait is the callback delay.",
				"Среднее ожидание принятых: от постановки в очередь до соединения с оператором. Клиенты, которым перезвонили, не входят: их ожидание — в показателе «До обратного звонка».",
				"เวลารอเฉลี่ยของรายการที่ได้รับ นับจากเริ่มรอจนเชื่อมต่อกับเจ้าหน้าที่ ไม่รวมลูกค้าที่โทรกลับ เวลารอของเขาอยู่ใน \"เวลาจนโทรกลับ\""),
			value: ratio(func(s Sums) int64 { return s.WaitMs }, func(s Sums) int64 { return s.Answered - s.Promised }),
			drill: outcome("answered")},
		{Key: "longest_wait", Unit: Millis, Better: "lower", By: everywhere,
			Names: words("Longest wait", "Самое долгое ожидание", "รอนานที่สุด"),
			Formula: words(
				"The longest wait that has ended, by an answer or by leaving. For an agent: among those he answered.",
				"Самое долгое из завершённых ожиданий, ответом или уходом. Для оператора: среди принятых им.",
				"เวลารอที่นานที่สุดที่สิ้นสุดแล้ว ไม่ว่ารับสายหรือวางสาย สำหรับเจ้าหน้าที่: ในบรรดารายการที่เขารับ"),
			value: count(func(s Sums) int64 { return s.LongestMs }),
			drill: func(f Filter) Filter { return f }},
		{Key: "handle_time", Unit: Millis, Better: "neither", By: everywhere,
			Names: words("Handle time", "Время обработки", "เวลาดำเนินการ"),
			Formula: words(
				"Mean of talk + hold + wrap-up of the answered that have ended, wrap-up included.",
				"Среднее разговор + удержание + постобработка по принятым и полностью завершённым, включая постобработку.",
				"ค่าเฉลี่ยของสนทนา + พักสาย + งานหลังสาย ของรายการที่รับและสิ้นสุดแล้วรวมงานหลังสาย"),
			value: ratio(func(s Sums) int64 { return s.TalkMs + s.HoldMs + s.WrapUpMs }, handled),
			drill: handledBy},
		{Key: "talk", Unit: Millis, Better: "neither", By: everywhere,
			Names: words("Talk", "Разговор", "สนทนา"),
			Formula: words(
				"Mean time customer and agent were joined, without hold, of the answered that have ended.",
				"Среднее время соединения клиента с оператором без удержания, по принятым и завершённым.",
				"เวลาเฉลี่ยที่ลูกค้ากับเจ้าหน้าที่เชื่อมต่อกัน ไม่รวมพักสาย ของรายการที่รับและสิ้นสุดแล้ว"),
			value: ratio(func(s Sums) int64 { return s.TalkMs }, handled),
			drill: handledBy},
		{Key: "hold", Unit: Millis, Better: "lower", By: everywhere,
			Names: words("Hold", "Удержание", "พักสาย"),
			Formula: words(
				"Mean time the customer was on hold, of the answered that have ended.",
				"Среднее время удержания клиента, по принятым и завершённым.",
				"เวลาเฉลี่ยที่ลูกค้าถูกพักสาย ของรายการที่รับและสิ้นสุดแล้ว"),
			value: ratio(func(s Sums) int64 { return s.HoldMs }, handled),
			drill: handledBy},
		{Key: "wrap_up", Unit: Millis, Better: "neither", By: everywhere,
			Names: words("Wrap-up", "Постобработка", "งานหลังสาย"),
			Formula: words(
				"Mean time of the work after the customer left, of the answered that have ended.",
				"Среднее время работы после ухода клиента, по принятым и завершённым.",
				"เวลาเฉลี่ยของงานหลังจากลูกค้าออกไป ของรายการที่รับและสิ้นสุดแล้ว"),
			value: ratio(func(s Sums) int64 { return s.WrapUpMs }, handled),
			drill: handledBy},
		{Key: "missed", Unit: Count, Better: "lower", By: everywhere,
			Names: words("Missed", "Пропущено", "ไม่ได้รับข้อเสนอ"),
			Formula: words(
				"Offers an agent declined, let time out, or could not take because his phone failed. They count in the interval in which the customer began to wait.",
				"Предложения, которые оператор отклонил, не принял вовремя или не смог принять из-за отказа телефона. Относятся к интервалу постановки клиента в очередь.",
				"ข้อเสนอที่เจ้าหน้าที่ปฏิเสธ ปล่อยให้หมดเวลา หรือรับไม่ได้เพราะโทรศัพท์ขัดข้อง นับในช่วงเวลาที่ลูกค้าเริ่มรอ"),
			value: count(func(s Sums) int64 { return s.Missed }),
			drill: func(f Filter) Filter {
				// The one who missed it is not the one who took it.
				f.At, f.MissedBy, f.Agent = Served, Anybody, ""
				return f
			}},
		{Key: "outbound", Unit: Count, Better: "neither", By: everywhere,
			Names: words("Outbound", "Исходящие", "โทรออก"),
			Formula: words(
				"Calls that agents made by themselves, for the queue they called for. They are in none of the other figures: nobody waited for them.",
				"Звонки, которые операторы сделали сами, от имени выбранной очереди. В остальные показатели они не входят: их никто не ждал.",
				"สายที่เจ้าหน้าที่โทรออกเอง ในนามของคิวที่เลือก ไม่นับรวมในตัวเลขอื่น เพราะไม่มีผู้รอสาย"),
			value: count(func(s Sums) int64 { return s.Outbound }),
			drill: outbound("")},
		{Key: "outbound_reached", Unit: Share, Better: "higher", By: everywhere,
			Names: words("Outbound reached", "Дозвон", "โทรออกสำเร็จ"),
			Formula: words(
				"Outbound calls in which the customer picked up ÷ outbound calls.",
				"Исходящие звонки, на которые клиент ответил ÷ все исходящие.",
				"สายโทรออกที่ลูกค้ารับ ÷ สายโทรออกทั้งหมด"),
			value: ratio(func(s Sums) int64 { return s.Reached }, func(s Sums) int64 { return s.Outbound }),
			drill: outbound("answered")},
		{Key: "outbound_talk", Unit: Millis, Better: "neither", By: everywhere,
			Names: words("Outbound talk", "Разговор исходящий", "สนทนาสายโทรออก"),
			Formula: words(
				"Mean time customer and agent were joined, without hold, of the outbound calls that were answered and have ended.",
				"Среднее время соединения клиента с оператором без удержания, по отвеченным и завершённым исходящим звонкам.",
				"เวลาเฉลี่ยที่ลูกค้ากับเจ้าหน้าที่เชื่อมต่อกัน ไม่รวมพักสาย ของสายโทรออกที่ลูกค้ารับและสิ้นสุดแล้ว"),
			value: ratio(func(s Sums) int64 { return s.OutTalkMs }, func(s Sums) int64 { return s.OutHandled }),
			drill: outbound(Handled)},
		{Key: "callbacks", Unit: Count, Better: "neither", By: lines,
			Names: words("Callbacks", "Просьбы перезвонить", "ขอโทรกลับ"),
			Formula: words(
				"Customers who left the queue's line to be called back, in the interval in which they asked. A wish that joins an open request of the same number is not counted again.",
				"Клиенты, которые ушли из очереди и попросили перезвонить, в интервале просьбы. Просьба, которая присоединилась к открытой просьбе того же номера, ещё раз не считается.",
				"ลูกค้าที่ออกจากคิวเพื่อให้โทรกลับ ในช่วงเวลาที่ขอ คำขอที่รวมกับคำขอที่เปิดอยู่ของหมายเลขเดียวกันไม่นับซ้ำ"),
			value: count(func(s Sums) int64 { return s.Asked }),
			drill: callbacks(AnyAsked)},
		{Key: "callbacks_reached", Unit: Count, Better: "higher", By: lines,
			Names: words("Called back", "Дозвонились по просьбе", "โทรกลับสำเร็จ"),
			Formula: words(
				"Of the callbacks: the customer picked up, and confirmed that it was him where he is called first.",
				"Из просьб перезвонить: клиент ответил, а если ему звонят первым, то и подтвердил, что это он.",
				"จากคำขอโทรกลับ: ลูกค้ารับสาย และยืนยันว่าเป็นตัวเขาในกรณีที่โทรหาลูกค้าก่อน"),
			value: count(func(s Sums) int64 { return s.CalledBack }),
			drill: callbacks(AskReached)},
		{Key: "callbacks_given_up", Unit: Count, Better: "lower", By: lines,
			Names: words("Not reached", "Не дозвонились по просьбе", "โทรกลับไม่สำเร็จ"),
			Formula: words(
				"Of the callbacks: given up after the last call in vain, or because the number does not exist.",
				"Из просьб перезвонить: прекращены после последней безуспешной попытки или потому, что номера не существует.",
				"จากคำขอโทรกลับ: เลิกหลังโทรครั้งสุดท้ายไม่สำเร็จ หรือเพราะไม่มีหมายเลขนั้น"),
			value: count(func(s Sums) int64 { return s.GivenUp }),
			drill: callbacks(AskGivenUp)},
		{Key: "callbacks_cancelled", Unit: Count, Better: "neither", By: lines,
			Names: words("Callbacks cancelled", "Просьбы отменены", "ยกเลิกการโทรกลับ"),
			Formula: words(
				"Of the callbacks: cancelled by the customer, who has called again for instance, by an agent or by a supervisor.",
				"Из просьб перезвонить: отменены клиентом, например он позвонил сам, оператором или супервизором.",
				"จากคำขอโทรกลับ: ยกเลิกโดยลูกค้า เช่น โทรเข้ามาเอง โดยเจ้าหน้าที่ หรือหัวหน้างาน"),
			value: count(func(s Sums) int64 { return s.Cancelled }),
			drill: callbacks(AskEnded)},
		{Key: "callback_delay", Unit: Millis, Better: "lower", By: lines,
			Names: words("Callback delay", "До обратного звонка", "เวลาจนโทรกลับ"),
			Formula: words(
				"Median time from the wish to be called back, or from the time the customer chose, to the talk with an agent, of those who came to talk.",
				"Медиана времени от просьбы перезвонить (или от времени, которое выбрал клиент) до разговора с оператором, по тем, с кем поговорили.",
				"ค่ามัธยฐานของเวลาตั้งแต่ขอโทรกลับ (หรือตั้งแต่เวลาที่ลูกค้าเลือก) จนได้สนทนากับเจ้าหน้าที่ ของผู้ที่ได้สนทนา"),
			value: median(func(s Sums) []int64 { return s.Delays }),
			drill: callbacks(AskTalked)},
	}, surveyMetrics(everywhere)...)
}

func words(en, ru, th string) map[string]string {
	return map[string]string{"en": en, "ru": ru, "th": th}
}
