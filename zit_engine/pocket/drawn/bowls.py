"""Korean dishes served in bowls. Each function draws one on an empty sheet."""

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
from zit_engine.pocket.drawn.tableware import (
    bowl,
    half_egg,
    plate,
    rings,
    rod,
    seeds,
    spread,
    strands,
)


def tteokbokki(sheet: Sheet, rnd: Random) -> None:
    """White cylinders in red sauce, fish cake, half an egg."""
    hollow = bowl(sheet, rnd.choice(("#f4f1ea", "#3b3f46", "#7fc0c9", "#2f2f33")), deep=0.33)
    sheet.lay(ellipse(0.5, 0.45, 0.385, 0.14), "#c9260f", bulge=0.03, gloss=0.6, inside=hollow)
    for x, y in spread(rnd, 5, 0.5, 0.42, 0.29, 0.09):
        corners = [(x - 0.07, y + 0.03), (x + 0.01, y - 0.05), (x + 0.08, y + 0.02)]
        sheet.lay(polygon(corners), "#c98a3e", bulge=0.012, gloss=0.3)
    for x, y in spread(rnd, 13, 0.5, 0.415, 0.31, 0.1):
        piece = rod(x, y - 0.01, 0.15, rnd.uniform(-50, 50), 0.068)
        sheet.lay(piece, rnd.choice(("#ee5a2a", "#e8481f", "#f2703c")), bulge=0.022, gloss=0.75)
    half_egg(sheet, rnd.choice((0.38, 0.62)), 0.38, 0.095)
    rings(sheet, rnd, 9, 0.5, 0.41, 0.3, 0.09)
    seeds(sheet, rnd, "#fff1cf", 16, 0.5, 0.41, 0.3, 0.1)


def bibimbap(sheet: Sheet, rnd: Random) -> None:
    """Rice under a wheel of coloured toppings, an egg in the middle."""
    bowl(sheet, rnd.choice(("#2e2b2b", "#c79a43", "#f1ede4", "#4d6b57")), deep=0.34)
    sheet.lay(ellipse(0.5, 0.435, 0.385, 0.15), "#f7f3e6", bulge=0.03)
    toppings = ["#f08a24", "#3f8f3a", "#efe3b4", "#8a5a34", "#d63a26", "#6fae3f", "#f3efe2"]
    start = rnd.randrange(len(toppings))
    for k in range(7):
        code, a = toppings[(k + start) % 7], (k + 0.5) / 7 * math.tau
        arc = [a + (t / 6 - 0.5) * 0.86 for t in range(7)]
        wedge = [(0.5, 0.425), *((0.5 + 0.365 * math.cos(t), 0.425 + 0.138 * math.sin(t))
                                 for t in arc)]  # fmt: skip
        sheet.lay(polygon(wedge), code, bulge=0.02, shadow=0.2)
        for _ in range(22):
            r, b = rnd.uniform(0.36, 0.95), a + rnd.uniform(-0.4, 0.4)
            x, y = 0.5 + 0.36 * r * math.cos(b), 0.42 + 0.135 * r * math.sin(b)
            piece = rod(x, y, 0.085, math.degrees(b) + rnd.uniform(-35, 35), 0.017)
            sheet.lay(piece, code, bulge=0.006, gloss=0.25, shadow=0.22)
    white = [(0.5 + 0.145 * math.cos(t) * rnd.uniform(0.9, 1.1),
              0.405 + 0.075 * math.sin(t) * rnd.uniform(0.9, 1.1))
             for t in (k * math.tau / 9 for k in range(9))]  # fmt: skip
    sheet.lay(closed(white), "#fffdf6", bulge=0.02, gloss=0.4)
    sheet.lay(ellipse(0.5, 0.395, 0.066, 0.046), "#f9b51f", bulge=0.03, gloss=0.9)
    sheet.lay(ellipse(0.33, 0.36, 0.06, 0.03, -20), "#b81f14", bulge=0.02, gloss=0.8)
    seeds(sheet, rnd, "#fff1cf", 14, 0.5, 0.42, 0.3, 0.11)


