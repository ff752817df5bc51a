"""Every choice a user can make before the start, in one frozen object.

Only main.py reads it; everyone else is handed plain values. A value that cannot be meant is
refused here, by name and with the allowed range: found later, it would look like a wrong price.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

PREFIX = "FATHOM_"
TESTS_ONLY = "FATHOM_TEST_DATA"  # where tests look for recordings; the app never reads it


class SettingsError(ValueError):
    """The settings cannot be used; each line names one setting and what it allows."""


class SettingRow(NamedTuple):
    """One line of the configuration table."""

    name: str
    default: str
    allowed: str
    meaning: str


def _lowered(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Lowered = BeforeValidator(_lowered)
UserPath = Annotated[Path, AfterValidator(Path.expanduser)]
Source = Annotated[Literal["auto", "live", "demo", "replay"], Lowered]
Region = Annotated[Literal["global", "eea", "us"], Lowered]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], Lowered]


class Settings(BaseSettings):
    """What the environment and .env say, checked; the environment wins."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
    )

    host: str = Field(
        "127.0.0.1",
        pattern=r"^[A-Za-z0-9.:-]+$",
        description="Address to listen on; any but this machine's own needs a password.",
        json_schema_extra={"allowed": "an IP address or a host name"},
    )
    port: int = Field(8080, ge=1, le=65535, description="Port of the pages.")
    password: SecretStr | None = Field(
        None,
        min_length=12,
        repr=False,
        description="Password of the pages; needed to listen beyond this machine.",
    )
    data_dir: UserPath = Field(
        Path("data"), description="Folder for the database and everything else that is kept."
    )
    database_url: str | None = Field(
        None,
        repr=False,
        pattern=r"^(sqlite:///.|postgres(ql)?(\+psycopg)?://.)",
        description="Address of the database; empty means the file `fathom.db` in the data folder.",
        json_schema_extra={"allowed": "an address that starts with sqlite:/// or postgresql://"},
    )
    keep_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="Days to keep what is recorded by itself: cost series, alert events, errors; "
        "empty means for ever.",
    )
    keep_saved_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="Days to keep saved estimates that have no tag or note; empty means for ever.",
    )
    source: Source = Field(
        "auto",
        description="Where the market comes from; `auto`: the venue, or the demo if it is silent.",
    )
    venue: Annotated[str, Lowered] = Field(
        "okx",
        pattern=r"^(ccxt:)?[a-z0-9_]+$",
        description="Live venue to connect to; `ccxt:gate` and the like need `make ccxt`.",
        json_schema_extra={"allowed": "a name in letters, digits and _, or ccxt:name"},
    )
    instrument: str = Field(
        "BTC-USDT-SWAP",
        pattern=r"^[A-Za-z0-9_./:-]+$",
        description="Instrument shown first, as the venue spells it.",
        json_schema_extra={"allowed": "letters, digits and . _ / : -"},
    )
    okx_region: Region = Field(
        "global",
        description="Which of OKX's sites to use; accounts and instruments differ by region.",
    )
    live_timeout_s: float = Field(
        5.0,
        ge=0.5,
        le=60,
        allow_inf_nan=False,
        description="Seconds that `auto` waits for the venue before it starts the demo.",
    )
    replay_file: UserPath | None = Field(
        None,
        description="Recording to play, or the folder or first file of one that was rotated; "
        "needed when the source is `replay`.",
    )
    replay_speed: float = Field(
        1.0, ge=0.1, le=100, allow_inf_nan=False, description="Speed of the replay; 1 is as it was."
    )
    demo_seed: int = Field(
        7,
        ge=0,
        le=2**32 - 1,
        description="Seed of the demo exchange; the same seed, the same market.",
    )
    demo_rate_hz: int = Field(
        10,
        ge=1,
        le=1000,
        description="Book updates per second and instrument from the demo exchange.",
    )
    demo_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port of the demo exchange on this machine; 0 takes any free one.",
    )
    fee_file: UserPath | None = Field(
        None, description="JSON file with fee schedules that replace the built-in ones."
    )
    webhook_hosts: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.:, -]*$",
        description="Hosts that alerts may call, separated by commas; none without this.",
        json_schema_extra={"allowed": "host names separated by commas"},
    )
    sample_s: float = Field(
        10.0,
        ge=0,
        le=3600,
        allow_inf_nan=False,
        description="Seconds between two samples of a running ticket's cost, kept for the History "
        "page; 0 takes none.",
    )
    sweep_workers: int = Field(
        0,
        ge=0,
        le=256,
        description="Processes that price sweeps; 0 leaves one core of this machine for the pages.",
    )
    sweep_points: int = Field(
        100_000_000,
        ge=1,
        le=10_000_000_000,
        description="Points that one sweep may have.",
    )
    sweep_mib: int = Field(
        8192,
        ge=1,
        le=1_048_576,
        description="Disk that results of one sweep may take (MiB, estimated before it starts).",
    )
    dask_scheduler: str | None = Field(
        None,
        pattern=r"^(tcp|tls|ws|wss)://[A-Za-z0-9_.:\[\]-]+$",
        description="Dask scheduler whose workers price sweeps instead; needs `make dask`.",
        json_schema_extra={"allowed": "an address such as tcp://127.0.0.1:8786"},
    )
    compression: bool = Field(
        False, description="Compress what is sent to browsers: less traffic, more work."
    )
    tour: bool = Field(True, description="Show a browser that is new here the tour once.")
    open_browser: bool = Field(True, description="Open a browser at the start.")
    log_level: LogLevel = Field("info", description="How much the log tells.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not _is_loopback(self.host) and self.password is None:
            raise ValueError(
                f"FATHOM_HOST: {self.host} can be reached from other machines, so FATHOM_PASSWORD "
                "must be set (12 characters or more); or leave the host at 127.0.0.1"
            )
        if self.source == "replay" and self.replay_file is None:
            raise ValueError("FATHOM_REPLAY_FILE: needed when FATHOM_SOURCE is replay")
        for name in ("replay_file", "fee_file"):
            path: Path | None = getattr(self, name)
            may_be_folder = name == "replay_file" and path is not None and path.is_dir()
            if path is not None and not path.is_file() and not may_be_folder:
                raise ValueError(f"{_variable(name)}: there is no file at {path}")
        return self

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Where webhooks may go."""
        names = (name.strip().lower() for name in self.webhook_hosts.split(","))
        return frozenset(name for name in names if name)

    @property
    def sqlalchemy_url(self) -> str:
        """The database as SQLAlchemy names it; absolute, so no change of folder can move it."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'fathom.db').absolute()}"

    @classmethod
    def load(cls, env_file: Path = Path(".env")) -> Self:
        """Read the environment and .env, or say in SettingsError all that is wrong with them."""
        try:
            in_file = DotEnvSettingsSource(cls, env_file=env_file).env_vars
            around = EnvSettingsSource(cls).env_vars
            ours = [key for key in around if key.upper().startswith(PREFIX)]
            problems = [
                *cls._unknown(in_file, str(env_file)),
                *cls._unknown((k for k in ours if k.upper() != TESTS_ONLY), "the environment"),
            ]
            if problems:
                raise SettingsError("\n".join(problems))
            return cls(_env_file=env_file)
        except ValidationError as error:
            raise SettingsError("\n".join(cls._in_words(error))) from None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{env_file}: cannot be read ({error})") from None

    @classmethod
    def table(cls) -> list[SettingRow]:
        """The configuration as README and .env.example show it, in the order of the fields."""
        return [
            SettingRow(_variable(name), _shown(field), _allowed(field), field.description or "")
            for name, field in cls.model_fields.items()
        ]

    def now(self) -> list[SettingRow]:
        """The same with the value each has, where the default stands; secrets are only named."""
        rows = []
        for row, (name, field) in zip(self.table(), type(self).model_fields.items(), strict=True):
            value = getattr(self, name)
            text = _text(value)
            rows.append(row._replace(default=text if field.repr else "set" if value else ""))
        return rows

    @classmethod
    def _unknown(cls, keys: Iterable[str], where: str) -> list[str]:
        known = [_variable(name) for name in cls.model_fields]
        return [
            f"{key.upper()} in {where}: there is no such setting{_suggestion(key.upper(), known)}"
            for key in keys
            if key.upper() not in known
        ]

    @classmethod
    def _in_words(cls, error: ValidationError) -> list[str]:
        lines = []
        for problem in error.errors():
            name = (
                str(problem["loc"][0]).lower().removeprefix(PREFIX.lower())
                if problem["loc"]
                else ""
            )
            field = cls.model_fields.get(name)
            if field is None:  # raised by _fits_together, which has said it in words
                lines.append(problem["msg"].removeprefix("Value error, "))
            else:
                value = f"{problem['input']!r} " if field.repr else "the value "
                lines.append(
                    f"{_variable(name)}: {value}is not allowed; allowed: {_allowed(field)}"
                )
        return lines


def _variable(field_name: str) -> str:
    return PREFIX + field_name.upper()


def _suggestion(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(field: FieldInfo) -> str:
    return _text(field.default)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _allowed(field: FieldInfo) -> str:
    """What the checks let through, read from the checks so that the words cannot drift."""
    if isinstance(field.json_schema_extra, dict):
        return str(field.json_schema_extra["allowed"])
    if get_origin(field.annotation) is Literal:
        return ", ".join(get_args(field.annotation))
    if field.annotation is bool:
        return "true, false"
    limits = {type(limit): limit for limit in field.metadata}
    if Ge in limits:
        return f"{limits[Ge].ge} to {limits[Le].le}"
    if MinLen in limits:
        return f"{limits[MinLen].min_length} characters or more"
    return "a path"
