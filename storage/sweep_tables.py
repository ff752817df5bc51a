"""The tables of sweeps: see tables.py for what holds for all."""

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel

from storage.columns import ID, take_any_text


class SweepRow(SQLModel, table=True):
    """One run of a declaration, and how far it has come."""

    __tablename__ = "sweeps"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = Field(primary_key=True, sa_type=ID)
    name: str
    declaration: str = Field(sa_type=Text)
    sha256: str
    state: str
    points: int = Field(sa_type=BigInteger)
    chunks: int = Field(sa_type=BigInteger)
    states: int = Field(sa_type=BigInteger)
    created_ns: int = Field(sa_type=BigInteger)
    finished_ns: int | None = Field(sa_type=BigInteger)
    seconds: float
    problem: str = Field(sa_type=Text)


class SweepChunkRow(SQLModel, table=True):
    """A part of a run at rest: priced points, or the market states they are priced on."""

    __tablename__ = "sweep_chunks"

    sweep_id: int = Field(
        sa_type=ID,
        primary_key=True,
        sa_column_args=[ForeignKey("sweeps.id", ondelete="CASCADE")],
        sa_column_kwargs={"autoincrement": False},
    )
    kind: str = Field(primary_key=True)
    number: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    points: int = Field(sa_type=BigInteger)
    refused: int = Field(sa_type=BigInteger)
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str
    data: bytes = Field(sa_type=LargeBinary)


take_any_text(SQLModel.metadata)
SWEEPS: Table = SQLModel.metadata.tables["sweeps"]
SWEEP_CHUNKS: Table = SQLModel.metadata.tables["sweep_chunks"]
TABLES = (SWEEPS, SWEEP_CHUNKS)
