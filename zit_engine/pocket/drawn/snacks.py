"""Korean street food, sweets, grilled meat and take-away. Each function draws one."""

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
from zit_engine.pocket.drawn.tableware import plate, rod, seeds, spread


def _gimbap_slice(sheet: Sheet, rnd: Random, x: float, y: float, size: float) -> None:
    side = closed([(x - size, y), (x - size * 0.8, y - size * 0.75),
                   (x + size * 0.5, y - size * 1.12),
                   (x + size * 1.35, y - size * 0.5), (x + size * 1.25, y + size * 0.45),
                   (x + size * 0.5, y + size)])  # fmt: skip
    sheet.lay(side, "#1f2d22", bulge=0.03, gloss=0.35)
    sheet.lay(ellipse(x, y, size, size * 1.02), "#16241a", bulge=0.012, gloss=0.3)
    sheet.lay(ellipse(x, y, size * 0.9, size * 0.92), "#fbf9f1", bulge=0.02, gloss=0.3)
    for px, py in spread(rnd, 42, x, y, size * 0.82, size * 0.84):
        grain = ellipse(px, py, size * 0.085, size * 0.05, rnd.uniform(0, 180))
        sheet.lay(grain, rnd.choice(("#ffffff", "#eeeadd")), bulge=0.006, shadow=0.15)
    fill = size * 0.17
    for k, code in enumerate(("#f7c52b", "#ef7d24", "#3f8f3a", "#e8808a", "#8a5a34", "#f9e08a")):
        a = k / 6 * math.tau + 0.4
        px, py = x + size * 0.33 * math.cos(a), y + size * 0.33 * math.sin(a)
        piece = box(px - fill, py - fill, px + fill, py + fill, fill * 0.4)
        sheet.lay(piece, code, bulge=0.012, gloss=0.4)


def gimbap(sheet: Sheet, rnd: Random) -> None:
    """Slices of rice and fillings rolled in seaweed, on a plate."""
    plate(sheet, rnd.choice(("#f3efe6", "#c8965a", "#a9c8d6", "#e7b7a4")), y=0.68, down=0.24)
    for x, y, size in ((0.3, 0.42, 0.155), (0.62, 0.42, 0.155), (0.22, 0.62, 0.165),
                       (0.5, 0.64, 0.165), (0.77, 0.62, 0.155)):  # fmt: skip
        _gimbap_slice(sheet, rnd, x, y, size)
    seeds(sheet, rnd, "#fff1cf", 12, 0.5, 0.4, 0.3, 0.08)


def samgyeopsal(sheet: Sheet, rnd: Random) -> None:
    """Strips of pork belly on a round iron grill with garlic and a green chilli."""
    sheet.lay(ellipse(0.5, 0.59, 0.47, 0.33), "#2b2b2e", bulge=0.04, gloss=0.4)
    sheet.lay(ellipse(0.5, 0.56, 0.46, 0.32), "#3b3b40", bulge=0.03, gloss=0.5)
    plate_mask = sheet.lay(ellipse(0.5, 0.56, 0.4, 0.27), "#2f2f33", bulge=0.01, shadow=0)
    for k in range(9):
        bar = stroke([(0.08, 0.36 + 0.05 * k), (0.92, 0.36 + 0.05 * k)], 0.012)
        sheet.lay(bar, "#55555c", bulge=0.006, inside=plate_mask)
    for k in range(4):
        y, turn = 0.38 + 0.115 * k, rnd.uniform(-0.02, 0.02)
        wave = [0.012 * math.sin(t * 1.7 + k) for t in range(7)]
        line = [(0.22 + 0.09 * t, y + wave[t] + turn * (t - 3)) for t in range(7)]
        sheet.lay(stroke(curve(line), 0.1), "#f6ded0", bulge=0.022, gloss=0.5)
        for shift, width, code in ((-0.026, 0.024, "#c9604f"), (0.004, 0.018, "#d97866"),
                                   (0.032, 0.02, "#b8503f")):  # fmt: skip
            layer = [(x, py + shift) for x, py in line]
            sheet.lay(stroke(curve(layer), width), code, bulge=0.008, gloss=0.4, shadow=0.1)
        for t in (1, 3, 5):
            mark = stroke([(line[t][0] - 0.02, line[t][1] - 0.04),
                           (line[t][0] + 0.02, line[t][1] + 0.04)], 0.011)  # fmt: skip
            sheet.shade(mark, 0.55, 0.004)
    for x, y in ((0.17, 0.5), (0.15, 0.58), (0.2, 0.65), (0.84, 0.6)):
        sheet.lay(ellipse(x, y, 0.034, 0.026, 20), "#f6ecc8", bulge=0.016, gloss=0.6)
    chilli = curve([(0.8, 0.4), (0.85, 0.47), (0.86, 0.55)])
    sheet.lay(stroke(chilli, 0.034), "#4f9a35", bulge=0.016, gloss=0.7)


