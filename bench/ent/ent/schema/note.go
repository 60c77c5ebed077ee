// Package schema is the benchmark's table as ent describes it.
package schema

import (
	"context"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/entql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/bench/ent/ent/privacy"
)

// Note is a row of notes. ent knows keys of one column only, so the tenant is an ordinary field.
type Note struct{ ent.Schema }

// Annotations of the Note.
func (Note) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "notes"}}
}

// Fields of the Note.
func (Note) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("org_id", uuid.UUID{}),
		field.Int64("id"),
		field.String("title"),
		field.String("body"),
		field.Bool("starred"),
		field.Time("created_at").Default(time.Now),
	}
}

type tenantKey struct{}

// WithTenant is a context in which queries are for one tenant.
func WithTenant(ctx context.Context, id uuid.UUID) context.Context {
	return context.WithValue(ctx, tenantKey{}, id)
}

// Policy of the Note: every query is filtered by the tenant of the context, and denied without one.
func (Note) Policy() ent.Policy {
	return privacy.Policy{Query: privacy.QueryPolicy{privacy.FilterFunc(func(ctx context.Context, f privacy.Filter) error {
		id, ok := ctx.Value(tenantKey{}).(uuid.UUID)
		if !ok {
			return privacy.Deny
		}
		f.Where(entql.FieldEQ("org_id", id))
		return privacy.Allow
	})}}
}
