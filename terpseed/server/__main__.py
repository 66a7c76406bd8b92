"""``python -m terpseed.server`` ends with 0 if this machine has a server program, else with 1."""

import sys

from terpseed.server.program import KINDS, find_program

sys.exit(not any(find_program(kind) for kind in KINDS))
