"""A link opens one picture of one owner, for minutes, and tells nobody who the owner is."""

import multiprocessing
import string
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zit_engine.errors import SettingsError
from zit_engine.store.files import owner_key
from zit_engine.store.links import Signer, load_secret

SIGNER = Signer(b"k" * 32)
NAME = "따뜻한-라떼_애니_인스타_7.png"
NOW = 1_700_000_000.5


def parts_of(url: str) -> tuple[str, str, str, int, str]:
    """(owner key, job id, name, expiry, signature) as a route reads them."""
    split = urlsplit(url)
    _, _, job_id, name = split.path.split("/")
    query = {key: values[0] for key, values in parse_qs(split.query).items()}
    return query["o"], unquote(job_id), unquote(name), int(query["exp"]), query["sig"]


def test_a_link_works_until_it_expires():
    url = SIGNER.url("owner-secret", "job-1", NAME, NOW, 15)
    key, job_id, name, expires_at, signature = parts_of(url)
    assert (key, job_id, name) == (owner_key("owner-secret"), "job-1", NAME)
    assert SIGNER.is_valid(key, job_id, name, expires_at, signature, NOW)
    assert SIGNER.is_valid(key, job_id, name, expires_at, signature, NOW + 15 * 60 - 1)
    assert not SIGNER.is_valid(key, job_id, name, expires_at, signature, NOW + 15 * 60)


def test_a_link_is_plain_and_without_the_owner():
    url = SIGNER.url("owner-secret", "job-1", NAME, NOW, 15)
    assert "secret" not in url and url.startswith("/r/job-1/")
    assert set(url) <= set(string.ascii_letters + string.digits + "-._~%/?=&")


@pytest.mark.parametrize("field", range(5))
def test_a_changed_link_opens_nothing(field):
    parts = list(parts_of(SIGNER.url("o", "job-1", NAME, NOW, 15)))
    changed = [owner_key("other"), "job-2", "other.png", parts[3] + 60, "0" * 64]
    parts[field] = changed[field]
    assert not SIGNER.is_valid(*parts, NOW)


@pytest.mark.parametrize("signature", ["", "0", "가", "\ud800", "\x00", "0" * 10_000])
def test_odd_signatures_are_just_wrong(signature):
    assert not SIGNER.is_valid("0" * 16, "j", NAME, int(NOW) + 60, signature, NOW)


def test_another_secret_signs_differently():
    key, job_id, name, expires_at, signature = parts_of(SIGNER.url("o", "j", NAME, NOW, 15))
    assert not Signer(b"K" * 32).is_valid(key, job_id, name, expires_at, signature, NOW)


texts = st.text(alphabet="ab:/|\x00\n0", max_size=6)


@given(st.tuples(texts, texts, texts), st.tuples(texts, texts, texts))
def test_no_two_pictures_share_a_signature(first, second):
    assert (SIGNER.sign(*first, 1) == SIGNER.sign(*second, 1)) == (first == second)


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="too short"):
        Signer(b"k" * 31)


def test_the_secret_stays_and_is_private(tmp_path):
    path = tmp_path / "link.key"
    secret = load_secret(path)
    assert len(secret) == 32 and load_secret(path) == secret == path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    load_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [left.name for left in tmp_path.iterdir()] == ["link.key"]


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_made_anew(tmp_path, damaged):
    path = tmp_path / "link.key"
    path.write_bytes(damaged)
    (tmp_path / ".link.key.part").write_bytes(b"left by a crash")
    assert len(load_secret(path)) == 32 and load_secret(path) == path.read_bytes()


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(SettingsError):
        load_secret(tmp_path / "missing" / "link.key")
    (tmp_path / "link.key").mkdir()
    with pytest.raises(SettingsError):
        load_secret(tmp_path / "link.key")


def _load(path: str, barrier, secrets) -> None:
    barrier.wait(30)
    secrets.put(load_secret(Path(path)))


def test_processes_that_start_together_share_the_secret(tmp_path):
    context = multiprocessing.get_context("fork")
    barrier, secrets = context.Barrier(4), context.Queue()
    arguments = (str(tmp_path / "link.key"), barrier, secrets)
    processes = [context.Process(target=_load, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    assert len({secrets.get(timeout=30) for _ in processes}) == 1
    for process in processes:
        process.join(30)
