"""What comes back every week, month or year: series, their rules, and the dates that they produce.

Makes ``calendar_recurrence_rules`` and ``calendar_recurrence_instances``. ``plan`` gives the first
date of every series to ``agenda``; ``build`` writes rules and dates once the events have ids. Dates
lie inside their rule and never on an exception (a day on which the company is closed); some were
moved to another room or person, some called off. The series are a fixed list and the standing
orders of two clients, and each keeps only the dates around now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from generate.world import _json
from generate.world._diary import at
from generate.world._wording import worded
from generate.world.people import staff_of
from terpseed.json_types.appointments import Month, MonthDay, Week, Weekday, WeekdayOfMonth
from terpseed.json_types.words import Date

if TYPE_CHECKING:
    from generate.world._world import World

_BACK, _AHEAD, _AHEAD_DAYS = 17, 8, 90  # dates kept before and after now
_LICENSE_MONTH = 3


@dataclass(frozen=True, slots=True)
class Series:
    """One series.

    Attributes:
        kind: its kind in the agenda.
        title: what it is called in the agenda's templates.
        frequency: DAILY, WEEKLY, MONTHLY or YEARLY.
        interval: every so many days, weeks, months or years.
        hour: when it starts.
        days: weekdays (Sunday is 0), all that the rule names.
        month_day: day of the month, -1 is the last, or None.
        week: week of the month for ``days``, or None.
        count: dates until it is over, or None.
        since: its first day, or None for the start of the business.
        until: its last day, or None.
        client: whose standing order it is, or None.
    """

    kind: str
    title: str
    frequency: str
    interval: int
    hour: int
    days: tuple[int, ...] = ()
    month_day: int | None = None
    week: int | None = None
    count: int | None = None
    since: date | None = None
    until: date | None = None
    client: int | None = None

    @property
    def length(self) -> int:
        """Usual days between two dates."""
        return {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}[
            self.frequency
        ] * self.interval


_SERIES = (
    Series("standup", "Morning round in the warehouse", "DAILY", 1, 8, (1, 2, 3, 4, 5)),
    Series("series", "Sales meeting", "WEEKLY", 1, 9, (1,)),
    Series("series", "Owner's hour with accounting", "WEEKLY", 2, 16, (3,), count=40),
    Series("series", "Bank reconciliation", "MONTHLY", 1, 9, month_day=-1),
    Series("series", "Price list review", "MONTHLY", 1, 14, (4,), week=1),
    Series("series", "Vault count", "MONTHLY", 1, 7, (2,), week=3),
    Series("license", "Renewal of the distribution license", "YEARLY", 1, 9, month_day=15),
)
_PAIRED = "Price list review"  # names week and weekday as a pair, the others apart


def series_of(world: World) -> list[Series]:
    """Return all series: the company's own, a running standing order and one that ended."""
    orders = world["recurring_orders"].filter(
        pl.col("frequency").is_in(["WEEKLY", "BIWEEKLY"])
        & (pl.col("start_date") <= world.clock.as_of)
        & ((pl.col("status") == "ACTIVE") | pl.col("end_date").is_not_null())
    )
    chosen = orders.unique("status", keep="first", maintain_order=True).select(
        "frequency", "start_date", "end_date", "client_id"
    )
    standing = [
        Series(
            "standing",
            "Standing order",
            "WEEKLY",
            1 if frequency == "WEEKLY" else 2,
            10,
            (since.isoweekday() % 7,),
            since=since,
            until=until,
            client=client,
        )
        for frequency, since, until, client in chosen.iter_rows()
    ]
    return [*_SERIES, *standing]


def plan(world: World) -> pl.DataFrame:
    """Return the first date of every series, as ``_diary`` describes events.

    The event itself is the first date, and over when that is; the series goes on in its rule.
    """
    clock = world.clock
    leads = staff_of(world, "Sales Manager", "Operations Manager", "Super Admin")
    rows = []
    for k, series in enumerate(series_of(world)):
        owner = world.admin if k % 2 else int(leads[k % len(leads)])
        first = _first(series, clock.start)
        made = clock.opening - timedelta(days=6) if series.since is None else at(first, 9, 2)
        begins = at(first, series.hour)
        rows.append(
            (
                series.kind,
                series.client,
                k,
                series.title,
                series.client,
                begins,
                owner,
                owner,
                made + timedelta(minutes=k),
            )
        )
    names: dict[str, pl.DataType | type[pl.DataType]] = {
        "kind": pl.String,
        "ref": pl.Int64,
        "series": pl.Int64,
        "thing": pl.String,
        "client_id": pl.Int64,
        "start": pl.Datetime("us"),
        "creator": pl.Int64,
        "assignee": pl.Int64,
        "created": pl.Datetime("us"),
    }
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(steady=pl.lit(True))