def chicken_box(sheet: Sheet, rnd: Random) -> None:
    """A striped tub full of fried chicken legs."""
    for x, y, turn in ((0.3, 0.3, -28), (0.7, 0.29, 26), (0.5, 0.2, 0), (0.4, 0.38, -10),
                       (0.62, 0.38, 12)):  # fmt: skip
        a = math.radians(turn)
        end = (x + 0.17 * math.sin(a), y - 0.17 * math.cos(a))
        sheet.lay(stroke([(x, y), end], 0.045), "#f7eddc", bulge=0.016, gloss=0.5)
        sheet.lay(ellipse(end[0] - 0.02, end[1], 0.028, 0.026), "#f7eddc", bulge=0.014)
        sheet.lay(ellipse(end[0] + 0.02, end[1], 0.028, 0.026), "#f7eddc", bulge=0.014)
        sheet.lay(ellipse(x, y, 0.115, 0.135, turn), "#d8862e", bulge=0.05, gloss=0.4)
        for px, py in spread(rnd, 26, x, y, 0.1, 0.12):
            crumb = ellipse(px, py, 0.022, 0.017, rnd.uniform(0, 180))
            sheet.lay(crumb, rnd.choice(("#e39a3c", "#c97421", "#f0b155", "#b8651a")), bulge=0.011,
                      gloss=0.3, shadow=0.25)  # fmt: skip
    tub = polygon([(0.12, 0.42), (0.88, 0.42), (0.77, 0.95), (0.23, 0.95)])
    sheet.lay(tub, rnd.choice(("#d8262f", "#e8552d", "#1f5fb8", "#f2b632")), main=True, bulge=0.05,
              gloss=0.25)  # fmt: skip
    for k in range(4):
        top, low = 0.185 + 0.19 * k, 0.275 + 0.135 * k
        stripe = polygon(
            [(top - 0.035, 0.42), (top + 0.06, 0.42), (low + 0.045, 0.95), (low - 0.02, 0.95)]
        )
        sheet.lay(stripe, "#fbf7ef", bulge=0, shadow=0, inside=tub)
    sheet.lay(ellipse(0.5, 0.68, 0.15, 0.13), "#fbf7ef", bulge=0.01, shadow=0.1)
    sheet.lay(ellipse(0.47, 0.7, 0.07, 0.06), "#d8862e", bulge=0.02, shadow=0.05)
    sheet.lay(stroke([(0.51, 0.66), (0.57, 0.6)], 0.024), "#d8862e", bulge=0.008, shadow=0.05)
    sheet.lay(stroke([(0.12, 0.425), (0.88, 0.425)], 0.03), "#fbf7ef", bulge=0.012)


def hotteok(sheet: Sheet, rnd: Random) -> None:
    """A griddled pancake in a paper sleeve, brown sugar and nuts coming out of a bite."""
    cake = ellipse(0.5, 0.45, 0.39, 0.38)
    sheet.lay(cake, "#e9bf7a", bulge=0.05, gloss=0.35)
    sheet.lay(ellipse(0.5, 0.44, 0.33, 0.32), "#d08a36", bulge=0.03, gloss=0.5, shadow=0)
    for _ in range(46):
        a, r = rnd.uniform(0, math.tau), 0.31 * math.sqrt(rnd.random())
        x, y, size = 0.5 + r * math.cos(a), 0.44 + r * math.sin(a), rnd.uniform(0.01, 0.035)
        spot = ellipse(x, y, size, size * 0.8)
        sheet.lay(spot, rnd.choice(("#b56d22", "#dc9c4a", "#a65f1c")), bulge=0.006, shadow=0,
                  opacity=0.5)  # fmt: skip
    bite = closed([(0.6, 0.0), (0.63, 0.2), (0.7, 0.24), (0.74, 0.33), (0.84, 0.35), (1.0, 0.4),
                   (1.05, 0.0)])  # fmt: skip
    inner = closed([(0.54, 0.06), (0.57, 0.23), (0.65, 0.29), (0.69, 0.38), (0.8, 0.42),
                    (0.9, 0.42),
                    (0.86, 0.3), (0.74, 0.3), (0.7, 0.2), (0.62, 0.17), (0.6, 0.06)])  # fmt: skip
    sheet.lay(inner, "#5a2c10", bulge=0.02, gloss=0.9, inside=cake)
    for x, y in ((0.585, 0.18), (0.63, 0.25), (0.68, 0.3), (0.73, 0.375), (0.8, 0.39)):
        sheet.lay(ellipse(x, y, 0.022, 0.016, 40), "#e8c58f", bulge=0.012, inside=cake)
    for plane in (sheet.alpha, sheet.main):
        plane *= 1 - bite
    drop = closed(
        [(0.66, 0.3), (0.7, 0.34), (0.695, 0.45), (0.67, 0.49), (0.645, 0.45), (0.65, 0.35)]
    )
    sheet.lay(drop, "#5a2c10", bulge=0.016, gloss=1.0)
    sleeve = polygon([(0.1, 0.5), (0.5, 0.66), (0.9, 0.5), (0.78, 0.95), (0.22, 0.95)])
    sheet.lay(sleeve, rnd.choice(("#f6f1e6", "#d9a066", "#e9574a", "#f3c94d")), main=True,
              bulge=0.035,
              gloss=0.15)  # fmt: skip
    sheet.shade(stroke([(0.5, 0.66), (0.5, 0.95)], 0.01), 0.25, 0.006)


