"""What a row names as its images: paths, data URLs, base64, bytes. The one place that says which forms there are."""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import ordinary

#: What a row may call its images; the paper's form says `img_path`.
FIELDS = ("images", "image", "img_path", "image_path")
#: Bytes of an image file.
MOST_BYTES = 512 * 2**20
#: An image that came with its row, or where one lies.
Image = bytes | Path
#: Fields whose text may end like the name of an image and is none.
_TEXTS = ("id", "group", "prompt", "chosen", "rejected", "responses")
_HASH = re.compile(r"[0-9a-f]{64}")
_LOOKS = re.compile(r"(?i)^data:image/|\.(?:png|jpe?g|webp|gif|bmp|avif|tiff?)(?:[?#].*)?$")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
#: How files of images begin.
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"\0\0\0")


def bad(message: str, field: str, remedy: str = "Fix the row.", code: str = "DATA_INVALID") -> TrainerError:
    """A fault of one row."""
    return TrainerError(code, message, remedy, field=field)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"


@dataclass(frozen=True)
class Places:
    """Where images lie that rows name: relative to `folder`. With `inside`, nowhere else, and nowhere at all without a folder."""

    folder: Path | None
    inside: bool = False

    def find(self, name: str, field: str) -> Path:
        """Where a named image lies, whether or not it is there. Raises DATA_INVALID for what cannot be looked for."""
        if name.lower().startswith(("http://", "https://")):
            raise bad(
                "An image is on the web. The trainer downloads nothing.", field, "Download the image, and name the local file."
            )
        if self.folder is None:
            raise bad("Images can be named where a folder of images was given alone.", field, "Send them as data URLs.")
        if name.lower().startswith("file://"):
            name = unquote(urlsplit(name).path)
        try:
            if _HASH.fullmatch(name) and (stored := self.folder / name[:2] / name).exists():
                return stored
            path = self.folder / name
            if not path.exists() and "%" in name and (decoded := self.folder / unquote(name)).exists():
                path = decoded
            if self.inside and not path.resolve().is_relative_to(self.folder.resolve()):
                raise bad("An image is outside the images folder.", field, "Name images inside the images folder.")
        except (OSError, ValueError) as error:
            raise bad(f"{_short(name)} cannot be the name of an image.", field, code="IMAGE_MISSING") from error
        return path


def row_images(row: dict, places: Places) -> tuple[str, list[Image]]:
    """(field, images) of a row, in the field that names some. Raises DATA_INVALID where two fields name different ones, or where only
    a field that is not read does."""
    named = [(field, [*_each(row.get(field), field, places)]) for field in FIELDS]
    named = [(field, found) for field, found in named if found]
    if not named:
        for field, value in row.items():
            if field not in (*FIELDS, *_TEXTS) and _looks_like_one(value):
                raise bad(
                    f"{field} names an image and is no field that is read.", field, f"Call it {' or '.join(FIELDS[:3])}."
                )
        return "images", []
    for field, found in named[1:]:
        if found != named[0][1]:
            raise bad(f"{named[0][0]} and {field} name different images.", field, "Leave one of the two out.")
    return named[0]


def one_image(value: object, field: str, places: Places) -> Image | None:
    """An image in any of its forms; None for what says that there is none."""
    if isinstance(value, dict):
        content, path = value.get("bytes"), value.get("path") or value.get("url")
        if _nothing(content) or content == []:
            return None if _nothing(path) else one_image(path, field, places)
        return _content(content, field)
    if _nothing(value):
        return None
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise bad(f"{field} holds neither a path nor the content of an image.", field)
    if value[:5].lower() == "data:":
        head, comma, text = value.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            raise bad("An image is no data URL in base64.", field)
        return _content(text, field)
    if len(value) > 64 and (content := _decoded(value)) and content.startswith(_MAGIC):
        return content
    return places.find(value, field)


def _each(value: object, field: str, places: Places) -> Iterator[Image]:
    for one in value if isinstance(value, list) else [value]:
        image = one_image(one, field, places)
        if image is not None:
            yield image


def _nothing(value: object) -> bool:
    return value is None or value in ("", b"") or (isinstance(value, float) and math.isnan(value))


def _content(value: object, field: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, list) and all(isinstance(b, int) and 0 <= b <= 255 for b in value):
        return bytes(value)
    content = _decoded(value) if isinstance(value, str) else None
    if content is None:
        raise bad("The bytes of an image are no base64.", field, "Write them as base64.")
    return content


def _decoded(text: str) -> bytes | None:
    if not _BASE64.fullmatch(text):
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _looks_like_one(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(_looks_like_one(each) for each in value)
    if isinstance(value, dict):
        return "bytes" in value and not _nothing(value["bytes"]) and "path" in value
    return isinstance(value, str) and len(value) < 4096 and "\n" not in value and bool(_LOOKS.search(value))


def paths_of(images: Iterable[Image], scratch: Path) -> tuple[Path, ...]:
    """Where images lie; those that came with their row are written under `scratch` by their SHA-256."""
    paths = []
    for image in images:
        if isinstance(image, bytes):
            name = hashlib.sha256(image).hexdigest()
            path = scratch / name[:2] / name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(image)
            image = path
        paths.append(image)
    return tuple(paths)


#: Errors that say the file is not there, or cannot be; all others are the machine's, and no fault of a row.
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP}


def content_of(path: Path, field: str | None = None) -> bytes:
    """The bytes of an image file. Raises IMAGE_MISSING where there is none, READ_FAILED where the machine cannot read it now."""
    try:
        with open(path, "rb", opener=ordinary) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        code = error.errno if isinstance(error, OSError) else errno.EINVAL
        if code in _ABSENT:
            message, remedy = f"Image not found: {_short(str(path))}.", "Give the images folder, or exclude the pair."
            raise TrainerError("IMAGE_MISSING", message, remedy, file=str(path), field=field) from error
        message = f"The image {path.name} cannot be read now: {error.strerror}."
        remedy = "Check the disk and the permissions, then resume. Nothing was excluded."
        raise TrainerError("READ_FAILED", message, remedy, file=str(path)) from error
    if len(content) > MOST_BYTES:
        message, remedy = f"The image {path.name} is longer than {MOST_BYTES} bytes.", "Replace the image, or exclude the pair."
        raise TrainerError("IMAGE_UNREADABLE", message, remedy, file=str(path), field=field)
    return content
