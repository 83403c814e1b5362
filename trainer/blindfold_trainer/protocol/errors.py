"""The one kind of error that this package raises on purpose."""

from __future__ import annotations

#: Codes of what one pair or row is to blame for; with all others nothing can go on.
ROW_FAULTS = ("DATA_INVALID", "IMAGE_MISSING", "IMAGE_UNREADABLE", "TOO_LONG")


class TrainerError(Exception):
    """What went wrong as data: a code of the protocol, a message, what mends it, and where it is.

    `code` is one of the protocol's error codes (schema/events.json); `row` counts records from 1.
    """

    def __init__(
        self,
        code: str,
        message: str,
        remedy: str,
        *,
        file: str | None = None,
        row: int | None = None,
        field: str | None = None,
        ids: list[str] | None = None,
    ):
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy
        self.file, self.row, self.field = file, row, field
        #: The pairs concerned.
        self.ids = ids

    @property
    def of_row(self) -> bool:
        """Whether one pair or row is to blame, and others can be used without it."""
        return self.code in ROW_FAULTS

    def data(self) -> dict:
        """The fields of an `error` event; places that are not known are left out."""
        place = {"file": self.file, "row": self.row, "field": self.field, "ids": self.ids and self.ids[:100]}
        return {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            **{k: v for k, v in place.items() if v is not None},
        }

    def __str__(self) -> str:
        place = ", ".join(
            text for text in (self.file, self.row and f"row {self.row}", self.field and f"field {self.field}") if text
        )
        return f"{self.code}: {self.message}" + (f" ({place})" if place else "") + f"\n  {self.remedy}"
