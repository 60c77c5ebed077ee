// Package jumps does things again without a loop. // want package:"analysed"
package jumps

import (
	"database/sql"

	"example.com/app/ids"
)

func again(db *sql.DB, org ids.OrgID, n int) {
	q := "SELECT title FROM notes WHERE org_id = $1"
next:
	n--
	q += " AND title <> ''" // want `q is put together at run time`
	if n > 0 {
		goto next
	}
	db.Query(q, org)
}
