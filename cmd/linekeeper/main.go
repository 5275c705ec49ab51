// Command linekeeper is the contact center: one program, its subcommands below. What they do is in
// package app.
package main

import (
	"context"
	"fmt"
	"os"
	_ "time/tzdata" // for machines without zone files

	"linekeeper/internal/app"
)

// version is set by the linker.
var version = "dev"

func main() {
	if err := app.Command(version).ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "linekeeper:", err)
		os.Exit(1)
	}
}
