package gentest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// observation is what a call did: for the arguments of each tenant, as each role, twice.
type observation [sides][roles][2]outcome

// Whose arguments, and which role.
const (
	argsOfA = iota
	argsOfB
	sides
)

const (
	application = iota
	unrestricted
	roles
)

var (
	sideNames = [sides]string{"with arguments of A", "with arguments of B"}
	roleNames = [roles]string{"under row-level security", "without row-level security"}
)

// outcome is what can be seen of one call.
type outcome struct {
	// err is the error's text, or the code and the constraint of PostgreSQL's; unique
	// tells that it is of a violated unique constraint.
	err    string
	unique bool
	// result is what the call returned, changed are the rows that it added or removed.
	result, changed facts
}

// observe calls every method in the present state of the database.
func (r *runner[ID, Tx, Args]) observe(t *testing.T) map[string]observation {
	t.Helper()
	before := r.snapshot(t, r.Unrestricted)
	seen := map[string]observation{}
	for _, call := range r.methods.Calls {
		var o observation
		for side, args := range []Args{r.ArgsA, r.ArgsB} {
			if adjust := r.Adjust[call.Name]; adjust != nil {
				adjust(&args)
			}
			for role, pool := range []*pgxpool.Pool{r.Pool, r.Unrestricted} {
				for again := range 2 {
					got, err := r.look(t.Context(), pool, call, &args, role == unrestricted, before)
					if err != nil {
						t.Fatalf("%s %s, %s: %v", call.Name, sideNames[side], roleNames[role], err)
					}
					o[side][role][again] = got
				}
			}
		}
		seen[call.Name] = o
	}
	return seen
}

// look makes one call in a transaction that is rolled back, and looks for the rows that it changed if all can be seen.
func (r *runner[ID, Tx, Args]) look(ctx context.Context, pool *pgxpool.Pool, call Call[ID, Tx, Args], args *Args, all bool, before snapshot) (outcome, error) {
	var o outcome
	outer, err := pool.Begin(ctx)
	if err != nil {
		return o, err
	}
	defer outer.Rollback(context.WithoutCancel(ctx))
	var result any
	var called error
	err = r.within(ctx, pool, outer, call.Level, func(ctx context.Context, tx Tx) error {
		if result, called = call.Do(ctx, tx, r.A, args); called != nil {
			return called
		}
		_, called = outer.Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE") // deferred ones would never be checked
		return called
	})
	if err != nil && called == nil {
		return o, err
	}
	o.result = factsOf("returned", result)
	o.err, o.unique = describe(called)
	if all {
		after, err := take(ctx, outer, r.methods.Tables)
		if err != nil {
			return o, err
		}
		o.changed = after.minus(before, "added to ")
		o.changed.merge(before.minus(after, "removed from "))
	}
	return o, nil
}

// describe makes errors comparable: PostgreSQL's texts name generated values.
func describe(err error) (text string, unique bool) {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return "", false
	case errors.Is(err, pgx.ErrNoRows):
		return pgx.ErrNoRows.Error(), false
	case errors.As(err, &pg):
		return fmt.Sprintf("SQLSTATE %s on %s%s", pg.Code, pg.TableName, prefixed(", constraint ", pg.ConstraintName)), pg.Code == "23505"
	}
	return err.Error(), false
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// compare judges one method.
func (r *runner[ID, Tx, Args]) compare(t *testing.T, call Call[ID, Tx, Args], with, without observation) {
	usedOracle := false
	for side := range sides {
		for role := range roles {
			a, again, b := with[side][role][0], with[side][role][1], without[side][role][0]
			if (a.unique || b.unique) && a.err != b.err && r.Oracles[call.Name] != "" {
				usedOracle = true
				continue
			}
			report(t, sideNames[side]+", "+roleNames[role]+", it depends on rows of another tenant", differences(a, again, b))
		}
		if t.Failed() {
			continue // what follows would repeat it
		}
		as, again, free := with[side][application][0], with[side][unrestricted][1], with[side][unrestricted][0]
		again.changed, free.changed = nil, nil // they are not looked for under row-level security
		report(t, sideNames[side]+", row-level security makes a difference", differences(free, again, as))
	}
	if !usedOracle && r.Oracles[call.Name] != "" {
		t.Error("Oracles excuses it, but it violates no unique constraint")
	}
	r.foundSomething(t, call, with[argsOfA][unrestricted][0])
}

// foundSomething fails when the call proves nothing: an empty result is the same whatever B has.
func (r *runner[ID, Tx, Args]) foundSomething(t *testing.T, call Call[ID, Tx, Args], o outcome) {
	found := o.err == "" && (len(o.changed) > 0 || !call.Write && len(o.result) > 0)
	switch excused := r.FindNothing[call.Name] != ""; {
	case found && excused:
		t.Error("FindNothing excuses it, but it finds something")
	case !found && !excused:
		what := "it returned nothing"
		if call.Write {
			what = "it changed nothing"
		}
		if o.err != "" {
			what = "it failed: " + o.err
		}
		t.Errorf("%s with arguments of A: give it better ones in ArgsA, or say in FindNothing why it cannot", what)
	}
}

// reported is how many differences are shown of one call: the first tell enough.
const reported = 4

func report(t *testing.T, what string, lines []string) {
	t.Helper()
	if more := len(lines) - reported; more > 0 {
		lines = append(lines[:reported:reported], fmt.Sprintf("and %d more", more))
	}
	if len(lines) > 0 {
		t.Errorf("%s:\n%s", what, strings.Join(lines, "\n"))
	}
}

// differences lists what is not the same in b as in a, except for what again, which was observed like a, has otherwise too.
func differences(a, again, b outcome) []string {
	var lines []string
	if a.err != b.err && a.err == again.err {
		lines = append(lines, fmt.Sprintf("error %q, otherwise %q", a.err, b.err))
	}
	if a.err != "" || b.err != "" {
		return lines
	}
	return slices.Concat(lines, a.result.differences(again.result, b.result), a.changed.differences(again.changed, b.changed))
}
