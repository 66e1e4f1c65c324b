"""Drinks, beauty and clothes that Korean shops sell. Each function draws one."""

from __future__ import annotations

from random import Random

from zit_engine.pocket.drawn.sketch import (
    Sheet,
    box,
    closed,
    curve,
    ellipse,
    polygon,
    stroke,
)
from zit_engine.pocket.drawn.tableware import bowl


def soju(sheet: Sheet, rnd: Random) -> None:
    """A green bottle with a plain label, and a small glass."""
    glass = rnd.choice(("#2f9a4f", "#3aa85a", "#258a46", "#4fb6a0"))
    shape = closed([(0.4, 0.95), (0.22, 0.94), (0.2, 0.9), (0.2, 0.5), (0.23, 0.42), (0.33, 0.3),
                    (0.345, 0.2),
                    (0.345, 0.1), (0.455, 0.1), (0.455, 0.2), (0.47, 0.3), (0.57, 0.42), (0.6, 0.5),
                    (0.6, 0.9), (0.58, 0.94)])  # fmt: skip
    sheet.lay(shape, glass, main=True, bulge=0.06, gloss=0.9)
    sheet.lay(box(0.338, 0.03, 0.462, 0.115, 0.015), "#3a7bd0", bulge=0.02, gloss=0.7)
    sheet.lay(box(0.2, 0.53, 0.6, 0.83, 0.01), "#fbfbf8", bulge=0.03, gloss=0.2, shadow=0.1)
    sheet.lay(ellipse(0.4, 0.66, 0.11, 0.08), "#bfe2c6", bulge=0.01, shadow=0.05)
    for k in range(3):
        sheet.lay(ellipse(0.4 + 0.05 * (k - 1), 0.66 - 0.02 * (k == 1), 0.028, 0.04, 30 * (k - 1)),
                  "#3f9a55", bulge=0.01, shadow=0.05)  # fmt: skip
    sheet.lay(box(0.25, 0.76, 0.55, 0.785, 0.01), "#3a7bd0", bulge=0, shadow=0)
    sheet.shine(stroke([(0.25, 0.49), (0.25, 0.9)], 0.026), 0.5, 0.008)
    cup = polygon([(0.66, 0.66), (0.92, 0.66), (0.885, 0.95), (0.695, 0.95)])
    sheet.lay(cup, "#dcecf2", bulge=0.03, gloss=0.9, opacity=0.85)
    sheet.lay(ellipse(0.79, 0.665, 0.13, 0.035), "#f3fafc", bulge=0.012, gloss=0.8)
    sheet.lay(ellipse(0.79, 0.675, 0.108, 0.026), "#c9dfe8", bulge=0, shadow=0)
    sheet.shine(stroke([(0.71, 0.72), (0.725, 0.9)], 0.018), 0.7, 0.006)


def makgeolli(sheet: Sheet, rnd: Random) -> None:
    """A dented brass kettle and a bowl of milky rice wine."""
    brass = rnd.choice(("#d9ab3c", "#cf9f33", "#e0b54c", "#c8a55a"))
    sheet.lay(stroke(curve([(0.2, 0.3), (0.28, 0.08), (0.5, 0.02), (0.7, 0.1),
                            (0.76, 0.3)]), 0.03), brass,
              main=True, bulge=0.014, gloss=0.9)  # fmt: skip
    sheet.lay(stroke(curve([(0.74, 0.5), (0.86, 0.42),
                            (0.93, 0.26)]), 0.07), brass, main=True, bulge=0.025,
              gloss=0.9)  # fmt: skip
    body = closed([(0.14, 0.5), (0.2, 0.33), (0.36, 0.25), (0.6, 0.25), (0.76, 0.33), (0.82, 0.5),
                   (0.76, 0.68), (0.6, 0.76), (0.36, 0.76), (0.2, 0.68)])  # fmt: skip
    sheet.lay(body, brass, main=True, bulge=0.09, gloss=0.9)
    for x, y in ((0.3, 0.5), (0.46, 0.42), (0.62, 0.52), (0.42, 0.6), (0.7, 0.42)):
        sheet.shade(ellipse(x, y, 0.035, 0.03), 0.25, 0.012)
        sheet.shine(ellipse(x + 0.02, y + 0.03, 0.03, 0.016), 0.3, 0.008)
    sheet.lay(ellipse(0.48, 0.265, 0.18, 0.05), brass, main=True, bulge=0.02, gloss=0.8)
    sheet.lay(ellipse(0.48, 0.215, 0.035, 0.03), "#4a3420", bulge=0.016, gloss=0.7)
    inner = bowl(sheet, brass, x=0.66, y=0.74, across=0.28, down=0.085, deep=0.2)
    sheet.lay(ellipse(0.66, 0.745, 0.25, 0.07), "#f6f1e2", bulge=0.015, gloss=0.5, inside=inner)


