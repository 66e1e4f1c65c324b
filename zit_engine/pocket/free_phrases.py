"""How people ask for a picture when nobody gave them a form: words for FreeWriter.

Data only. {s}: the subject, {b}: the backdrop, {a} and {c}: its first and second colour. A mark
such as 을(를) becomes the particle that fits the syllable before it.
"""

from __future__ import annotations

# by backdrop, in BACKDROPS' order
BACKDROPS_KO: tuple[tuple[str, ...], ...] = (
    ("{a} 단색 바탕", "배경색은 {a}", "{a}만 깔린 배경", "무늬 없는 {a} 배경", "뒤는 {a}",
     "{a} 한 색으로 칠한 배경", "배경: {a}", "{a} 톤 배경", "{a} 바탕", "아무것도 없는 {a} 배경",
     "심플한 {a} 배경", "{a} 종이 배경", "전체가 {a}"),
    ("{a}이(가) 점점 옅어지는 배경", "{a}에서 흐려지는 그라데이션", "{a} 그라데이션",
     "{a} 그러데이션 바탕", "부드럽게 변하는 {a} 배경", "배경은 {a} 그라데이션",
     "위로 갈수록 밝아지는 {a}", "{a}이(가) 스르르 옅어지는 그라데이션", "{a} 그라데이션 벽"),
    ("{a} 배경, 위에서 비추는 스포트라이트", "{a} 무대 조명", "스포트라이트가 켜진 {a} 배경",
     "{a} 핀 조명", "조명 하나가 비추는 {a} 무대", "배경은 {a}, 스포트라이트 효과",
     "{a} 방에 스포트라이트", "{a} 공간을 비추는 둥근 조명", "스포트 조명 {a}"),
    ("{c} 테이블, 뒤는 {a}", "{c} 식탁 위 {a} 벽", "{c} 상판 테이블과 {a} 배경",
     "{c} 탁자 위에 올려 둔, 배경은 {a}", "{a} 벽 앞 {c} 테이블", "{a} 배경에 {c} 식탁",
     "{c} 테이블이고 벽은 {a}", "{c} 원목 테이블 위, {a} 벽지", "벽은 {a}, 테이블은 {c}"),
    ("{a} 햇살 무늬", "{a} 방사형 줄무늬", "{a} 빛살이 뻗는 배경", "레트로 {a} 선버스트",
     "사방으로 뻗는 {a} 햇살", "{a} 선버스트 배경", "가운데서 퍼져 나가는 {a} 빛줄기",
     "{a} 햇살이 퍼져 나가는 배경", "복고풍 {a} 방사 무늬", "{a} 햇살 패턴"),
    ("{a} 땡땡이 배경", "{a} 바탕에 {c} 땡땡이", "{a} 물방울 무늬 벽", "{c} 점이 찍힌 {a} 배경",
     "{a} 도트 패턴", "동글동글한 {c} 점무늬 {a} 배경", "{a} 도트 무늬", "{a} 물방울무늬 벽지"),
    ("{a} 스트라이프", "{a}과(와) {c} 스트라이프 배경", "{a} 줄무늬 벽지", "{a} 줄무늬 바탕",
     "줄무늬 {a} 배경", "{a} 바탕에 {c} 줄", "{a} 줄무늬 패턴", "{a}과(와) {c} 줄무늬 벽",
     "줄이 그어진 {a} 배경"),
    ("{a} 불빛이 흐릿하게 번진 배경", "{a} 보케", "흐릿한 {a} 조명들", "{a} 빛망울 배경",
     "아웃포커스된 {a} 불빛", "동그란 {a} 불빛이 가득한 배경", "{a} 보케 조명", "{a} 빛이 반짝반짝",
     "반짝이는 {a} 불빛", "몽환적인 {a} 보케"),
    ("{a} 배경에 종이 꽃가루", "꽃가루가 흩날리는 {a} 배경", "색종이 조각이 떨어지는 {a} 배경",
     "컨페티가 뿌려진 {a} 바탕", "축하 색종이와 {a} 배경", "{a} 배경, 색종이 가득",
     "색종이가 흩뿌려진 {a} 배경", "{a}에 색종이 파티", "{a} 바탕에 색종이를 뿌린"),
    ("{c} 단상 위, 뒤는 {a}", "{c} 원형 받침대와 {a} 배경", "{c} 포디움에 놓은, {a} 벽",
     "{a} 스튜디오, {c} 전시대", "{c} 진열대 위에 세운, 배경은 {a}", "{a} 배경 앞 {c} 받침대",
     "{c} 받침대에 올려놓고 {a} 벽", "{c} 단에 올린, {a} 스튜디오", "받침대는 {c}, 배경은 {a}"),
)  # fmt: skip
BACKDROPS_EN: tuple[tuple[str, ...], ...] = (
    ("the background is {a}", "{a} backdrop", "all {a} behind it", "nothing but {a} behind",
     "a flat {a} background", "{a} paper background", "background colour {a}",
     "single-colour {a} background", "a clean {a} backdrop", "an empty {a} background",
     "everything {a} behind", "simple {a} background"),
    ("{a} fading gradient", "a {a} gradient backdrop", "{a} that slowly gets lighter",
     "smooth {a} gradient", "gradient of {a}", "a gradient from {a}", "a soft fade of {a}",
     "{a} gradient behind"),
    ("lit by a spotlight, {a} backdrop", "under a spot light in a {a} room",
     "{a} stage with a spotlight", "spotlit, {a} behind", "a beam of light from above on {a}",
     "a spotlight in {a} surroundings", "spotlight on it, {a}", "one lamp shining, {a} background"),
    ("placed on a {c} tabletop, {a} wall behind", "{c} desk and a {a} wall",
     "standing on a {c} table, the wall is {a}", "{c} wooden table, {a} backdrop",
     "sitting on a {c} table in front of a {a} wall", "a {c} table top and {a} behind",
     "set on a table in {c}, {a} background", "the table {c}, the wall {a}"),
    ("{a} rays bursting behind", "{a} starburst", "radiating {a} rays", "a {a} sunburst pattern",
     "{a} comic sunburst at the back", "a retro burst of {a} rays", "{a} sunbeams all around",
     "{a} sunburst"),
    ("{a} dotted pattern", "{c} dots on {a}", "a {a} backdrop full of {c} dots",
     "polka dots, {a}", "{a} spotted pattern with {c} dots", "a {a} polka dot wall",
     "dotted {a} wallpaper", "{a} dots"),
    ("{a} stripes at the back", "striped wall, {a} and {c}", "{a} striped wallpaper",
     "a backdrop of {a} stripes", "{a} with {c} lines", "{a} stripes", "striped in {a}",
     "lines of {a} and {c}"),
    ("{a} blurred lights", "out of focus {a} lights", "{a} bokeh behind",
     "glowing {a} bokeh circles", "soft round {a} lights in the background", "{a} bokeh",
     "sparkling {a} lights, blurred", "dreamy {a} bokeh"),
    ("paper confetti on {a}", "confetti raining over a {a} backdrop",
     "{a} party background with confetti", "scattered confetti, {a}",
     "colourful paper bits over {a}", "{a} and confetti all over", "confetti everywhere, {a}"),
    ("{c} pedestal, {a} backdrop", "standing on a {c} podium, {a} behind",
     "displayed on a {c} round stand against {a}", "{c} stage block and {a} wall",
     "on top of a {c} plinth, {a} studio", "a podium in {c}, background {a}",
     "raised on a {c} pedestal, {a} wall"),
)  # fmt: skip
FREE_BACKDROPS = {"ko": BACKDROPS_KO, "en": BACKDROPS_EN}

