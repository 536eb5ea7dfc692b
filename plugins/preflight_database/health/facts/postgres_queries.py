"""What PostgreSQL is asked about the health of a database. Each is one query, whatever the size.

https://www.postgresql.org/docs/current/catalogs.html, .../monitoring-stats.html
"""

from __future__ import annotations

_OURS = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'"

PARTITIONS = f"""
    select n.nspname::text, c.relname::text, pn.nspname::text, p.relname::text
    from pg_inherits h join pg_class c on c.oid = h.inhrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace
    where c.relispartition and c.relkind in ('r', 'p') and {_OURS}"""

MATERIALISED = "select schemaname::text, matviewname::text from pg_matviews"

INHERITED = f"""
    select n.nspname::text, c.relname::text, o.conname::text
    from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    where o.contype = 'f' and o.conparentid <> 0 and {_OURS}"""

# A column is fed by the sequence in its default, by that of its identity, and by the one that it owns.
_FEEDS = """
    with feeds as (
        select d.refobjid as sequence, e.adrelid as relation, e.adnum as number
        from pg_depend d join pg_attrdef e on e.oid = d.objid
        where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
        union
        select d.objid, d.refobjid, d.refobjsubid from pg_depend d
        where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
          and d.refobjsubid > 0)"""
# The end of an index tells the highest number at once; without one, only a table that is small is read for it.
SMALL = 64 * 1024 * 1024
COUNTERS = f"""{_FEEDS}
    select n.nspname::text as schema, c.relname::text as relation, a.attname::text as attribute,
           format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid),
                       case when t.typbasetype <> 0 then t.typtypmod else a.atttypmod end) as type,
           sn.nspname = any(current_schemas(false)) as seen, sn.nspname::text as sequence_schema,
           s.relname::text as sequence, format_type(q.seqtypid, null) as sequence_type,
           q.seqmin, q.seqmax, q.seqincrement, q.seqcycle,
           has_schema_privilege(sn.oid, 'usage') and has_sequence_privilege(s.oid, 'select') as selectable,
           has_schema_privilege(n.oid, 'usage') and has_column_privilege(c.oid, f.number::int2, 'select')
               and not row_security_active(c.oid) as readable,
           t.typcategory = 'N' as numeric,
           exists (select from pg_index i join pg_class x on x.oid = i.indexrelid
                   join pg_am m on m.oid = x.relam and m.amname = 'btree'
                   where i.indrelid = c.oid and i.indkey[0] = f.number and i.indisvalid and i.indpred is null)
               or (c.relkind = 'r' and pg_relation_size(c.oid) < {SMALL}) as cheap,
           c.relkind = 'r' and pg_relation_size(c.oid) = 0 as empty
    from feeds f join pg_sequence q on q.seqrelid = f.sequence join pg_class s on s.oid = f.sequence
    join pg_namespace sn on sn.oid = s.relnamespace
    join pg_class c on c.oid = f.relation join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum = f.number
    join pg_type t on t.oid = a.atttypid
    where c.relkind in ('r', 'p') and {_OURS}"""

LOADED = f"""
    select n.nspname::text, c.relname::text,
           case when c.relkind = 'p' then (select sum(pg_relation_size(t.relid))::bigint
                                           from pg_partition_tree(c.oid) t where t.isleaf)
                else pg_relation_size(c.oid) end,
           pg_stat_get_mod_since_analyze(c.oid), greatest(c.reltuples, 0)::bigint,
           row_security_active(c.oid) or not has_any_column_privilege(c.oid, 'select')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and {_OURS}"""

NULLS = f"""
    select n.nspname::text, c.relname::text, s.attname::text, s.null_frac::float8
    from pg_stats s join pg_namespace n on n.nspname = s.schemaname
    join pg_class c on c.relname = s.tablename and c.relnamespace = n.oid
    where s.null_frac > 0.05 and s.inherited = (c.relkind = 'p') and {_OURS}"""

SCANS = f"""
    select n.nspname::text, t.relname::text, c.relname::text, pg_stat_get_numscans(c.oid)
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace where pg_stat_get_numscans(c.oid) > 0 and {_OURS}"""

# Statistics that were never reset are as old as the server's start at least: a crash would have cost them.
WINDOW = """
    select extract(epoch from now() - coalesce(d.stats_reset, pg_postmaster_start_time()))::float8,
           (select count(*) from pg_stat_replication), pg_is_in_recovery()
    from pg_stat_database d where d.datname = current_database()"""

