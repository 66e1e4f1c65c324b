"""Gift baskets, phone cases, coffee and clean shirts. Each function draws one."""

from __future__ import annotations

import math
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
from zit_engine.pocket.drawn.tableware import spread


def fruit_basket(sheet: Sheet, rnd: Random) -> None:
    """A wicker basket with a handle, four kinds of fruit and a ribbon."""
    handle = curve([(0.14, 0.56), (0.18, 0.22), (0.5, 0.05), (0.82, 0.22), (0.86, 0.56)])
    sheet.lay(stroke(handle, 0.055), "#a9713a", bulge=0.02)
    for x, y in spread(rnd, 14, 0.25, 0.4, 0.085, 0.12):
        sheet.lay(ellipse(x, y, 0.042, 0.042), "#7a3f9e", bulge=0.022, gloss=0.9)
    sheet.lay(
        stroke(curve([(0.46, 0.2), (0.6, 0.26), (0.68, 0.4)]), 0.085),
        "#f5cf3a",
        bulge=0.035,
        gloss=0.4,
    )
    sheet.lay(
        stroke(curve([(0.53, 0.2), (0.66, 0.28), (0.72, 0.42)]), 0.08),
        "#f9dc5c",
        bulge=0.035,
        gloss=0.4,
    )
    sheet.lay(ellipse(0.76, 0.44, 0.115, 0.115), "#f28c28", bulge=0.07, gloss=0.4)
    apple = closed([(0.47, 0.36), (0.41, 0.32), (0.33, 0.37), (0.33, 0.49), (0.4, 0.58),
                    (0.47, 0.565), (0.54, 0.58),
                    (0.61, 0.49), (0.61, 0.37), (0.53, 0.32)])  # fmt: skip
    sheet.lay(apple, "#d8323a", bulge=0.06, gloss=0.7)
    sheet.lay(
        stroke(curve([(0.47, 0.36), (0.475, 0.31), (0.5, 0.275)]), 0.016), "#5a3a20", bulge=0.006
    )
    sheet.lay(ellipse(0.54, 0.3, 0.05, 0.024, -25), "#5fae3c", bulge=0.012)
    body = sheet.lay(
        polygon([(0.08, 0.53), (0.92, 0.53), (0.8, 0.95), (0.2, 0.95)]), "#c98d4c", bulge=0.06
    )
    for row in range(5):
        for k in range(11):
            x, y = 0.06 + 0.088 * k + (0.044 if row % 2 else 0), 0.6 + 0.082 * row
            weave = stroke([(x - 0.028, y), (x + 0.028, y)], 0.056)
            sheet.lay(weave, "#d79c58" if (row + k) % 2 else "#bd7f40", bulge=0.016, inside=body)
    sheet.lay(stroke([(0.08, 0.54), (0.92, 0.54)], 0.06), "#b87a3c", bulge=0.022)
    code = rnd.choice(("#e2345a", "#3f7fc0", "#f4c3cf", "#8a6fc4"))
    for side in (-1, 1):
        loop = closed([(0.5, 0.66), (0.5 + side * 0.08, 0.57), (0.5 + side * 0.21, 0.55),
                       (0.5 + side * 0.23, 0.67),
                       (0.5 + side * 0.18, 0.76), (0.5 + side * 0.07, 0.73)])  # fmt: skip
        sheet.lay(loop, code, main=True, bulge=0.035, gloss=0.5)
        tail = stroke(
            curve([(0.5, 0.67), (0.5 + side * 0.06, 0.79), (0.5 + side * 0.11, 0.9)]), 0.06
        )
        sheet.lay(tail, code, main=True, bulge=0.016, gloss=0.4)
    sheet.lay(ellipse(0.5, 0.665, 0.05, 0.048), code, main=True, bulge=0.025, gloss=0.6)


def phone_case(sheet: Sheet, rnd: Random) -> None:
    """The back of a phone in a case: camera island, a heart or stars."""
    code = rnd.choice(("#f59ab5", "#8fc7e8", "#a8d8b0", "#3a3f48"))
    sheet.lay(box(0.26, 0.04, 0.76, 0.96, 0.08), "#3a3f48", bulge=0.02)
    sheet.lay(box(0.24, 0.04, 0.74, 0.96, 0.085), code, main=True, bulge=0.03, gloss=0.5)
    sheet.shade(
        box(0.275, 0.075, 0.705, 0.925, 0.06) * (1 - box(0.283, 0.083, 0.697, 0.917, 0.055)),
        0.3,
        0.002,
    )
    sheet.lay(box(0.29, 0.085, 0.52, 0.325, 0.055), "#dfe4e9", bulge=0.018, gloss=0.5)
    for x, y in ((0.35, 0.15), (0.35, 0.26), (0.46, 0.205)):
        sheet.lay(ellipse(x, y, 0.047, 0.047), "#8a929b", bulge=0.016, gloss=0.8)
        sheet.lay(ellipse(x, y, 0.035, 0.035), "#16181c", bulge=0.01, gloss=0.9)
        sheet.shine(ellipse(x - 0.01, y - 0.012, 0.01, 0.01), 0.8, 0.003)
    sheet.lay(ellipse(0.465, 0.12, 0.014, 0.014), "#fdf3c8", bulge=0.006)
    heart = closed([(0.49, 0.6), (0.44, 0.55), (0.37, 0.58), (0.36, 0.66), (0.42, 0.735),
                    (0.49, 0.8),
                    (0.56, 0.735), (0.62, 0.66), (0.61, 0.58), (0.54, 0.55)])  # fmt: skip
    sheet.lay(heart, "#fdfaf4", bulge=0.025, gloss=0.4, shadow=0.2)
    for x, y in ((0.34, 0.46), (0.63, 0.46), (0.33, 0.85), (0.65, 0.85), (0.49, 0.43)):
        sheet.lay(ellipse(x, y, 0.016, 0.016), "#fdfaf4", bulge=0.008, shadow=0.15)


