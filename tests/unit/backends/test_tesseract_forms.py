"""Facts about forms that the real Tesseract reads as pictures."""

import time

from PIL import Image, ImageDraw, ImageFont

from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.settings.engines import TesseractSettings
from tests.support.page_images import of_picture

SIDE = 26
QUESTIONS = {"Full time": False, "Part time": True, "Retired": False, "Looking for work": True}


def test_boxes_to_tick_are_read_as_such() -> None:
    """By itself the engine makes a letter of each, and the same one of a tick."""
    picture = Image.new("L", (1200, 700), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(30)
    draw.text((100, 60), "Please say what you do at present:", font=font, fill=0)
    for row, (label, is_ticked) in enumerate(QUESTIONS.items()):
        left, top = 100, 140 + 60 * row
        draw.rectangle((left, top, left + SIDE, top + SIDE), outline=0, width=2)
        if is_ticked:  # beyond its corners, as people do
            draw.line((left - 5, top - 6, left + SIDE + 6, top + SIDE + 5), fill=0, width=3)
            draw.line((left - 5, top + SIDE + 5, left + SIDE + 6, top - 6), fill=0, width=3)
        draw.text((left + SIDE + 14, top - 4), label, font=font, fill=0)
    image = of_picture(picture, dpi=200, ink=0.02)

    reply = Tesseract(TesseractSettings()).page_to_markdown(image, deadline=time.monotonic() + 110)

    for label, is_ticked in QUESTIONS.items():
        assert f"[{'x' if is_ticked else ' '}] {label}" in reply.text
