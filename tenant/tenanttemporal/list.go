package tenanttemporal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/tenantgen/tenantgen/tenant"
)

// Filter says which of a tenant's workflows List returns. What is zero filters nothing.
type Filter struct {
	Type   string // of the workflow: letters, digits, dots, hyphens and underscores
	Status enums.WorkflowExecutionStatus
	Since  time.Time
	// First is how many are returned, 100 when it is 0, and Page where the next ones begin, as List returns it.
	First int32
	Page  []byte
}

// Workflow is a workflow of a tenant.
type Workflow struct {
	Name    string // without the tenant
	Run     string
	Type    string
	Status  enums.WorkflowExecutionStatus
	Started time.Time
}

// List returns the tenant's workflows that have names of its own, those of its children that Temporal named left out, and where the next ones begin.
func (t *Tenants) List(ctx context.Context, c client.Client, scope tenant.Scope, f Filter) ([]Workflow, []byte, error) {
	ctx, err := t.enter(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	query, err := f.query(scope)
	if err != nil {
		return nil, nil, err
	}
	first := f.First
	if first <= 0 {
		first = 100
	}
	found, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: first, NextPageToken: f.Page})
	if err != nil {
		return nil, nil, err
	}
	var all []Workflow
	for _, w := range found.GetExecutions() {
		own, ok := strings.CutPrefix(w.GetExecution().GetWorkflowId(), name(scope)+"/")
		if !ok { // the attribute is the workflow's to change, its ID is not
			continue
		}
		all = append(all, Workflow{Name: own, Run: w.GetExecution().GetRunId(), Type: w.GetType().GetName(), Status: w.GetStatus(), Started: w.GetStartTime().AsTime()})
	}
	return all, found.GetNextPageToken(), nil
}

// query is the filter in Temporal's language; what is quoted in it has no quotes.
func (f Filter) query(scope tenant.Scope) (string, error) {
	parts := []string{"TenantID = '" + name(scope) + "'"}
	if f.Type != "" {
		if strings.ContainsFunc(f.Type, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
		}) {
			return "", fmt.Errorf("%w: the type %q", ErrName, f.Type)
		}
		parts = append(parts, "WorkflowType = '"+f.Type+"'")
	}
	if f.Status != enums.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED {
		parts = append(parts, "ExecutionStatus = '"+f.Status.String()+"'")
	}
	if !f.Since.IsZero() {
		parts = append(parts, "StartTime >= '"+f.Since.UTC().Format(time.RFC3339Nano)+"'")
	}
	return strings.Join(parts, " AND "), nil
}
