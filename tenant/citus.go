package tenant

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// withCitus has calls sent as transaction blocks. Citus hands on to its machines what SET LOCAL sets in such a block, and
// nothing else (its src/backend/distributed/commands/variableset.c).
func withCitus() Option {
	return func(db *DB) { db.blocks = &blocks{} }
}

// blocks sends statements in transaction blocks.
type blocks struct{}

// propagation is the setting that makes Citus hand on the ones that are set after it.
const propagation = "citus.propagate_set_commands"

// handOn are the statements that a block begins with. Like set_config's statement they keep PostgreSQL from compiling the
// plans, here on all machines.
var handOn = []string{"set local " + propagation + " = 'local'", "set local jit = off"}

// locals returns the statements that make the assignments until the transaction ends. Each has to be a message of its own.
func locals(list []assignment) []string {
	var statements []string
	for _, a := range list {
		if s := setLocal(a); !slices.Contains(statements, s) {
			statements = append(statements, s)
		}
	}
	return statements
}

// setLocal spells an assignment. SET takes no parameters.
func setLocal(a assignment) string {
	return "set local " + pgx.Identifier(strings.Split(a.setting, ".")).Sanitize() + " = " + literal(a.value)
}

// literal spells a text so that no session can take it for anything else, whatever its settings and its client's encoding
// say: in ASCII, without a quote, and with no backslash but those that begin an escape, which mean the same in E'…'
// whether standard_conforming_strings is on or off (PostgreSQL manual, 4.1.2.2). PostgreSQL has no text with a NUL, and
// Scope.check has refused it.
func literal(text string) string {
	var b strings.Builder
	b.WriteString("E'")
	for _, r := range text {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:{}, ", r)) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteString("'")
	return b.String()
}

// maxIdentifier is the length from which PostgreSQL cuts names without an error (manual, 4.1.1).
const maxIdentifier = 64

// spellable tells why no SET LOCAL can name the settings of a scope, whose values set_config would take by any name.
func spellable(list []assignment) error {
	for _, a := range list {
		for _, part := range strings.Split(a.setting, ".") {
			if part == "" || len(part) >= maxIdentifier || strings.Contains(part, "\x00") {
				return fmt.Errorf("tenant: unusable scope: SET LOCAL cannot name the setting %q", a.setting)
			}
		}
	}
	return nil
}

// set makes assignments in a transaction.
func (*blocks) set(ctx context.Context, tx pgx.Tx, statements []string) error {
	if err := goesOn(ctx, tx); err != nil || len(statements) == 0 {
		return err
	}
	batch := &pgconn.Batch{}
	for _, sql := range statements {
		batch.ExecParams(sql, nil, nil, nil, nil)
	}
	return tx.Conn().PgConn().ExecBatch(ctx, batch).Close()
}

// goesOn returns an error when a transaction has ended, without any I/O: its connection may be somebody else's by then.
func goesOn(ctx context.Context, tx pgx.Tx) error { return tx.SendBatch(ctx, &pgx.Batch{}).Close() }

// begin starts a transaction with the assignments made.
func (bs *blocks) begin(ctx context.Context, d database, opts pgx.TxOptions, list []assignment) (pgx.Tx, error) {
	if err := spellable(list); err != nil {
		return nil, err
	}
	tx, err := d.pool.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	err = bs.set(ctx, tx, slices.Concat(handOn, locals(list)))
	if err == nil {
		err = teach(ctx, tx.Conn(), d.types)
	}
	if err != nil {
		rollback(ctx, tx)
		return nil, err
	}
	return tx, nil
}

// adopt makes the assignments in somebody else's transaction, and returns those that were in force, the propagation's
// last.
func (bs *blocks) adopt(ctx context.Context, tx pgx.Tx, list []assignment) ([]assignment, error) {
	if err := spellable(list); err != nil {
		return nil, err
	}
	was := append(slices.Clone(list), assignment{setting: propagation})
	batch := &pgx.Batch{}
	inForce(batch, was)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	return was, bs.set(ctx, tx, slices.Concat(handOn, locals(list)))
}

// restore makes what adopt returned hold again. The machines are told of it, so what was in force of the propagation
// comes last; without Citus that is no value, which Citus would refuse.
func (bs *blocks) restore(ctx context.Context, tx pgx.Tx, was []assignment) error {
	settings, last := was[:len(was)-1], was[len(was)-1]
	statements := locals(settings)
	if last.value != "" {
		statements = append(statements, setLocal(last))
	}
	return bs.set(ctx, tx, statements)
}
