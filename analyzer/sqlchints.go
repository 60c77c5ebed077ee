package analyzer

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqlcmodel"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// sqlcRefusal says what sqlc refuses and what to write instead.
func sqlcRefusal(e *sqlcmodel.Error, at query.Span) finding.Finding {
	hint := refusalHint(e)
	if e.Lifted {
		hint += "; or let sqlc ask a database: database: {uri: …} in the entry of sqlc.yaml, and generate --sqlc-database"
	}
	return finding.Finding{Rule: "sqlc-refuses", Message: "sqlc refuses it: " + strings.TrimPrefix(e.Message, "panic: "), Hint: hint, Pos: at}
}

func refusalHint(e *sqlcmodel.Error) string {
	switch e.Kind {
	case sqlcmodel.Ambiguous:
		return fmt.Sprintf("sqlc looks for the column in every table of the statement, those of sub-selects included: write its table in front of it, as in t.%s, or a type behind the parameter that it is compared with, as in @x::text", e.Name)
	case sqlcmodel.NoAlias:
		return fmt.Sprintf("sqlc knows no columns of %s, which is no table: write a type behind the parameter that is compared with them, as in @x::text", e.Name)
	case sqlcmodel.NoColumn:
		return fmt.Sprintf("sqlc compares parameters with columns of tables alone, and %s is none: write a type behind the parameter, as in @x::text", e.Name)
	case sqlcmodel.NoOutput:
		return fmt.Sprintf("sqlc sees the tables in FROM of the same SELECT, or the one that is written to: select %s outside of LATERAL or of the sub-select, where its table is; name the columns of a function in FROM, as in f(…) AS t(a, b); write VALUES as SELECT … AS a UNION ALL SELECT …", e.Name)
	case sqlcmodel.NoOrder:
		return fmt.Sprintf("sqlc does not know %s there: order by an output or by a column of a table in FROM, or set strict_order_by: false in the entry of sqlc.yaml", e.Name)
	case sqlcmodel.NoRelation:
		return fmt.Sprintf("sqlc knows tables and views of the schema files, and WITH queries of the outermost statement: put the WITH that has %s at the start of the whole statement, or write the schema in front of a table that is not in public", e.Name)
	case sqlcmodel.Unnamed:
		return "sqlc takes the type of a parameter from what it is compared with or assigned to: write a type behind one that stands alone, as in @x::text"
	case sqlcmodel.Edits:
		return "sqlc replaces parameters and stars in the text: write SET a = @a, b = @b in place of (a, b) = (…), sqlc.embed and sqlc.arg without blanks, and columns in place of a star"
	case sqlcmodel.MoreValues:
		return "write the columns that are inserted into: INSERT INTO t (a, b) VALUES (…)"
	case sqlcmodel.NoFunction:
		if e.Name == "unnest" {
			return "sqlc knows unnest of one array: put each into FROM by itself, WITH ORDINALITY, and join them by their positions; or SELECT unnest(@a::text[]) AS a, unnest(@b::int[]) AS b"
		}
		return fmt.Sprintf("sqlc knows %s with other arguments only: cast or leave out arguments, or call it through a function of your own in the schema files", e.Name)
	case sqlcmodel.Metadata:
		return "write -- name: Name :command, with one blank each, a Go identifier and one of " + strings.Join(sqlcmodel.Commands, " ")
	case sqlcmodel.NoSemicolon:
		return "end the last statement with ;"
	case sqlcmodel.Command:
		return commandHint(e)
	case sqlcmodel.Panics:
		return "sqlc ends with a stack trace here: write the statement without it, as with a function that has RETURNS, a sub-select that is no VALUES, or a column of a typed table (OF) that gets its constraints by ALTER TABLE"
	}
	return "write what sqlc's message asks for"
}

func commandHint(e *sqlcmodel.Error) string {
	switch {
	case e.Name == ":copyfrom":
		return "write INSERT INTO t (a, b) VALUES (@a, @b), or another command than :copyfrom"
	case strings.Contains(e.Message, "RETURNING"):
		return "add RETURNING, or write :exec or :execrows"
	}
	return "write the command without batch, or a parameter"
}

// null reports a column that may be NULL and has a Go type that cannot hold that.
func (s *SQLC) null(q *sqlcmodel.Query, c *sqlcmodel.Column) (finding.Finding, bool) {
	if c.Null == (sqlcmodel.Reason{}) || !returnsRows(q.Command) {
		return finding.Finding{}, false
	}
	f := finding.Finding{Rule: "null-into-value", Pos: query.Span{Start: c.Offset, End: c.Offset + 1}}
	if c.Embed.Name != "" {
		column, plain := s.model.PlainColumn(s.types, c.Embed.Schema, c.Embed.Name)
		if column == nil {
			return f, false
		}
		f.Message = fmt.Sprintf("sqlc.embed reads %s from the nullable side of an outer join into Go types that cannot hold NULL, as %s for %s: every row without one fails to scan", c.Embed.Name, plain, column.Name)
		f.Hint = "select the columns that are needed one by one in its place, as in t." + column.Name + ": sqlc then sees the join and makes them nullable"
		return f, true
	}
	plain := s.model.Plain(s.types, c)
	if plain == "" {
		return f, false
	}
	name := c.Name
	if name == "" {
		name = "the column"
	}
	f.Message = fmt.Sprintf("%s may be NULL, as %s, but sqlc gives it %s, which cannot hold that: %s", name, c.Null.Why, plain, consequence(plain))
	f.Hint = nullHint(c)
	return f, true
}

// consequence is what becomes of NULL in a Go type.
func consequence(plain string) string {
	if plain == "uuid.UUID" {
		return "every such row reads as the zero UUID, or fails to scan"
	}
	return "every such row fails to scan"
}

func returnsRows(command string) bool {
	return strings.HasSuffix(command, "one") || strings.HasSuffix(command, "many")
}

func nullHint(c *sqlcmodel.Column) string {
	switch c.Null.Why {
	case sqlcmodel.NullSide.Why:
		return "name the table itself in the outer join, in place of the sub-select, without parentheses around joins and without a cast: sqlc then sees that it may be NULL; or give it a value with coalesce(…, …)"
	case sqlcmodel.Nullable.Why:
		return "leave the cast or the operator out, so that sqlc sees a column that may be NULL; or give it a value with coalesce(…, …)"
	}
	return "give it a value, as in coalesce(…, 0)::bigint or coalesce(…, '')::text"
}
