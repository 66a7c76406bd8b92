"""Scenario to world to dataset: the simulated business and how it becomes files."""