def naengmyeon(sheet: Sheet, rnd: Random) -> None:
    """Cold buckwheat noodles in broth with ice, cucumber, pear and half an egg."""
    steel = rnd.choice(("#c3c9cf", "#d5d9dd", "#b5bdc5", "#cfae62"))
    hollow = bowl(sheet, steel, deep=0.3)
    sheet.lay(ellipse(0.5, 0.45, 0.385, 0.142), "#dcc99d", bulge=0.02, gloss=0.7, inside=hollow)
    for _ in range(9):
        a, r = rnd.uniform(0, math.tau), rnd.uniform(0.7, 0.92)
        x, y = 0.5 + 0.36 * r * math.cos(a), 0.45 + 0.12 * r * math.sin(a)
        ice = box(x - 0.038, y - 0.028, x + 0.038, y + 0.03, 0.012)
        sheet.lay(ice, "#e9f6fb", bulge=0.015, gloss=0.9, opacity=0.75, inside=hollow)
    strands(sheet, rnd, ("#8d6f5c", "#7b6050", "#9c7f6a"), 30, 0.5, 0.42, 0.29, 0.115, 0.018)
    for k in range(7):
        rind = rod(0.36 + 0.018 * k, 0.365 + 0.006 * k, 0.14, -52, 0.017)
        sheet.lay(rind, "#4f9a3a" if k % 2 else "#bfe08f", bulge=0.006)
    for k in range(3):
        pear = rod(0.6 + 0.035 * k, 0.4 + 0.014 * k, 0.13, 40, 0.034)
        sheet.lay(pear, "#f8f1d8", bulge=0.01, gloss=0.4)
    sheet.lay(ellipse(0.46, 0.43, 0.06, 0.034), "#cf2d1c", bulge=0.02, gloss=0.7)
    half_egg(sheet, 0.52, 0.35, 0.1)
    seeds(sheet, rnd, "#fff4dc", 10, 0.48, 0.42, 0.18, 0.07)


def jjajangmyeon(sheet: Sheet, rnd: Random) -> None:
    """Noodles under black bean sauce, cut cucumber, peas."""
    hollow = bowl(sheet, rnd.choice(("#f6f4ef", "#d9e4ea", "#b5402f", "#f0e2c0")), deep=0.34)
    strands(
        sheet, rnd, ("#f3d88e", "#eccb74", "#f7e2a6"), 34, 0.5, 0.435, 0.385, 0.142, 0.026, hollow
    )
    outline = [(0.5 + 0.27 * math.cos(t) * rnd.uniform(0.85, 1.12),
                0.41 + 0.105 * math.sin(t) * rnd.uniform(0.85, 1.15))
               for t in (k * math.tau / 11 for k in range(11))]  # fmt: skip
    sheet.lay(closed(outline), "#2b1710", bulge=0.035, gloss=0.75)
    for x, y in spread(rnd, 15, 0.5, 0.405, 0.22, 0.08):
        lump = box(x - 0.028, y - 0.02, x + 0.028, y + 0.022, 0.014)
        sheet.lay(lump, rnd.choice(("#4a2a1c", "#3a1f14", "#6b4128")), bulge=0.014, gloss=0.8)
    for _ in range(13):
        strip = rod(0.5 + rnd.uniform(-0.09, 0.09), 0.36 + rnd.uniform(-0.03, 0.03), 0.12,
                    rnd.uniform(-70, 70), 0.014)  # fmt: skip
        sheet.lay(strip, rnd.choice(("#8fcf5a", "#c8ea9a", "#5fae3c")), bulge=0.005)
    for x, y in spread(rnd, 5, 0.5, 0.43, 0.22, 0.06):
        sheet.lay(ellipse(x, y, 0.02, 0.018), "#7cc242", bulge=0.012, gloss=0.6)


