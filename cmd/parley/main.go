// Command parley is a unified-communications front end, interoperability edge and call quality dashboard in one program.
package main

import (
	"os"

	"parley/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