def nail_polish(sheet: Sheet, rnd: Random) -> None:
    """A round-shouldered bottle full of colour with a tall black cap."""
    code = rnd.choice(("#e2345a", "#f59ab5", "#8f5fc4", "#d23a2e"))
    glass = closed([(0.22, 0.93), (0.17, 0.86), (0.17, 0.62), (0.24, 0.52), (0.4, 0.47),
                    (0.6, 0.47),
                    (0.76, 0.52), (0.83, 0.62), (0.83, 0.86), (0.78, 0.93),
                    (0.5, 0.95)])  # fmt: skip
    sheet.lay(glass, "#e9eef2", bulge=0.04, gloss=0.9)
    fill = closed([(0.26, 0.89), (0.22, 0.84), (0.22, 0.64), (0.28, 0.56), (0.42, 0.52),
                   (0.58, 0.52),
                   (0.72, 0.56), (0.78, 0.64), (0.78, 0.84), (0.74, 0.89),
                   (0.5, 0.905)])  # fmt: skip
    sheet.lay(fill, code, main=True, bulge=0.07, gloss=0.9, shadow=0.1)
    sheet.lay(box(0.4, 0.42, 0.6, 0.49, 0.01), "#c9cdd2", bulge=0.02, gloss=0.9)
    cap = polygon([(0.385, 0.44), (0.405, 0.05), (0.595, 0.05), (0.615, 0.44)])
    sheet.lay(cap, "#232326", bulge=0.05, gloss=0.9)
    sheet.lay(ellipse(0.5, 0.05, 0.095, 0.02), "#3a3a40", bulge=0.01, gloss=0.6)
    sheet.shine(stroke([(0.44, 0.1), (0.43, 0.4)], 0.022), 0.45, 0.008)
    sheet.shine(stroke(curve([(0.27, 0.85), (0.265, 0.68), (0.32, 0.59)]), 0.03), 0.6, 0.008)


def hanbok(sheet: Sheet, rnd: Random) -> None:
    """A short jacket with crossed collar and ribbon over a full skirt."""
    skirt, jacket, trim = rnd.choice((
        ("#d8365a", "#f5d76a", "#2f5fb0"), ("#2f5fb0", "#f7f1e6", "#d8365a"),
        ("#e57fa0", "#a9dccb", "#7a4fae"), ("#3f8f6a", "#f4c3cf", "#b5303a"),
    ))  # fmt: skip
    full = closed([(0.38, 0.36), (0.3, 0.5), (0.2, 0.68), (0.12, 0.9), (0.3, 0.955),
                   (0.5, 0.965), (0.7, 0.955),
                   (0.88, 0.9), (0.8, 0.68), (0.7, 0.5), (0.62, 0.36)])  # fmt: skip
    shape = sheet.lay(full, skirt, main=True, bulge=0.06, gloss=0.3)
    for k in range(7):
        low = 0.2 + 0.1 * k
        fold = stroke(
            curve([(0.43 + 0.023 * k, 0.42), (0.36 + 0.047 * k, 0.66), (low, 0.93)]), 0.014
        )
        sheet.shade(fold * shape, 0.4, 0.008)
    hem = stroke(curve([(0.13, 0.89), (0.3, 0.94), (0.5, 0.95), (0.7, 0.94), (0.87, 0.89)]), 0.03)
    sheet.lay(hem, "#f3d27a", bulge=0.006, shadow=0, inside=shape)
    for side in (-1, 1):
        sleeve = closed([(0.5 + side * x, y) for x, y in (
            (0.12, 0.14), (0.26, 0.2), (0.42, 0.38), (0.46, 0.46), (0.4, 0.54), (0.3, 0.55),
            (0.2, 0.45),
            (0.12, 0.38))])  # fmt: skip
        sheet.lay(sleeve, jacket, bulge=0.05, gloss=0.25)
        cuff = stroke([(0.5 + side * 0.45, 0.44), (0.5 + side * 0.36, 0.55)], 0.05)
        sheet.lay(cuff, trim, bulge=0.016)
    top = closed([(0.37, 0.12), (0.5, 0.15), (0.63, 0.12), (0.68, 0.2), (0.67, 0.4), (0.5, 0.43),
                  (0.33, 0.4),
                  (0.32, 0.2)])  # fmt: skip
    sheet.lay(top, jacket, bulge=0.04, gloss=0.25)
    for points in (
        [(0.41, 0.1), (0.47, 0.22), (0.58, 0.34)],
        [(0.59, 0.1), (0.54, 0.2), (0.5, 0.26)],
    ):
        sheet.lay(stroke(curve(points), 0.062), trim, bulge=0.014)
        sheet.lay(stroke(curve(points), 0.028), "#fdfdfb", bulge=0.01, shadow=0.15)
    for points in (
        [(0.54, 0.33), (0.5, 0.46), (0.47, 0.72)],
        [(0.55, 0.33), (0.56, 0.48), (0.53, 0.66)],
    ):
        sheet.lay(stroke(curve(points), 0.042), trim, bulge=0.012, shadow=0.5)
    sheet.lay(ellipse(0.48, 0.34, 0.07, 0.032, -18), trim, bulge=0.014)
    sheet.lay(ellipse(0.55, 0.335, 0.028, 0.028), trim, bulge=0.014)


