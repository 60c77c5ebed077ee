package ddl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// TestConstraintBlocks holds which constraints there are after DO blocks that add some; "?"
// where the block is not followed, so that the table is in doubt.
func TestConstraintBlocks(t *testing.T) {
	const tables = `CREATE TABLE p (id int PRIMARY KEY, n int UNIQUE);
		CREATE TABLE c (p int, n int, CONSTRAINT taken CHECK (n > 0));
		`
	const add, ignore = `ALTER TABLE "c" ADD CONSTRAINT "x" FOREIGN KEY ("p") REFERENCES "public"."p"("id") ON DELETE cascade; `, "EXCEPTION WHEN duplicate_object THEN null; "
	for ddl, want := range map[string]string{
		"DO $$ BEGIN " + add + ignore + "END $$;":                                                                                       "x cascade",
		"DO $$\nBEGIN\n " + add + "\n" + ignore + "\nEND\n$$;":                                                                          "x cascade",
		"DO $$ BEGIN " + add + "END $$;":                                                                                                "x cascade",
		"DO LANGUAGE plpgsql 'BEGIN " + add + "END';":                                                                                   "x cascade",
		"DO $$ BEGIN BEGIN " + add + ignore + "END; END $$;":                                                                            "x cascade",
		"DO $$ BEGIN " + add + ignore + "END $$; DO $$ BEGIN " + add + ignore + "END $$":                                                "x cascade",
		add + "DO $$ BEGIN ALTER TABLE c ADD CONSTRAINT x FOREIGN KEY (n) REFERENCES p; " + ignore + "END $$;":                          "x cascade",
		"DO $$ BEGIN " + add + "ALTER TABLE c ADD CONSTRAINT y FOREIGN KEY (n) REFERENCES p, ADD CONSTRAINT z UNIQUE (n); END $$;":      "x cascade, y , z",
		"DO $$ BEGIN ALTER TABLE c ADD CONSTRAINT taken FOREIGN KEY (n) REFERENCES p; " + ignore + "END $$;":                            "",
		"DO $$ BEGIN ALTER TABLE c ADD CONSTRAINT z UNIQUE (n); " + ignore + "END $$;":                                                  "z",
		"DO $$ BEGIN ALTER TABLE c ADD CONSTRAINT x FOREIGN KEY (p) REFERENCES p NOT VALID; " + ignore + "END $$;":                      "x  not valid",
		"DO $$ BEGIN ALTER TABLE c ADD CONSTRAINT taken UNIQUE (n); " + ignore + "END $$;":                                              "error: already exists",
		"DO $$ BEGIN " + add + "END $$; DO $$ BEGIN " + add + "END $$":                                                                  "error: already exists",
		"DO $$ BEGIN ALTER TABLE gone ADD CONSTRAINT x CHECK (n > 0); " + ignore + "END $$;":                                            "error: does not exist",
		"DO $$ BEGIN ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p; " + ignore + "END $$;":                                             "?",
		"DO $$ BEGIN ALTER TABLE IF EXISTS c ADD CONSTRAINT x FOREIGN KEY (p) REFERENCES p; " + ignore + "END $$;":                      "?",
		"DO $$ BEGIN " + add + "ALTER TABLE c ADD CONSTRAINT y FOREIGN KEY (n) REFERENCES p; " + ignore + "END $$;":                     "?",
		"DO $$ BEGIN ALTER TABLE c ADD CONSTRAINT x CHECK (p > 0), ADD CONSTRAINT y FOREIGN KEY (n) REFERENCES p; " + ignore + "END $$": "?",
		"DO $$ BEGIN BEGIN " + add + ignore + "END; ALTER TABLE c ADD CONSTRAINT y CHECK (n > 1); END $$;":                              "?",
		"DO $$ BEGIN " + add + "EXCEPTION WHEN others THEN null; END $$;":                                                               "?",
		"DO $$ BEGIN " + add + "EXCEPTION WHEN duplicate_object OR undefined_column THEN null; END $$;":                                 "?",
		"DO $$ BEGIN " + add + "EXCEPTION WHEN duplicate_object THEN null; WHEN undefined_table THEN null; END $$;":                     "?",
		"DO $$ BEGIN " + add + "EXCEPTION WHEN duplicate_object THEN ALTER TABLE c DROP CONSTRAINT x; END $$;":                          "?",
		"DO $$ BEGIN IF false THEN " + add + "END IF; END $$;":                                                                          "?",
		"DO $$ BEGIN IF false THEN " + add + "END IF; " + ignore + "END $$;":                                                            "?",
		"DO $$ BEGIN RETURN; " + add + "END $$;":                                                                                        "?",
		"DO $$ BEGIN " + add + "ALTER TABLE c DROP CONSTRAINT x; END $$;":                                                               "?",
		"DO $$ BEGIN " + add + "RAISE EXCEPTION 'no'; END $$;":                                                                          "?",
		"DO $$ BEGIN " + add + "RAISE duplicate_object; " + ignore + "END $$;":                                                          "?",
		"DO $$ DECLARE x int := 1; BEGIN " + add + "END $$;":                                                                            "?",
		"DO $$ BEGIN FOR i IN 1..0 LOOP " + add + "END LOOP; END $$;":                                                                   "?",
		"DO $$ BEGIN EXECUTE '" + add + "'; END $$;":                                                                                    "?",
		"DO $$ BEGIN ALTER TABLE c ADD CONSTRAINT x FOREIGN KEY (p) REFERENCES p, ALTER n SET DEFAULT 1; END $$;":                       "?",
	} {
		if got := constraintsOf(tables + ddl); got != want && !(strings.HasPrefix(want, "error") && strings.HasPrefix(got, "error") && strings.Contains(got, want[7:])) {
			t.Errorf("%s\nleaves %q, want %q", ddl, got, want)
		}
	}
}

// constraintsOf lists the constraints of c but for its first.
func constraintsOf(ddl string) string {
	db, errs := Load([]SchemaFile{{Path: "s.sql", Text: ddl}})
	if len(errs) > 0 {
		return "error: " + errs[0].Message
	}
	c := db.Table(catalog.Name{Schema: "public", Name: "c"})
	if c.Unsure != "" || db.Unfollowed != "" {
		return "?"
	}
	var all []string
	for _, f := range c.Foreign {
		all = append(all, f.Name+" "+f.OnDelete+map[bool]string{true: " not valid"}[f.NotValid])
	}
	for _, k := range c.Keys {
		all = append(all, k.Name)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// A constraint of a block stands where its text does, or near it where that is quoted.
func TestPlaceInBlock(t *testing.T) {
	for ddl, want := range map[string]string{
		"CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (p int);\nDO $$ BEGIN\n  ALTER TABLE c ADD CONSTRAINT x FOREIGN KEY (p) REFERENCES p; END $$;":    "4:21",
		"CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (p int);\nDO 'BEGIN\n  ALTER TABLE c ADD CONSTRAINT \"x''s\" FOREIGN KEY (p) REFERENCES p; END';": "4:9",
	} {
		db, errs := Load([]SchemaFile{{Path: "s.sql", Text: ddl}})
		if len(errs) > 0 || len(db.Tables[1].Foreign) != 1 {
			t.Errorf("%s: %v", ddl, errs)
			continue
		}
		if at := db.Tables[1].Foreign[0].Pos; fmt.Sprintf("%d:%d", at.Line, at.Column) != want {
			t.Errorf("%s\nis at %d:%d, want %s", ddl, at.Line, at.Column, want)
		}
	}
}
