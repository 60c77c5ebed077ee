// Command tenantgen proves that every sqlc query is confined to one tenant and
// generates repositories and row-level-security migrations.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
