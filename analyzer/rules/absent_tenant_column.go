package rules

var absentTenantColumn = &Rule{
	Name:     "absent-tenant-column",
	Title:    "no table has the column that is to hold the tenant",
	Severity: Warning,
	Kind:     Configuration,
	Text: `A tenant column, one of its spellings or the column of a level says of every table
that has it whose its rows are. One that no table of any entry has says nothing: it
is misspelt, or written as it stands in another schema. Names are compared as
PostgreSQL stores them, in lower case unless they were quoted (PostgreSQL manual,
4.1.1).

Write the column's name as the tables have it; where there is no configuration yet,
tenantgen init proposes one.`,
	Bad:  "tenant_column: orgid",
	Good: "tenant_column: org_id",
}
