"""What the company has once, however many markets it has: tables that markets share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OF_THE_COMPANY: Mapping[str, tuple[str, ...]] = {
    # people and what they may
    "users": ("openId",),
    "roles": ("name",),
    "permissions": ("name",),
    "role_permissions": ("role_id", "permission_id"),
    "user_roles": ("user_id", "role_id"),
    "user_permission_overrides": ("user_id", "permission_id"),
    # the frame of the books
    "accounts": ("accountNumber",),
    "fiscalPeriods": ("startDate",),
    "expenseCategories": ("categoryName",),
    "paymentMethods": ("code",),
    # words to sort goods by
    "categories": ("name",),
    "subcategories": ("categoryId", "name"),
    "grades": ("name",),
    "unit_types": ("code",),
    "strains": ("name",),
    "tags": ("name",),
    "tagGroups": ("name",),
    "tagGroupMembers": ("groupId", "tagId"),
    "tagHierarchy": ("parentTagId", "childTagId"),
    "product_categories": ("slug",),
    "product_grades": ("code",),
    "workflow_statuses": ("slug",),
    # what is agreed once for all clients
    "pricing_rules": ("name",),
    "pricing_profiles": ("name",),
    "pricing_defaults": ("product_category",),
    "vip_tiers": ("name",),
    "achievements": ("code",),
    "service_definitions": ("code",),
    # calendars
    "calendars": ("name",),
    "appointment_types": ("name",),
    "calendar_invitation_settings": ("user_id",),
    # switches
    "feature_flags": ("key",),
}
"""Tables whose rows markets refer to, and the columns by which a row is found again."""

ONCE = frozenset(
    {
        "calendar_availability",
        "calendar_blocked_dates",
        "calendar_user_access",
        "calendar_views",
        "cogs_rules",
        "credit_system_settings",
        "credit_visibility_settings",
        "cron_leader_lock",
        "custom_finance_statuses",
        "dashboard_kpi_configs",
        "dashboard_widget_configs",
        "dashboard_widget_layouts",
        "deployments",
        "feature_flag_audit_logs",
        "feature_flag_role_overrides",
        "feature_flag_user_overrides",
        "inventoryViews",
        "leaderboard_default_weights",
        "leaderboard_weight_configs",
        "organization_settings",
        "overtime_rules",
        "range_pricing_channel_settings",
        "referral_settings",
        "shift_templates",
        "userDashboardPreferences",
        "user_preferences",
        "variable_markup_rules",
    }
)
"""Tables that only the first market fills: settings that nothing refers to."""

COUNTED = frozenset({"sequences"})
"""Tables whose rows are found again by name, and go on counting."""

BOARDS = frozenset({"leaderboard_rank_history", "vip_leaderboard_snapshots"})
"""Tables that rank clients on a day that is over: who comes later is on none of them."""
