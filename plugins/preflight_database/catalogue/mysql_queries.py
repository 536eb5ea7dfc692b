"""What MySQL's and MariaDB's `information_schema` is asked.

https://dev.mysql.com/doc/refman/8.0/en/information-schema.html, https://mariadb.com/kb/en/information-schema-tables/
"""

from __future__ import annotations

from preflight_database.catalogue.model import Engine

SERVER = "select version(), substring_index(current_user(), '@', 1), database(), @@table_open_cache"
# Of views as well: to tell them from tables, MariaDB would have to look into each.
NAMES = "select table_name from information_schema.tables where table_schema = database() order by table_name"
TRIGGERS = """select event_object_table, trigger_name from information_schema.triggers
    where trigger_schema = database()"""
SETTINGS = "show global variables"

# Which of the two, and since when: 8.0.13 has functional key parts, 10.6 ignored indexes.
_SPECIAL = {"mysql": "is_visible, coalesce(expression, '')", "mariadb": "if(ignored = 'YES', 'NO', 'YES'), ''"}
_CHECKS = {
    "mysql": """json_arrayagg(json_array(c.constraint_name, check_clause, enforced))
        from information_schema.check_constraints c join information_schema.table_constraints t
          on t.constraint_schema = c.constraint_schema and t.constraint_name = c.constraint_name
        where c.constraint_schema = database() and constraint_type = 'CHECK'""",
    "mariadb": """json_arrayagg(json_array(constraint_name, check_clause, 'YES'))
        from information_schema.check_constraints where constraint_schema = database()""",
}
PARTS = 6
# To the views' collation, Orders and orders are one.
_THESE = "and table_name between %s and %s group by cast(table_name as binary)"
_TABLES = f"""
    select 'index', min(table_name), json_arrayagg(json_array(index_name, seq_in_index, non_unique, lower(index_type),
        coalesce(column_name, ''), coalesce(collation, ''), coalesce(sub_part, 0), {{special}}))
      from information_schema.statistics where table_schema = database() {_THESE}
    union all
    select 'column', min(table_name), json_arrayagg(json_array(ordinal_position, column_name, column_type, is_nullable,
        coalesce(column_default, ''), extra, coalesce(generation_expression, ''), coalesce(collation_name, '')))
      from information_schema.columns where table_schema = database() {_THESE}
    union all
    select 'check', min(table_name), {{checks}} {_THESE}
    union all
    select 'action', min(table_name), json_arrayagg(json_array(constraint_name, lower(update_rule), lower(delete_rule)))
      from information_schema.referential_constraints where constraint_schema = database() {_THESE}
    union all
    select 'key', min(table_name), json_arrayagg(json_array(constraint_name, ordinal_position, column_name,
        referenced_table_schema, referenced_table_name, referenced_column_name))
      from information_schema.key_column_usage
      where table_schema = database() and referenced_table_name is not null {_THESE}
    union all
    select 'rows', min(table_name), json_arrayagg(table_rows) from information_schema.tables
      where table_schema = database() and table_type in ('BASE TABLE', 'SYSTEM VERSIONED') {_THESE}"""


def tables(engine: Engine) -> str:
    """The tables from a name to another, given PARTS times.

    Rows of what it is of (`index`, `column`, ...), a table's name, and a JSON array in no order. PyMySQL takes 5 us
    for a row: one for each column would be most of the time that all of this takes. The actions of a foreign key stand
    apart from its columns, as MariaDB joins two of these views by comparing each row with each.
    """
    return _TABLES.format(special=_SPECIAL[engine], checks=_CHECKS[engine])