FREE_FRAMES = {
    "ko": ("{b}, 그 앞에 {s}", "{s} 뒤에 {b}", "{b} 앞에 놓인 {s}", "{b}에 {s}", "{b}에 놓은 {s}",
           "{s}이(가) 있는 {b}", "{s}을(를) {b}에 배치", "{b}으로(로) {s} 사진", "{s}. {b}",
           "{s} / {b}", "{s}, 뒤에는 {b}", "{b} 위로 {s}", "{s} 크게, {b}",
           "{s}을(를) 보여 주는 이미지, {b}", "{b}을(를) 배경으로 한 {s}", "{s}만 있게, {b}",
           "배경은 {b}, 주제는 {s}", "{s}을(를) 돋보이게 {b}", "{b}에서 찍은 {s}",
           "{s}을(를) 그려줘 {b}", "{s} 넣고 {b}", "{b}인데 {s}", "이번 주 {s} 홍보, {b}",
           "{s} 이미지가 필요해요. {b}", "{b} {s}", "{s} {b}", "{s}이(가) 주인공, {b}",
           "{b} 한가운데 {s}", "{s} 사진 부탁해요 {b}", "{b}에 {s}이(가) 보이게", "{s}하고 {b}",
           "{s}을(를) 올린 {b}", "{b}이(가) 깔린 {s}", "화면 가득 {s}, {b}", "{b}. 앞에는 {s}",
           "{s}을(를) 찍은 광고, {b}", "{b}에 어울리는 {s}", "{s} 나오는 {b}", "{b} 느낌의 {s}"),
    "en": ("{s} in front of {b}", "{b} with {s}", "{b}, and {s} in the middle", "{s}. {b}",
           "{s} / {b}", "{s} with {b}", "{s}, behind it {b}", "{b} behind {s}", "{s} on {b}",
           "{s} against {b}", "{b} and {s}", "an image of {s}, {b}", "{s} shot with {b}",
           "I want {s}, {b}", "show me {s}, {b}", "{s} surrounded by {b}", "{b}; {s}",
           "{s} only, {b}", "the main thing is {s}, {b}", "{s} {b}", "{b} {s}", "{b}: {s}",
           "there is {s}, {b}", "{s} as the hero, {b}", "a banner with {s}, {b}",
           "place {s} so that we see {b}", "{s} standing there, {b}", "{b}, featuring {s}",
           "advertise {s} using {b}", "a close look at {s}, {b}", "{s} over {b}", "{s} among {b}",
           "{s} against {b} please", "make {s} big, {b}", "{b} while {s} is shown"),
}  # fmt: skip