def patbingsu(sheet: Sheet, rnd: Random) -> None:
    """A hill of shaved ice with red beans, rice cake cubes and a strawberry."""
    bowl(sheet, rnd.choice(("#bfe3ee", "#f3f6f8", "#f7c7d4", "#bfe5cf")), y=0.6, down=0.13,
         deep=0.27, across=0.38)  # fmt: skip
    hill = closed([(0.14, 0.6), (0.22, 0.43), (0.36, 0.26), (0.5, 0.19), (0.64, 0.26), (0.78, 0.43),
                   (0.86, 0.6), (0.68, 0.68), (0.5, 0.7), (0.32, 0.68)])  # fmt: skip
    sheet.lay(hill, "#fbfdff", bulge=0.05, gloss=0.35)
    for _ in range(150):
        x, y = rnd.uniform(0.15, 0.85), rnd.uniform(0.2, 0.68)
        flake = ellipse(x, y, 0.014, 0.008, rnd.uniform(0, 180))
        sheet.lay(flake, rnd.choice(("#ffffff", "#e3f0f7", "#d4e6f0")), bulge=0.005, shadow=0.08,
                  inside=hill)  # fmt: skip
    beans = closed([(0.27, 0.42), (0.36, 0.29), (0.5, 0.235), (0.64, 0.29), (0.73, 0.42),
                    (0.62, 0.5), (0.5, 0.45), (0.4, 0.52)])  # fmt: skip
    sheet.lay(beans, "#5a1f22", bulge=0.03, gloss=0.5)
    for x, y in spread(rnd, 32, 0.5, 0.37, 0.19, 0.11):
        sheet.lay(ellipse(x, y, 0.026, 0.019, rnd.uniform(0, 180)), rnd.choice(("#7a2b2d",
                                                                                "#6a2326",
                  "#8c3838")), bulge=0.012, gloss=0.6, inside=beans)  # fmt: skip
    for x, y, code in ((0.3, 0.53, "#fff8ea"), (0.42, 0.57, "#f7b8c8"), (0.57, 0.55, "#cfe6a8"),
                       (0.7, 0.52, "#fff8ea"), (0.36, 0.62, "#f6cf62")):  # fmt: skip
        sheet.lay(box(x - 0.035, y - 0.03, x + 0.035, y + 0.035, 0.012), code, bulge=0.015)
    berry = closed(
        [(0.44, 0.16), (0.5, 0.13), (0.56, 0.16), (0.55, 0.22), (0.5, 0.28), (0.45, 0.22)]
    )
    sheet.lay(berry, "#e3263a", bulge=0.025, gloss=0.7)
    seeds(sheet, rnd, "#ffd98a", 9, 0.5, 0.195, 0.04, 0.045, 0.006)
    for turn in (-50, -20, 20, 50):
        leaf = ellipse(0.5 + turn * 0.0008, 0.125, 0.013, 0.034, turn)
        sheet.lay(leaf, "#4fa046", bulge=0.008)


def banchan(sheet: Sheet, rnd: Random) -> None:
    """Five small dishes, each with another side dish."""
    clay = rnd.choice(("#f3f1ec", "#d8e6ea", "#e8dcc6", "#4b5560"))
    places = [(0.3, 0.3), (0.7, 0.3), (0.5, 0.5), (0.26, 0.7), (0.74, 0.7)]
    foods = [("#3f8f3a", "#5fae4a"), ("#d63a26", "#f0a08a"), ("#f5c945", "#f9dc7c"),
             ("#5b3a2a", "#7a5138"), ("#f1efe0", "#e0dcc0")]  # fmt: skip
    rnd.shuffle(foods)
    for (x, y), codes in zip(places, foods, strict=True):
        plate(sheet, clay, x, y, 0.215, 0.155)
        sheet.lay(ellipse(x, y - 0.01, 0.14, 0.085), codes[0], bulge=0.03, gloss=0.3)
        for px, py in spread(rnd, 15, x, y - 0.035, 0.115, 0.06):
            piece = rod(px, py, 0.075, rnd.uniform(0, 180), 0.03)
            sheet.lay(piece, rnd.choice(codes), bulge=0.01, gloss=0.4)
        seeds(sheet, rnd, "#fff1cf", 6, x, y - 0.04, 0.09, 0.05, 0.007)


