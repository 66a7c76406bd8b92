"""What the stages of terpseed share: catalogs, the dataset format, errors and the command line.

The stages themselves are the packages ``generate``, ``validate`` and ``load``; none of them
imports another, and nothing here belongs to only one of them. Importing this package loads no
heavy library.
"""

__version__ = "0.1.0"
