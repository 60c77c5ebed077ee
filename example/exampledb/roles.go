package exampledb

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// appRole is the app_role of sqlc.yaml; the migrations grant it its tables.
	appRole = "app_tenant"
	// directoryRole runs the declared cross-tenant queries.
	directoryRole = "notes_directory"
	// workerRole fetches jobs, and does nothing else: what a job does is done as appRole.
	workerRole = "notes_worker"
)

// attributes are what each role may do beyond its grants. BYPASSRLS is why the
// directory is a role of its own: the generated policies have a restrictive
// floor that no other policy can widen, so there is no half-way.
var attributes = map[string]string{
	appRole:       "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
	directoryRole: "LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE",
	workerRole:    "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
}

// grants are all that the directory can do with its view across organizations:
// what the cross-tenant queries read, column by column, and no note.
const grants = `
GRANT SELECT (id, slug, name, plan_id) ON organizations TO notes_directory;
GRANT SELECT (org_id, user_id, role) ON memberships TO notes_directory;
GRANT SELECT (org_id, domain, verified_at) ON organization_domains TO notes_directory;
GRANT SELECT (org_id, email, role, token_hash, expires_at) ON invitations TO notes_directory;
GRANT SELECT (org_id, id, user_id, token_hash, expires_at, signed_in_at, provider), DELETE ON api_tokens TO notes_directory;
GRANT SELECT, INSERT ON tenant_audit_crossings TO notes_directory;`

// createRoles makes all roles, or brings them to what they should be.
func createRoles(ctx context.Context, owner *pgx.ConnConfig) error {
	for role, may := range attributes {
		err := run(ctx, owner, "CREATE ROLE "+role)
		// Roles belong to the cluster: another database, or another process in
		// this very moment, may have made it.
		if err != nil && !isCode(err, "42710") && !isCode(err, "23505") {
			return err
		}
		if err := setAttributes(ctx, owner, role, may); err != nil {
			return err
		}
	}
	return nil
}

// setAttributes repeats itself when another process alters the role at the same
// time, which PostgreSQL reports as a tuple that was concurrently updated.
func setAttributes(ctx context.Context, owner *pgx.ConnConfig, role, may string) error {
	statement := "ALTER ROLE " + role + " " + may + " PASSWORD '" + password(owner, role) + "'"
	var err error
	for range 5 {
		if err = run(ctx, owner, statement); !isCode(err, "XX000") {
			break
		}
	}
	return err
}

// password derives a role's password from the owner's, so that it is nowhere
// written down and yet every process of the example finds the same.
func password(owner *pgx.ConnConfig, role string) string {
	mac := hmac.New(sha256.New, []byte(owner.Password))
	mac.Write([]byte("tenantgen example: " + role))
	return hex.EncodeToString(mac.Sum(nil))
}

// run executes statements as the owner.
func run(ctx context.Context, owner *pgx.ConnConfig, statements string) error {
	conn, err := pgx.ConnectConfig(ctx, owner)
	if err != nil {
		return fmt.Errorf("set up example database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, statements); err != nil {
		return fmt.Errorf("set up example database: %w", err)
	}
	return nil
}

func isCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}
