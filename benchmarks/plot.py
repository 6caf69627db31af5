"""Lines over pages as an SVG picture, for the documentation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 50, 110, 20, 40
COLOURS = ("#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad")
MOST_POINTS = 400


def write_svg(
    path: Path, title: str, pages: Sequence[float], lines: Mapping[str, Sequence[float]]
) -> None:
    """Draw one line for each name: MB over pages, both axes from zero."""
    top = max(max(line) for line in lines.values()) * 1.1
    across = (WIDTH - LEFT - RIGHT) / max(pages)
    up = (HEIGHT - TOP - BOTTOM) / top
    floor = HEIGHT - BOTTOM
    drawn = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="11">'
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="14">{title}</text>',
        f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}" fill="none" stroke="black"/>',
        (
            f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 20}" text-anchor="end">'
            f"{max(pages):.0f} pages</text>"
        ),
        f'<text x="{LEFT - 5}" y="{TOP + 10}" text-anchor="end">{top:.0f} MB</text>',
        f'<text x="{LEFT - 5}" y="{floor}" text-anchor="end">0</text>',
    ]
    step = max(1, len(pages) // MOST_POINTS)
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        points = [
            f"{LEFT + page * across:.1f},{floor - size * up:.1f}"
            for page, size in list(zip(pages, line, strict=True))[::step]
        ]
        drawn.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}"/>')
        height = floor - line[-1] * up
        drawn.append(
            f'<text x="{WIDTH - RIGHT + 5}" y="{height + 4:.0f}" fill="{colour}">'
            f"{name} {line[-1]:.0f} MB</text>"
        )
    path.write_text("\n".join([*drawn, "</svg>", ""]), encoding="utf-8")
