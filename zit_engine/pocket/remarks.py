"""What people write around a wish without asking for another picture: remarks for FreeWriter.

Data only. How near, from where, what will be written on it, where it will hang, what it costs.
None asks for a thing, a colour, a backdrop, a side, a number of things, or day and night: a
caption means the same with any of them. Some bear the words for it ("여러 가지", "한 그릇 9,900원",
hours of business, room for a title), so that those are learned as no wish either.
"""

from __future__ import annotations

REMARKS: dict[str, tuple[str, ...]] = {
    "ko": (
        "가까이서 찍은", "가까이서 본 모습", "클로즈업", "클로즈업으로", "아주 가까이", "확대해서",
        "위에서 내려다본 모습", "비스듬히 내려다본", "정면에서 본", "눈높이에서 본",
        "글자 들어갈 자리는 비워 두세요", "글씨 넣을 공간을 남겨 주세요", "위쪽은 비워 두기",
        "위를 비워 주세요", "아래쪽은 비워 주세요", "비워 둘 것", "여백을 넉넉하게", "여백 많이",
        "글자 없이", "글씨는 넣지 마세요", "문구 없이 깨끗하게", "로고 없이", "사람 없이",
        "사람은 나오지 않게", "손은 안 나오게", "다른 것은 넣지 말고", "김이 모락모락 나는",
        "갓 구운", "방금 만든", "막 꺼낸", "오늘 아침에 만든", "윤기가 흐르는", "먹음직스럽게",
        "먹음직스러워 보이게", "군침 도는", "촉촉한", "바삭바삭한", "쫄깃쫄깃한", "신선해 보이게",
        "노릇노릇한", "정성껏 준비한", "직접 만든", "손맛이 느껴지는", "고급스러운 느낌으로",
        "따뜻한 느낌", "산뜻한 분위기로", "포근한 분위기", "깨끗한 느낌으로", "감성적인 사진",
        "인스타 감성으로", "블로그에 올릴 사진", "스마트스토어 대표 이미지", "메뉴판에 쓸 그림",
        "현수막에 넣을 거예요", "전단지에 쓸 거예요", "배달 앱에 올릴 사진", "카톡으로 보낼 이미지",
        "가게 앞에 붙일 포스터", "오늘만 20% 할인", "전 품목 10% 세일", "1+1 행사", "2+1 이벤트",
        "주말 특가", "선착순 50명", "3,000원", "한 그릇 9,900원", "새로 나왔어요", "신메뉴 출시",
        "오픈 기념", "사장님 추천", "단골손님께", "예약 환영", "연중무휴", "아침 10시부터",
        "밤늦게까지 합니다", "복고 느낌", "선명하고 또렷하게", "초점을 또렷하게", "얕은 심도",
        "자연스러운 색감", "결이 살아 있게", "너무 복잡하지 않게",
        "단순하게", "깔끔하게 부탁해요", "화면을 꽉 채워서", "크고 또렷하게", "가운데에 오도록",
        "예쁘게 그려 주세요", "멋지게 만들어 줘", "사진처럼", "진짜처럼 보이게", "한눈에 들어오게",
        "눈에 잘 띄게", "손님이 좋아할 만한", "잘 팔리게",
        "여러 가지 맛", "몇 가지 안 남았어요", "한 가지만 팔아요", "종류도 가지가지",
        "가지런히 담아", "칭찬을 많이 받은", "사랑받는", "주문 받습니다",
    ),
    "en": (
        "up close", "close up", "a close-up", "close-up shot", "extreme close-up", "zoomed in",
        "seen from above", "top view", "from slightly above", "front view", "at eye level",
        "leave room for text", "leave it empty at the top", "empty space above", "copy space",
        "with free space around", "leave some space below", "plenty of empty space", "no text",
        "without any letters", "no writing", "no logo", "no people", "no hands",
        "nothing else in the picture", "steam rising", "freshly baked", "freshly made",
        "just out of the oven", "made this morning", "glossy", "crispy", "juicy", "crunchy",
        "mouth-watering", "looking appetising", "tempting", "golden and crisp",
        "prepared with care", "made by hand", "hearty", "for our instagram", "for the blog",
        "for the menu board", "for a delivery app", "for a flyer", "to hang in front of the shop",
        "for the front page", "20% off today", "10% off everything", "buy one get one",
        "weekend special", "first fifty customers", "only 9.90", "3,000 won", "grand opening",
        "new on the menu", "back in stock", "the owner's favourite", "open every day",
        "from ten in the morning", "sharp focus", "in focus", "shallow depth of field",
        "high detail", "very detailed", "8k", "natural colours", "fine textures",
        "shot on a 50mm lens", "professional photography", "not too busy", "keep it simple",
        "uncluttered", "fill the frame", "large and clear", "centred",
        "in the centre of the picture", "warm feeling", "cosy mood", "fresh and bright",
        "calm atmosphere", "luxurious look", "retro feeling", "looks like a real photo",
        "make it pretty", "make it look great", "eye-catching", "easy to see",
        "something customers like", "so that it sells",
    ),
}  # fmt: skip
