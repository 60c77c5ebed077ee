package query

// Type is the equality family of a value: two values of one known family compare
// by an equality that is transitive, so they may share an equivalence class.
// Domains have their base type's family; int2, int4 and int8 share one, and so do
// text and varchar. The zero Type is unknown and joins no class.
type Type string

// Unknown is the type of values that no equality can be proved for.
const Unknown Type = ""

// Outputs returns the columns of q's result.
func Outputs(q Query) []Output {
	switch q := q.(type) {
	case *Select:
		return q.Out
	case *SetOp:
		return q.Out
	case *Values:
		return q.Out
	case *Write:
		return q.Returning
	case nil, *Opaque:
	default:
		panic(Unexpected(q))
	}
	return nil
}
