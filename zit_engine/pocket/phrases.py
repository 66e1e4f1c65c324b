"""The words captions are made of: colours, backdrops, what shop owners write around a subject.

Data only. A backdrop's place in BACKDROPS is its number in a scene and in the labels.
"""

from __future__ import annotations

# name in English: (Korean names, red green blue 0..255)
COLOURS: dict[str, tuple[tuple[str, ...], tuple[int, int, int]]] = {
    "red": (("빨간색", "레드", "빨강"), (214, 52, 56)),
    "orange": (("주황색", "오렌지색"), (245, 140, 50)),
    "yellow": (("노란색", "옐로", "노랑"), (250, 212, 80)),
    "green": (("초록색", "녹색", "그린"), (72, 160, 90)),
    "mint": (("민트색", "민트"), (158, 222, 200)),
    "sky blue": (("하늘색", "스카이블루"), (150, 205, 245)),
    "blue": (("파란색", "블루", "파랑"), (58, 110, 220)),
    "navy": (("남색", "네이비"), (30, 42, 92)),
    "purple": (("보라색", "퍼플"), (140, 92, 200)),
    "pink": (("분홍색", "핑크", "핑크색"), (248, 170, 195)),
    "brown": (("갈색", "브라운", "고동색"), (125, 82, 55)),
    "beige": (("베이지색", "베이지", "크림색"), (238, 222, 198)),
    "white": (("흰색", "하얀색", "화이트"), (247, 247, 246)),
    "gray": (("회색", "그레이"), (165, 168, 172)),
    "black": (("검은색", "블랙", "검정색"), (28, 28, 32)),
}
COLOUR_NAMES = list(COLOURS)
# how a colour stands before a noun, besides its names
ADJECTIVES_KO = {"red": "빨간", "yellow": "노란", "blue": "파란", "black": "검은", "white": "하얀"}

BACKDROPS = (
    "plain", "gradient", "spotlight", "table", "sunburst",
    "dots", "stripes", "bokeh", "confetti", "podium",
)  # fmt: skip
BACKDROP_WEIGHTS = (20, 12, 9, 12, 8, 6, 6, 8, 6, 13)

# {a}: the backdrop's first colour, {b}: its second (table top, dots, podium)
BACKDROP_PHRASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("plain {a} background", "solid {a} background", "{a} background"),
        ("{a} gradient background", "soft {a} gradient"),
        ("{a} background with a spotlight", "{a} spotlight"),
        ("on a {b} table, {a} wall", "on a {b} table with {a} background",
         "{a} background, {b} table"),
        ("{a} sunburst background", "{a} sun rays", "retro {a} sunburst"),
        ("{a} polka dot background", "{a} background with {b} dots"),
        ("{a} striped background", "{a} and {b} stripes"),
        ("{a} bokeh lights", "{a} background with bokeh"),
        ("{a} background with confetti", "confetti, {a} background"),
        ("on a {b} podium, {a} background", "on a {b} pedestal, {a} studio background"),
    ),
    "ko": (
        ("{a} 배경", "단색 {a} 배경", "깔끔한 {a} 배경"),
        ("{a} 그라데이션 배경", "은은한 {a} 그라데이션"),
        ("{a} 배경에 스포트라이트", "{a} 스포트라이트 조명"),
        ("{b} 테이블 위, {a} 벽", "{b} 테이블 위에 놓인, {a} 배경", "{a} 배경, {b} 테이블"),
        ("{a} 햇살 무늬 배경", "방사형 {a} 배경"),
        ("{a} 도트 무늬 배경", "{a} 배경에 {b} 물방울 무늬"),
        ("{a} 줄무늬 배경", "{a}과 {b} 줄무늬"),
        ("{a} 보케 조명 배경", "반짝이는 {a} 조명 배경"),
        ("{a} 배경에 색종이", "색종이가 날리는 {a} 배경"),
        ("{b} 받침대 위, {a} 배경", "{b} 진열대 위에 올린, {a} 스튜디오 배경"),
    ),
}  # fmt: skip

BEFORE = {
    "en": ("", "", "", "", "a photo of ", "an ad photo of ", "poster of ", "product photo of ",
           "a picture of ", "cafe menu photo of ", "promotion image of ", "cute ", "delicious ",
           "fresh ", "new menu ", "studio photo of ", "advertising image, "),
    "ko": ("", "", "", "", "맛있는 ", "신선한 ", "신메뉴 ", "귀여운 ", "우리 가게 ", "카페 ",
           "예쁜 ", "봄 신상 ", "여름 한정 ", "특별한 ", "갓 만든 ", "프리미엄 "),
}  # fmt: skip
AFTER = {
    "en": ("", "", "", "", ", advertisement", ", poster for a small shop", ", studio lighting",
           ", high quality", ", instagram feed", ", grand opening event", ", sale event",
           ", 4k, sharp focus", ", warm mood", ", summer season", ", commercial photography"),
    "ko": ("", "", "", "", " 광고 사진", " 포스터", " 홍보 이미지", " 제품 사진", " 이벤트 배너",
           " 메뉴 사진", " 오픈 기념 홍보물", ", 고품질", ", 따뜻한 분위기", ", 스튜디오 조명",
           ", 인스타그램 피드용", " 세일 포스터"),
}  # fmt: skip

