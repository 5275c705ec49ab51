// Command genopenapi writes docs/openapi.json from the list of routes.
package main

import (
	"log"
	"os"

	"linekeeper/internal/edge/api"
)

func main() {
	log.SetFlags(0)
	doc, err := api.OpenAPI()
	if err == nil {
		err = os.WriteFile("docs/openapi.json", append(doc, '\n'), 0o644)
	}
	if err != nil {
		log.Fatalf("genopenapi: %v", err)
	}
}
