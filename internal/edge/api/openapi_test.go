package api_test

import (
	"bytes"
	"os"
	"testing"

	"linekeeper/internal/edge/api"
)

// TestOpenAPIFileIsUpToDate keeps the file the client's types are made from true.
func TestOpenAPIFileIsUpToDate(t *testing.T) {
	t.Parallel()
	want, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(got), bytes.TrimSpace(want)) {
		t.Error("docs/openapi.json is not what the routes say: run go run ./tools/genopenapi")
	}
}
