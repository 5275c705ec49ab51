package flow

import (
	"encoding/json"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// CreateQueue creates a queue together with a flow that greets and leads straight to it, so that a
// number can lead to the queue before anybody has written a program. A flow of that key that is there
// already is left alone.
func CreateQueue(tx *db.Tx, by audit.Author, q queue.Queue) (queue.Queue, error) {
	made, err := queue.Create(tx, by, q)
	if err != nil {
		return made, err
	}
	key := StarterKey(made.Key)
	if _, err := ByKey(tx, tenant.ID(by.Tenant), key); !fault.Is(err, fault.NotFound) {
		return made, err
	}
	_, err = Create(tx, by, Flow{Key: key, Name: "→ " + made.Name, Program: starter(made.Key)})
	return made, err
}

// StarterKey is the key of the flow a new queue gets.
func StarterKey(queueKey string) string { return "to-" + queueKey }

// IsStarter says that a flow is as a new queue got it.
func IsStarter(key string, program json.RawMessage, queueKey string) bool {
	return key == StarterKey(queueKey) && sameProgram(program, starter(queueKey))
}

func starter(queueKey string) json.RawMessage {
	type node map[string]any
	text, err := json.Marshal(map[string]any{
		"schema": 1, "start": "greeting",
		"comment": "A greeting, then the line.",
		"nodes": map[string]node{
			"greeting": {"kind": "say", "prompt": "greeting", "barge_in": true, "next": "line"},
			"line":     {"kind": "enqueue", "queue": queueKey, "edges": map[string]string{"failed": "sorry"}},
			"sorry":    {"kind": "say", "prompt": "sorry", "next": "end"},
			"end":      {"kind": "hangup"},
		},
	})
	if err != nil {
		panic(err) // plain values can always be encoded
	}
	return text
}
