-- A stand-in for Citus: functions of the same names and arguments that refuse what its documentation and its source
-- (foreign_constraint.c, create_distributed_table.c, policy.c of version 13) say that it refuses. Nothing is distributed.
CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, partkey text, colocation regclass);

CREATE FUNCTION citus_check(t regclass, dist text, root regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    x record;
    attr int2 := (SELECT attnum FROM pg_attribute WHERE attrelid = t AND attname = dist AND NOT attisdropped);
    i int;
    ref pg_dist_partition;
BEGIN
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = t) THEN
        RAISE 'table % is already distributed', t;
    END IF;
    IF dist IS NOT NULL AND attr IS NULL THEN
        RAISE 'column % of relation % does not exist', dist, t;
    END IF;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t AND NOT tgisinternal) THEN
        RAISE 'cannot distribute relation % because it has triggers', t;
    END IF;
    IF EXISTS (SELECT FROM pg_policy WHERE polrelid = t AND concat(pg_get_expr(polqual, t), pg_get_expr(polwithcheck, t)) ~ 'SELECT') THEN
        RAISE 'cannot create policy: Subqueries are not supported in policies on distributed tables';
    END IF;
    IF EXISTS (SELECT FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = t AND relkind = 'p') THEN
        RAISE 'distributing multi-level partitioned tables is not supported';
    END IF;
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = t AND attidentity <> '' AND atttypid <> 'bigint'::regtype) THEN
        RAISE 'cannot complete operation on % with smallint/int identity column', t;
    END IF;
    IF dist IS NOT NULL AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = t AND attnum = attr AND attgenerated <> '') THEN
        RAISE 'Distribution column must not use GENERATED ALWAYS AS (...) STORED.';
    END IF;
    IF dist IS NOT NULL AND EXISTS (SELECT FROM pg_index WHERE indrelid = t AND indisunique AND NOT attr = ANY (indkey::int2[])) THEN
        RAISE 'creating unique indexes on non-partition columns is currently unsupported: %', t;
    END IF;
    IF root IS NOT NULL AND NOT EXISTS (SELECT FROM pg_dist_partition d JOIN pg_attribute a ON a.attrelid = d.logicalrelid AND a.attname = d.partkey
            WHERE d.logicalrelid = root AND atttypid = (SELECT atttypid FROM pg_attribute WHERE attrelid = t AND attnum = attr)) THEN
        RAISE 'cannot colocate tables % and %', root, t;
    END IF;
    FOR x IN SELECT * FROM pg_constraint WHERE conrelid = t AND contype = 'f' AND conparentid = 0 LOOP
        SELECT * INTO ref FROM pg_dist_partition WHERE logicalrelid = x.confrelid;
        IF x.confrelid = t THEN
            ref := (t, dist, root);
        ELSIF ref.logicalrelid IS NULL THEN
            RAISE 'Referenced table must be a distributed table or a reference table: %', x.conname;
        END IF;
        i := array_position(x.conkey, attr);
        IF dist IS NULL AND ref.partkey IS NOT NULL THEN
            RAISE 'foreign keys from reference tables to distributed tables are not supported: %', x.conname;
        END IF;
        IF ref.partkey IS NOT NULL AND (i IS NULL OR x.confkey[i] <> (SELECT attnum FROM pg_attribute WHERE attrelid = x.confrelid AND attname = ref.partkey)) THEN
            RAISE 'Foreign keys are supported between two colocated tables including partition column in the same ordinal: %', x.conname;
        END IF;
        IF i IS NOT NULL AND (x.confdeltype IN ('n', 'd') OR x.confupdtype IN ('n', 'd', 'c')) THEN
            RAISE 'SET NULL, SET DEFAULT or CASCADE is not supported when distribution key is included: %', x.conname;
        END IF;
    END LOOP;
END
$$;

CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus_check(table_name, NULL, NULL);
    INSERT INTO pg_dist_partition VALUES (table_name);
END
$$;

CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
    colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    root regclass := CASE WHEN colocate_with NOT IN ('default', 'none') THEN colocate_with::regclass END;
BEGIN
    PERFORM citus_check(table_name, distribution_column, root);
    INSERT INTO pg_dist_partition VALUES (table_name, distribution_column, coalesce(root, table_name));
END
$$;

CREATE FUNCTION undistribute_table(table_name regclass, cascade_via_foreign_keys bool DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    tables regclass[] := ARRAY[table_name];
    more regclass[];
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
        RAISE 'cannot undistribute table because the table is not distributed: %', table_name;
    END IF;
    LOOP
        SELECT array_agg(DISTINCT t) INTO more FROM (SELECT unnest(tables) UNION
            SELECT unnest(ARRAY[conrelid, confrelid])::regclass FROM pg_constraint
            WHERE contype = 'f' AND conparentid = 0 AND (conrelid = ANY (tables) OR confrelid = ANY (tables))) r(t);
        EXIT WHEN more <@ tables;
        tables := more;
    END LOOP;
    IF cardinality(tables) > 1 AND NOT cascade_via_foreign_keys THEN
        RAISE 'cannot undistribute table % because it has a foreign key', table_name;
    END IF;
    DELETE FROM pg_dist_partition WHERE logicalrelid = ANY (tables);
END
$$;
