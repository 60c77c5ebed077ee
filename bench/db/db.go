// Package db holds the schema of the benchmarks, and the row-level security that tenantgen made for it.
package db

import "embed"

// Migrations are for goose, which finds them in the folder of the same name.
//
//go:embed migrations/*.sql
var Migrations embed.FS
