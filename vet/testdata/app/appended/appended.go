// Package appended has texts that are made longer. // want package:"analysed"
package appended

import (
	"database/sql"

	"example.com/app/ids"
)

var around = "SELECT title FROM notes"

func maybe(db *sql.DB, org ids.OrgID, lock, newest bool) {
	q := "SELECT title FROM notes WHERE org_id = $1"
	if newest {
		q += " ORDER BY title DESC"
	}
	if lock {
		q += " FOR UPDATE"
	}
	db.Query(q, org)
}

func without(db *sql.DB, org ids.OrgID, mine bool) {
	q := "SELECT title FROM notes" // want `unscoped-table`
	if mine {
		q += " WHERE org_id = $1"
	}
	db.Query(q, org)
}

func wrong(db *sql.DB, org ids.OrgID, all bool) {
	q := "SELECT title FROM notes WHERE org_id = $1" // want `unscoped-table`
	if all {
		q += " OR true"
	}
	db.Query(q, org)
}

func again(db *sql.DB, org ids.OrgID, names []string) {
	q := "SELECT title FROM notes WHERE org_id = $1"
	for range names {
		q += " AND title <> ''" // want `q is put together at run time`
	}
	db.Query(q, org)
	for range names {
		each := "SELECT title FROM notes WHERE org_id = $1"
		each += " AND title <> ''"
		db.Query(each, org)
	}
	for q := ""; len(q) < 10; q += "SELECT 1;" { // want `q is put together at run time`
		db.Query(q)
	}
	more := "SELECT title FROM notes WHERE org_id = $1"
	add := func() {
		more += " AND title <> ''" // want `more is put together at run time`
	}
	add()
	add()
	db.Query(more, org)
}

func changed(db *sql.DB, org ids.OrgID, by string) {
	q := "SELECT title FROM notes WHERE org_id = $1"
	q += " ORDER BY title"
	set(&q) // want `q is put together at run time`
	db.Query(q, org)
	dynamic := "SELECT title FROM notes WHERE org_id = $1 ORDER BY "
	dynamic += "title, " + load() // want `it is what load makes`
	db.Query(dynamic, org)
	around += " WHERE org_id = $1" // want `around is put together at run time`
	db.Query(around, org)
}

func set(text *string) {}

func load() string { return "" }

func run(db *sql.DB, text string, lock bool, args ...any) { // want run:`runs \{1\} \| \{1\} FOR UPDATE`
	q := text
	if lock {
		q += " FOR UPDATE"
	}
	db.Query(q, args...)
}

func parameter(db *sql.DB, text string) {
	text += " FOR UPDATE" // want `parameter text is changed`
	db.Query(text)
}

func calls(db *sql.DB, org ids.OrgID) {
	run(db, "SELECT title FROM notes WHERE org_id = $1", true, org)
	run(db, "SELECT title FROM notes", true) // want `unscoped-table`
}
