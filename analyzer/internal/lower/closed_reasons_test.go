package lower_test

import "strings"

// reasons maps names to the reason at the end of their line.
func reasons(table string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(table) {
		names, reason, ok := strings.Cut(line, ":")
		for name := range strings.FieldsSeq(names) {
			if ok {
				m[name] = strings.TrimSpace(reason)
			}
		}
	}
	return m
}

// unreadNodes are fields of which the content may be ignored.
var unreadNodes = reasons(`
BoolExpr.xpr BooleanTest.xpr CaseExpr.xpr CaseWhen.xpr CoalesceExpr.xpr: the header of an expression, never filled
GroupingFunc.xpr MinMaxExpr.xpr NamedArgExpr.xpr NullTest.xpr RowExpr.xpr: the header of an expression, never filled
SQLValueFunction.xpr SetToDefault.xpr SubLink.xpr XmlExpr.xpr: the header of an expression, never filled
CommonTableExpr.ctecolnames CommonTableExpr.ctecoltypes CommonTableExpr.ctecoltypmods: filled by parse analysis
CommonTableExpr.ctecolcollations XmlExpr.arg_names JsonValueExpr.formatted_expr: filled by parse analysis
IndexElem.collation IndexElem.opclass IndexElem.opclassopts: names and constants; such an arbiter proves nothing
`)

// unreadScalars are flags, numbers, strings and enumerations that change nothing for a
// proof, whatever known value they have.
var unreadScalars = reasons(`
CaseExpr.casetype CaseExpr.casecollid CoalesceExpr.coalescetype CoalesceExpr.coalescecollid: filled by parse analysis
MinMaxExpr.minmaxtype MinMaxExpr.minmaxcollid MinMaxExpr.inputcollid RowExpr.row_typeid: filled by parse analysis
CommonTableExpr.cterecursive CommonTableExpr.cterefcount GroupingFunc.agglevelsup JoinExpr.rtindex: filled by parse analysis
JsonReturning.typid JsonReturning.typmod NamedArgExpr.argnumber NullTest.argisrow SQLValueFunction.type: filled by parse analysis
SetToDefault.type_id SetToDefault.type_mod SetToDefault.collation SubLink.sub_link_id TypeName.type_oid: filled by parse analysis
XmlExpr.type XmlExpr.typmod IndexElem.indexcolname ColumnDef.coll_oid ColumnDef.is_from_type: filled by parse analysis
ColumnDef.generated ColumnDef.identity ColumnDef.compression ColumnDef.storage ColumnDef.storage_name: of tables only
ColumnDef.is_local ColumnDef.is_not_null ColumnDef.inhcount: of tables only
ColumnDef.colname RangeFunction.is_rowsfrom RangeFunction.ordinality: columns of functions prove nothing, whatever they are called
RangeFunction.lateral: functions in FROM see what is on their left in any case
RangeVar.inh: a table is always taken with its children; ONLY would need less
RangeVar.relpersistence: set where relations are created
BitString.bsval Boolean.boolval Float.fval: what a literal is makes no difference
NamedArgExpr.name: the overloads of a function are judged together
A_Indices.is_slice: both bounds are read, and an element proves as little as a slice
SQLValueFunction.typmod: a computed value proves nothing, whichever it is
JsonObjectConstructor.absent_on_null JsonObjectConstructor.unique JsonArrayConstructor.absent_on_null: as above
JsonIsPredicate.unique_keys JsonIsPredicate.item_type JsonFormat.format_type JsonFormat.encoding: as above
XmlExpr.name XmlExpr.indent XmlExpr.xmloption XmlSerialize.indent XmlSerialize.xmloption: as above
FuncCall.funcformat RowExpr.row_format: how it is written, not what it means
SortBy.sortby_nulls: any order is as good, since a LIMIT lets no condition through
IndexElem.ordering IndexElem.nulls_ordering: PostgreSQL refuses them in ON CONFLICT
SelectStmt.limit_option: LIMIT with and without ties lets no condition through
SelectStmt.group_distinct GroupingSet.kind: any grouping set lets no condition through
WindowDef.frame_options: only the partition counts
LockingClause.strength: any lock lets no condition through
InsertStmt.override MergeWhenClause.override: values of identity columns are kept or not, which the proof does not rely on
TypeName.typemod: the grammar writes modifiers into typmods
`)