# colours as they stand before a noun
FREE_ADJECTIVES_KO = {
    "red": ("빨간", "붉은", "새빨간"),
    "yellow": ("노란", "샛노란"),
    "blue": ("파란", "푸른", "새파란"),
    "white": ("흰", "흰", "하얀", "새하얀"),
    "black": ("검은", "까만", "검정"),
}
# colours without the word for colour, as shops say them
BARE_COLOURS_KO = {
    "orange": ("주황", "오렌지"),
    "green": ("초록", "초록빛"),
    "sky blue": ("하늘빛",),
    "blue": ("청색",),
    "purple": ("보라", "보랏빛"),
    "pink": ("분홍", "분홍빛"),
    "brown": ("밤색",),
    "beige": ("크림",),
    "gray": ("잿빛",),
}

# one of a count, as things of all kinds are counted: which fits which thing is no matter here
UNITS_KO = ("잔", "병", "접시", "그릇", "송이", "마리", "켤레", "조각", "판", "자루", "권", "대",
            "장", "줄", "팩", "인분")  # fmt: skip
COUNTERS_KO = {
    count: (
        *(f"{{x}} {word} 개", f"{{x}} {count}개", f"{{x}} {alone}", f"{word} 개의 {{x}}") * 4,
        *(f"{{x}} {word} 점", f"{{x}}이(가) {word} 개") * 4,
        *(f"{{x}} {word} {unit}" for unit in UNITS_KO),
    )
    for count, word, alone in (
        (2, "두", "둘"),
        (3, "세", "셋"),
        (4, "네", "넷"),
        (5, "다섯", "다섯"),
    )
}
ONE_KO = (
    *("{x}", "{x}", "{x}", "{x} 하나", "{x} 한 개", "{x} 1개") * 6,
    *(f"{{x}} 한 {unit}" for unit in UNITS_KO),
)
JOINED_KO = ("{x}과(와) {y}", "{x} 그리고 {y}", "{x}이랑(랑) {y}", "{x}하고 {y}", "{x} 옆에 {y}",
             "{x}, {y}", "{x} 및 {y}", "{x}에 {y}까지", "{y}을(를) 곁들인 {x}",
             "나란히 놓인 {x}과(와) {y}")  # fmt: skip
