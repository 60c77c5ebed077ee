package checker

import (
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A materialized view has the rows of its last REFRESH (PostgreSQL manual, REFRESH MATERIALIZED VIEW). What a key, a foreign
// key or a declaration says of two rows it says of rows of one time: a note that the view still has may be gone, and
// another tenant's note may have its key by now.

// refresh is the time of which the row at id is: 0 for now, else the number of a REFRESH.
func (k *checker) refresh(id query.RelID) int {
	for range k.cert.Rows {
		placed, ok := k.cert.Rows[id]
		if !ok {
			break
		}
		id = placed.In
	}
	return k.st.Refreshed[id]
}

// readWith reports whether the row of a claim, which holds, is of a time: one within a materialized view is not of
// the time of the view's own rows outside.
func (k *checker) readWith(c *certificate.RowClaim, time int) bool {
	for _, a := range c.Arms {
		if !k.readWith(a, time) {
			return false
		}
	}
	return len(c.Arms) > 0 || k.refresh(c.Row) == time
}
