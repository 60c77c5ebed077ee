package pgsql

import "testing"

// A text that sets what cannot be read in it may change anything.
func TestUnreadSettings(t *testing.T) {
	for body, want := range map[string]int{
		"PERFORM set_config('lock_timeout', '1s', true);":                              ddlOnNothing,
		"PERFORM set_config('app.a', '1', true), set_config('app.b', '2', true);":      ddlOnNothing,
		"PERFORM set_config('standard_' || 'conforming_strings', 'off', false);":       ddlOnAnything,
		"PERFORM set_config('app.a', '1', true), set_config(lower('X'), '2', true);":   ddlOnAnything,
		"PERFORM pg_catalog.\"set_config\"(E'\\x72ole', 'x', false);":                  ddlOnAnything,
		"PERFORM set_config(setting_name => 'a', new_value => 'b', is_local => true);": ddlOnAnything,
	} {
		if got := ddlStrength(body, "plpgsql"); got != want {
			t.Errorf("%s: %d, want %d", body, got, want)
		}
		_, errs := LoadSchema([]SchemaFile{{Path: "s.sql", Text: "DO $$ BEGIN " + body + " END $$;"}})
		if refused := len(errs) > 0; refused != (want == ddlOnAnything) {
			t.Errorf("DO block with %s: %v", body, errs)
		}
	}
}