OFTEN = 100  # scans; a few are those of a load or of building an index
TABLE_SCANS = f"""
    select n.nspname::text, c.relname::text, pg_stat_get_numscans(c.oid), pg_stat_get_tuples_returned(c.oid),
           (select coalesce(sum(pg_stat_get_numscans(i.indexrelid)), 0)::bigint
            from pg_index i where i.indrelid = c.oid),
           pg_relation_size(c.oid)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and pg_stat_get_numscans(c.oid) > {OFTEN} and {_OURS}"""

# The triggers by which PostgreSQL itself holds rows to a foreign key, where somebody has turned them off.
UNENFORCED = f"""
    select n.nspname::text, c.relname::text, o.conname::text,
           string_agg(distinct format('%I.%I', tn.nspname, tc.relname), ', ')
    from pg_trigger t join pg_constraint o on o.oid = t.tgconstraint
    join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_class tc on tc.oid = t.tgrelid join pg_namespace tn on tn.oid = tc.relnamespace
    where t.tgisinternal and o.contype = 'f' and t.tgenabled in ('D', 'R') and {_OURS} group by 1, 2, 3"""

# From PostgreSQL 18 on.
NOT_ENFORCED = f"""
    select n.nspname::text, c.relname::text, o.conname::text, o.contype::text
    from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    where o.contype in ('c', 'f') and not o.conenforced and {_OURS}"""

TRIGGERS = f"""
    select n.nspname::text, c.relname::text, t.tgname::text, t.tgenabled::text
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where not t.tgisinternal and t.tgenabled in ('D', 'R') and {_OURS}"""

DEFAULT_COLLATION = 100  # pg_collation.oid of "default", which is the database's
COLLATIONS = f"""
    with used as (
        select u.sorted_by, x.indexrelid,
               case when n.nspname = any(current_schemas(false)) then c.relname::text
                    else n.nspname || '.' || c.relname end as name
        from pg_index x join pg_class c on c.oid = x.indexrelid join pg_namespace n on n.oid = c.relnamespace
        cross join lateral unnest(x.indcollation::oid[]) u(sorted_by)
        where c.relkind = 'i' and {_OURS})
    select l.oid::bigint, ln.nspname || '.' || l.collname, l.collversion, pg_collation_actual_version(l.oid),
           count(distinct u.indexrelid), (array_agg(distinct u.name))[1:20]
    from used u join pg_collation l on l.oid = u.sorted_by join pg_namespace ln on ln.oid = l.collnamespace
    group by l.oid, ln.nspname, l.collname, l.collversion"""

DATABASE_COLLATION = (
    "select datname::text, datcollate::text, {versions} from pg_database where datname = current_database()"
)
VERSIONS = "datcollversion, pg_database_collation_actual_version(oid)"  # from PostgreSQL 15 on

# What is smaller is not worth the trouble.
LARGE = 10 * 1024 * 1024
_WIDTH = """
    select sum((1 - s.null_frac) * s.avg_width)::float8 as width, count(*) as known
    from pg_stats s where s.schemaname = n.nspname and s.tablename = c.relname and not s.inherited"""
SIZES = f"""
    select n.nspname::text, c.relname::text, '' as index,
           c.relpages::bigint * current_setting('block_size')::int, c.reltuples::float8, w.width,
           w.known = (select count(*) from pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
           (substring(array_to_string(c.reloptions, ' ') from 'fillfactor=([0-9]+)'))::int
    from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral ({_WIDTH}) w
    where c.relkind in ('r', 'm') and c.reltuples > 0 and c.relpages >= {LARGE} / 8192 and {_OURS}
    union all
    select n.nspname::text, c.relname::text, x.relname::text,
           x.relpages::bigint * current_setting('block_size')::int, x.reltuples::float8, w.width,
           w.known = i.indnatts,
           (substring(array_to_string(x.reloptions, ' ') from 'fillfactor=([0-9]+)'))::int
    from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam and m.amname = 'btree'
    join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
    cross join lateral ({_WIDTH} and s.attname in (
        select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum = any(i.indkey))) w
    where x.relkind = 'i' and x.reltuples > 0 and i.indexprs is null and i.indpred is null
      and x.relpages >= {LARGE} / 8192 and {_OURS}"""
