package refusal

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
)

// trigger refuses a trigger for what its body does.
func (s said) trigger(what, instead string) finding.Finding {
	f := s.Trigger.Fired
	name := f.Trigger.Function.String()
	return finding.Finding{Rule: "undeclared-function",
		Message: "trigger " + f.Trigger.Name + " on " + f.Table.Name.String() + " runs function " + name + ", which " + what,
		Hint:    instead + "; or, if it touches only rows of the same tenant, declare it: options.tenantgen.functions: {" + name + ": {safe: \"<why>\"}}"}
}

func triggerAssigns(s said) finding.Finding {
	t := s.Trigger
	return s.trigger("assigns "+t.Assigned+" at "+t.At.String()+", "+decides(t.Decides), "assign it in the query, where it is seen")
}

func triggerDrops(s said) finding.Finding {
	what := "may keep a row from moving to another partition"
	if s.Trigger.Fired.Carried {
		what = "may keep a foreign key's action from happening"
	}
	return s.trigger(what, "return "+strings.ToUpper(s.Trigger.Kept))
}

func decides(d prover.Decides) string {
	switch d.What {
	case prover.DecidesReferring:
		return "by which rows of " + d.Of.Name.String() + " refer to it"
	case prover.DecidesChildren:
		return "by which rows of " + d.Of.Name.String() + " belong to it"
	}
	return map[prover.DecidesKind]string{
		prover.DecidesOwner:     "which says whose row it is",
		prover.DecidesMachine:   "which says on which machine the row is",
		prover.DecidesPartition: "which may say in which partition the row is",
		prover.DecidesReaders:   "which says who may see the row",
		prover.DecidesReference: "by which the row refers to another",
	}[d.What]
}
