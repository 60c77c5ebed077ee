package nodetree_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/internal/nodetree"
)

func ExampleParse() {
	v, err := nodetree.Parse(`{OPEXPR :opno 96 :args ({VAR :varno 1 :varattno 2} {PARAM :paramid 1 :paramtype 23}) :location 34}`)
	if err != nil {
		panic(err)
	}
	op := v.(*nodetree.Node)
	fmt.Println(op.Name, op.OID("opno"), op.Nodes("args")[1].Int("paramid", 0), op.Int("location", -1))
	// Output: OPEXPR 96 1 34
}
