package tenant_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// hostileIDs would end the literal that they are spelled in, if anything could.
var hostileIDs = []string{
	"'", "''", `\'`, `\\'`, `\`, `x\`, `'; drop table notes; --`, `\'; drop table notes; --`, `'||(select title from notes limit 1)||'`, "a'--\n'b",
	"/*", "*/'", "--", "$$", "$tag$'", `E'`, `\x27`, `\047`, `\u0027`, `\U00000027`, "U&'", "%L", "%s", "$1", "?", ";", "default", "a, b", `"`, "`",
	"\n", "\r\n", "\t", "\b", "\x01", "\x7f", "\u0080", "ü", "表", "表'", "能\\'", "\u2019", "\uff07", "\u02bc", "😀", "\ufeff", "\U0010ffff",
	"\u202e'", strings.Repeat("'", 5000), strings.Repeat("é", 3000),
}

// An id arrives as it is and does nothing else, whatever the session makes of backslashes and bytes.
func TestHostileIDsInBlocks(t *testing.T) {
	databaseURL := newDatabase(t)
	for name, params := range map[string]map[string]string{
		"as usual":                 nil,
		"backslashes escape":       {"standard_conforming_strings": "off", "backslash_quote": "on", "escape_string_warning": "off"},
		"bytes are another script": {"client_encoding": "SJIS", "standard_conforming_strings": "off", "backslash_quote": "on"},
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool(t, databaseURL, "tenant_test_app", one, func(c *pgxpool.Config) {
				for setting, value := range params {
					c.ConnConfig.RuntimeParams[setting] = value
				}
			})
			db := tenant.New(pool, gen.WithCitus())
			for _, id := range hostileIDs {
				scope := gen.NewScope("app.hostile", id)
				var same bool
				// Hexadecimal, so that no encoding has a part in the comparison.
				err := gen.Scoped(db, scope, read).QueryRow(t.Context(), `select encode(convert_to(current_setting('app.hostile'), 'UTF8'), 'hex') = $1`, hexOf(id)).Scan(&same)
				if err != nil || !same {
					t.Errorf("%.40q: %v, %v", id, same, err)
				}
				err = gen.InTx(t.Context(), db, scope, func(ctx context.Context, tx *tenant.Tx) error {
					return gen.Scoped(tx, scope, read).QueryRow(t.Context(), `select encode(convert_to(current_setting('app.hostile'), 'UTF8'), 'hex') = $1`, hexOf(id)).Scan(&same)
				})
				if err != nil || !same {
					t.Errorf("%.40q in a transaction: %v, %v", id, same, err)
				}
			}
			expectNothingLeft(t, pool)
		})
	}
}

func hexOf(text string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// The names of settings come from code; those that SET LOCAL would read as others are refused, before any I/O.
func TestSettingsThatBlocksCannotName(t *testing.T) {
	db := tenant.New(newPool(t, newDatabase(t), "tenant_test_app", one), gen.WithCitus())
	for _, setting := range []string{"app." + strings.Repeat("x", 64), strings.Repeat("é", 32) + ".x", "app.", ".app", "app..id", "app.\x00"} {
		scope := gen.NewScope(setting, acmeID)
		for name, call := range calls {
			if err := call(t.Context(), gen.Scoped(db, scope, read)); err == nil || !strings.Contains(err.Error(), "cannot name") {
				t.Errorf("%.20q: %s: %v", setting, name, err)
			}
		}
		err := gen.InTx(t.Context(), db, scope, func(context.Context, *tenant.Tx) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "cannot name") {
			t.Errorf("%.20q: InTx: %v", setting, err)
		}
	}
	quoted := gen.NewScope(`app.o"rg; drop`, acmeID)
	if _, err := gen.Scoped(db, quoted, read).Exec(t.Context(), "select 1"); err != nil && !hasCode(err, "42602") {
		t.Errorf("got %v", err) // PostgreSQL refuses such names, as names
	}
}
