"""The key of the sessions."""

from webapp.secret import SHORTEST, session_secret


def test_the_key_is_the_same_at_every_start(tmp_path):
    assert session_secret(tmp_path) == session_secret(tmp_path)


def test_two_installations_have_two_keys(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert session_secret(tmp_path / "a") != session_secret(tmp_path / "b")


def test_only_the_owner_can_read_the_key(tmp_path):
    session_secret(tmp_path)
    assert (tmp_path / "session.key").stat().st_mode & 0o777 == 0o600


def test_a_key_file_that_a_crash_left_empty_is_no_key(tmp_path):
    (tmp_path / "session.key").touch()
    assert len(session_secret(tmp_path)) >= SHORTEST
