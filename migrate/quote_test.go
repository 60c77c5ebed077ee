package migrate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
)

// newerKeywords are quoted before the server's version needs it: the migration may run on a later one.
var newerKeywords = strings.Fields(`json json_array json_arrayagg json_exists json_object json_objectagg json_query
	json_scalar json_serialize json_table json_value merge_action system_user`)

// quote_ident and quote_literal are the reference.
func TestQuotingIsTheServers(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), pgserver.ForTest(t).URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	r, err := conn.Query(t.Context(), "SELECT word FROM pg_get_keywords()")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(r, pgx.RowTo[string])
	if err != nil || len(names) < 400 {
		t.Fatal(len(names), err)
	}
	names = append(names, newerKeywords...)
	names = append(names, "", "a", "_a1", "1a", "a$b", "A", "Order", "tenantId", "größe", "日本", `a"b`, `"`, "a b", "a.b", "a'b", `a\b`,
		`\`, "'", "it's", "$$", "a\nb", "--", ";", " ", "\u00a0", "😀")
	for _, name := range names {
		var ident, literal, back string
		if err := conn.QueryRow(t.Context(), "SELECT quote_ident($1), quote_literal($1)", name).Scan(&ident, &literal); err != nil {
			t.Fatal(err)
		}
		if got := migrate.QuoteIdent(name); got != ident && !slices.Contains(newerKeywords, name) {
			t.Errorf("identifier %q: got %s, want %s", name, got, ident)
		}
		if got := migrate.QuoteLiteral(name); got != strings.TrimPrefix(literal, " ") {
			t.Errorf("literal %q: got %s, want %s", name, got, literal)
		}
		if name == "" {
			continue
		}
		sql := "SELECT attname FROM pg_attribute WHERE attrelid = 'words'::regclass AND attnum > 0"
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), "CREATE TEMPORARY TABLE words ("+migrate.QuoteIdent(name)+" int)"); err != nil {
			t.Errorf("%s: %v", migrate.QuoteIdent(name), err)
		} else if err := tx.QueryRow(t.Context(), sql).Scan(&back); err != nil || back != name {
			t.Errorf("%q comes back as %q, %v", name, back, err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
