// Package bench measures what a scoped call costs. docs/performance.md has the results and says how to repeat them.
//
// It is a project of its own, with a schema, queries, and the repositories and migrations that tenantgen made of them.
package bench