def eyeglass_frame(sheet: Sheet, rnd: Random) -> None:
    """Spectacles with clear lenses on a wooden display stand, the temples behind."""
    code = rnd.choice(("#2b2b30", "#8a4a22", "#c9353f", "#2f5fb0"))
    sheet.lay(box(0.16, 0.8, 0.84, 0.92, 0.03), "#b98452", bulge=0.03)
    sheet.lay(box(0.44, 0.5, 0.56, 0.84, 0.02), "#c99560", bulge=0.03)
    for side in (-1, 1):
        temple = curve(
            [(0.5 + side * 0.43, 0.36), (0.5 + side * 0.34, 0.22), (0.5 + side * 0.24, 0.17)]
        )
        sheet.lay(stroke(temple, 0.03), code, main=True, bulge=0.012)
    for side in (-1, 1):
        x = 0.5 + side * 0.235
        lens = closed([(x - 0.17, 0.35), (x - 0.1, 0.31), (x + 0.1, 0.31), (x + 0.17, 0.35),
                       (x + 0.165, 0.5), (x + 0.1, 0.61), (x, 0.635), (x - 0.1, 0.61),
                       (x - 0.165, 0.5)])  # fmt: skip
        sheet.lay(lens, "#e4f1f7", bulge=0.02, gloss=0.8, opacity=0.72)
        for shift in (-0.05, 0.03):
            glare = stroke([(x + shift - 0.03, 0.56), (x + shift + 0.06, 0.37)], 0.022)
            sheet.shine(glare, 0.8, 0.004)
        outer = [(x - 0.17, 0.35), (x - 0.1, 0.31), (x + 0.1, 0.31), (x + 0.17, 0.35),
                 (x + 0.165, 0.5),
                 (x + 0.1, 0.61), (x, 0.635), (x - 0.1, 0.61), (x - 0.165, 0.5),
                 (x - 0.17, 0.35)]  # fmt: skip
        sheet.lay(stroke(curve(outer), 0.05), code, main=True, bulge=0.018, gloss=0.9)
        hinge = stroke([(0.5 + side * 0.4, 0.36), (0.5 + side * 0.45, 0.36)], 0.045)
        sheet.lay(hinge, code, main=True, bulge=0.016, gloss=0.8)
    bridge = stroke(curve([(0.43, 0.41), (0.5, 0.37), (0.57, 0.41)]), 0.042)
    sheet.lay(bridge, code, main=True, bulge=0.016, gloss=0.9)


def hair_dryer(sheet: Sheet, rnd: Random) -> None:
    """A hair dryer pointing left."""
    code = rnd.choice(("#e2466f", "#2b2b30", "#8fd3c6", "#7a5fc4"))
    handle = polygon([(0.5, 0.46), (0.71, 0.46), (0.68, 0.92), (0.52, 0.92)])
    sheet.lay(
        stroke(curve([(0.6, 0.9), (0.62, 0.965), (0.76, 0.96), (0.92, 0.9)]), 0.026),
        "#2b2b30",
        bulge=0.01,
    )
    sheet.lay(handle, code, main=True, bulge=0.05, gloss=0.5)
    sheet.lay(box(0.535, 0.6, 0.6, 0.76, 0.03), "#f4f4f2", bulge=0.016)
    sheet.lay(box(0.548, 0.62, 0.587, 0.68, 0.018), "#8a8d92", bulge=0.012)
    nozzle = polygon([(0.06, 0.2), (0.13, 0.22), (0.13, 0.46), (0.06, 0.48)])
    sheet.lay(nozzle, "#2b2b30", bulge=0.03, gloss=0.5)
    barrel = closed([(0.12, 0.24), (0.3, 0.17), (0.6, 0.1), (0.78, 0.12), (0.9, 0.22),
                     (0.93, 0.34), (0.9, 0.46),
                     (0.78, 0.56), (0.6, 0.58), (0.3, 0.51), (0.12, 0.44)])  # fmt: skip
    sheet.lay(barrel, code, main=True, bulge=0.09, gloss=0.7)
    sheet.lay(
        stroke(curve([(0.24, 0.2), (0.22, 0.34), (0.24, 0.49)]), 0.028), "#f4f4f2", bulge=0.01
    )
    sheet.lay(ellipse(0.74, 0.34, 0.14, 0.17), "#f4f4f2", bulge=0.02, gloss=0.4)
    vent = sheet.lay(ellipse(0.74, 0.34, 0.11, 0.14), "#3a3a40", bulge=0.01, shadow=0)
    for k in range(6):
        slot = stroke([(0.6, 0.225 + 0.046 * k), (0.88, 0.225 + 0.046 * k)], 0.014)
        sheet.lay(slot, "#8a8d92", bulge=0.004, inside=vent)
    sheet.shine(stroke(curve([(0.3, 0.235), (0.45, 0.19), (0.6, 0.165)]), 0.028), 0.5, 0.01)
