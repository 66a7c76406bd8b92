"""Proving a dataset offline: rules, what they found, and reports of it."""

from validate._validate import validate
from validate.facts import Frames
from validate.result import Finding, RuleResult, ValidationResult
from validate.rule import NotRun, Rule

__all__ = [
    "Finding",
    "Frames",
    "NotRun",
    "Rule",
    "RuleResult",
    "ValidationResult",
    "validate",
]
