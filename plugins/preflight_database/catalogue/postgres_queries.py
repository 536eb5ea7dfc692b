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
    select a.attrelid, a.attnum, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attidentity::text, a.attgenerated::text,
           coalesce(q.owned, ''), a.attcollation, t.typcollation
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join (
        select p.refobjid, p.refobjsubid, min(sn.nspname || '.' || s.relname) as owned
        from pg_depend p join pg_class s on s.oid = p.objid and s.relkind = 'S'
        join pg_namespace sn on sn.oid = s.relnamespace
        where p.classid = 'pg_class'::regclass and p.refclassid = 'pg_class'::regclass and p.deptype in ('a', 'i')
        group by 1, 2) q on q.refobjid = a.attrelid and q.refobjsubid = a.attnum
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm') and {_OURS}
    order by a.attrelid, a.attnum"""

OPCLASSES = "select oid, opcname::text, opcdefault from pg_opclass"

INDEXES = f"""
    select i.indrelid, c.relname::text, c.relkind::text, m.amname::text, i.indisunique, i.indimmediate, i.indisvalid,
           i.indisready, i.indislive, {{nulls_not_distinct}} as nulls_not_distinct, i.indnkeyatts,
           i.indkey::text as keys, i.indoption::text as options, i.indclass::text as opclasses,
           i.indcollation::text as collations, pg_get_expr(i.indpred, i.indrelid) as predicate,
           case when i.indexprs is not null then
               array(select pg_get_indexdef(i.indexrelid, k, false) from generate_series(1, i.indnkeyatts) k
                     where i.indkey[k - 1] = 0 order by k) end as expressions,
           o.contype::text, o.conname::text, p.relname::text as parent, pg_get_indexdef(i.indexrelid) as definition,
           c.relpages::bigint * current_setting('block_size')::bigint as bytes
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_constraint o on o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x')
    left join pg_inherits h on h.inhrelid = i.indexrelid left join pg_class p on p.oid = h.inhparent
    where {_OURS} order by i.indrelid, c.relname"""

CONSTRAINTS = f"""
    select o.conrelid, o.conname::text, o.contype::text, o.conkey, o.confrelid, o.confkey, o.convalidated,
           o.condeferrable, o.confupdtype::text, o.confdeltype::text, fn.nspname::text as schema,
           f.relname::text as referenced, pg_get_expr(o.conbin, o.conrelid) as expression
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
           s.seqmax, s.seqincrement, s.seqcycle,
           (select array[tn.nspname, t.relname, a.attname]::text[]
            from pg_depend d join pg_class t on t.oid = d.refobjid join pg_namespace tn on tn.oid = t.relnamespace
            join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
            where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.objid = c.oid
              and d.deptype in ('a', 'i') limit 1)
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
    where {_OURS}"""

# reset_val: what a new session starts with. `setting` would be ours, where we bound statements and locks.
SETTINGS = """
    select name, case when source = 'session' then reset_val else setting end, unit, vartype, enumvals, pending_restart
    from pg_settings"""
