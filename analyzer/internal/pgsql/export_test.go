package pgsql

import pg "github.com/pganalyze/pg_query_go/v5"

// SetParser makes Split see the trees that f returns; the result restores it.
func SetParser(f func(string) (*pg.ParseResult, error)) (restore func()) {
	old := parse
	parse = f
	return func() { parse = old }
}
