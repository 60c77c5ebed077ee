package tenant

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// assignment is a setting and what it is set to; the empty value is no tenant.
type assignment struct{ setting, value string }

// queue queues q as one statement that makes the assignments until the transaction ends, if there are any.
func queue(batch *pgx.Batch, q *pgx.QueuedQuery, list []assignment) {
	if len(list) == 0 {
		return
	}
	args := make([]any, 0, 2*len(list))
	for i := range list {
		// Pointers, because a string would be copied to the heap to be put into an any.
		args = append(args, &list[i].setting, &list[i].value)
	}
	q.SQL, q.Arguments = setConfig(len(list)), args
	batch.QueuedQueries = append(batch.QueuedQueries, q)
}

// setConfigs are the usual statements: the texts depend on the number of assignments only, so that each is prepared once
// per connection.
var setConfigs = [...]string{1: setConfigOf(1), 2: setConfigOf(2), 3: setConfigOf(3), 4: setConfigOf(4)}

func setConfig(n int) string {
	if n < len(setConfigs) {
		return setConfigs[n]
	}
	return setConfigOf(n)
}

// setConfigOf also keeps PostgreSQL from compiling the transaction's plans. The costs that it estimates for policies
// reach jit_above_cost (PostgreSQL manual, 32.2) where executing them does not: compiling a count took 2.9 of 3.2
// seconds. What ALTER ROLE sets would count for the role that logs in only, and no pooler takes it from a connection.
func setConfigOf(n int) string {
	calls := make([]string, n+1)
	calls[n] = "pg_catalog.set_config('jit', 'off', true)"
	for i := range n {
		calls[i] = "pg_catalog.set_config($" + strconv.Itoa(2*i+1) + ", $" + strconv.Itoa(2*i+2) + ", true)"
	}
	return "select " + strings.Join(calls, ", ")
}