def kimchi(sheet: Sheet, rnd: Random) -> None:
    """A heap of cut napa cabbage in red paste: white ribs, frilled leaves."""
    plate(sheet, rnd.choice(("#f5f3ee", "#5a6570", "#cfe0dc", "#e9d9bd")), y=0.66)
    for k, (x, y) in enumerate(spread(rnd, 17, 0.5, 0.55, 0.31, 0.19)):
        lift, turn = 0.1 * (1 - abs(x - 0.5) / 0.36), rnd.uniform(-0.5, 0.5)
        y -= lift
        frill = []
        for t in range(12):
            a = t / 12 * math.tau
            r = 1.0 if t % 2 else 0.8
            dx, dy = 0.125 * r * math.cos(a), 0.068 * r * math.sin(a)
            frill.append((x + dx * math.cos(turn) - dy * math.sin(turn),
                          y + dx * math.sin(turn) + dy * math.cos(turn)))  # fmt: skip
        leaf = closed(frill)
        sheet.lay(leaf, ("#d7371f", "#c92a19", "#e2552f", "#b3a23c")[k % 4 if k % 7 else 0],
                  bulge=0.016, gloss=0.7)  # fmt: skip
        rib = stroke(curve([(x - 0.09, y + 0.012 - turn * 0.06), (x, y - 0.008),
                            (x + 0.07, y + 0.006 + turn * 0.05)]), 0.036)  # fmt: skip
        sheet.lay(rib, rnd.choice(("#fbe3c4", "#f6cfa6", "#f9dcc0")), bulge=0.012, gloss=0.6,
                  shadow=0.2)  # fmt: skip
        sheet.lay(ellipse(x + 0.03, y, 0.05, 0.016, math.degrees(turn)), "#d3301b", bulge=0.008,
                  gloss=0.7, shadow=0.1)  # fmt: skip
    for x, y in spread(rnd, 30, 0.5, 0.5, 0.33, 0.17):
        sheet.lay(ellipse(x, y, 0.009, 0.006, 30), "#8f1510", bulge=0.003, shadow=0.1)
    rings(sheet, rnd, 8, 0.5, 0.46, 0.24, 0.12)
    seeds(sheet, rnd, "#fff1cf", 16, 0.5, 0.48, 0.28, 0.14)


def egg_roll(sheet: Sheet, rnd: Random) -> None:
    """Four slices of rolled omelette leaning in a row."""
    plate(sheet, rnd.choice(("#f4f2ec", "#8fb7c9", "#3d434b", "#efc9b5")), y=0.64)
    for k in range(4):
        x, y = 0.24 + 0.16 * k, 0.53 + 0.02 * k
        side = closed([(x - 0.02, y - 0.13), (x + 0.14, y - 0.16), (x + 0.2, y - 0.02),
                       (x + 0.15, y + 0.12), (x, y + 0.13)])  # fmt: skip
        sheet.lay(side, "#eeb32c", bulge=0.03, gloss=0.4)
        sheet.lay(ellipse(x, y, 0.1, 0.135, 8), "#fbd75c", bulge=0.025, gloss=0.3)
        coil = [(x + 0.075 * (1 - t / 36) * math.cos(t * 0.42 + k),
                 y + 0.105 * (1 - t / 36) * math.sin(t * 0.42 + k)) for t in range(34)]  # fmt: skip
        sheet.lay(stroke(coil, 0.011), "#e09a1c", bulge=0.004, shadow=0.1)
        for px, py in spread(rnd, 8, x, y, 0.07, 0.095):
            dot = box(px - 0.01, py - 0.008, px + 0.01, py + 0.009, 0.004)
            sheet.lay(dot, rnd.choice(("#f07a28", "#58a53f", "#58a53f")), bulge=0.004)
    stem = curve([(0.66, 0.77), (0.72, 0.72), (0.79, 0.74)])
    sheet.lay(stroke(stem, 0.014), "#4c9a3e", bulge=0.006)
    for turn in (-40, 0, 40):
        sheet.lay(ellipse(0.8 + turn * 0.0004, 0.73, 0.018, 0.03, turn), "#5fae4a", bulge=0.01)
