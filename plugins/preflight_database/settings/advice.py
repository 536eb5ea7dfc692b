"""What a judge of settings says to an operator."""

from __future__ import annotations

from preflight.finding import Finding, NotChecked
from preflight.nearest import did_you_mean
from preflight_database.catalogue.model import Setting
from preflight_database.settings.amount import shown
from preflight_database.settings.observation import SettingObservation
from preflight_database.settings.spec import SettingSpec


def no_setting(spec: SettingSpec, seen: SettingObservation) -> Finding:
    hint = did_you_mean(spec.name, seen.names)
    expected = f"a setting {spec.name} in {seen.server.where(spec.database)}"
    return Finding(expected, f"it has none of that name{hint}", "see to the name, and to the version of the server")


def hidden(spec: SettingSpec, seen: SettingObservation) -> NotChecked:
    reason = f"{seen.server.user} may not see {spec.name} in {seen.server.where(spec.database)}"
    cause = f"{seen.server.user} may not see all settings of database {spec.database}"
    return NotChecked(reason, cause, f"GRANT pg_read_all_settings TO {seen.server.user}")


def cannot_compare(spec: SettingSpec, seen: SettingObservation, setting: Setting) -> NotChecked:
    unit = f" in {setting.unit}" if setting.unit else ""
    reason = (
        f"{spec.name} is {setting.value or 'empty'}{unit}, of type {setting.type}: not to be compared with {spec.value}"
    )
    step = f"write one of {', '.join(setting.choices)}" if setting.choices else "write a value of that type"
    return NotChecked(f"{reason} ({seen.server.where(spec.database)})", next_step=step)


def other_value(spec: SettingSpec, seen: SettingObservation, setting: Setting) -> Finding:
    expected = f"{setting.name} {spec.value} in {seen.server.where(spec.database)}"
    if setting.pending_restart:
        observed = f"{setting.name} is {shown(setting)}, and another value waits in the configuration for a restart"
        return Finding(expected, observed, "see whether that value is right (pg_file_settings), and restart the server")
    change = {
        "postgresql": f"ALTER SYSTEM SET {setting.name} = ...; SELECT pg_reload_conf(); some need a restart",
        "sqlite": f"PRAGMA {setting.name} = ...; some take effect with VACUUM only",
    }
    step = change.get(
        seen.server.engine, f"SET GLOBAL {setting.name} = ..., and in the configuration file for the next start"
    )
    choices = f" (it can be {', '.join(setting.choices)})" if setting.choices else ""
    return Finding(expected, f"{setting.name} is {shown(setting)}{choices}", step)


def about_to_change(spec: SettingSpec, seen: SettingObservation, setting: Setting) -> Finding:
    expected = f"{setting.name} {spec.value} in {seen.server.where(spec.database)}, and after a restart as well"
    observed = f"{setting.name} is {shown(setting)}, but another value waits in the configuration for a restart"
    return Finding(expected, observed, "see pg_file_settings and postgresql.auto.conf for what it will be")
