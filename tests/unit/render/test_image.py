"""Image files become upright black-on-white pages, or are refused."""

import re
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageDraw, TiffImagePlugin

from ocrqueue.model.document import Counted, Kind, PageSize
from ocrqueue.model.errors.document import DocumentDamaged
from ocrqueue.model.errors.page import PageDamaged, PageTooLarge
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings

LIMITS = RenderSettings(timeout_s=20, memory_mb=1024, max_side_px=4000)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(LIMITS) as shared:
        yield shared


def _draw(renderer: Renderer, source: Path, page: int = 1, *, dpi: int = 72) -> PageImage:
    return renderer.page(
        source, page, PageSize(dpi=dpi, max_side_px=LIMITS.max_side_px), mode=ImageMode.GREY
    )


def _grey_at(image: PageImage, x: int, y: int) -> int:
    return image.pixels[y * image.width + x]


def _letter_f(size: tuple[int, int] = (60, 100)) -> Image.Image:
    """Return white paper with a black bar at its top left: shows how it is turned."""
    image = Image.new("L", size, 255)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 4), fill=0)
    return image


def _dark_corner(image: PageImage) -> str:
    right, bottom = image.width - 2, image.height - 2
    corners = {"top left": (1, 1), "top right": (right, 1)}
    corners |= {"bottom left": (1, bottom), "bottom right": (right, bottom)}
    return ", ".join(name for name, (x, y) in corners.items() if _grey_at(image, x, y) < 100)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "top left"), (3, "bottom right"), (6, "top right"), (8, "bottom left")],
)
def test_exif_orientation_is_honoured(
    renderer: Renderer,
    tmp_path: Path,
    suffix: str,
    orientation: int,
    corner: str,
) -> None:
    """A photograph is turned the way it was held, once, whatever its format."""
    source = tmp_path / f"photo{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    _letter_f().save(source, exif=exif)
    image = _draw(renderer, source)
    assert _dark_corner(image) == corner
    assert (image.height > image.width) is (orientation in (1, 3))


def test_a_camera_does_not_know_how_large_a_page_is(renderer: Renderer, tmp_path: Path) -> None:
    """Where a file tells how long it was exposed, the resolution in it means nothing."""
    source, exif = tmp_path / "photo.jpg", Image.Exif()
    exif.get_ifd(0x8769)[0x829A] = 0.01
    photo = _letter_f((1100, 880))
    photo.save(source, exif=exif, dpi=(300, 300))
    assert _draw(renderer, source).dpi == 100
    photo.save(source, dpi=(300, 300))
    assert _draw(renderer, source).dpi == 300


@pytest.mark.parametrize("kind", ["raw", "tiff_lzw"])
def test_a_turned_tiff_keeps_its_rows(renderer: Renderer, tmp_path: Path, kind: str) -> None:
    """Also where nothing is compressed, which Pillow would map into memory."""
    source, upright = tmp_path / "scan.tif", _letter_f((90, 150))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.save(source, exif=exif, dpi=(72, 72), compression=kind)

    turned = upright.transpose(Image.Transpose.ROTATE_270)
    assert _draw(renderer, source).pixels == turned.tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
@pytest.mark.parametrize("target", list(ImageMode))
def test_every_pixel_format_becomes_black_on_white(
    renderer: Renderer, tmp_path: Path, mode: str, target: ImageMode
) -> None:
    """One-bit, palette, 16-bit, decimal and CMYK pictures all end black on white."""
    source = tmp_path / "picture.tif"
    _in_mode(mode).save(source, format="TIFF" if mode != "P" else "PNG")
    image = renderer.page(source, 1, PageSize(dpi=72, max_side_px=3400), mode=target)
    assert max(image.pixels[-3:]) >= 250
    assert min(image.pixels[-3:]) >= 250
    assert max(image.pixels[:3]) <= 8


def _in_mode(mode: str) -> Image.Image:
    image = _letter_f()
    if mode == "I;16":
        wide = b"".join(bytes((level, level)) for level in image.tobytes())
        return Image.frombytes("I;16", image.size, wide)
    if mode == "I":
        return image.convert("I").point(lambda value: value * 257)
    if mode == "F":
        return image.convert("F").point(lambda value: value * (1 / 255) + 0)
    return image.convert("RGB").convert(mode) if mode == "CMYK" else image.convert(mode)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_are_white(renderer: Renderer, tmp_path: Path, mode: str) -> None:
    """Black text on a transparent (often black-valued) ground stays readable."""
    source = tmp_path / "clear.png"
    picture = Image.new(mode, (60, 100), (0, 0, 0, 0)[-len(mode) :])
    opaque = (0, 0, 0, 255)[-len(mode) :]
    ImageDraw.Draw(picture).rectangle((0, 0, 30, 25), fill=opaque)
    picture.save(source)
    assert _dark_corner(_draw(renderer, source)) == "top left"


def test_frames_of_a_tiff_are_pages(renderer: Renderer, tmp_path: Path) -> None:
    """Each frame of a TIFF is a page with its own size; there is none after the last."""
    source = tmp_path / "fax.tif"
    first, second = Image.new("1", (1200, 1600), 1), Image.new("1", (1600, 1200), 1)
    first.save(source, save_all=True, append_images=[second, first], compression="group4")
    assert renderer.count(source) == Counted(kind=Kind.TIFF, pages=3, password=None)
    assert _draw(renderer, source, 2).width == 1600
    assert _draw(renderer, source, 1).width == 1200
    with pytest.raises(PageDamaged):
        _draw(renderer, source, 4)


