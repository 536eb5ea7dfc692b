"""What PostgreSQL's catalogue is asked. Tables of extensions and of the system, and temporary ones, are left out."""

from __future__ import annotations

_OURS = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'"

SERVER = """
    select current_setting('server_version_num')::int, split_part(current_setting('server_version'), ' ', 1),
           current_user::text, current_schemas(false)::text[], pg_is_in_recovery()"""

# reltuples is -1 before the first VACUUM or ANALYZE (from 14 on; 0 before that), and set by CREATE INDEX, too: whether
# the planner has statistics is what pg_stats shows, to those who may read the table.
TABLES = f"""
    select c.oid, n.nspname::text, c.relname::text, c.relkind::text,
           case when c.reltuples < 0 or (c.reltuples = 0 and c.relpages = 0) then null else c.reltuples::bigint end,
           case when s.tablename is not null then true
                when has_table_privilege(c.oid, 'select') then false end
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join (select distinct schemaname, tablename from pg_stats) s
      on s.schemaname = n.nspname and s.tablename = c.relname
    where c.relkind in ('r', 'p', 'm') and {_OURS}"""

COLLATIONS = "select oid, collname::text from pg_collation"

COLUMNS = f"""
    select a.attrelid, a.attnum, a.attname::text, format_type(a.atttypid, a.atttypmod), not a.attnotnull,
           coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attidentity::text, a.attgenerated::text, a.atttypid,
           a.attcollation, t.typcollation
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm') and {_OURS}
    order by a.attrelid, a.attnum"""

OPCLASSES = "select oid, opcname::text, opcdefault, opcintype from pg_opclass"

# Vectors as text, which is several times as fast as an array for the driver.
INDEXES = f"""
    select i.indexrelid, i.indrelid, c.relname::text, c.relkind::text, m.amname::text, i.indisunique, i.indimmediate,
           i.indisvalid, i.indisready, i.indislive, {{nulls_not_distinct}}, i.indnkeyatts, i.indkey::text,
           i.indoption::text, i.indclass::text, i.indcollation::text, coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
           case when i.indexprs is not null then
               array(select pg_get_indexdef(i.indexrelid, k, false) from generate_series(1, i.indnkeyatts) k
                     where i.indkey[k - 1] = 0 order by k) end,
           coalesce(o.contype::text, ''), coalesce(o.conname::text, ''), coalesce(p.relname::text, ''),
           c.relpages::bigint * current_setting('block_size')::bigint, c.reloptions is not null or c.reltablespace <> 0
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_constraint o on o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x')
    left join pg_inherits h on h.inhrelid = i.indexrelid left join pg_class p on p.oid = h.inhparent
    where {_OURS} order by i.indrelid, c.relname"""

DEFINITIONS = "select indexrelid, pg_get_indexdef(indexrelid) from pg_index where indexrelid = any(%s::oid[])"

CONSTRAINTS = f"""
    select o.conrelid, o.conname::text, o.contype::text, o.conkey, o.confrelid, o.confkey, o.convalidated,
           o.condeferrable, o.confupdtype::text, o.confdeltype::text, fn.nspname::text as schema,
           f.relname::text as referenced, coalesce(pg_get_expr(o.conbin, o.conrelid), '') as expression
    from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    left join pg_class f on f.oid = o.confrelid left join pg_namespace fn on fn.oid = f.relnamespace
    where o.contype in ('c', 'f', 'p', 'u', 'x') and {_OURS} order by o.conrelid, o.conname"""

TRIGGERS = f"""
    select t.tgrelid, t.tgname::text, t.tgenabled::text
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where not t.tgisinternal and {_OURS} order by t.tgname"""

SEQUENCES = f"""
    select n.nspname::text, c.relname::text, format_type(s.seqtypid, null),
           case when has_sequence_privilege(c.oid, 'select,usage') then pg_sequence_last_value(c.oid::regclass) end,
           s.seqmax, s.seqincrement, s.seqcycle, d.refobjid, d.refobjsubid
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
    left join pg_depend d on d.objid = c.oid and d.classid = 'pg_class'::regclass
      and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    where {_OURS} order by 1, 2"""

# reset_val: what a new session starts with. `setting` would be ours, where we bound statements and locks.
SETTINGS = """
    select name, case when source = 'session' then reset_val else setting end, unit, vartype, enumvals, pending_restart
    from pg_settings"""
