"""The reference of commands, from what ``--help`` prints."""

from __future__ import annotations

from docs.make.tree import every_command
from terpseed.errors import ExitCode

_HEAD = """\
# Commands

What `terpseed COMMAND --help` prints, for all of them. Made by `make docs`; a test says when it is stale.

Every option has an environment variable: `terpseed load --to` is `TERPSEED_LOAD_TO`. The database URL may also stand in
`DATABASE_URL`, in the environment or in a file `.env`, as TERP itself has it. stdout carries results alone; talk and
progress go to stderr, and `--quiet` leaves only errors there. `NO_COLOR` turns colour off.

| exit code | what happened |
|---|---|
"""  # noqa: E501 - a paragraph's lines are as long as those of the other pages
MEANING = {
    ExitCode.GOOD: "all is well",
    ExitCode.FINDINGS: "a rule is broken, two things differ, or `doctor` found something to fix",
    ExitCode.USAGE: "wrong arguments, or a folder that is no whole dataset",
    ExitCode.SCENARIO_OR_SCHEMA: "the scenario cannot exist, or the schema does not fit",
    ExitCode.CONNECTION: "the server cannot be reached or lets nobody in",
    ExitCode.LOAD_OR_VERIFY: "a load failed, or what is in the database is not the dataset",
    ExitCode.STATE_DIFFERS: "refused: something is not in the state that the command needs",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C; by SIGTERM it is 143",
}


def commands_page() -> str:
    """Return the page."""
    lines = [_HEAD + "\n".join(f"| {int(code)} | {MEANING[code]} |" for code in ExitCode)]
    for context in every_command():
        level = 2 + (context.command_path.count(" ") > 1)
        lines += ["", f"{'#' * level} {context.command_path}", "", "```text"]
        lines += [line.rstrip() for line in context.get_help().splitlines()]
        lines.append("```")
    return "\n".join([*lines, ""])
