"""Every failure this program knows, as a tree. Comes in: what went wrong. Goes out: a typed error.

    ZitError
      SettingsError        a ZIT_* setting or a start-up condition is wrong
      RequestError         the person can mend it
        InvalidRequest     a field of the request is unusable
        UnknownStyle
        UnknownChannel
        PromptTooLong      more tokens than the model reads
        UploadRefused      a photo, logo or mask that cannot be used
        StorageFull        an owner's share of the disk is used up
      EngineError          the model cannot do it
        ModelMissing       no usable checkpoint
        CheckpointRefused  a checkpoint file that is damaged or foreign
        DiskFull           no room for a download or a conversion
        DeviceLost         the GPU is gone or hangs; only a new process helps
        ReplicaLost        another process that painted is gone; another one serves
        AdapterMismatch    a style file that does not fit the resident model
        StyleUnavailable   no file of this style for the running model
        OutOfMemory
        BrokenImage        black, flat or not finite
      JobError
        Cancelled
        QueueFull
          TooOften         more than a minute's share; the seconds until the next are told
        Interrupted        the process ended before the picture was there
        JobNotFound
      DeliveryError
        TooHeavy           cannot be encoded under the channel's limit
        SaveFailed
        UnreadableFile     an uploaded file that carries no settings of ours
        SigningFailed      content credentials asked for and not to be had

It does not know languages: `zit_engine.messages.explain` turns an error into a sentence.
"""

import secrets


class ZitError(Exception):
    """A failure with a sentence for people (`message_id`, `values`) and a `detail` for the log.

    `error_id` stands on the screen and in the log, so that one finds the other.
    """

    default_message_id = "error.unexpected"

    def __init__(self, message_id: str | None = None, *, detail: str = "", **values: object):
        self.message_id = message_id or self.default_message_id
        self.values = values
        self.detail = detail
        self.error_id = secrets.token_hex(4)
        shown = ", ".join(f"{name}={value!r}" for name, value in values.items())
        super().__init__(f"[{self.error_id}] {self.message_id}({shown}) {detail}".strip())


class SettingsError(ZitError):
    default_message_id = "error.settings"


class RequestError(ZitError):
    default_message_id = "error.request"


class InvalidRequest(RequestError):
    """A field that cannot be used. `field` names it as in AdRequest."""

    def __init__(self, field: str, message_id: str, **values: object):
        self.field = field
        super().__init__(message_id, detail="", **values)


class UnknownStyle(InvalidRequest):
    def __init__(self, style: str, known: str):
        super().__init__("style", "error.style_unknown", style=style, known=known)


class UnknownChannel(InvalidRequest):
    def __init__(self, channel: str, known: str):
        super().__init__("channel", "error.channel_unknown", channel=channel, known=known)


class PromptTooLong(InvalidRequest):
    """More tokens than the model reads; the count is told instead of cutting silently."""

    def __init__(self, tokens: int, limit: int):
        super().__init__("prompt", "error.prompt_tokens", tokens=tokens, limit=limit)


class UploadRefused(RequestError):
    default_message_id = "error.upload"


class StorageFull(RequestError):
    default_message_id = "storage.full"


class EngineError(ZitError):
    default_message_id = "error.engine"


class ModelMissing(EngineError):
    default_message_id = "error.model_missing"


class CheckpointRefused(EngineError):
    """`file` as seen from the checkpoint folder, the `key` in it, what was found and expected."""

    default_message_id = "error.checkpoint_refused"

    def __init__(self, file: str, key: str, found: str, expected: str, detail: str = ""):
        super().__init__(detail=detail, file=file, key=key, found=found, expected=expected)


class DiskFull(EngineError):
    default_message_id = "error.disk_full"


class DeviceLost(EngineError):
    default_message_id = "error.device_lost"


class ReplicaLost(EngineError):
    default_message_id = "remote.replica_lost"


class AdapterMismatch(EngineError):
    default_message_id = "error.adapter_mismatch"


class StyleUnavailable(EngineError):
    default_message_id = "error.style_unavailable"


class OutOfMemory(EngineError):
    default_message_id = "error.out_of_memory"


class BrokenImage(EngineError):
    default_message_id = "error.broken_image"


class JobError(ZitError):
    default_message_id = "error.job"


class Cancelled(JobError):
    default_message_id = "status.cancelled"


class QueueFull(JobError):
    default_message_id = "error.queue_full"


class TooOften(QueueFull):
    default_message_id = "access.too_often"


class Interrupted(JobError):
    default_message_id = "life.interrupted"


class JobNotFound(JobError):
    default_message_id = "error.job_not_found"


class DeliveryError(ZitError):
    default_message_id = "error.delivery"


class TooHeavy(DeliveryError):
    default_message_id = "error.too_heavy"


class SaveFailed(DeliveryError):
    default_message_id = "error.save_failed"


class UnreadableFile(DeliveryError):
    default_message_id = "error.no_settings_in_file"


class SigningFailed(DeliveryError):
    default_message_id = "signing.failed"
