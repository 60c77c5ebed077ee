package ddl

import (
	"fmt"
	"testing"
)

// The search paths that sessions may have, whatever the session of the schema files has.
func TestSessionPaths(t *testing.T) {
	for ddl, want := range map[string]string{
		"":                                  "[[public]]",
		"SET search_path = app, public":     "[[app public] [public]]",
		"SET search_path = missing, public": "[[public]]",
		"SET search_path = app; RESET search_path":                                                   "[[public]]",
		"ALTER ROLE r SET search_path = app, public":                                                 "[[public] [app public]]",
		"ALTER ROLE ALL IN DATABASE d SET \"Search_Path\" TO app":                                    "[[public] [app]]",
		"ALTER DATABASE d SET search_path = app; ALTER ROLE r SET search_path = public, app":         "[[public] [app] [public app]]",
		"ALTER DATABASE d SET search_path = app; ALTER DATABASE d SET search_path = public, app":     "[[public] [public app]]",
		"ALTER DATABASE d SET search_path = app; ALTER DATABASE d RESET search_path":                 "[[public]]",
		"ALTER DATABASE d SET search_path = app; ALTER DATABASE d RESET ALL":                         "[[public]]",
		"ALTER DATABASE d SET search_path = app; ALTER DATABASE e RESET ALL; ALTER ROLE r RESET ALL": "[[public] [app]]",
		"SET search_path = app; ALTER ROLE r SET search_path FROM CURRENT; SET search_path = public": "[[public] [app]]",
		"CREATE ROLE app":                                  "[[public] [app public]]",
		"GRANT USAGE ON SCHEMA app TO app":                 "[[public] [app public]]",
		"CREATE ROLE app; SET search_path = public, app":   "[[public app] [public] [app public]]",
		`ALTER ROLE app SET search_path = public, "$user"`: "[[public] [app public] [public app]]",
	} {
		db, errs := Load([]SchemaFile{{Path: "s.sql", Text: "CREATE SCHEMA app;" + ddl}})
		if got := fmt.Sprint(db.SessionPaths); len(errs) > 0 || got != want {
			t.Errorf("%s: %s, want %s %v", ddl, got, want, errs)
		}
	}
}
