"""A quiet corner goes where the picture is quiet."""

from PIL import Image

from tests.finish.type_trials import picture
from zit_engine.finish.typography import set_type
from zit_engine.request.lettering import NO_LABEL, Lettering

LETTERING = Lettering(headline="New menu", template="minimal", label=NO_LABEL)


def middle(shown):
    (box,) = set_type(shown, LETTERING, (0, 0, 0, 0)).boxes
    return (box.top + box.bottom) / 2 / shown.height


def half_busy(at):
    shown = Image.new("RGB", (600, 750), (70, 80, 90))
    shown.paste(picture("noise", 600, 375), (0, at))
    return shown


def test_words_leave_the_busy_half():
    assert middle(half_busy(375)) < 0.5
    assert middle(half_busy(0)) > 0.5


def test_without_a_reason_they_stay_where_they_were_designed():
    assert middle(Image.new("RGB", (600, 750), (70, 80, 90))) > 0.5
    assert middle(picture("noise", 600, 750)) > 0.5
