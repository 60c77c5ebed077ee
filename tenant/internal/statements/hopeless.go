package statements

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Hopeless reports an error that a row meets whenever it is written for a scope, because that is none of a tenant of the
// tables: no id, for which the runtime refuses it with noTenant, one that is no value of the column's type, or a project's where the
// rows are organizations'.
func Hopeless(err, noTenant error) bool {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return errors.Is(err, noTenant)
	}
	return strings.HasPrefix(server.Code, "22") || server.Code == "42501" && strings.Contains(server.Message, "row-level security")
}
