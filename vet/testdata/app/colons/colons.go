// Package colons names parameters as sqlx does. // want package:"analysed"
package colons

import (
	"context"

	"github.com/jmoiron/sqlx"

	"example.com/app/ids"
)

type base struct {
	Org ids.OrgID `db:"org_id"`
}

type note struct {
	base
	ID    string
	Title string `db:"title,omitempty"`
}

type untyped struct {
	OrgID string `db:"org_id"`
	ID    string
}

const update = "UPDATE notes SET title = :title WHERE id = :id AND org_id = :org_id"

func typed(ctx context.Context, db *sqlx.DB, n *note, many []note, u untyped, org ids.OrgID, values map[string]any) {
	db.NamedExec(update, n)
	db.NamedExecContext(ctx, update, many)
	sqlx.NamedExec(db, update, n)
	db.NamedExec(update, map[string]any{"org_id": org, "id": "", "title": ""})
	db.NamedExec("INSERT INTO notes (id, org_id, title) VALUES (:id, :org_id, :title)", n)
	db.NamedExec("SELECT 1 FROM notes a, notes b WHERE a.org_id = :org_id AND b.org_id = :org_id", n)
	db.NamedExec(update, u)                                                 // want `untyped-tenant: :org_id, the tenant, gets u.OrgID, which is no id of a tenant`
	db.NamedExec(update, values)                                            // want `untyped-tenant: nobody sees what :org_id, the tenant, gets`
	db.NamedExec("DELETE FROM notes WHERE id = :id", n)                     // want `unscoped-write`
	db.NamedExec("SELECT title::text FROM notes WHERE org_id = :org_id", n) // want `syntax`
	db.PrepareNamed("SELECT title FROM notes WHERE org_id = :org_id")       // want `untyped-tenant: the argument of :org_id, the tenant, is given to the prepared statement later`
}

func bound(ctx context.Context, db *sqlx.DB, n note, u untyped) {
	query, args, err := db.BindNamed(update, n)
	if err != nil {
		return
	}
	db.ExecContext(ctx, query, args...)
	wrong, values, _ := sqlx.Named("DELETE FROM notes WHERE id = :id", n) // want `unscoped-write`
	db.Exec(wrong, values...)
	text, others, _ := db.BindNamed(update, u) // want `untyped-tenant: :org_id`
	db.Exec(text, others...)
}

// What is not run as it was made is run by nobody's proof.
func apart(ctx context.Context, db *sqlx.DB, n note, org string) {
	query, args, _ := db.BindNamed(update, n) // want `query is put together at run time`
	db.Exec(query, org, org, org)
	args = append(args, org)
	db.Exec(query, args...)
	again, values, _ := db.BindNamed(update, n) // want `again is put together at run time`
	again += " OR true"
	db.Exec(again, values...)
	text, list, _ := db.BindNamed(update, n) // want `text is put together at run time`
	list[0] = org
	db.Exec(text, list...)
	one, _, _ := db.BindNamed(update, n) // want `one is put together at run time`
	_, two, _ := db.BindNamed(update, n)
	db.Exec(one, two...)
}

type accessor interface {
	BindNamed(query string, arg any) (string, []any, error)
	NamedExecContext(ctx context.Context, query string, arg any) (int, error)
	ExecContext(ctx context.Context, query string, args ...any) (int, error)
}

func through(ctx context.Context, db accessor, n note) {
	query, args, err := db.BindNamed(update, n)
	if err == nil {
		db.ExecContext(ctx, query, args...)
	}
	db.NamedExecContext(ctx, "DELETE FROM notes WHERE id = :id", n) // want `unscoped-write`
}