COUNTS_EN = {2: "two ", 3: "three ", 4: "four ", 5: "five "}
COUNTS_KO = {
    2: (" 두 개", " 2개"),
    3: (" 세 개", " 3개"),
    4: (" 네 개", " 4개"),
    5: (" 다섯 개", " 5개"),
}
JOINERS_KO = ("와 ", "과 ", ", ", " 그리고 ", "랑 ")
SIDE = {
    "en": {-1: ", on the left", 0: "", 1: ", on the right"},
    "ko": {-1: ", 왼쪽에", 0: "", 1: ", 오른쪽에"},
}
ROOM = {"en": ", with empty space", "ko": ", 여백이 넓은"}

# a subject by itself, to see whether it is known
ALONE = {"ko": "{}, 베이지색 배경", "en": "{}, beige background"}

# what a season or an hour adds to the backdrop; said after it
PROPS = ("", "petals", "drops", "leaves", "snow", "night", "day")
PROP_WEIGHTS = (70, 5, 5, 5, 5, 5, 5)
NIGHT_COLOURS = ("navy", "black", "purple", "blue")  # a starry night in yellow would be a lie
PROP_PHRASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (("",), (", cherry petals in the air", ", spring with falling petals"),
           (", water drops", ", summer with cool water drops"),
           (", autumn leaves", ", fall season with fallen leaves"),
           (", snow falling", ", winter with snow"),
           (", at night with stars", ", starry night with a moon"),
           (", in daylight", ", sunny day")),
    "ko": (("",), (", 벚꽃잎이 날리는 봄", ", 봄 꽃잎"), (", 시원한 물방울", ", 여름 물방울"),
           (", 낙엽이 지는 가을", ", 가을 단풍잎"), (", 눈이 내리는 겨울", ", 겨울 눈송이"),
           (", 별이 뜬 밤", ", 달이 뜬 밤하늘"), (", 햇살 드는 낮", ", 화창한 낮")),
}  # fmt: skip
# how two objects stand to each other; {a} is the nearer, bigger or left one
RELATIONS = ("", "behind", "bigger", "beside")
RELATION_PHRASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (("",), ("{a} in front of {b}", "{b} behind {a}"), ("big {a} and small {b}",
           "large {a} with a small {b}"), ("{a} on the left and {b} on the right",)),
    "ko": (("",), ("{a} 뒤에 {b}", "{b} 앞에 {a}"), ("큰 {a}, 작은 {b}", "큼직한 {a}, 작은 {b}"),
           ("왼쪽에 {a}, 오른쪽에 {b}",)),
}  # fmt: skip

# sentences a person might type; {s}: the subject, {b}: the backdrop. Without such the shipped
# model took a new word between subject and backdrop for one more object.
FRAMES = {
    "en": ("please draw {s}, {b}", "we need {s} and {b}", "can you make {s} with {b}",
           "{s} that stands out, and {b}", "I would like {s}, {b} please", "show {s}, then {b}",
           "make it {s}, {b}, nothing else", "{b}; put {s} in it", "for our shop: {s}, {b}",
           "{b} around {s}", "have {s} over {b}", "{s}, please, with {b} at the back"),
    "ko": ("{s} 그려 주세요, {b}", "{s} 하고 {b}으로 부탁드려요", "{b}에 {s} 넣어 주세요",
           "{s} 이미지 만들어 줘, {b}", "{b}으로 {s} 하나 만들어 줘요", "{s}, {b} 느낌으로",
           "저희 가게 {s} 홍보용, {b}", "{b} 분위기에 {s}", "{s} 보이게 해 주세요, {b}",
           "이번에는 {s}, {b}", "{b}을 깔고 {s}", "{s} 잘 나오게, {b}으로"),
}  # fmt: skip

# sentences that lengthen a caption without saying what the scene holds
FILLER = {
    "en": ("Soft natural light from the window.", "High quality commercial photography.",
           "A warm and cozy mood.", "Clean composition with plenty of space for text.",
           "Sharp focus, rich detail.", "For a small neighbourhood shop.",
           "It should look inviting and fresh.", "Shot from the front.",
           "Perfect for social media.", "Season sale event.", "Minimal and modern design.",
           "Bright colors, high contrast.", "Grand opening this weekend.",
           "Our best selling product.", "The customers love it.", "Professional lighting, 4k."),
    "ko": ("따뜻하고 아늑한 분위기.", "창가의 부드러운 자연광.", "고급스러운 상업 사진 느낌.",
           "글자를 넣을 여백이 넉넉한 구도.", "선명한 초점과 풍부한 디테일.",
           "동네 작은 가게를 위한 이미지.", "신선하고 먹음직스럽게.", "정면에서 촬영.",
           "인스타그램에 올리기 좋게.", "시즌 할인 이벤트.", "깔끔하고 모던한 디자인.",
           "밝은 색감.", "이번 주말 오픈 기념.", "우리 가게 대표 상품.",
           "손님들이 좋아하는 메뉴.", "전문가 조명, 고화질."),
}  # fmt: skip
