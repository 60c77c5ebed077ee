package attack

var forms = generated("forms", formRows)

var casts = generated("casts", castRows)

var claims = generated("claims", claimRows)

// formRows are rows for each clause.
const formRows = `
insert into organizations values ('$A', '17'), ('$B', '$S');
insert into projects values ('a1', '$A', '17'), ('b1', '$A', '$S'), ('b2', '$B', '$S');
insert into trees values ('a', '$A', '17'), ('b', '$B', '$S'), ('same', '$A', '17');
insert into boughs values ('a', 'a', '17'), ('b', 'b', '$S');
insert into branches values ('a', 'a', '17'), ('b', 'b', '$S');
insert into twigs values ('a', 'a', '17'), ('b', 'b', '$S');
insert into leaves values ('a', 'a', '17'), ('b', 'b', '$S');
insert into veins values ('a', 'a', '17'), ('b', 'b', '$S');
insert into readings values ('a', 'a', 1, '17'), ('b', 'b', 1, '$S');
insert into documents values ('a', '$A', false, '17'), ('b', '$B', false, '$S'), ('bp', '$B', true, 'known'), ('bq', '$B', true, 'known'), ('same', '$B', false, '$S');
insert into pages values ('a', 'a', false, '17'), ('b', 'b', false, '$S'), ('bp', 'bp', false, '$S'), ('b+', 'b', true, 'known');
insert into lines values ('a', 'a', '17'), ('b', 'b', '$S'), ('b+', 'b+', '$S');
insert into drafts values ('a', '$A', false, null, '17'), ('b', '$B', false, null, '$S'), ('b-', '$B', true, '2030-01-01', '$S');
insert into files values ('a', 'a', 'a', '17'), ('b', 'b', null, '$S'), ('bp', 'bp', null, '$S');
insert into marks values ('a', 'tree', 'same', '17'), ('b', 'document', 'same', '$S');
insert into slugs values ('a', 'now', '$A', null, '17'), ('a-', 'then', '$A', '2030-01-01', '17'), ('b', 'then', '$B', null, '$S');
insert into links values ('a', 'now', '17'), ('b', 'then', '$S');
insert into tasks values ('a', '$A', 'a1', '17'), ('b1', '$A', 'b1', '$S'), ('b2', '$B', 'b2', '$S'), ('b3', '$B', 'a1', '$S');
insert into tags values ('a', 'a1', '17'), ('b1', 'b1', '$S'), ('b2', 'b2', '$S');
insert into notes values ('a', 'a', '$A', '17'), ('b1', 'b1', '$A', '$S'), ('b2', 'b2', '$B', '$S'), ('b3', 'a', '$B', '$S');
insert into memos values ('a', 'a', 'a', '17'), ('b1', 'a', 'b1', '$S'), ('b2', 'b', 'b2', '$S');`

const castRows = `
insert into texts values ('b', '', '$S');
insert into domains values ('b', 'abc', '$S');
insert into varchars values ('b', 'abc', '$S');
insert into chars values ('b', 'abc', '$S'), ('b2', 'ab', '$S');
insert into names values ('b', repeat('a', 63), '$S');
insert into numbers values ('b', 8, '$S');
insert into letters values ('b', 'abc', '$S');`

const claimRows = `insert into texts values ('b', '', '$S'), ('a', 'acme', '17');`
