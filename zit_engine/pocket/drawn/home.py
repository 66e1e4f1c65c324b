"""Furniture, machines and gifts that Korean shops have. Each function draws one."""

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


def salon_chair(sheet: Sheet, rnd: Random) -> None:
    """A padded chair on a chrome column: headrest, arms, footrest."""
    code = rnd.choice(("#c22f3a", "#2b2b30", "#8a4a2a", "#3f7fa8"))
    chrome = "#c9ced4"
    sheet.lay(ellipse(0.5, 0.92, 0.25, 0.05), chrome, bulge=0.025, gloss=0.9)
    sheet.lay(box(0.45, 0.7, 0.55, 0.92, 0.02), chrome, bulge=0.035, gloss=0.9)
    sheet.lay(
        stroke(curve([(0.34, 0.72), (0.2, 0.82), (0.12, 0.84)]), 0.03),
        chrome,
        bulge=0.012,
        gloss=0.9,
    )
    sheet.lay(stroke([(0.06, 0.85), (0.22, 0.83)], 0.05), "#5a5f66", bulge=0.016)
    sheet.lay(box(0.46, 0.1, 0.54, 0.25, 0.01), chrome, bulge=0.02, gloss=0.9)
    sheet.lay(box(0.36, 0.04, 0.64, 0.16, 0.05), code, main=True, bulge=0.04, gloss=0.5)
    back = closed(
        [
            (0.3, 0.58),
            (0.27, 0.4),
            (0.3, 0.24),
            (0.4, 0.19),
            (0.6, 0.19),
            (0.7, 0.24),
            (0.73, 0.4),
            (0.7, 0.58),
        ]
    )
    shape = sheet.lay(back, code, main=True, bulge=0.06, gloss=0.5)
    for y in (0.31, 0.42):
        sheet.shade(stroke([(0.29, y), (0.71, y)], 0.012) * shape, 0.5, 0.005)
    for x in (0.42, 0.58):
        sheet.shade(stroke([(x, 0.2), (x, 0.54)], 0.01) * shape, 0.45, 0.005)
        for y in (0.31, 0.42):
            sheet.lay(ellipse(x, y, 0.014, 0.014), chrome, bulge=0.008)
    sheet.lay(closed([(0.24, 0.58), (0.5, 0.54), (0.76, 0.58), (0.79, 0.66), (0.76, 0.74),
                      (0.5, 0.765),
                      (0.24, 0.74),
                      (0.21, 0.66)]), code, main=True, bulge=0.05, gloss=0.5)  # fmt: skip
    for side in (-1, 1):
        sheet.lay(
            stroke([(0.5 + side * 0.32, 0.5), (0.5 + side * 0.32, 0.68)], 0.03),
            chrome,
            bulge=0.012,
            gloss=0.9,
        )
        arm = stroke([(0.5 + side * 0.34, 0.475), (0.5 + side * 0.27, 0.475)], 0.075)
        sheet.lay(arm, code, main=True, bulge=0.03, gloss=0.5)


def washing_machine(sheet: Sheet, rnd: Random) -> None:
    """A front loader, its round door showing clothes and suds."""
    body = rnd.choice(("#f4f5f6", "#9aa3ab", "#cfe3ea", "#3d444d"))
    sheet.lay(box(0.12, 0.05, 0.88, 0.95, 0.05), body, main=True, bulge=0.035, gloss=0.3)
    sheet.lay(box(0.16, 0.09, 0.84, 0.23, 0.02), "#dfe3e7", bulge=0.012, shadow=0.15)
    sheet.lay(box(0.19, 0.12, 0.36, 0.2, 0.012), "#f8fafb", bulge=0.01)
    sheet.lay(box(0.56, 0.125, 0.7, 0.195, 0.012), "#1d2b3a", bulge=0.006)
    sheet.lay(box(0.585, 0.15, 0.675, 0.17, 0.004), "#58d0e8", bulge=0, shadow=0)
    sheet.lay(ellipse(0.46, 0.16, 0.045, 0.045), "#aab2ba", bulge=0.02, gloss=0.8)
    sheet.lay(ellipse(0.77, 0.16, 0.02, 0.02), "#3aa85a", bulge=0.01)
    sheet.lay(ellipse(0.5, 0.59, 0.315, 0.315), "#c3c9cf", bulge=0.03, gloss=0.9)
    sheet.lay(ellipse(0.5, 0.59, 0.262, 0.262), "#4a5560", bulge=0.016, shadow=0.2)
    glass = sheet.lay(ellipse(0.5, 0.59, 0.24, 0.24), "#7fb9d8", bulge=0.03, shadow=0)
    cloth = [("#e8505b", 0.38, 0.7), ("#f6c445", 0.5, 0.75), ("#5fae7a", 0.62, 0.69),
             ("#f7f4ee", 0.47, 0.65),
             ("#8a6fc4", 0.58, 0.79)]  # fmt: skip
    for code, x, y in cloth:
        fold = [(x + rnd.uniform(0.08, 0.13) * math.cos(t), y + rnd.uniform(0.06,
                                                                            0.09) * math.sin(t))
                for t in (k * math.tau / 7 for k in range(7))]  # fmt: skip
        sheet.lay(closed(fold), code, bulge=0.03, inside=glass)
    for x, y in spread(rnd, 16, 0.5, 0.55, 0.18, 0.1):
        sheet.lay(
            ellipse(x, y, 0.024, 0.024),
            "#eaf6fb",
            bulge=0.014,
            gloss=0.8,
            opacity=0.8,
            inside=glass,
        )
    sheet.shine(
        stroke(curve([(0.33, 0.58), (0.36, 0.47), (0.44, 0.41)]), 0.035) * glass, 0.7, 0.006
    )