def bungeoppang(sheet: Sheet, rnd: Random) -> None:
    """A fish-shaped waffle with scales, an eye and red bean at the mouth."""
    body = [(0.06, 0.48), (0.13, 0.36), (0.28, 0.26), (0.46, 0.22), (0.62, 0.29), (0.74, 0.41),
            (0.84, 0.34), (0.95, 0.24), (0.93, 0.42), (0.9, 0.5), (0.93, 0.6), (0.95, 0.76),
            (0.84, 0.66), (0.74, 0.58), (0.62, 0.7), (0.46, 0.77), (0.28, 0.72),
            (0.12, 0.61)]  # fmt: skip
    golden = rnd.choice(("#d9943f", "#cf8632", "#e0a24c", "#c47a2c"))
    shape = sheet.lay(closed(body), golden, bulge=0.05, gloss=0.5)
    fin = closed([(0.34, 0.25), (0.44, 0.13), (0.58, 0.15), (0.6, 0.29)])
    sheet.lay(fin, golden, bulge=0.03, gloss=0.4)
    sheet.shade(shape * (1 - closed([(0.5 + (x - 0.5) * 0.86, 0.5 + (y - 0.5) * 0.84)
                                     for x, y in body])), 0.22, 0.012)  # fmt: skip
    for row in range(4):
        for k in range(4):
            x, y = 0.4 + 0.09 * row, 0.35 + 0.095 * k + (0.045 if row % 2 else 0)
            arc = [(x + 0.045 * math.cos(t), y + 0.05 * math.sin(t))
                   for t in (1.6 + 0.31 * s for s in range(11))]  # fmt: skip
            sheet.shade(stroke(arc, 0.013) * shape, 0.62, 0.003)
    sheet.shade(stroke(curve([(0.32, 0.3), (0.36, 0.48), (0.31, 0.68)]), 0.016) * shape, 0.6, 0.003)
    for k in range(3):
        line = [(0.8, 0.44 + 0.06 * k), (0.91, 0.36 + 0.14 * k)]
        sheet.shade(stroke(line, 0.013) * shape, 0.55, 0.003)
    sheet.lay(ellipse(0.21, 0.43, 0.038, 0.038), golden, bulge=0.012, gloss=0.5)
    sheet.lay(ellipse(0.21, 0.43, 0.02, 0.02), "#4b2508", bulge=0.008, gloss=0.9)
    sheet.shade(stroke(curve([(0.07, 0.5), (0.12, 0.53), (0.17, 0.53)]), 0.014) * shape, 0.7, 0.003)


