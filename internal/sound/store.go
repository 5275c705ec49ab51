package sound

import (
	"math"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/media"
	"linekeeper/internal/tenant"
)

// legsMost is how many legs of an interaction are kept.
const legsMost = 200

// Save adds legs to an interaction, after those of a process before a restart.
func Save(tx *db.Tx, t tenant.ID, id interaction.ID, legs []Leg) error {
	seq, err := db.One(tx, db.Scalar[int64], `SELECT COALESCE(MAX(seq), 0) FROM leg WHERE tenant_id = $1 AND interaction_id = $2`, t, id)
	if err != nil {
		return err
	}
	for _, l := range legs {
		if seq++; seq > legsMost {
			return nil
		}
		_, err := tx.Exec(`INSERT INTO leg (tenant_id, interaction_id, seq, kind, user_id, address, codec, encrypted, began_ms, ended_ms,
				packets, loss_ppm, jitter_us, score_100, far_packets, far_loss_ppm, far_jitter_us, far_score_100, round_trip_us,
				spells, worst_100, levels_ms, levels_customer, levels_others)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
			t, id, seq, string(l.Kind), l.User, l.Address, l.Codec, l.Encrypted, db.Millis(l.Began), db.Millis(l.Ended),
			int64(l.Heard.Packets), millionths(l.Heard.Loss), l.Heard.Jitter.Microseconds(), hundredths(l.Heard.MOS),
			int64(l.Far.Packets), millionths(l.Far.Loss), l.Far.Jitter.Microseconds(), hundredths(l.Far.MOS), l.RoundTrip.Microseconds(),
			l.Spells, hundredths(l.Worst), db.Millis(l.Levels.From), notNull(l.Levels.Customer), notNull(l.Levels.Others))
		if err != nil {
			return err
		}
	}
	return nil
}

// Load reads an interaction's legs in the order in which they ended.
func Load(tx *db.Tx, t tenant.ID, id interaction.ID) ([]Leg, error) {
	return db.All(tx, scanLeg, `SELECT kind, user_id, address, codec, encrypted, began_ms, ended_ms,
			packets, loss_ppm, jitter_us, score_100, far_packets, far_loss_ppm, far_jitter_us, far_score_100, round_trip_us,
			spells, worst_100, levels_ms, levels_customer, levels_others
		FROM leg WHERE tenant_id = $1 AND interaction_id = $2 ORDER BY seq LIMIT $3`, t, id, legsMost)
}

func scanLeg(row db.Row) (Leg, error) {
	var l Leg
	var packets, loss, jitter, score, farPackets, farLoss, farJitter, farScore, trip, worst int64
	err := row.Scan(&l.Kind, &l.User, &l.Address, &l.Codec, &l.Encrypted, db.FromMillis(&l.Began), db.FromMillis(&l.Ended),
		&packets, &loss, &jitter, &score, &farPackets, &farLoss, &farJitter, &farScore, &trip,
		&l.Spells, &worst, db.FromMillis(&l.Levels.From), &l.Levels.Customer, &l.Levels.Others)
	l.Heard = soundOf(packets, loss, jitter, score)
	l.Far = soundOf(farPackets, farLoss, farJitter, farScore)
	if l.Levels.From.IsZero() { // one engine says nil, the other empty
		l.Levels = Levels{}
	}
	l.RoundTrip, l.Worst = time.Duration(trip)*time.Microsecond, float64(worst)/100
	return l, err
}

func soundOf(packets, loss, jitter, score int64) media.Sound {
	return media.Sound{Packets: uint64(packets), Loss: float64(loss) / 1e6, Jitter: time.Duration(jitter) * time.Microsecond, MOS: float64(score) / 100}
}

func millionths(part float64) int64  { return int64(math.Round(part * 1e6)) }
func hundredths(score float64) int64 { return int64(math.Round(score * 100)) }

func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
