package rules

var notRoutable = &Rule{
	Name:     "not-routable",
	Title:    "Citus cannot send a scoped query to the one machine that has the tenant's rows",
	Severity: Warning,
	Kind:     Query,
	Scale:    "citus",
	Text: `Citus's router planner sends a statement to one machine when every distributed
table in it is compared, there or by way of joins on the tenant column, with one
value. It does not know what a key or a foreign key implies, nor what a WITH query
promises. Other statements gather rows from all machines, or fail: FOR UPDATE,
recursive WITH queries and grouping sets work within one machine only. Writes have
limits of their own: the tenant column is never assigned, INSERT takes the tenant as
a parameter, or from the tenant column of the table it reads, and has no subquery in
VALUES; WITH may change rows by UPDATE and DELETE only. What is not immutable, such
as now(), has no place in ON CONFLICT and RETURNING, nor in CASE and COALESCE of an
UPDATE or DELETE, where it may not be called on a column either; volatile functions
only in what INSERT inserts. (Citus documentation, "SQL Support and Workarounds" and
"Query Processing"; its multi_router_planner.c.)

The query is scoped, and stays so. Compare the tenant column of each table with the
parameter, where the hint says, and send times as parameters. Reported only with
scale: citus. Operators and casts on values of unknown types count as immutable.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid NOT NULL, title text, PRIMARY KEY (org_id, id), UNIQUE (id));`,
	Bad:    `SELECT b.title FROM notes a JOIN notes b ON b.id = a.id WHERE a.org_id = @org_id;`,
	Good:   `SELECT b.title FROM notes a JOIN notes b ON b.id = a.id AND b.org_id = a.org_id WHERE a.org_id = @org_id;`,
}
