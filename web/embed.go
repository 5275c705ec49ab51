// Package web is the client: built by `make build` into dist and embedded. Handler serves it. Until
// it is built, dist holds nothing but .keep and every page says so.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the built client; without index.html when it was not built.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is named by the directive above
	}
	return files
}
