package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"linekeeper/internal/edge/voice"
)

// makeMetrics registers the figures of all parts. They are read when somebody asks.
func (a *App) makeMetrics() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		figures{a},
	)
	return reg
}

// figures is a collector over all parts: one reading of each part a scrape.
type figures struct{ a *App }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("linekeeper_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector: what there is, is said by Collect.
func (f figures) Describe(chan<- *prometheus.Desc) {}

// recordings tells of the recordings and of the room for them.
func (f figures) recordings(gauge, count func(name, help string, v float64)) {
	r := f.a.recorder.Stats()
	gauge("recordings_running", "Recordings being written.", float64(r.Running))
	count("recordings_failed_total", "Recordings that ended failed or partial; any is an alarm.", float64(r.Failed))
	count("recordings_sealed_total", "Recordings sealed.", float64(r.Sealed))
	count("recordings_bytes_total", "Size of the recordings sealed.", float64(r.Bytes))
	count("recordings_expired_total", "Recordings removed because their time was over.", float64(r.Expired))
	gauge("recordings_unsealed", "Recordings that could not be sealed and are tried again; staying above 0 is an alarm.", float64(r.Unsealed))
	count("recordings_converted_total", "Recordings converted to Opus.", float64(r.Converted))
	gauge("recordings_unconverted", "Recordings still to be converted, which can be heard meanwhile; growth day after day is an alarm.", float64(r.Unconverted))
	count("recordings_not_converted_total", "Recordings that were too damaged to be converted and stay WAV; any is an alarm.", float64(r.Spoilt))
	count("recordings_uploaded_total", "Recordings brought to S3.", float64(r.Uploaded))
	gauge("recordings_store_waiting", "Recordings still to be brought to S3 or removed from it; growth is an alarm.", float64(r.Waiting))
	count("recordings_store_failures_total", "Requests to S3 that failed; the recordings stay in the data folder meanwhile.", float64(r.StoreFailures))
	up := 1.0
	if r.StoreDown {
		up = 0
	}
	gauge("recordings_store_up", "0: the last time S3 was needed it failed; any is an alarm. 1 where none is used.", up)
	if free, ok := freeBytes(f.a.cfg.Data); ok {
		gauge("disk_free_bytes", "Room on the disk of the data folder.", float64(free))
	}
}

// Collect implements prometheus.Collector.
func (f figures) Collect(out chan<- prometheus.Metric) {
	a := f.a
	gauge := func(name, help string, v float64) {
		out <- prometheus.MustNewConstMetric(desc(name, help), prometheus.GaugeValue, v)
	}
	count := func(name, help string, v float64) {
		out <- prometheus.MustNewConstMetric(desc(name, help), prometheus.CounterValue, v)
	}
	labelled := func(kind prometheus.ValueType, name, help, label, value string, v float64) {
		out <- prometheus.MustNewConstMetric(desc(name, help, label), kind, v, value)
	}
	gauge("uptime_seconds", "Since this process began to start.", time.Since(a.started).Seconds())

	r := a.registry.Stats()
	gauge("interactions_running", "Interactions that are not over.", float64(r.Running))
	count("inputs_late_total", "Inputs refused because the interaction had moved on; normal in small numbers.", float64(r.Late))
	count("journal_failures_total", "Commits of the journal that failed; any is an alarm.", float64(r.Failed))
	for part, n := range map[string]int{
		"interaction": r.Backlog, "routing": a.router.Backlog(), "live": a.live.Backlog(),
	} {
		labelled(prometheus.GaugeValue, "mailbox_backlog", "Messages waiting in mailboxes; growth is an alarm.", "part", part, float64(n))
	}
	seats, places := a.router.Held()
	gauge("seats_reserved", "Agents' seats taken by interactions.", float64(seats))
	gauge("places_waiting", "Places in line.", float64(places))
	gauge("desks_open", "Open desks: browser tabs of agents and supervisors.", float64(a.hub.Desks()))
	gauge("flows_running", "Flows that talk to customers now.", float64(a.flows.Running()))
	f.recordings(gauge, count)

	if a.speaker != nil {
		for _, e := range a.speaker.Engines() {
			each := func(name, help string, n uint64) {
				labelled(prometheus.CounterValue, name, help, "engine", e.Name, float64(n))
			}
			each("speech_spoken_total", "Texts the engine has spoken.", e.Counts.Spoken)
			each("speech_cached_total", "Texts taken from the cache.", e.Counts.FromCache)
			each("speech_failed_total", "Texts the engine could not speak.", e.Counts.Failed)
			each("speech_stood_in_total", "Texts it has spoken because another engine could not.", e.Counts.StoodIn)
		}
	}
	for _, e := range a.ear.Recognizers() {
		each := func(name, help string, n uint64) {
			labelled(prometheus.CounterValue, name, help, "engine", e.Name, float64(n))
		}
		each("recognized_total", "Answers and recordings in which the recognizer heard words.", e.Counts.Heard)
		each("recognized_nothing_total", "Noises in which it heard none.", e.Counts.Nothing)
		each("recognizer_failed_total", "What it could not hear.", e.Counts.Failed)
		each("recognizer_stood_in_total", "What it has heard because another recognizer could not.", e.Counts.StoodIn)
		labelled(prometheus.GaugeValue, "recognizer_busy", "Customers and recordings it hears now.", "engine", e.Name, float64(e.Busy))
	}
	t := a.scribe.Stats()
	count("transcripts_written_total", "Messages written down.", float64(t.Written))
	count("transcripts_failed_total", "Messages that are not written down, after several tries; any says that a recognizer was away for hours.", float64(t.Failed))
	count("transcript_tries_failed_total", "Tries to write a message down that failed.", float64(t.Tries))
	gauge("transcripts_waiting", "Messages still to be written down; growth is an alarm.", float64(t.Waiting))
	for _, g := range a.outgoing.Stats() {
		each := func(kind prometheus.ValueType, name, help string, n int64) {
			labelled(kind, name, help, "gateway", g.Gateway, float64(n))
		}
		each(prometheus.CounterValue, "outgoing_sent_total", "E-mails and SMS the gateway has taken.", g.Sent)
		each(prometheus.CounterValue, "outgoing_failed_total", "Those it has refused for good.", g.Failed)
		each(prometheus.CounterValue, "outgoing_given_up_total", "Those it has not taken in time; any says that it was away for hours.", g.GivenUp)
		each(prometheus.CounterValue, "outgoing_tries_failed_total", "Tries that failed.", g.Tries)
		each(prometheus.GaugeValue, "outgoing_waiting", "Those still to be sent; growth is an alarm.", g.Waiting)
	}
	for kind, n := range a.repairs.counted() {
		labelled(prometheus.CounterValue, "repairs_total", "What differed between the parts and was put right; any is a mistake of ours.", "kind", string(kind), float64(n))
	}
	d := a.db.Stats()
	count("database_writes_total", "Transactions asked for.", float64(d.Writes))
	count("database_commits_total", "Commits to disk; fewer than writes, since they are grouped.", float64(d.Commits))
	gauge("database_waiting", "Transactions waiting for their turn.", float64(d.Waiting))

	v := a.voice.Snapshot()
	for state, n := range v.Legs {
		labelled(prometheus.GaugeValue, "calls", "Customers' legs by state.", "state", string(state), float64(n))
	}
	count("calls_arrived_total", "Calls taken in.", float64(v.Arrived))
	for reason, n := range v.Refused {
		labelled(prometheus.CounterValue, "calls_refused_total", "Calls refused at the door; no_ports and not_recorded are alarms.", "reason", string(reason), float64(n))
	}
	gauge("calls_shed_share", "Share of new calls refused now because the machine does not keep up, 0 to 1.", v.Shed)
	for _, l := range a.voice.Lines() {
		up := map[voice.LineState]float64{voice.LineUp: 1, voice.LineUnknown: 1}[l.State]
		labelled(prometheus.GaugeValue, "trunk_up", "1: the carrier answers or nobody asks, 0: it is down.", "trunk", l.Key, up)
		labelled(prometheus.GaugeValue, "trunk_calls", "Calls that run on a trunk, both ways.", "trunk", l.Key, float64(l.Calls))
	}
	count("trunk_spend_alarms_total", "Trunks that came to four fifths or to all of what they may spend within an hour; any is an alarm.", float64(v.SpendAlarms))
	f.sounds(out)
	gauge("listening", "Customers whose words are listened to now.", float64(v.Listening))
	count("listening_lost_total", "Packets of customers that were not decoded in time for that; any says that the machine does not keep up.", float64(v.EarLost))
	count("phones_lost_total", "Agents' phones lost in mid-call.", float64(v.Lost))
	count("packets_stray_total", "RTP packets refused: strangers, malformed, unexpected.", float64(v.Strays.Total()))
	gauge("rtp_ports_open", "RTP ports in use.", float64(v.PortsOpen))
	gauge("rtp_ports_all", "Size of the range of RTP ports; 0: unlimited.", float64(v.PortsAll))
	count("calls_unkept_total", "Calls that could not be written down and would not outlive a crash.", float64(v.Unkept))
	count("sip_messages_in_total", "SIP messages taken.", float64(v.SIP.MessagesIn))
	gauge("phones_registered", "SIP phones that are registered.", float64(a.bindings.count()))
	count("sip_registrations_total", "Registrations taken, repeated ones too.", float64(v.SIP.Registrations))
	count("sip_wrong_passwords_total", "Wrong passwords of SIP phones; many are guesses.", float64(v.SIP.WrongPasswords))
	count("sip_paused_total", "SIP messages not looked at because their source guessed before.", float64(v.SIP.Paused))
	count("sip_refused_total", "SIP messages dropped from unknown sources.", float64(v.SIP.Refused))
	count("sip_malformed_total", "SIP messages not understood.", float64(v.SIP.Malformed))
	m := a.plane.Stats()
	gauge("media_workers", "Workers that carry the sound of phone lines; 0: a goroutine per line.", float64(m.Workers))
	gauge("media_sockets", "Sockets these workers serve.", float64(m.Sockets))
	count("media_datagrams_total", "Datagrams they took.", float64(m.Datagrams))
	for part, n := range map[string]uint64{"media": m.Rescued, "sip": v.SIP.Panics, "voice": v.Rescued, "interaction": uint64(r.Panics), "database": uint64(d.Panics)} {
		labelled(prometheus.CounterValue, "panics_total", "Panics contained; any is a mistake of ours.", "part", part, float64(n))
	}
}
