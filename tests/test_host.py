"""Where we run decides what we listen on and whether a GPU has to be asked for."""

import os
import sys
from types import ModuleType

import pytest

from zit_engine.host import Host, bind_address, detect_host, gpu_function, trust_proxies


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, Host.LOCAL),
        ({"SPACE_ID": "shop/ads"}, Host.SPACE),
        ({"SPACE_ID": ""}, Host.LOCAL),
        ({"SPACE_ID": "shop/ads", "SPACES_ZERO_GPU": "true"}, Host.ZERO_GPU),
        ({"SPACES_ZERO_GPU": "1"}, Host.ZERO_GPU),
        ({"SPACE_ID": "shop/ads", "SPACES_ZERO_GPU": "0"}, Host.SPACE),
    ],
)
def test_the_host_is_told_by_its_variables(environment, host):
    assert detect_host(environment) is host


def test_the_process_environment_is_asked_by_default(monkeypatch):
    assert detect_host() is Host.LOCAL
    monkeypatch.setenv("SPACE_ID", "shop/ads")
    assert detect_host() is Host.SPACE


@pytest.mark.parametrize(
    ("configured", "host", "address"),
    [
        ("", Host.LOCAL, "127.0.0.1"),
        ("", Host.SPACE, "0.0.0.0"),
        ("", Host.ZERO_GPU, "0.0.0.0"),
        ("192.0.2.1", Host.LOCAL, "192.0.2.1"),
        ("127.0.0.1", Host.SPACE, "127.0.0.1"),
    ],
)
def test_a_home_machine_listens_to_itself_alone(configured, host, address):
    assert bind_address(configured, host) == address


def test_off_zero_gpu_a_function_stays_itself():
    def paint() -> str:
        return "painted"

    assert gpu_function(duration=60)(paint) is paint


def test_on_zero_gpu_the_host_gets_the_function_and_its_options(monkeypatch):
    asked = []

    def gpu(**options):
        asked.append(options)
        return lambda function: ("wrapped", function)

    spaces = ModuleType("spaces")
    spaces.GPU = gpu
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert gpu_function(duration=7)(len) == ("wrapped", len)
    assert asked == [{"duration": 7}]


@pytest.mark.parametrize(
    ("listed", "host", "believed"),
    [
        ("", Host.LOCAL, ""),
        ("10.1.2.3", Host.LOCAL, "10.1.2.3"),
        ("", Host.SPACE, "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"),
        ("192.0.2.1", Host.ZERO_GPU, "192.0.2.1"),
    ],
)
def test_only_set_proxies_are_believed(monkeypatch, listed, host, believed):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    trust_proxies(listed, host)
    assert os.environ["FORWARDED_ALLOW_IPS"] == believed