def laundry(sheet: Sheet, rnd: Random) -> None:
    """A basket heaped with folded clothes, a shirt sleeve hanging out."""
    codes = ["#e8747c", "#f5cf5c", "#7fb9d8", "#f7f4ee", "#9bd3a9", "#b79be0"]
    rnd.shuffle(codes)
    for k, (x, y) in enumerate(((0.3, 0.36), (0.66, 0.34), (0.48, 0.25), (0.5, 0.42))):
        heap = [(x - 0.2, y + 0.12), (x - 0.17, y - 0.06), (x - 0.02, y - 0.13),
                (x + 0.15, y - 0.07),
                (x + 0.2, y + 0.12)]  # fmt: skip
        shape = sheet.lay(closed(heap), codes[k], bulge=0.05, gloss=0.15)
        for dx in (-0.09, 0.03):
            fold = stroke(
                curve([(x + dx, y - 0.09), (x + dx + 0.03, y), (x + dx - 0.02, y + 0.1)]), 0.014
            )
            sheet.shade(fold * shape, 0.35, 0.008)
    basket = polygon([(0.08, 0.46), (0.92, 0.46), (0.82, 0.95), (0.18, 0.95)])
    clay = rnd.choice(("#f2f2ee", "#6fb3d6", "#e9a9b8", "#c99a63"))
    sheet.lay(basket, clay, main=True, bulge=0.06, gloss=0.25)
    for row in range(3):
        for k in range(7 - row % 2):
            x = 0.5 + (k - (6 - row % 2) / 2) * (0.115 - 0.008 * row)
            sheet.shade(
                box(x - 0.025, 0.56 + 0.12 * row, x + 0.025, 0.64 + 0.12 * row, 0.02), 0.6, 0.003
            )
    sheet.lay(stroke([(0.08, 0.465), (0.92, 0.465)], 0.055), clay, main=True, bulge=0.02, gloss=0.4)
    sleeve = closed(
        [(0.58, 0.36), (0.76, 0.36), (0.84, 0.5), (0.86, 0.68), (0.74, 0.71), (0.68, 0.54)]
    )
    sheet.lay(sleeve, codes[4], bulge=0.035, gloss=0.15)
    sheet.lay(stroke([(0.745, 0.69), (0.85, 0.665)], 0.045), "#fbfaf6", bulge=0.012)


def dumbbell(sheet: Sheet, rnd: Random) -> None:
    """A dumbbell with two six-sided weights."""
    code = rnd.choice(("#33363c", "#d8363f", "#2f6fc0", "#7a5fc4"))
    sheet.lay(stroke([(0.2, 0.6), (0.8, 0.4)], 0.085), "#c3c9cf", bulge=0.03, gloss=0.9)
    for k in range(13):
        x, y = 0.35 + 0.025 * k, 0.55 - 0.0083 * k
        sheet.shade(stroke([(x - 0.012, y - 0.04), (x + 0.012, y + 0.04)], 0.006), 0.4, 0.002)
    for x, y in ((0.23, 0.59), (0.77, 0.41)):
        back = [(x + 0.06 + 0.155 * math.cos(t), y - 0.02 + 0.205 * math.sin(t))
                for t in (math.pi / 6 + k * math.pi / 3 for k in range(6))]  # fmt: skip
        sheet.lay(polygon(back), code, main=True, bulge=0.03, gloss=0.4)
        front = [(px - 0.06, py + 0.025) for px, py in back]
        sheet.lay(polygon(front), code, main=True, bulge=0.04, gloss=0.6)
        sheet.lay(ellipse(x, y + 0.005, 0.08, 0.105), "#c3c9cf", bulge=0.016, gloss=0.9)
        sheet.lay(ellipse(x, y + 0.005, 0.052, 0.068), code, main=True, bulge=0.012, shadow=0.2)


def yoga_mat(sheet: Sheet, rnd: Random) -> None:
    """A half rolled mat, its roll's end a spiral."""
    code = rnd.choice(("#8a6fc4", "#3fae9a", "#e97f9e", "#3f7fc0"))
    flat = polygon([(0.3, 0.62), (0.97, 0.7), (0.8, 0.92), (0.08, 0.84)])
    sheet.lay(flat, code, main=True, bulge=0.014, gloss=0.1)
    for k in range(7):
        line = stroke(
            [(0.36 + 0.09 * k, 0.64 + 0.01 * k), (0.17 + 0.09 * k, 0.84 + 0.01 * k)], 0.006
        )
        sheet.shade(line * flat, 0.3, 0.002)
    roll = polygon([(0.06, 0.56), (0.14, 0.36), (0.28, 0.3), (0.9, 0.36), (0.96, 0.52),
                    (0.94, 0.64), (0.84, 0.75),
                    (0.24, 0.82)])  # fmt: skip
    sheet.lay(roll, code, main=True, bulge=0.08, gloss=0.3, shadow=0.5)
    sheet.lay(ellipse(0.25, 0.56, 0.2, 0.27, 6), code, main=True, bulge=0.02, gloss=0.2)
    coil = [(0.25 + 0.175 * (1 - t / 62) * math.cos(t * 0.31),
             0.56 + 0.24 * (1 - t / 62) * math.sin(t * 0.31))
            for t in range(58)]  # fmt: skip
    sheet.shade(stroke(coil, 0.014), 0.75, 0.002)
    for x in (0.56, 0.78):
        band = stroke(curve([(x + 0.02, 0.335), (x + 0.075, 0.52), (x, 0.785)]), 0.035)
        sheet.lay(band, "#2b2b30", bulge=0.01, inside=roll)
