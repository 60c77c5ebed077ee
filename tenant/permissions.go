package tenant

import (
	"context"
	"strings"
)

// Permissions says which permission each operation takes, by the names of a context's Member. Its Guard is for WithGuard:
//
//	tenant.WithGuard(tenant.Permissions{Operations: map[string]string{"RunsRepository.CancelRun": "runs:cancel"}}.Guard)
//
// An operation that is not listed takes notes:read or notes:write in NotesRepository, as it reads or writes.
type Permissions struct {
	// Operations are those with a permission of their own, as Repository.Name. None that is listed here is permitted by
	// notes:write.
	Operations map[string]string
	// Resources are what the repositories' permissions begin with, where that is not the repository's name in lower case.
	Resources map[string]string
}

// Of is the name of the permission that an operation takes, "" where it takes none: one that is no repository's, as Notify and
// Listen are. A query across tenants, or one of the baseline, takes the permission of its repository like any other.
func (p Permissions) Of(op Operation) string {
	if op.Repository == "" {
		return ""
	}
	if name, ok := p.Operations[op.Repository+"."+op.Name]; ok {
		return name
	}
	resource, ok := p.Resources[op.Repository]
	if !ok {
		resource = strings.ToLower(strings.TrimSuffix(op.Repository, "Repository"))
	}
	if op.Write {
		return resource + ":write"
	}
	return resource + ":read"
}

// Guard refuses the calls for a tenant that the context's member has no permission for, with a *PermissionError. Without a
// member it refuses all of them: a job acts as a Member with the permissions that it needs. Calls that name no tenant, on tables
// that all share and across tenants, are not asked about, for whoever makes them is nobody's member; nor are those for a set of
// tenants, of which whoever makes them has found out that the person may read in each.
func (p Permissions) Guard(ctx context.Context, scope Scope, op Operation) error {
	if scope.IsZero() || scope.set != "" || op.Repository == "" {
		return nil
	}
	m, err := CurrentMember(ctx)
	if err != nil {
		return err
	}
	return m.May(p.Of(op))
}
