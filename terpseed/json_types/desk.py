"""What stands on people's desks, and how the application is run."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from terpseed.json_types.words import Between, Count, Key

Widget = Literal[
    "sales-by-client",
    "cash-flow",
    "transaction-snapshot",
    "inventory-snapshot",
    "total-debt",
    "sales-comparison",
    "profitability",
    "matchmaking-opportunities",
]


class WidgetPlace(TypedDict):
    """A widget of a user's dashboard; the order starts at 0."""

    id: Widget
    isVisible: bool
    order: Count
    settings: NotRequired[dict[str, Any]]


class WidgetConfig(TypedDict):
    """What a widget lists."""

    metric: NotRequired[str]
    mode: NotRequired[Literal["top", "bottom"]]
    limit: NotRequired[Count]
    clientType: NotRequired[str]


class WidgetLayout(TypedDict):
    """How a widget shows what it shows."""

    period: NotRequired[str]
    compact: NotRequired[bool]


class Words(TypedDict):
    """A piece of text in a note."""

    type: Literal["text"]
    text: str


class Paragraph(TypedDict):
    """A paragraph of a note; an empty line has no content."""

    type: Literal["paragraph"]
    content: NotRequired[list[Words]]


class NoteDocument(TypedDict):
    """The text of a note, as the editor keeps it."""

    type: Literal["doc"]
    content: list[Paragraph]


class NoteCreated(TypedDict):
    """A note was begun."""

    title: str


class NoteUpdated(TypedDict):
    """Parts of a note were changed."""

    fields: list[str]


class NoteCommented(TypedDict):
    """Somebody commented on a note."""

    commentId: Key


class NoteShared(TypedDict):
    """A note was shown to others."""

    sharedWith: list[Key]


class TemplateApplied(TypedDict):
    """A note was begun from a template."""

    template: str


class NoticeMetadata(TypedDict):
    """What a notification is about."""

    category: str
    entityType: str
    entityId: Key
    reference: NotRequired[str]


class ActionDetails(TypedDict):
    """What an administrator did or saw while signed in as a client."""

    description: str
    entityType: str
    entityId: Key
    changes: NotRequired[dict[str, Any]]
    metadata: NotRequired[dict[str, Any]]


class FlagMetadata(TypedDict):
    """How far a feature has come, and for how many percent of the users it is on."""

    stage: str
    percent: Annotated[int, Between(0, 100)]


class FlagState(TypedDict):
    """Whether a feature is on at all, and for everybody."""

    systemEnabled: bool
    defaultEnabled: bool


class FlagWords(TypedDict):
    """What a feature is said to do."""

    description: str


class FlagForRole(TypedDict):
    """An exception for a role."""

    roleId: Key
    enabled: bool


class FlagForUser(TypedDict):
    """An exception for a person."""

    userOpenId: str
    enabled: bool


class Pusher(TypedDict):
    """Who pushed the commits that were deployed."""

    name: str


class Commit(TypedDict):
    """The last of the commits that were deployed."""

    id: str
    message: str


class Push(TypedDict):
    """What the code host told about a push."""

    ref: str
    after: str
    pusher: Pusher
    head_commit: Commit
