"""The Studio of this process, put together once from the settings.

Comes in: settings. Goes out: a Studio with the real engine and store. Loads no model.
"""

import threading
from collections.abc import Mapping

from zit_engine.engine.base import ImageEngine
from zit_engine.errors import SettingsError
from zit_engine.host import Host, detect_host
from zit_engine.settings import Settings
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.studio import Studio
from zit_engine.styles.style import Style

_studio: Studio | None = None
_studio_lock = threading.Lock()


def get_studio(settings: Settings | None = None) -> Studio:
    """The process-wide Studio, built once even when many threads ask first.

    Raises SettingsError when the data folder cannot be used.
    """
    global _studio
    with _studio_lock:
        if _studio is None:
            _studio = build_studio(settings)
        return _studio


def build_studio(settings: Settings | None = None) -> Studio:
    """A Studio of its own, with the real engine. Loads no model."""
    # Imported here: the engine imports torch (3 s), and tests with a fake never need it.
    from zit_engine.engine.memory import prepare_allocator
    from zit_engine.settings import ROOT, load_settings
    from zit_engine.styles.added import all_styles

    prepare_allocator()
    settings = settings or load_settings()
    catalogue = all_styles(ROOT / "style_loras", settings.data_dir)
    files = Files(settings.data_dir, settings.least_free_mb)
    return Studio(
        settings,
        _build_engine(settings, catalogue),
        catalogue,
        files,
        History(settings.data_dir / "history.sqlite3"),
    )


def _build_engine(settings: Settings, catalogue: Mapping[str, Style]) -> ImageEngine:
    """The engine of ZIT_ENGINE, once or in replicas. Raises SettingsError where it cannot run on
    this host."""
    if settings.replicas or settings.ray_address:
        if settings.engine != "z-image" or detect_host() is Host.ZERO_GPU:
            raise SettingsError("remote.single", engine=settings.engine)
        from zit_engine.engine.remote import build_remote

        return build_remote(settings)
    if settings.engine == "legacy-sdxl":
        from zit_engine.engine.legacy_sdxl import LegacySdxlEngine

        return LegacySdxlEngine(settings, catalogue)
    from zit_engine.engine.z_image import ZImageEngine

    return ZImageEngine(settings, catalogue)
