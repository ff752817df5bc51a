from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from settings import TESTS_ONLY, Settings, SettingsError

Load = Callable[..., Settings]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Settings from these variables and this .env alone, whatever the machine has set."""
    for row in Settings.table():
        monkeypatch.delenv(row.name, raising=False)

    def loaded(env_file: str = "", **variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        file = tmp_path / "settings.env"
        file.write_text(env_file, "utf-8")
        return Settings.load(file)

    return loaded


def test_nothing_set_means_this_machine_only_and_auto(load: Load) -> None:
    settings = load()
    assert (settings.host, settings.port, settings.source) == ("127.0.0.1", 8080, "auto")


def test_the_environment_wins_over_the_file(load: Load) -> None:
    assert load("FATHOM_PORT=9001\nFATHOM_VENUE=okx\n", FATHOM_PORT="9002").port == 9002


def test_an_empty_value_means_the_default(load: Load) -> None:
    assert load("FATHOM_PASSWORD=\n", FATHOM_PORT="").port == 8080


@pytest.mark.usefixtures("load")
def test_a_missing_file_is_no_fault(tmp_path: Path) -> None:
    assert Settings.load(tmp_path / "absent").venue


def test_choices_may_be_written_in_capitals(load: Load) -> None:
    assert load(FATHOM_LOG_LEVEL="WARNING").log_level == "warning"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("FATHOM_PORT", "0", "1 to 65535"),
        ("FATHOM_PORT", "65536", "1 to 65535"),
        ("FATHOM_PORT", "eighty", "1 to 65535"),
        ("FATHOM_REPLAY_SPEED", "0.05", "0.1 to 100"),
        ("FATHOM_REPLAY_SPEED", "nan", "0.1 to 100"),
        ("FATHOM_LIVE_TIMEOUT_S", "inf", "0.5 to 60"),
        ("FATHOM_DEMO_RATE_HZ", "1001", "1 to 1000"),
        ("FATHOM_DEMO_SEED", "-1", "0 to 4294967295"),
        ("FATHOM_SOURCE", "imagined", "auto, live, demo, replay"),
        ("FATHOM_OKX_REGION", "mars", "global, eea, us"),
        ("FATHOM_COMPRESSION", "perhaps", "true, false"),
        ("FATHOM_PASSWORD", "short", "12 characters or more"),
        (
            "FATHOM_DATABASE_URL",
            "mysql://here",
            "an address that starts with sqlite:/// or postgresql://",
        ),
        ("FATHOM_INSTRUMENT", "<b>", "letters, digits and . _ / : -"),
    ],
)
def test_a_refusal_names_the_setting_and_what_it_allows(
    load: Load, name: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(**{name: value})
    assert str(refusal.value).startswith(f"{name}: ")
    assert str(refusal.value).endswith(allowed)


def test_every_fault_is_told_at_once(load: Load) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(FATHOM_PORT="0", FATHOM_SOURCE="imagined")
    assert len(str(refusal.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("FATHOM_PASSWORD", "hunter2"), ("FATHOM_DATABASE_URL", "pg://me:hunter2@there/db")],
)
def test_a_refused_secret_is_not_repeated(load: Load, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(**{name: value})
    assert "hunter2" not in str(refusal.value)


def test_secrets_are_not_in_the_printed_form(load: Load) -> None:
    assert "correct horse" not in repr(load(FATHOM_PASSWORD="correct horse battery"))


def test_an_unknown_variable_is_refused_with_a_suggestion(load: Load) -> None:
    with pytest.raises(SettingsError, match=r"FATHOM_PROT .*did you mean FATHOM_PORT\?"):
        load(FATHOM_PROT="8080")


def test_an_unknown_line_in_the_file_is_refused_with_a_suggestion(load: Load) -> None:
    with pytest.raises(SettingsError, match=r"FATHM_HOST .*did you mean FATHOM_HOST\?"):
        load("FATHM_HOST=127.0.0.1\n")


def test_the_variable_of_the_tests_is_no_unknown_one(load: Load) -> None:
    assert load(**{TESTS_ONLY: "anywhere"})


def test_variables_of_others_are_none_of_our_business(load: Load) -> None:
    assert load(FATHOMLESS="yes")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_another_address_than_loopback_needs_a_password(load: Load, host: str) -> None:
    with pytest.raises(SettingsError, match="FATHOM_PASSWORD must be set"):
        load(FATHOM_HOST=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_no_password(load: Load, host: str) -> None:
    assert load(FATHOM_HOST=host).host == host


def test_another_address_is_accepted_with_a_password(load: Load) -> None:
    settings = load(FATHOM_HOST="0.0.0.0", FATHOM_PASSWORD="correct horse battery")
    assert settings.host == "0.0.0.0"


def test_a_replay_needs_its_recording(load: Load) -> None:
    with pytest.raises(SettingsError, match="FATHOM_REPLAY_FILE: needed"):
        load(FATHOM_SOURCE="replay")


@pytest.mark.parametrize("name", ["FATHOM_REPLAY_FILE", "FATHOM_FEE_FILE"])
def test_a_file_that_does_not_exist_is_named(load: Load, name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{name}: there is no file at .*absent"):
        load(**{name: str(tmp_path / "absent")})


def test_a_recording_in_several_files_is_named_by_its_folder(load: Load, tmp_path: Path) -> None:
    assert load(FATHOM_REPLAY_FILE=str(tmp_path)).replay_file == tmp_path


@pytest.mark.usefixtures("load")
def test_a_file_of_settings_that_is_not_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_bytes(b"\xff\xfe\x00FATHOM")
    with pytest.raises(SettingsError, match=r"settings\.env: cannot be read"):
        Settings.load(file)


def test_the_database_lives_in_the_data_folder(load: Load, tmp_path: Path) -> None:
    settings = load(FATHOM_DATA_DIR=str(tmp_path / "kept"))
    assert settings.sqlalchemy_url == f"sqlite:///{tmp_path}/kept/fathom.db"


def test_a_database_address_is_taken_as_it_is(load: Load) -> None:
    assert load(FATHOM_DATABASE_URL="sqlite:///x.db").sqlalchemy_url == "sqlite:///x.db"


def test_loading_creates_nothing(load: Load, tmp_path: Path) -> None:
    load(FATHOM_DATA_DIR=str(tmp_path / "kept"))
    assert not (tmp_path / "kept").exists()


def test_settings_do_not_change_after_the_start(load: Load) -> None:
    settings = load()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_every_setting_is_explained() -> None:
    assert all(row.meaning.endswith(".") for row in Settings.table())
