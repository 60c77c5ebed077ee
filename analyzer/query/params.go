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

// ParamText writes a parameter as its query does.
func (st *Statement) ParamText(n int) string {
	if info := st.Param(n); info != nil && info.Name != "" {
		return "@" + info.Name
	}
	return fmt.Sprintf("$%d", n)
}