def _tiff(path: Path, *frames: tuple[tuple[int, int], int]) -> Path:
    """Write frames of these sizes, each with its NewSubfileType."""
    with TiffImagePlugin.AppendingTiffWriter(path, new=True) as writer:
        for size, kind in frames:
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            tags[254] = kind
            Image.new("L", size, 255).save(writer, format="TIFF", tiffinfo=tags)
            writer.newFrame()
    return path


@pytest.mark.parametrize(
    ("frames", "widths"),
    [
        ([((1200, 1600), 0), ((150, 200), 1)], [1200]),
        ([((150, 200), 1), ((1200, 1600), 0), ((600, 800), 1), ((1600, 1200), 2)], [1200, 1600]),
        ([((1200, 1600), 1), ((1200, 1600), 1)], [1200, 1200]),
        ([((1200, 1600), 0), ((1200, 1550), 1)], [1200, 1200]),
        ([((1200, 1600), 0), ((160, 200), 0)], [1200, 480]),
        ([((1200, 1600), 0), ((1200, 1600), 4), ((1600, 1200), 2)], [1200, 1600]),
        ([((1200, 1600), 0), ((150, 200), 1), ((150, 200), 5)], [1200]),
        ([((1200, 1600), 4), ((1600, 1200), 4)], [1200, 1600]),
    ],
)
def test_thumbnails_and_masks_of_a_tiff_are_no_pages(
    renderer: Renderer, tmp_path: Path, frames: list[tuple[tuple[int, int], int]], widths: list[int]
) -> None:
    """A frame that says it is a copy, or a mask, is passed over, if there is what it is of."""
    source = _tiff(tmp_path / "scan.tif", *frames)
    count = renderer.count(source).pages
    assert [_draw(renderer, source, page).width for page in range(1, count + 1)] == widths
    with pytest.raises(PageDamaged):
        _draw(renderer, source, count + 1)


@pytest.mark.parametrize(
    ("frames", "widths"),
    [
        (
            [((1200, 1600), 2), ((1200, 1600), 4), ((1600, 1200), 2), ((1600, 1200), 4)],
            [1200, 1600],
        ),
        ([((1200, 1600), 4), ((150, 200), 1), ((1200, 1600), 0), ((150, 200), 5)], [1200]),
        ([((1200, 1600), 4)], [1200]),
    ],
)
def test_a_mask_with_pixels_of_its_own_costs_no_page(
    renderer: Renderer, tmp_path: Path, frames: list[tuple[tuple[int, int], int]], widths: list[int]
) -> None:
    """PhotometricInterpretation 4, which Pillow does not know, is a mask's at any place."""
    source = _tiff(tmp_path / "scan.tif", *frames)
    entry = rb"(\xfe\0\x04\0\x01\0\0\0[\x04\x05].{3,120}?\x06\x01\x03\0\x01\0\0\0)\x01"
    data, changed = re.subn(
        entry, lambda found: found[1] + b"\4", source.read_bytes(), flags=re.DOTALL
    )
    source.write_bytes(data)
    assert changed == sum(kind in {4, 5} for _, kind in frames)
    count = renderer.count(source).pages
    assert [_draw(renderer, source, page).width for page in range(1, count + 1)] == widths


def test_animation_is_one_page(renderer: Renderer, tmp_path: Path) -> None:
    """Only TIFF frames are pages: an animated PNG counts as one."""
    source = tmp_path / "moving.png"
    _letter_f().save(source, save_all=True, append_images=[Image.new("L", (60, 100), 0)])
    assert renderer.count(source).pages == 1
    with pytest.raises(PageDamaged, match="the image is one page"):
        _draw(renderer, source, 2)


def test_photograph_is_capped(renderer: Renderer, tmp_path: Path) -> None:
    """A large photograph is reduced to the cap, not refused."""
    source = tmp_path / "photo.jpg"
    Image.new("RGB", (9000, 6000), "white").save(source)
    image = _draw(renderer, source, dpi=200)
    assert (image.width, image.height) == (4000, 2667)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".gif", Kind.GIF),
        (".bmp", Kind.BMP),
        (".jp2", Kind.JPEG2000),
        (".avif", Kind.AVIF),
        (".heic", Kind.HEIC),
    ],
)
def test_rarer_kinds_are_read(renderer: Renderer, tmp_path: Path, suffix: str, kind: Kind) -> None:
    """Each kind that Pillow or its extra reads is one page, known by content, drawn as it is."""
    pillow_heif.register_heif_opener()
    source = tmp_path / "page.dat"
    _letter_f((600, 1000)).save(tmp_path / f"page{suffix}")
    (tmp_path / f"page{suffix}").rename(source)
    assert renderer.count(source) == Counted(kind=kind, pages=1, password=None)
    image = _draw(renderer, source)
    assert _dark_corner(image) == "top left"
    assert image.height > image.width
    source.write_bytes(source.read_bytes()[:200])
    with pytest.raises((DocumentDamaged, PageDamaged)):
        _draw(renderer, source)


def test_pixel_bomb_is_refused(renderer: Renderer, tmp_path: Path) -> None:
    """A small file of far too many pixels costs the page before anything is decoded."""
    source = tmp_path / "bomb.png"
    Image.new("1", (20000, 20000)).save(source)
    with pytest.raises(PageTooLarge, match="20000 x 20000"):
        _draw(renderer, source)


def test_cut_image_is_damaged(renderer: Renderer, tmp_path: Path) -> None:
    """Half a JPEG is an error, not a page that ends in grey."""
    source = tmp_path / "cut.jpg"
    Image.effect_noise((600, 600), 60).save(source)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(PageDamaged, match="page 1 cannot be decoded"):
        _draw(renderer, source)
