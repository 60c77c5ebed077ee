package main

import (
	"encoding/json"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

type jsonReport struct {
	Version     int                   `json:"version"`
	Summary     summary               `json:"summary"`
	Queries     []jsonQuery           `json:"queries"`
	Diagnostics []analyzer.Diagnostic `json:"diagnostics"`
}

type jsonQuery struct {
	Name        string           `json:"name"`
	File        string           `json:"file"`
	Line        int              `json:"line"`
	Verdict     analyzer.Verdict `json:"verdict"`
	Baselined   bool             `json:"baselined,omitempty"`
	TenantParam int              `json:"tenant_param,omitempty"`
	// TenantParams has the parameter of each level that the query uses, by the level's
	// name; nil without levels.
	TenantParams map[string]int `json:"tenant_params,omitempty"`
	// Routable tells with scale: citus whether the query runs on one machine.
	Routable  *bool          `json:"routable,omitempty"`
	Category  string         `json:"category,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Relations []jsonRelation `json:"relations"`
	// Assumes has what the proof rests on though nothing guarantees it; nil mostly.
	Assumes []jsonPremise `json:"assumes,omitempty"`
}

type jsonPremise struct {
	Kind       string `json:"kind"`
	Table      string `json:"table"`
	Constraint string `json:"constraint,omitempty"`
	Text       string `json:"text"`
}

type jsonRelation struct {
	Table  string   `json:"table"`
	Alias  string   `json:"alias"`
	Line   int      `json:"line"`
	Column int      `json:"column"`
	Proof  []string `json:"proof"`
	// Chain has the same equalities with positions and constraints.
	Chain []analyzer.Link `json:"chain"`
}

// json prints the whole report in the stable form of version 1.
func (inv *invocation) json(r *tenantgen.Report) error {
	out := jsonReport{Version: 1, Summary: summarize(r), Queries: []jsonQuery{}, Diagnostics: r.Diagnostics}
	if out.Diagnostics == nil {
		out.Diagnostics = []analyzer.Diagnostic{}
	}
	for _, q := range r.Queries {
		jq := jsonQuery{Name: q.Name, File: q.File, Line: q.Line, Verdict: q.Verdict, Baselined: r.Baselined(q), TenantParam: q.TenantParam(), TenantParams: q.TenantParams(),
			Routable: q.Routable, Category: q.Category, Reason: q.Reason, Relations: []jsonRelation{}}
		for _, rel := range q.Relations {
			jq.Relations = append(jq.Relations, jsonRelation{rel.Table, rel.Alias, rel.Line, rel.Column, rel.Proof, rel.Links()})
		}
		for _, a := range q.Assumes {
			jq.Assumes = append(jq.Assumes, jsonPremise{string(a.Kind), a.Table.String(), a.Constraint, a.Text})
		}
		out.Queries = append(out.Queries, jq)
	}
	return inv.encode(out)
}

func (inv *invocation) encode(v any) error {
	enc := json.NewEncoder(inv.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
