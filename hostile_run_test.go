package tenantgen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/jackc/pgx/v5"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/internal/usermodule"
	"github.com/tenantgen/tenantgen/migrate"
)

type hostileRun struct {
	t         *testing.T
	root      string
	archive   *txtar.Archive
	recording *txtar.Archive
	plants    []plant
	first     string // what the database holds in the first format
	built     bool
	server    *pgx.Conn
	late      int // refused by generate alone
}

// sqlc plays back what sqlc made of the batch; with -update it is asked.
func (h *hostileRun) sqlc(p *Project) func(context.Context) (map[string][]byte, error) {
	return func(ctx context.Context) (map[string][]byte, error) {
		archive := h.archive
		if h.recording != nil {
			archive = h.recording
		} else if *update {
			files, err := (&golden{}).realSQLC(ctx, p, h.root)
			if err != nil {
				return nil, err
			}
			h.recording = &txtar.Archive{Comment: []byte("What sqlc makes of the texts of TestHostileText that lint accepts.\n")}
			for _, name := range slices.Sorted(maps.Keys(files)) {
				quoted, _ := json.Marshal(string(files[name])) // a text may look like a marker
				h.recording.Files = append(h.recording.Files, txtar.File{Name: fmt.Sprintf("%q", name), Data: append(quoted, '\n')})
			}
			archive = h.recording
		}
		files := map[string][]byte{}
		for _, f := range archive.Files {
			var name, text string
			if err := errors.Join(json.Unmarshal([]byte(f.Name), &name), json.Unmarshal(f.Data, &text)); err != nil {
				return nil, err
			}
			files[name] = []byte(text)
		}
		return files, nil
	}
}

// together generates everything that may be in one project.
func (h *hostileRun) together(format migrate.Format) {
	t := h.t
	if format == migrate.Tern { // reads its files as templates: what has one is not for it
		all := h.plants
		defer func() { h.plants = all }()
		h.plants = slices.Clone(all)
		for i, p := range all {
			if strings.Contains(p.get("table", ""), "{{") {
				h.plants[i] = plant{}
			}
		}
	}
	if err := unpackHostile(t, hostile(h.plants, plant{}, format)); err != nil {
		t.Fatal(err)
	}
	p, r, refused := linted(t)
	if refused != "" {
		t.Fatalf("%s: what is accepted alone is refused together: %s", format, refused)
	}
	p.sqlc = h.sqlc(p)
	out, err := &Output{}, error(nil)
	if h.built { // the format decides the migration alone
		err = p.migration(out, r)
	} else {
		out, err = p.Generate(t.Context(), r)
	}
	if err != nil {
		t.Errorf("%s: %v", format, err)
		return
	}
	changes, err := out.Changes()
	if err = errors.Join(err, Commit(changes)); err != nil {
		t.Fatal(err)
	}
	if !h.built {
		h.built = true
		h.harmless()
		h.compiles()
	}
	if now := h.applies(format); h.first == "" {
		h.first = now
	} else if now != h.first {
		t.Errorf("%s makes another database:\n%s\nthan goose:\n%s", format, now, h.first)
	}
}

// aDirective is what no Go file may have in a line, whoever parses it.
var aDirective = regexp.MustCompile(`(?m)^//(go:|line |export |extern |[a-z0-9]+:[a-z0-9]|\s*\+build)|^/\*line |[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{200b}\x00-\x08\x0b-\x1f]`)

func (h *hostileRun) harmless() {
	err := filepath.WalkDir("repo", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if found := aDirective.Find(text); found != nil {
			h.t.Errorf("%s holds %q", name, found)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err == nil && slices.ContainsFunc(f.Decls, func(d ast.Decl) bool { fn, ok := d.(*ast.FuncDecl); return ok && fn.Name.Name == "init" }) {
			h.t.Errorf("%s holds an init function", name)
		}
		return err
	})
	if err != nil {
		h.t.Error(err)
	}
}

// compiles builds and vets what was generated, as a module on this checkout.
func (h *hostileRun) compiles() {
	if err := usermodule.Write(".", h.root, "example.com/app"); err != nil {
		h.t.Fatal(err)
	}
	if out, err := usermodule.Go(".", "vet", "./repo/...").CombinedOutput(); err != nil {
		h.t.Errorf("%v\n%s", err, out)
	}
}

// upOf is the part of a migration that a tool runs on the way up.
func upOf(t *testing.T, format migrate.Format, name, text string) string {
	switch format {
	case migrate.GolangMigrate:
		if strings.HasSuffix(name, ".down.sql") {
			return ""
		}
	case migrate.Goose:
		text, _, _ = strings.Cut(text, "\n-- +goose Down")
	case migrate.Dbmate:
		text, _, _ = strings.Cut(text, "\n-- migrate:down")
	case migrate.Tern:
		text, _, _ = strings.Cut(text, "---- create above / drop below ----")
		if !strings.Contains(name, "schema") {
			var b strings.Builder
			if err := errors.Join(template.Must(template.New("").Parse(text)).Execute(&b, nil)); err != nil {
				t.Error(err)
			}
			text = b.String()
		}
	}
	return text
}

