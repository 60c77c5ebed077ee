package attack

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table into docs/security.md")

const (
	document = "../../docs/security.md"
	begin    = "<!-- Generated from internal/attack by go test ./internal/attack -update. -->\n"
	end      = "<!-- End of what is generated. -->\n"
)

// The table of the document is that of the attacks.
func TestTable(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	old, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", document)
	}
	if old == table() {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is not that of the attacks; run go test ./internal/attack -update", document)
	}
	if err := os.WriteFile(document, []byte(before+begin+table()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func table() string {
	var text strings.Builder
	for _, group := range groups {
		fmt.Fprintf(&text, "\n### %s\n\n| attack | outcome | by what |\n|---|---|---|\n", group.title)
		for _, a := range group.attacks {
			outcome, by := "stopped", a.stop
			if a.stop == "" {
				outcome, by = map[effect]string{
					reads: "**gets through**: reads", changes: "**gets through**: changes rows", disturbs: "**gets through**: disturbs",
				}[a.does], a.report.other
			}
			if a.report.rule != "" {
				by = fmt.Sprintf("reported by [%s](rules.md#%s)", a.report.rule, a.report.rule)
			}
			if a.report.verify != "" {
				by += ", and by `tenantgen verify`"
			}
			if a.report.verify != "" && a.report.verify != a.report.rule {
				by += " as " + a.report.verify
			}
			if a.since != 0 {
				by += fmt.Sprintf("; since PostgreSQL %d", a.since)
			}
			fmt.Fprintf(&text, "| %s | %s | %s |\n", strings.ReplaceAll(a.name, "|", "\\|"), outcome, by)
		}
	}
	return text.String() + "\n"
}
