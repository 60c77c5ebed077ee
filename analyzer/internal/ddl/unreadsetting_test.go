package ddl

import "testing"

// A text that sets what cannot be read in it may change anything.
func TestUnreadSettings(t *testing.T) {
	for body, want := range map[string]int{
		"PERFORM set_config('lock_timeout', '1s', true);":                              onNothing,
		"PERFORM set_config('app.a', '1', true), set_config('app.b', '2', true);":      onNothing,
		"PERFORM set_config('standard_' || 'conforming_strings', 'off', false);":       onAnything,
		"PERFORM set_config('app.a', '1', true), set_config(lower('X'), '2', true);":   onAnything,
		"PERFORM pg_catalog.\"set_config\"(E'\\x72ole', 'x', false);":                  onAnything,
		"PERFORM set_config(setting_name => 'a', new_value => 'b', is_local => true);": onAnything,
	} {
		if got := strength(body, "plpgsql"); got != want {
			t.Errorf("%s: %d, want %d", body, got, want)
		}
		_, errs := Load([]SchemaFile{{Path: "s.sql", Text: "DO $$ BEGIN " + body + " END $$;"}})
		if refused := len(errs) > 0; refused != (want == onAnything) {
			t.Errorf("DO block with %s: %v", body, errs)
		}
	}
}