NUMBERS_EN = {
    2: ("two {p}", "2 {p}", "a pair of {p}", "two pieces of {x}", "two of {x}"),
    3: ("three {p}", "3 {p}", "three pieces of {x}", "three of {x}"),
    4: ("four {p}", "4 {p}", "a row of four {p}"),
    5: ("five {p}", "5 {p}", "a row of five {p}"),
}
ONE_EN = ("{x}", "a {x}", "the {x}", "one {x}", "some {x}", "our {x}", "a single {x}")
JOINED_EN = (
    "{x} and {y}",
    "{x} with {y}",
    "{x} next to {y}",
    "{x} beside {y}",
    "{x} plus {y}",
    "{x} along with {y}",
    "{x} together with {y}",
    "{x} & {y}",
    "{y} by the side of {x}",
)

# words that name nothing a scene could hold; what is asked for must not change by them
LOOSE = {
    "ko": ("아주", "정말", "조금", "매우", "살짝", "그냥", "바로", "함께", "오늘", "내일", "지금",
           "새로", "저희", "손님", "분들께", "보여", "주는", "있는", "놓인", "담긴", "담은",
           "차린", "꾸민", "펼친", "걸린", "세운", "누운", "떠오른", "내려온", "기대어", "가득",
           "가까이", "멀리", "천천히", "깔끔하게", "시원하게", "따뜻하게", "예쁘게", "작게",
           "밝게", "환하게", "선명하게", "부드럽게", "은은하게", "고급스럽게", "귀엽게", "맛있게",
           "정갈하게", "앞에서", "위에서", "안쪽", "바깥", "주변", "사이", "분위기", "모습",
           "장면", "구도", "이미지", "화면", "컷", "홍보용", "행사용", "판매", "할인", "특가",
           "인기", "추천", "한정", "신규", "오픈", "기념", "정도", "만약", "그런데", "그래서",
           "또한", "역시", "제발", "부탁", "드려요", "합니다", "해요", "해줘", "만들어", "그려",
           "찍어", "넣어", "빼고", "없이", "말고", "대신", "처럼", "같은", "위한", "전용", "수제",
           "국내산", "프리미엄", "감성", "빈티지", "모던", "미니멀", "클래식", "자연스럽게",
           "돋보이는", "어울리는", "인상적인", "화려한", "소박한", "단정한", "주인공", "중심",
           "배치", "강조", "여백", "초점", "고화질", "실사", "질감", "입체감", "모퉁이에",
           "쏟아지는", "흐르는", "감도는", "물든", "비친", "둘러싼", "드리운", "스며든", "맺힌",
           "받는", "받은", "하는", "되는", "가는", "오는", "먹는", "쓰는", "보는", "드는", "파는",
           "나는", "부는", "만드는", "가지런히", "여러", "몇", "각각", "모두"),
    "en": ("very", "really", "quite", "just", "please", "today", "now", "together", "here",
           "there", "showing", "shown", "seen", "placed", "standing", "lying", "resting",
           "sitting", "set", "laid", "leaning", "hanging", "rising", "served", "arranged",
           "prepared", "nicely", "neatly", "softly", "brightly", "warmly", "slowly", "gently",
           "beautiful", "lovely", "elegant", "modern", "minimal", "vintage", "classic", "cozy",
           "tasty", "yummy", "homemade", "handmade", "premium", "popular", "best", "new",
           "special", "limited", "weekly", "local", "big sale", "for sale", "our shop",
           "customers", "menu", "store", "window display", "scene", "image", "banner", "flyer",
           "design", "style", "mood", "feeling", "close", "far", "middle", "centre", "corner",
           "side by side", "around", "through", "into", "without", "instead", "only", "also",
           "maybe", "about", "such as", "made of", "that", "which", "where", "while", "so that",
           "it is", "there are", "we need", "I like", "can you", "could you", "should be",
           "must be", "let it", "make it", "give me", "covered", "filled", "wrapped", "fading",
           "glowing", "shining", "spread", "scattered", "focus", "detail", "texture", "natural",
           "high resolution", "professional"),
}  # fmt: skip
