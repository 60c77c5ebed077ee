package verify

import "strings"

// leakproofs reads which functions of PostgreSQL itself somebody has made LEAKPROOF.
func (r *reader) leakproofs() {
	var name string
	r.each("pg_proc", `SELECT format('pg_catalog.%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) FROM pg_proc p
		WHERE p.proleakproof AND p.oid < 16384 AND p.pronamespace = 'pg_catalog'::regnamespace AND p.proname <> ALL ('{`+strings.Join(strings.Fields(leakproof), ",")+`}') ORDER BY 1`,
		[]any{&name}, func() { r.live.leakproof = append(r.live.leakproof, name) })
}

// leakproof are the names of the functions that initdb of some version from 14 to 18 makes LEAKPROOF.
const leakproof = `
	bitcmp biteq bitge bitgt bitle bitlt bitne bool booleq boolge boolgt boolle boollt boolne bpchar_larger bpchar_pattern_ge bpchar_pattern_gt
	bpchar_pattern_le bpchar_pattern_lt bpchar_smaller bpcharcmp bpchareq bpcharge bpchargt bpcharle bpcharlt bpcharne btboolcmp btbpchar_pattern_cmp
	btcharcmp btfloat48cmp btfloat4cmp btfloat84cmp btfloat8cmp btint24cmp btint28cmp btint2cmp btint42cmp btint48cmp btint4cmp btint82cmp btint84cmp
	btint8cmp btnamecmp btnametextcmp btoidcmp btoidvectorcmp bttext_pattern_cmp bttextcmp bttextnamecmp bttidcmp bytea bytea_larger bytea_smaller
	byteacmp byteaeq byteage byteagt byteale bytealt byteane cash_cmp cash_eq cash_ge cash_gt cash_le cash_lt cash_ne chareq charge chargt charle charlt
	charne cideq circle_eq circle_ge circle_gt circle_le circle_lt circle_ne crc32 crc32c date_cmp date_eq date_ge date_gt date_le date_lt date_ne float4
	float48eq float48ge float48gt float48le float48lt float48ne float4eq float4ge float4gt float4le float4lt float4ne float8 float84eq float84ge float84gt
	float84le float84lt float84ne float8eq float8ge float8gt float8le float8lt float8ne gen_random_uuid int24eq int24ge int24gt int24le int24lt int24ne
	int28eq int28ge int28gt int28le int28lt int28ne int2eq int2ge int2gt int2le int2lt int2ne int4 int42eq int42ge int42gt int42le int42lt int42ne int48eq
	int48ge int48gt int48le int48lt int48ne int4eq int4ge int4gt int4le int4lt int4ne int8 int82eq int82ge int82gt int82le int82lt int82ne int84eq int84ge
	int84gt int84le int84lt int84ne int8eq int8ge int8gt int8le int8lt int8ne interval interval_cmp interval_eq interval_ge interval_gt interval_le
	interval_lt interval_ne lseg_eq lseg_ge lseg_gt lseg_le lseg_lt lseg_ne macaddr8 macaddr8_cmp macaddr8_eq macaddr8_ge macaddr8_gt macaddr8_le
	macaddr8_lt macaddr8_ne macaddr_cmp macaddr_eq macaddr_ge macaddr_gt macaddr_le macaddr_lt macaddr_ne md5 name nameeq nameeqtext namege namegetext
	namegt namegttext namele nameletext namelt namelttext namene namenetext network_cmp network_eq network_ge network_gt network_le network_lt network_ne
	numeric oideq oidge oidgt oidle oidlt oidne oidvectoreq oidvectorge oidvectorgt oidvectorle oidvectorlt oidvectorne pg_lsn_cmp pg_lsn_eq pg_lsn_ge
	pg_lsn_gt pg_lsn_le pg_lsn_lt pg_lsn_ne sha224 sha256 sha384 sha512 starts_with text text_ge text_gt text_larger text_le text_lt text_pattern_ge
	text_pattern_gt text_pattern_le text_pattern_lt text_smaller texteq texteqname textgename textgtname textlename textltname textne textnename tideq
	tidge tidgt tidle tidlt tidne time_cmp time_eq time_ge time_gt time_le time_lt time_ne timestamp_cmp timestamp_eq timestamp_ge timestamp_gt
	timestamp_le timestamp_lt timestamp_ne timestamptz_cmp timestamptz_eq timestamptz_ge timestamptz_gt timestamptz_le timestamptz_lt timestamptz_ne
	timetz_cmp timetz_eq timetz_ge timetz_gt timetz_le timetz_lt timetz_ne uuid_cmp uuid_eq uuid_extract_timestamp uuid_extract_version uuid_ge uuid_gt
	uuid_le uuid_lt uuid_ne varbitcmp varbiteq varbitge varbitgt varbitle varbitlt varbitne varchar xid8cmp xid8eq xid8ge xid8gt xid8le xid8lt xid8ne
	xideq xideqint4 xidneq xidneqint4
`
