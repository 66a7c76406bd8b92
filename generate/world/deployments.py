"""Releases of the application itself: which change went live when, and which did not.

Makes ``deployments``: about one a month since the company opened its books, some of which failed,
and the ones that are under way right now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._hours import between
from generate.world._tokens import tokens, uuids
from terpseed.json_types.desk import Push

if TYPE_CHECKING:
    from generate.world._world import World

_CHANGES = (
    "Show the vendor on receiving sheets",
    "Speed up the client ledger",
    "Fix rounding of margins on quotes",
    "Let accountants close a period twice a day",
    "Add the photography queue",
    "Pick and pack: print bag labels",
    "Refuse negative quantities in transfers",
    "Calendar: keep the time zone of recurring events",
    "Send overdue reminders in the morning",
    "Cache the live catalogue for a minute",
    "Credit limits: explain the trend",
    "Move uploads out of the web server",
    "Upgrade the database driver",
    "Dashboard: remember the chosen layout",
    "Inbox: archive what is done",
    "Statements of account as PDF",
    "Samples: track where they are",
    "Correct the totals of split payments",
    "Leaderboard without names",
    "Live shopping: hold stock during a session",
    "Search products by alias",
    "Drop the old vendor screens",
    "Purchase orders: receive in parts",
    "Faster start after a release",
)
_FAILURES = (
    "Health check did not answer within 90 seconds",
    "Migration stopped: lock wait timeout",
    "Type check found 2 errors",
)
_AUTHORS = ("Dana Whitfield", "Mateo Ruiz", "Ingrid Sørensen")
# Minutes ago, status and branch of what is under way.
_NOW = ((7, "deploying", "main"), (4, "building", "staging"), (1, "pending", "staging"))
_LEAST = 15


def build(world: World) -> None:
    """Release, fail now and then, and be in the middle of a release."""
    stream = world.stream("deployments", "all")
    past = max(_LEAST - len(_NOW), world.clock.days // 33)
    n = past + len(_NOW)
    start = pl.lit(world.clock.opening)
    # Nobody releases in the last two hours but what is under way.
    end = pl.lit(world.now - timedelta(hours=2))
    share = (pl.int_range(past, eager=True) + pl.Series(stream.uniform(past))) / past
    turn = pl.int_range(pl.len())
    done = pl.select(at=between(start, end, pl.lit(share))).with_columns(
        status=pl.when(turn % 6 == 4).then(pl.lit("failed")).otherwise(pl.lit("success")),
        branch=pl.when(turn % 5 == 3).then(pl.lit("staging")).otherwise(pl.lit("main")),
    )
    running = pl.DataFrame(_NOW, schema=["ago", "status", "branch"], orient="row").select(
        "status", "branch", at=pl.lit(world.now) - pl.duration(minutes="ago")
    )
    rows = pl.concat([done, running.select(done.columns)])
    first = int(stream.integers(1, 0, len(_CHANGES) - 1)[0])
    place = pl.int_range(n, eager=True)
    messages = pl.Series(_CHANGES).gather((place + first) % len(_CHANGES))
    again = place // len(_CHANGES)
    seconds = pl.Series(stream.integers(n, 140, 520))
    finished = pl.col("status").is_in(["success", "failed"])
    failed = pl.col("status") == "failed"
    faults = pl.Series(_FAILURES).gather(place % len(_FAILURES))
    numbered = pl.format("{}, part {}", pl.lit(messages), pl.lit(again + 1))
    rows = rows.with_columns(
        sha=tokens(stream, n, 40),
        message=pl.when(pl.lit(again) == 0).then(pl.lit(messages)).otherwise(numbered),
        author=stream.choice(n, _AUTHORS),
        pusher=stream.choice(n, _AUTHORS),
        seconds=seconds,
        error=pl.when(failed).then(pl.lit(faults)),
        delivery=uuids(stream, n),
        cloud=uuids(stream, n),
        waited=pl.Series(stream.integers(n, 3, 40)),
    )
    log = pl.format(
        "[1/4] install\n[2/4] build {} in {} s\n[3/4] test\n[4/4] {}",
        pl.col("sha").str.slice(0, 7), pl.col("seconds") * 2 // 3,
        pl.when(failed).then(pl.format("stopped: {}", "error")).otherwise(pl.lit("released")),
    )  # fmt: skip
    payload = _json.record(
        Push,
        {
            "ref": pl.format("refs/heads/{}", "branch"),
            "after": "sha",
            "pusher": {"name": "pusher"},
            "head_commit": {"id": "sha", "message": "message"},
        },
    )
    world.put(
        "deployments",
        rows.select(
            world.ids("deployments", n),
            commitSha="sha",
            commitMessage="message",
            commitTimestamp=pl.col("at") - pl.duration(minutes="waited"),
            branch="branch",
            author="author",
            pusher="pusher",
            status="status",
            startedAt="at",
            completedAt=pl.when(finished).then(pl.col("at") + pl.duration(seconds="seconds")),
            duration=pl.when(finished).then("seconds"),
            # Nothing has an id in the cloud before it is built.
            doDeploymentId=pl.when(pl.col("status") != "pending").then("cloud"),
            buildLogs=pl.when(finished).then(log),
            deploymentUrl=pl.when(~failed & finished).then(
                pl.format("https://terp-{}.example", "branch")
            ),
            errorMessage="error",
            githubDeliveryId="delivery",
            webhookPayload=payload,
        ),
    )
