"""Completeness: which rules would notice if a table or a column were wrong."""
