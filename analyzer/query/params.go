package query

import "fmt"

// Param returns what is known of a parameter by its number, nil when there is none.
func (st *Statement) Param(n int) *ParamInfo {
	for _, info := range st.Params {
		if info.Number == n {
			return info
		}
	}
	return nil
}

// BySetting stands where the number of a parameter does for the tenant that the call sets, as
// the default of a column has it: no parameter of the statement says it.
const BySetting = -1

// ParamText writes a parameter as its query does.
func (st *Statement) ParamText(n int) string {
	if n == BySetting {
		return "the setting of the call"
	}
	if info := st.Param(n); info != nil && info.Name != "" {
		return "@" + info.Name
	}
	return fmt.Sprintf("$%d", n)
}
