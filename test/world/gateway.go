package world

import (
	"os"
	"path/filepath"
)

// GatewayAt is where the SMS service of stories is; nobody answers there until a story has a Service at it.
const GatewayAt = "127.0.0.1:2780"

// gatewayFile names gateways as an operator does.
func (w *World) gatewayFile() string {
	w.T.Helper()
	name := filepath.Join(w.folder, "gateways.yaml")
	text := `gateways: [{name: texts, kind: http, inside: true, url: "http://` + GatewayAt + `/", from: Shop, reference: id, body: '{"to":"{to}","from":"{from}","text":"{text}"}'}]`
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		w.T.Fatal(err)
	}
	return name
}