def eomuk(sheet: Sheet, rnd: Random) -> None:
    """Folded fish cake on three sticks in a paper cup of broth."""
    for k in range(3):
        x, lean = 0.3 + 0.2 * k, -0.05 + 0.05 * k
        sheet.lay(stroke([(x + lean, 0.04), (x, 0.7)], 0.018), "#d9b27a", bulge=0.008)
        fold = [(x + lean * (1 - t / 9) + (0.055 if t % 2 else -0.055), 0.16 + 0.065 * t)
                for t in range(8)]  # fmt: skip
        sheet.lay(stroke(curve(fold, 8), 0.062), rnd.choice(("#e2b26a", "#d8a357")), bulge=0.022,
                  gloss=0.5)  # fmt: skip
        for t in range(1, 8):
            edge = stroke([(fold[t][0] - 0.02, fold[t][1] - 0.022),
                           (fold[t][0] + 0.02, fold[t][1] - 0.018)], 0.008)  # fmt: skip
            sheet.shade(edge, 0.35, 0.003)
        sheet.lay(
            stroke([(x + lean, 0.03), (x + lean * 0.86, 0.13)], 0.018), "#d9b27a", bulge=0.008
        )
    cup = polygon([(0.14, 0.56), (0.86, 0.56), (0.76, 0.96), (0.24, 0.96)])
    sheet.lay(cup, rnd.choice(("#f4f1ea", "#c9352b", "#2f6fae", "#e8c27a")), main=True, bulge=0.06,
              gloss=0.3)  # fmt: skip
    sheet.lay(stroke([(0.14, 0.565), (0.86, 0.565)], 0.03), "#fbf9f4", bulge=0.012)
    for k in range(3):
        steam = curve([(0.36 + 0.15 * k, 0.72), (0.33 + 0.15 * k, 0.77), (0.38 + 0.15 * k, 0.82),
                       (0.35 + 0.15 * k, 0.88)])  # fmt: skip
        sheet.lay(stroke(steam, 0.02), "#e9a13c", bulge=0.005, shadow=0)


def songpyeon(sheet: Sheet, rnd: Random) -> None:
    """One half-moon rice cake with a pinched seam, on pine needles."""
    for _ in range(26):
        turn = rnd.uniform(-35, 215)
        needle = rod(
            0.5 + rnd.uniform(-0.22, 0.22), 0.76 + rnd.uniform(-0.05, 0.06), 0.42, turn, 0.011, 0.4
        )
        sheet.lay(needle, rnd.choice(("#3f7a3a", "#55934a", "#2f6430")), bulge=0.004, shadow=0.2)
    moon = closed([(0.08, 0.62), (0.14, 0.44), (0.3, 0.28), (0.5, 0.23), (0.7, 0.28), (0.86, 0.44),
                   (0.92, 0.62), (0.76, 0.74), (0.5, 0.78), (0.24, 0.74)])  # fmt: skip
    code = rnd.choice(("#f8f4ea", "#f4b8c4", "#9fc979", "#f3d774"))
    sheet.lay(moon, code, main=True, bulge=0.09, gloss=0.55)
    seam = [
        (0.12, 0.5),
        (0.2, 0.36),
        (0.34, 0.26),
        (0.5, 0.225),
        (0.66, 0.26),
        (0.8, 0.36),
        (0.88, 0.5),
    ]
    line = curve(seam, 7)
    sheet.lay(stroke(line, 0.05), code, main=True, bulge=0.018, gloss=0.4, shadow=0.25)
    for x, y in line[2::4]:
        sheet.shade(ellipse(x, y + 0.022, 0.011, 0.026), 0.4, 0.005)
    sheet.shine(ellipse(0.34, 0.47, 0.1, 0.035, -35), 0.4, 0.014)


def macaron(sheet: Sheet, rnd: Random) -> None:
    """One macaron: two smooth shells, ruffled feet, cream between."""
    code = rnd.choice(("#f49ab0", "#9bd3b4", "#c9a2dc", "#8fb7e8"))
    low = closed(
        [
            (0.1, 0.66),
            (0.12, 0.78),
            (0.3, 0.86),
            (0.5, 0.88),
            (0.7, 0.86),
            (0.88, 0.78),
            (0.9, 0.66),
        ]
    )
    sheet.lay(low, code, main=True, bulge=0.05, gloss=0.35)
    for k in range(15):
        sheet.lay(ellipse(0.12 + 0.0543 * k, 0.655, 0.036, 0.034), code, main=True, bulge=0.016)
    sheet.lay(box(0.11, 0.53, 0.89, 0.645, 0.05), "#fdf4e3", bulge=0.035, gloss=0.3)
    for k in range(15):
        sheet.lay(ellipse(0.12 + 0.0543 * k, 0.51, 0.036, 0.036), code, main=True, bulge=0.016)
    dome = closed(
        [
            (0.09, 0.49),
            (0.1, 0.36),
            (0.24, 0.19),
            (0.5, 0.12),
            (0.76, 0.19),
            (0.9, 0.36),
            (0.91, 0.49),
            (0.5, 0.515),
        ]
    )
    sheet.lay(dome, code, main=True, bulge=0.08, gloss=0.45)
    sheet.shine(ellipse(0.34, 0.26, 0.13, 0.045, -24), 0.45, 0.014)
