"""The tables of what a desk keeps beside its history: see tables.py for what holds for all."""

from sqlalchemy import BigInteger, ForeignKey, Index, Table, Text
from sqlmodel import Field, SQLModel

from storage.columns import ID, take_any_text


class ConfigurationRow(SQLModel, table=True):
    """A ticket or a workspace under a name; the body is canonical JSON."""

    __tablename__ = "configurations"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = Field(primary_key=True, sa_type=ID)
    name: str = Field(unique=True)
    kind: str
    body: str = Field(sa_type=Text)
    created_ns: int = Field(sa_type=BigInteger)
    changed_ns: int = Field(sa_type=BigInteger)


class RecordingRow(SQLModel, table=True):
    """A recording that is known: what the file holds, told once instead of read each time."""

    __tablename__ = "recordings"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = Field(primary_key=True, sa_type=ID)
    file: str = Field(unique=True)
    source: str
    venue: str
    instruments: str = Field(sa_type=Text)
    start_ns: int | None = Field(sa_type=BigInteger)
    end_ns: int | None = Field(sa_type=BigInteger)
    messages: int = Field(sa_type=BigInteger)
    gaps: int = Field(sa_type=BigInteger)
    bytes: int = Field(sa_type=BigInteger)
    sha256: str | None
    note: str = Field(sa_type=Text)


class AlertRow(SQLModel, table=True):
    """A condition someone wants to hear about."""

    __tablename__ = "alerts"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = Field(primary_key=True, sa_type=ID)
    name: str
    body: str = Field(sa_type=Text)
    is_on: bool
    created_ns: int = Field(sa_type=BigInteger)


class AlertEventRow(SQLModel, table=True):
    """One time an alert spoke."""

    __tablename__ = "alert_events"
    __table_args__ = (
        Index("ix_alert_events_alert", "alert_id", "ns"),
        Index("ix_alert_events_ns", "ns"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(primary_key=True, sa_type=ID)
    alert_id: int = Field(sa_type=ID, sa_column_args=[ForeignKey("alerts.id", ondelete="CASCADE")])
    ns: int = Field(sa_type=BigInteger)
    state: str
    value: float | None
    text: str = Field(sa_type=Text)


class ErrorRow(SQLModel, table=True):
    """Something that went wrong; equal ones in a row are one line with a count."""

    __tablename__ = "errors"
    __table_args__ = (Index("ix_errors_ns", "ns"), {"sqlite_autoincrement": True})

    id: int = Field(primary_key=True, sa_type=ID)
    ns: int = Field(sa_type=BigInteger)
    source: str | None
    venue: str | None
    symbol: str | None
    kind: str
    text: str = Field(sa_type=Text)
    count: int = Field(sa_type=BigInteger)


take_any_text(SQLModel.metadata)
_TABLES = SQLModel.metadata.tables
CONFIGURATIONS: Table = _TABLES["configurations"]
RECORDINGS: Table = _TABLES["recordings"]
ALERTS: Table = _TABLES["alerts"]
ALERT_EVENTS: Table = _TABLES["alert_events"]
ERRORS: Table = _TABLES["errors"]
TABLES = (CONFIGURATIONS, RECORDINGS, ALERTS, ALERT_EVENTS, ERRORS)
