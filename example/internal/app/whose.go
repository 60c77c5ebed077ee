package app

import (
	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// Here ids of organizations are made of something else than a context: sqlc.yaml declares each of these functions, with the
// reason. See also directories, which ask the database.

// requested is the organization that a request names, in its path, its token or its host. That the person may do anything
// there is still to be found out.
func requested(text string) (repo.OrgID, error) { return repo.ParseOrgID(text) }

// homeID is Home as an id. Whoever is signed in nowhere has none, which is an error.
func homeID(p tenanthttp.Person) (repo.OrgID, error) { return repo.ParseOrgID(Home(p)) }

// newOrganizationID is of an organization that is about to be founded.
func newOrganizationID() repo.OrgID { return repo.NewOrgID(uuid.New()) }

// scopeOfJob is whose a job is, by what was noted when it was put in.
func scopeOfJob(ids map[string]string) (tenant.Scope, error) {
	org, err := repo.ParseOrgID(ids["app.org_id"])
	return org.Scope(), err
}
