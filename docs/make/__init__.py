"""Makes the generated pages of the documentation from the program itself.

``python -m docs.make`` writes them, ``python -m docs.make --check`` says which are stale.
"""