def coffee_bag(sheet: Sheet, rnd: Random) -> None:
    """A paper bag with a bean on its label, roasted beans in front."""
    code = rnd.choice(("#b98452", "#2b2b30", "#3f6f5a", "#c9574a"))
    bag = closed([(0.22, 0.16), (0.5, 0.14), (0.78, 0.16), (0.82, 0.4), (0.84, 0.7),
                  (0.82, 0.93), (0.5, 0.945),
                  (0.18, 0.93), (0.16, 0.7), (0.18, 0.4)])  # fmt: skip
    shape = sheet.lay(bag, code, main=True, bulge=0.05, gloss=0.25)
    for x in (0.25, 0.75):
        fold = stroke(curve([(x, 0.18), (x + (0.5 - x) * 0.1, 0.5), (x, 0.92)]), 0.012)
        sheet.shade(fold * shape, 0.35, 0.006)
    sheet.lay(box(0.2, 0.05, 0.8, 0.19, 0.02), code, main=True, bulge=0.025, gloss=0.25)
    sheet.lay(stroke([(0.19, 0.195), (0.81, 0.195)], 0.028), "#c9ced4", bulge=0.01, gloss=0.8)
    sheet.lay(box(0.29, 0.33, 0.71, 0.72, 0.03), "#f7efe0", bulge=0.014, gloss=0.1)
    _bean(sheet, 0.5, 0.5, 0.115, 30)
    sheet.lay(stroke([(0.38, 0.66), (0.62, 0.66)], 0.024), "#5a3520", bulge=0, shadow=0)
    for x, y in spread(rnd, 13, 0.5, 0.885, 0.4, 0.05):
        _bean(sheet, x, y, 0.055, rnd.uniform(0, 180))


def _bean(sheet: Sheet, x: float, y: float, size: float, turn: float) -> None:
    shape = sheet.lay(ellipse(x, y, size, size * 0.7, turn), "#6b3f22", bulge=0.025, gloss=0.6)
    a = math.radians(turn)
    along, across = (
        (math.cos(a) * size, math.sin(a) * size),
        (-math.sin(a) * size, math.cos(a) * size),
    )
    cleft = curve([(x - along[0], y - along[1]),
                   (x - along[0] * 0.3 + across[0] * 0.14, y - along[1] * 0.3 + across[1] * 0.14),
                   (x + along[0] * 0.3 - across[0] * 0.14, y + along[1] * 0.3 - across[1] * 0.14),
                   (x + along[0], y + along[1])])  # fmt: skip
    sheet.shade(stroke(cleft, size * 0.14) * shape, 0.8, 0.002)


def pressed_shirt(sheet: Sheet, rnd: Random) -> None:
    """A pressed shirt on a hanger, as it comes back from the cleaner's."""
    code = rnd.choice(("#f7f8fa", "#9cc4e8", "#f4c3cf", "#cfe3c4"))
    sheet.lay(stroke(curve([(0.5, 0.2), (0.5, 0.12), (0.56, 0.09), (0.55, 0.03),
                            (0.47, 0.035)]), 0.024), "#aab2ba",
              bulge=0.01, gloss=0.9)  # fmt: skip
    sheet.lay(stroke(curve([(0.2, 0.31), (0.5, 0.19), (0.8, 0.31)]), 0.04), "#b98452", bulge=0.016)
    for side in (-1, 1):
        sleeve = closed([(0.5 + side * x, y) for x, y in (
            (0.2, 0.25), (0.3, 0.29), (0.4, 0.48), (0.43, 0.72), (0.4, 0.83), (0.3, 0.82),
            (0.27, 0.6), (0.22, 0.45))])  # fmt: skip
        sheet.lay(sleeve, code, main=True, bulge=0.04, gloss=0.15)
        cuff = stroke([(0.5 + side * 0.42, 0.8), (0.5 + side * 0.31, 0.8)], 0.055)
        sheet.lay(cuff, code, main=True, bulge=0.014)
    body = closed([(0.37, 0.21), (0.5, 0.25), (0.63, 0.21), (0.73, 0.27), (0.755, 0.5),
                   (0.765, 0.92), (0.5, 0.945),
                   (0.235, 0.92), (0.245, 0.5), (0.27, 0.27)])  # fmt: skip
    shape = sheet.lay(body, code, main=True, bulge=0.05, gloss=0.15)
    sheet.shade(box(0.472, 0.28, 0.528, 0.94, 0.005) * shape, 0.16, 0.003)
    for k in range(6):
        sheet.lay(ellipse(0.5, 0.36 + 0.105 * k, 0.014, 0.014), "#dfe3e7", bulge=0.006)
    sheet.lay(box(0.57, 0.42, 0.69, 0.54, 0.015), code, main=True, bulge=0.008, shadow=0.4)
    for side in (-1, 1):
        collar = polygon([(0.5 + side * 0.14, 0.2), (0.5 + side * 0.02, 0.22),
                          (0.5 + side * 0.01, 0.3),
                          (0.5 + side * 0.11, 0.37), (0.5 + side * 0.17, 0.26)])  # fmt: skip
        sheet.lay(collar, code, main=True, bulge=0.014, shadow=0.45)
