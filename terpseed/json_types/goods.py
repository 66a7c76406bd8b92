"""What is known of goods and of the places where they lie."""

from typing import Annotated, Any, NotRequired, TypedDict

from terpseed.json_types.words import Clock, Count, Date, LabelOf, Number

Places = Annotated[str, LabelOf("batches", "batchStatus")]


class TestResults(TypedDict):
    """What the laboratory found, in percent."""

    thc: Number
    cbd: Number
    terpenes: list[str]
    contaminants: NotRequired[Any]
    testDate: Date
    labName: str


class Packaging(TypedDict):
    """What the goods are packed in."""

    type: str
    size: str
    material: str


class Sourcing(TypedDict):
    """How and where the goods grew."""

    growMethod: str
    organic: bool
    region: str


class MediaFile(TypedDict):
    """A picture or paper that belongs to a batch."""

    url: str
    fileName: str
    fileType: str
    fileSize: Count


class BatchMetadata(TypedDict):
    """What the catalogue shows of a batch besides its columns.

    The alert for goods that expire reads ``expirationDate``; the catalogue page breaks if numbers
    are no numbers or terpenes no list.
    """

    testResults: NotRequired[TestResults]
    packaging: NotRequired[Packaging]
    sourcing: NotRequired[Sourcing]
    notes: NotRequired[str]
    tags: NotRequired[list[str]]
    customFields: NotRequired[dict[str, Any]]
    mediaFiles: NotRequired[list[MediaFile]]
    harvestDate: NotRequired[Date]
    expirationDate: NotRequired[Date]


class InventoryFilters(TypedDict):
    """What a saved view of the stock shows."""

    status: NotRequired[list[Places]]
    category: NotRequired[str]
    grade: NotRequired[list[str]]
    ownership: NotRequired[Annotated[str, LabelOf("batches", "ownership_type")]]
    availableMax: NotRequired[Number]
    ageDaysMin: NotRequired[Count]
    photographed: NotRequired[bool]
    sort: NotRequired[str]


class CategoryMetadata(TypedDict):
    """Where a category of the tree comes from; the top has level 0."""

    level: Count
    source: str


class Hours(TypedDict):
    """When a site opens and closes."""

    open: Clock
    close: Clock


class OperatingHours(TypedDict):
    """The days on which a site is open."""

    monday: NotRequired[Hours]
    tuesday: NotRequired[Hours]
    wednesday: NotRequired[Hours]
    thursday: NotRequired[Hours]
    friday: NotRequired[Hours]
    saturday: NotRequired[Hours]
    sunday: NotRequired[Hours]


class ZoneMetadata(TypedDict):
    """How a storage zone is watched."""

    cameras: Count
    alarmed: bool