// applies runs the migrations and returns what the database holds then.
func (h *hostileRun) applies(format migrate.Format) string {
	t := h.t
	conn, err := pgx.Connect(t.Context(), pgserver.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	entries, err := os.ReadDir("m")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(path.Join("m", e.Name()))
		if err == nil && path.Ext(e.Name()) == ".sql" {
			_, err = conn.Exec(t.Context(), upOf(t, format, e.Name(), string(text)))
		}
		if err != nil {
			t.Errorf("%s: %s: %v", format, e.Name(), err)
		}
	}
	return h.holds(conn)
}

// holds compares the database with what was planted, and returns its policies.
func (h *hostileRun) holds(conn *pgx.Conn) string {
	t := h.t
	for i, p := range h.plants {
		var label, value, comment string
		var rls, force bool
		table := strings.Join([]string{fmt.Sprint("t", i), p.get("table", "x")}, " ")
		column := strings.Join([]string{fmt.Sprint("c", i), p.get("column", "x")}, " ")
		kind := strings.Join([]string{fmt.Sprint("e", i), p.get("type", "x")}, " ")
		err := conn.QueryRow(t.Context(), `SELECT relrowsecurity, relforcerowsecurity, (SELECT enumlabel FROM pg_enum e JOIN pg_type y ON y.oid = enumtypid WHERE y.typname = $3 AND enumsortorder = 2),
			col_description(c.oid, attnum) FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attname = $2 WHERE relname = $1`, table, column, kind).Scan(&rls, &force, &label, &comment)
		if err != nil || !rls || !force || label != "l"+p.get("label", "done") || comment != p.get("column comment", "b") {
			t.Errorf("%q: rls %v, force %v, label %q, comment %q, %v", table, rls, force, label, comment, err)
		}
		err = conn.QueryRow(t.Context(), fmt.Sprintf("INSERT INTO %s (org_id, id) VALUES (gen_random_uuid(), 1) RETURNING %s", migrate.QuoteIdent(table), migrate.QuoteIdent(column))).Scan(&value)
		if err != nil || value != p.get("default", "d") {
			t.Errorf("%q: default %q, %v", table, value, err)
		}
	}
	return h.policies(conn)
}

// policies are those of a table, which every table has.
func (h *hostileRun) policies(conn *pgx.Conn) string {
	t := h.t
	rows, err := conn.Query(t.Context(), `SELECT tablename, string_agg(concat_ws(' ', policyname, permissive, roles, cmd, qual, with_check), '; ' ORDER BY policyname) FROM pg_policies GROUP BY 1 ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	type policy struct{ Table, Text string }
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[policy])
	if err != nil || len(all) != len(h.plants) {
		t.Errorf("%d tables with policies, %v", len(all), err)
	}
	for _, p := range all {
		if p.Text != all[0].Text {
			t.Errorf("%q has the policies %s, not %s", p.Table, p.Text, all[0].Text)
		}
	}
	return all[0].Text
}

// alone plans the migration of a project with one setting planted, and applies it.
func (h *hostileRun) alone(set plant) {
	t := h.t
	if err := unpackHostile(t, hostile([]plant{{}}, set, migrate.Goose)); err != nil {
		t.Fatal(err)
	}
	p, r, refused := linted(t)
	out := &Output{}
	if refused != "" {
		t.Fatal(refused)
	}
	if err := p.migration(out, r); err != nil {
		if h.late++; !strings.Contains(err.Error(), "has a control character, which migration files cannot hold safely") {
			t.Errorf("%q: %v", set, err)
		}
		return
	}
	changes, err := out.Changes()
	if err = errors.Join(err, Commit(changes)); err != nil {
		t.Fatal(err)
	}
	conn, err := h.server.Begin(t.Context()) // roles go with the transaction as well
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Rollback(context.Background())
	entries, _ := os.ReadDir("m")
	for _, e := range entries {
		text, err := os.ReadFile(path.Join("m", e.Name()))
		if err == nil {
			_, err = conn.Exec(t.Context(), upOf(t, migrate.Goose, e.Name(), string(text)))
		}
		if err != nil {
			t.Errorf("%q: %s: %v\n%s", set, e.Name(), err, text)
		}
	}
	for _, role := range []string{p.Config.Tenant.AppRole, p.Config.Tenant.CrossTenantRole} { // YAML folds some characters
		var n int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_roles WHERE rolname = $1", role).Scan(&n); err != nil || n != 1 && role != "hostile_cross" {
			t.Errorf("%q: %d roles %q, %v", set, n, role, err)
		}
	}
}