def build(world: World) -> None:
    """Write the rules, and the dates from the last months to the next ones."""
    events = world.facts["agenda"].filter(pl.col("series").is_not_null()).sort("series")
    closed = world.facts["holidays"]["date"].to_list()
    rules, dates = [], []
    for series, event in zip(series_of(world), events["event_id"].to_list(), strict=True):
        kept = _kept(series, world)
        exceptions = [day for day in kept if day in closed]
        rule = _rule(series, world.clock.start)
        rules.append((event, *rule, _json.fixed(list[Date], [str(day) for day in exceptions])))
        dates += [(event, day, place) for place, day in enumerate(kept) if day not in exceptions]
    _put_rules(world, rules, events)
    instances = pl.DataFrame(dates, schema=["event_id", "day", "place"], orient="row")
    _put_instances(world, instances.join(events, on="event_id", how="left", maintain_order="left"))


def _first(series: Series, start: date) -> date:
    """Return the first date of a series that begins with the business, or on its own day."""
    return series.since or _steps(series, start + timedelta(days=1))[0]


def _last(series: Series, start: date) -> date:
    """Return the last date of a series, or a day that never comes."""
    if series.count is not None:
        return _first(series, start) + timedelta(days=series.length * (series.count - 1))
    return series.until or date.max


def _kept(series: Series, world: World) -> list[date]:
    """Return the dates around now that the rule produces, exceptions included."""
    as_of, start = world.clock.as_of, world.clock.start
    first = _first(series, start)
    low = max(first, as_of - timedelta(days=_BACK * series.length))
    high = min(
        as_of + timedelta(days=min(_AHEAD * series.length, _AHEAD_DAYS)), _last(series, start)
    )
    if series.frequency == "WEEKLY":
        # Every second week counts from the first date, wherever the look begins.
        low = first + timedelta(days=-(-(low - first).days // series.length) * series.length)
    days = _steps(series, low)
    return [day for day in days if low <= day <= high]


def _steps(series: Series, low: date) -> list[date]:
    """Return enough dates on which the rule falls, from a day on, to fill what is kept."""
    most = _BACK + _AHEAD + 2
    if series.frequency == "DAILY":
        days = [low + timedelta(days=k) for k in range(most)]
        return [day for day in days if day.isoweekday() % 7 in series.days]
    if series.frequency == "WEEKLY":
        first = low + timedelta(days=(series.days[0] - low.isoweekday()) % 7)
        return [first + timedelta(days=k * series.length) for k in range(most)]
    yearly = series.frequency == "YEARLY"
    months = [
        date(low.year + (low.month - 1 + k) // 12, (low.month - 1 + k) % 12 + 1, 1)
        for k in range(most)
    ]
    found = [_in_month(series, m) for m in months if not yearly or m.month == _LICENSE_MONTH]
    return [day for day in found if day >= low]


def _in_month(series: Series, month: date) -> date:
    if series.week is not None:
        first = month + timedelta(days=(series.days[0] - month.isoweekday()) % 7)
        return first + timedelta(days=7 * (series.week - 1))
    if series.month_day == -1:
        return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return month.replace(day=series.month_day or 1)


def _rule(series: Series, start: date) -> tuple[Any, ...]:
    first = _first(series, start)
    paired = series.title == _PAIRED
    pair = [{"day": series.days[0], "week": series.week}] if paired else None
    weeks = [series.week] if series.week and not paired else None
    months = [_LICENSE_MONTH] if series.frequency == "YEARLY" else None
    return (
        series.frequency,
        series.interval,
        _json.fixed(list[Weekday], series.days) if series.days and not paired else None,
        _json.fixed(list[MonthDay], [series.month_day]) if series.month_day else None,
        _json.fixed(list[Week], weeks) if weeks else None,
        _json.fixed(list[WeekdayOfMonth], pair) if pair else None,
        _json.fixed(list[Month], months) if months else None,
        first,
        series.until,
        series.count,
    )


def _put_rules(world: World, rules: list[tuple[Any, ...]], events: pl.DataFrame) -> None:
    texts = ("by_day", "by_month_day", "by_week_of_month", "by_day_of_week_in_month", "by_month")
    names = {
        "event_id": pl.Int64,
        "frequency": pl.String,
        "interval": pl.Int64,
        **dict.fromkeys(texts, pl.String),
        "start_date": pl.Date,
        "end_date": pl.Date,
        "count": pl.Int64,
        "exception_dates": pl.String,
    }
    made = pl.lit(events["created"]) + timedelta(seconds=4)
    # An exception is entered when the closed day is announced.
    changed = pl.when(pl.col("exception_dates") != "[]").then(
        pl.lit(world.now - timedelta(days=1, hours=2))
    )
    world.put(
        "calendar_recurrence_rules",
        pl.DataFrame(rules, schema=names, orient="row").select(
            world.ids("calendar_recurrence_rules", len(rules)),
            pl.all(),
            created_at=made,
            updated_at=pl.max_horizontal(changed, made),
        ),
    )


_NEW_TITLES = {
    "standup": ("{thing}, with a fire drill",),
    "standing": ("{thing} of {client}, double quantity", "{thing} of {client}, one day late"),
    "series": ("{thing}, extended", "{thing} with guests", "{thing}, short version"),
    "license": ("{thing}, with the inspector",),
}


def _put_instances(world: World, dates: pl.DataFrame) -> None:
    stream = world.stream("scheduling", "series")
    n = dates.height
    frame = dates.sort("day", "event_id")
    turn = pl.col("place") % 11
    status = (
        pl.when(turn == 4)
        .then(pl.lit("MODIFIED"))
        .when(turn == 9)
        .then(pl.lit("CANCELLED"))
        .otherwise(pl.lit("GENERATED"))
    )
    time_of_day = pl.col("start").dt.strftime("%H:%M:%S")
    until = pl.col("until").dt.strftime("%H:%M:%S")
    night = pl.col("day").cast(pl.Datetime("us")) - timedelta(days=_AHEAD_DAYS) + timedelta(hours=2)
    latest = pl.lit(datetime.combine(world.clock.as_of, datetime.min.time()) + timedelta(hours=2))
    generated = pl.max_horizontal(
        pl.min_horizontal(night, latest), pl.col("created") + timedelta(minutes=5)
    )
    moment = pl.min_horizontal(
        pl.col("day").cast(pl.Datetime("us")) - timedelta(hours=15),
        pl.lit(world.now - timedelta(hours=2)),
    )
    frame = frame.with_columns(status=status, generated=generated).with_columns(
        status=pl.when(moment > pl.col("generated")).then("status").otherwise(pl.lit("GENERATED"))
    )
    titles = worded(frame, stream, _NEW_TITLES, ("thing", "client"))
    changed, modified = pl.col("status") != "GENERATED", pl.col("status") == "MODIFIED"
    way = pl.col("event_id") + pl.col("place")
    rooms = ("Conference Room A", "Conference Room B", "Huddle Room")
    users = world["users"]["id"]
    world.put(
        "calendar_recurrence_instances",
        frame.select(
            world.ids("calendar_recurrence_instances", n),
            parent_event_id="event_id",
            instance_date="day",
            start_time=time_of_day,
            end_time=until,
            timezone="timezone",
            status="status",
            modified_title=pl.when(modified & (way % 3 == 0)).then(pl.lit(titles)),
            modified_description=pl.when(modified & (way % 3 == 0)).then(
                pl.format(
                    "{} is longer than usual on {}", "thing", pl.col("day").dt.strftime("%B %-d")
                )
            ),
            modified_location=pl.when(modified & (way % 3 == 1)).then(
                pl.lit(pl.Series(rooms)).gather(pl.col("place") % 3)
            ),
            modified_assigned_to=pl.when(modified & (way % 3 == 2)).then(
                pl.lit(users).gather((pl.col("assignee") + 1) % len(users))
            ),
            generated_at="generated",
            modified_at=pl.when(changed).then(moment),
            modified_by=pl.when(changed).then("assignee"),
        ),
    )
