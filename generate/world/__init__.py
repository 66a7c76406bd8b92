"""The business, one module per domain, in the order in which the company's story unfolds."""
