"""Images of a run: read once, named by their content, prepared for the model, and forgotten when memory runs short."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from pathlib import Path

from PIL import Image

from blindfold_trainer.data.chat import Chat
from blindfold_trainer.data.image_references import content_of
from blindfold_trainer.data.model_images import Picture
from blindfold_trainer.data.picture_decoder import decode
from blindfold_trainer.protocol.errors import TrainerError

#: Bytes of prepared pixels kept in memory; what does not fit is prepared again from its file.
KEPT = 2**30
#: The white image that a proxy may be given, as in the paper's released code.
BLANK = "blank"
BLANK_SIZE = (224, 224)


def read_picture(path: Path) -> tuple[str, Image.Image]:
    """SHA-256 of the file and the picture (see `decode`). Raises IMAGE_MISSING, IMAGE_UNREADABLE, READ_FAILED."""
    data = content_of(path)
    return hashlib.sha256(data).hexdigest(), decode(data, path.name)


class Pictures:
    """Prepared images by key: the SHA-256 of the file, or `BLANK`."""

    def __init__(self, chat: Chat):
        self._chat = chat
        self._keys: dict[str, str] = {}
        self._paths: dict[str, Path] = {}
        self._ready: OrderedDict[str, Picture] = OrderedDict()
        self._bytes = 0

    def key(self, path: Path) -> str:
        """Reads and prepares the image when it is first asked for. Raises IMAGE_MISSING or IMAGE_UNREADABLE."""
        name = str(path)
        if name not in self._keys:
            key, picture = read_picture(path)
            self._paths[key] = path
            self._prepare(key, picture)
            self._keys[name] = key
        return self._keys[name]

    def path(self, key: str) -> Path:
        return self._paths[key]

    def __getitem__(self, key: str) -> Picture:
        """A prepared image, from memory or read again from its file."""
        if key in self._ready:
            self._ready.move_to_end(key)
            return self._ready[key]
        if key == BLANK:
            return self._prepare(key, Image.new("RGB", BLANK_SIZE, "white"))
        digest, picture = read_picture(self._paths[key])
        if digest != key:
            raise TrainerError(
                "READ_FAILED",
                f"The image {self._paths[key].name} was changed while the run was going on.",
                "Put it back, then resume.",
                file=str(self._paths[key]),
            )
        return self._prepare(key, picture)

    def _prepare(self, key: str, picture: Image.Image) -> Picture:
        prepared = self._chat.picture(picture, "blank" if key == BLANK else self._paths[key].name)
        if key not in self._ready:
            self._bytes += sum(t.nbytes for t in prepared.pixels.values())
        self._ready[key] = prepared
        while self._bytes > KEPT and len(self._ready) > 1:
            _, old = self._ready.popitem(last=False)
            self._bytes -= sum(t.nbytes for t in old.pixels.values())
        return prepared
