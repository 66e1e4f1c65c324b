"""The one Studio of a process."""

import threading

import zit_engine.assembly as assembly
from zit_engine.studio import Studio

LIMIT_S = 60


def test_two_threads_first_get_studio_give_one_object(settings, monkeypatch):
    monkeypatch.setattr(assembly, "_studio", None)
    both = threading.Barrier(8)
    got: list[Studio] = []

    def first() -> None:
        both.wait(LIMIT_S)
        got.append(assembly.get_studio(settings))

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert len(got) == 8 and len({id(each) for each in got}) == 1
    assert not got[0].engine.is_ready
    got[0].close()
