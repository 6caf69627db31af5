"""Which frames of a TIFF are pages: small copies of other frames, and their masks, are none."""

from PIL import Image, TiffImagePlugin

NEW_SUBFILE_TYPE, SUBFILE_TYPE = 254, 255  # tags, TIFF 6.0 sections 8 and Appendix A
REDUCED_BIT, REDUCED = 1, 2  # what they say of "a reduced-resolution version of another image"
MASK_BIT = 4  # the same of "a transparency mask for another image": black and white, never read
INTERPRETATION, MASK, BLACK_IS_ZERO = 262, 4, 1  # tag of what pixels mean, and two of its values
MUCH_LARGER = 1.5  # times the sides: then a frame that says it is a copy is one


def teach_masks() -> None:
    """Let Pillow open the pixels of masks: one mask that it did not know would cost the file."""
    known = TiffImagePlugin.OPEN_INFO
    known |= {
        (order, MASK, form, fill, bits, extra): modes
        for (order, meaning, form, fill, bits, extra), modes in known.items()
        if meaning == BLACK_IS_ZERO
    }


def pages(image: Image.Image) -> list[int]:
    """Return the frames (from 0) of an open TIFF that are pages, in order.

    A scanner may call each page a copy by mistake: without a frame that is clearly larger, it is
    a page all the same; so is a mask without a frame that is none. Raises what Pillow raises for
    a broken list of frames.
    """
    number = int(getattr(image, "n_frames", 1))
    if number == 1:
        return [0]
    sizes: list[tuple[int, int]] = []
    copies, masks = list[bool](), list[bool]()
    for frame in range(number):
        image.seek(frame)
        sizes.append((min(image.size), max(image.size)))
        copies.append(_is_called_copy(image))
        masks.append(_is_called_mask(image))
    if all(masks):
        masks = [False] * number
    of = [*zip(range(number), sizes, copies, masks, strict=True)]
    whole = {size for _, size, copy, mask in of if not copy and not mask}
    short, long = (max((size[side] for size in whole), default=0) for side in (0, 1))
    return [
        frame
        for frame, size, copy, mask in of
        if not mask
        and not (copy and short > MUCH_LARGER * size[0] and long > MUCH_LARGER * size[1])
    ]


def go_to(image: Image.Image, page: int) -> None:
    """Make page `page` (from 1) the current frame; no frame behind it is looked at without need.

    Raises:
        EOFError: there is no such page.
    """
    for frame in range(page):
        image.seek(frame)
        if _is_called_copy(image) or _is_called_mask(image):
            break
    else:
        return
    frames = pages(image)
    if page > len(frames):
        raise EOFError(f"there is no page {page} in {len(frames)}")
    image.seek(frames[page - 1])


def _is_called_copy(image: Image.Image) -> bool:
    called = bool(_flags(image) & REDUCED_BIT)
    return called or getattr(image, "tag_v2", {}).get(SUBFILE_TYPE) == REDUCED


def _is_called_mask(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", {})
    return bool(_flags(image) & MASK_BIT) or tags.get(INTERPRETATION) == MASK


def _flags(image: Image.Image) -> int:
    flags = getattr(image, "tag_v2", {}).get(NEW_SUBFILE_TYPE)
    return flags if isinstance(flags, int) else 0
