"""The one picture decoder of the trainer. What it gives is what the app shows and its probe reads: src/node/pictures/picture.ts.

The first frame, turned as EXIF says (but for WebP, which browsers show as it is), in sRGB by its profile, 16 bits brought to 8 by their upper byte, see-through parts on white.
Golden pictures of both sides lie in test/fixtures/golden/pictures.
"""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageCms, ImageOps

from blindfold_trainer.protocol.errors import TrainerError

#: What the app shows (src/formats/images/images.ts). Pillow reads many other forms, which a reviewer would not see.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
#: Larger pictures are refused before they are decoded, as in the app.
MOST_PIXELS = 100_000_000
#: Part of what names kept features of images: those of another rule are of other pixels.
RULE = "first frame, upright, sRGB, upper byte, on white"
#: Grey of fewer bits, and what PIL multiplies it with.
_GREYS = {"L;2": 85, "L;4": 17, "1": 255}
_SRGB = ImageCms.createProfile("sRGB")


def decode(data: bytes, name: str) -> Image.Image:
    """A picture in RGB, upright, on white. Raises IMAGE_UNREADABLE, with `name` in its message."""
    try:
        if not data:
            raise ValueError("it is empty")
        with warnings.catch_warnings():
            # What PIL would warn of is refused below, by the same limit on both sides.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise ValueError(f"{width} × {height} pixels; {MOST_PIXELS} are allowed")
                image.seek(0)
                _mend_clear_colour(image)
                image.load()
                small = _eight_bits(image)
                # Browsers turn no WebP.
                return _on_white(small if image.format == "WEBP" else ImageOps.exif_transpose(small))
    except Image.UnidentifiedImageError as error:
        raise unreadable(name, "it is not a PNG, JPEG, WebP, GIF, BMP or AVIF image") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, Image.DecompressionBombError) as error:
        raise unreadable(name, str(error).rstrip(".") or type(error).__name__) from error


def unreadable(name: str, why: str) -> TrainerError:
    message = f"The image {name} cannot be read: {why}."
    return TrainerError("IMAGE_UNREADABLE", message, "Replace the image, or discard its pair.")


def _mend_clear_colour(image: Image.Image) -> None:
    """The one colour of a PNG that is see-through, in the 8 bits that PIL makes of its pixels: it gives the number as the file has it."""
    clear = image.info.get("transparency")
    form = image.tile[0].args if image.tile else None
    form = form[0] if isinstance(form, tuple) else form
    if image.format == "PNG" and isinstance(clear, int) and form in _GREYS:
        image.info["transparency"] = clear * _GREYS[form]
    elif image.format == "PNG" and isinstance(clear, tuple) and form == "RGB;16B":
        image.info["transparency"] = tuple(value >> 8 for value in clear)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits by its upper byte: PIL would cut it off at 255."""
    if image.mode == "F":
        raise ValueError("its numbers have no range that is known")
    if not image.mode.startswith("I"):
        return image
    grey = np.asarray(image)
    if grey.min() < 0 or grey.max() > 65535:
        raise ValueError("its grey has more than 16 bits")
    small = Image.fromarray((grey.astype(np.uint32) >> 8).astype(np.uint8), "L")
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        small = Image.merge("LA", (small, Image.fromarray(np.where(grey == clear, 0, 255).astype(np.uint8), "L")))
    small.info = {k: v for k, v in image.info.items() if k != "transparency"}
    small.getexif().update(image.getexif())
    return small


def _on_white(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        colour = _in_srgb(image.convert("RGB"), profile)
        ground = Image.new("RGB", image.size, "white")
        ground.paste(colour, mask=image.getchannel("A"))
        return ground
    return _in_srgb(image, profile)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In sRGB by the profile that came with the picture. One that does not fit, or is damaged, is passed over, as browsers do."""
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            space = own.profile.xcolor_space.strip()
            if space == {"RGB": "RGB", "CMYK": "CMYK", "L": "GRAY"}[image.mode]:
                turned = ImageCms.profileToProfile(image, own, _SRGB, outputMode="RGB")
                return turned if turned is not None else image.convert("RGB")
        except (ImageCms.PyCMSError, OSError):
            pass
    return image.convert("RGB")