// acceptedValues are the values of enumerations that some sample is accepted with.
var acceptedValues = map[string]string{
	"A_Expr_Kind": "AEXPR_OP AEXPR_OP_ANY AEXPR_OP_ALL AEXPR_DISTINCT AEXPR_NOT_DISTINCT AEXPR_NULLIF AEXPR_IN AEXPR_LIKE AEXPR_ILIKE AEXPR_SIMILAR " +
		"AEXPR_BETWEEN AEXPR_NOT_BETWEEN AEXPR_BETWEEN_SYM AEXPR_NOT_BETWEEN_SYM",
	"BoolExprType":       "AND_EXPR OR_EXPR NOT_EXPR",
	"BoolTestType":       "IS_TRUE IS_NOT_TRUE IS_FALSE IS_NOT_FALSE IS_UNKNOWN IS_NOT_UNKNOWN",
	"CTEMaterialize":     "CTEMaterializeDefault CTEMaterializeAlways CTEMaterializeNever",
	"CmdType":            "CMD_INSERT CMD_UPDATE CMD_DELETE CMD_NOTHING",
	"CoercionForm":       "COERCE_EXPLICIT_CALL COERCE_EXPLICIT_CAST COERCE_IMPLICIT_CAST COERCE_SQL_SYNTAX",
	"GroupingSetKind":    "GROUPING_SET_EMPTY GROUPING_SET_SIMPLE GROUPING_SET_ROLLUP GROUPING_SET_CUBE GROUPING_SET_SETS",
	"JoinType":           "JOIN_INNER JOIN_LEFT JOIN_FULL JOIN_RIGHT", // the others are the planner's
	"JsonEncoding":       "JS_ENC_DEFAULT JS_ENC_UTF8 JS_ENC_UTF16 JS_ENC_UTF32",
	"JsonFormatType":     "JS_FORMAT_DEFAULT JS_FORMAT_JSON JS_FORMAT_JSONB",
	"JsonValueType":      "JS_TYPE_ANY JS_TYPE_OBJECT JS_TYPE_ARRAY JS_TYPE_SCALAR",
	"LimitOption":        "LIMIT_OPTION_DEFAULT LIMIT_OPTION_COUNT LIMIT_OPTION_WITH_TIES",
	"LockClauseStrength": "LCS_NONE LCS_FORKEYSHARE LCS_FORSHARE LCS_FORNOKEYUPDATE LCS_FORUPDATE",
	"LockWaitPolicy":     "LockWaitBlock LockWaitSkip LockWaitError",
	"MinMaxOp":           "IS_GREATEST IS_LEAST",
	"NullTestType":       "IS_NULL IS_NOT_NULL",
	"OnConflictAction":   "ONCONFLICT_NOTHING ONCONFLICT_UPDATE",
	"OverridingKind":     "OVERRIDING_NOT_SET OVERRIDING_USER_VALUE OVERRIDING_SYSTEM_VALUE",
	"SQLValueFunctionOp": "SVFOP_CURRENT_DATE SVFOP_CURRENT_TIME SVFOP_CURRENT_TIME_N SVFOP_CURRENT_TIMESTAMP SVFOP_CURRENT_TIMESTAMP_N SVFOP_LOCALTIME SVFOP_LOCALTIME_N " +
		"SVFOP_LOCALTIMESTAMP SVFOP_LOCALTIMESTAMP_N SVFOP_CURRENT_ROLE SVFOP_CURRENT_USER SVFOP_USER SVFOP_SESSION_USER SVFOP_CURRENT_CATALOG SVFOP_CURRENT_SCHEMA",
	"SetOperation":  "SETOP_NONE SETOP_UNION SETOP_INTERSECT SETOP_EXCEPT",
	"SortByDir":     "SORTBY_DEFAULT SORTBY_ASC SORTBY_DESC SORTBY_USING",
	"SortByNulls":   "SORTBY_NULLS_DEFAULT SORTBY_NULLS_FIRST SORTBY_NULLS_LAST",
	"SubLinkType":   "EXISTS_SUBLINK ALL_SUBLINK ANY_SUBLINK EXPR_SUBLINK ARRAY_SUBLINK", // the others are made by parse analysis
	"XmlExprOp":     "IS_XMLCONCAT IS_XMLELEMENT IS_XMLFOREST IS_XMLPARSE IS_XMLPI IS_XMLROOT IS_XMLSERIALIZE IS_DOCUMENT",
	"XmlOptionType": "XMLOPTION_DOCUMENT XMLOPTION_CONTENT",
}

// emptyNodes are the types of which an empty node is accepted somewhere. All other
// types that the grammar has, known to the lowering or not, are refused when empty.
var emptyNodes = reasons(`
A_ArrayExpr A_Indirection CaseExpr CaseWhen CoalesceExpr CollateClause GroupingFunc List: only its parts are read, and it has none
JsonArrayConstructor JsonKeyValue JsonObjectConstructor JsonValueExpr NamedArgExpr ResTarget: only its parts are read, and it has none
A_Indices A_Star WindowDef: only its parts are read, and it has none
A_Const Integer String SetToDefault ParamRef: a value, a name, a key word or a parameter
ColumnDef ColumnRef: a column of a function in FROM; a modifier of a type, such as a key word
RangeVar: a name in FOR UPDATE OF, which locks no other rows than those that are read
`)
