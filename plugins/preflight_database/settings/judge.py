"""Why is a setting not as it should be?"""

from __future__ import annotations

from preflight.finding import Finding, NotChecked
from preflight_database.settings import advice
from preflight_database.settings.amount import holds
from preflight_database.settings.observation import SettingObservation
from preflight_database.settings.spec import SettingSpec


def judge_setting(spec: SettingSpec, seen: SettingObservation) -> list[Finding | NotChecked]:
    if seen.setting is None:
        return [advice.hidden(spec, seen) if seen.hidden else advice.no_setting(spec, seen)]
    right = holds(spec.value, seen.setting)
    if right is None:
        return [advice.cannot_compare(spec, seen, seen.setting)]
    if not right:
        return [advice.other_value(spec, seen, seen.setting)]
    return [advice.about_to_change(spec, seen, seen.setting)] if seen.setting.pending_restart else []
