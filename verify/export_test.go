package verify

// Begin starts the transaction that Run looks at the catalogs in.
var Begin = begin
