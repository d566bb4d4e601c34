"""Who serves which ledger, and what a setting names."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledgers import ledgers_there_are, names_there_are
from services.runtime import leasing, presence
from services.runtime.settings import read_settings
from services.runtime.shares import SILENT_LOOKS, Peers, Sharing, shared_out


LEDGERS = [f"l{number}" for number in range(32)]
NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=8)


@given(NAMES, st.integers(1, 60))
def test_every_ledger_is_served_once_and_shares_are_as_even_as_they_can_be(names, count):
    ledgers = [f"l{number}" for number in range(count)]

    shares = shared_out(ledgers, dict.fromkeys(names, ("*",)))

    assert sorted(ledger for share in shares.values() for ledger in share) == sorted(ledgers)
    sizes = [len(share) for share in shares.values()]
    assert max(sizes) <= -(-count // len(names))
    others = shared_out(ledgers[::-1], dict.fromkeys(sorted(names), ("*",)))
    assert others == shares, "whoever works it out finds the same"


PATTERNS = st.sampled_from([("*",), ("a*",), ("a*", "b*"), ("a1",), ("no-*",)])


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["a1", "a2", "a3", "b1", "b2", "c1"]), unique=True),
            st.dictionaries(st.sampled_from("pqrs"), PATTERNS),
        ),
        max_size=6,
    )
)
def test_what_is_kept_of_shares_is_what_is_worked_out_anew(moments):
    sharing = Sharing()
    for ledgers, others in moments:
        processes = {"me": ("*",), **others}
        found = sharing.share_of("me", ledgers, processes)

        assert list(found) == shared_out(ledgers, processes)["me"]
        # As long as nobody comes or goes, nothing is worked out: there may be a hundred thousand ledgers.
        assert sharing.share_of("me", [*ledgers], {**processes}) is found


def test_the_names_of_ledgers_are_those_of_the_files_there_are(tmp_path: Path):
    for name in ("abc-x.toml", "rus-ukr.toml", "notes.txt"):
        (tmp_path / name).write_text("")

    for directory in (tmp_path, tmp_path / "none", None):
        assert names_there_are(directory) == [
            origin.name for origin in ledgers_there_are(directory)
        ]


def test_of_four_processes_a_fifth_takes_little_more_than_its_share():
    before = shared_out(LEDGERS, dict.fromkeys("abcd", ("*",)))
    after = shared_out(LEDGERS, dict.fromkeys("abcde", ("*",)))

    holder = {ledger: name for name, share in before.items() for ledger in share}
    moved = [ledger for name, share in after.items() for ledger in share if holder[ledger] != name]
    assert len(after["e"]) in (6, 7)
    assert len(moved) <= 2 * len(after["e"])


def test_a_process_that_was_halted_itself_takes_nobody_for_dead():
    peers = Peers("a")
    for number in range(20):
        peers.look({"a": f"{number} *", "b": f"{number} *"})
    # However long it stood still between two looks, the next one shows that the other went on.
    peers.look({"a": "20 *", "b": "400 *"})
    assert set(peers.living()) == {"a", "b"}
    for number in range(21, 21 + SILENT_LOOKS):
        peers.look({"a": f"{number} *", "b": "400 *"})
    assert set(peers.living()) == {"a"}
    assert not peers.is_living("b")


def test_a_holder_that_never_said_anything_is_dead_after_some_looks():
    peers = Peers("a")
    peers.look({"a": "0 *"})
    assert peers.is_living("gone-1")
    for number in range(1, 1 + SILENT_LOOKS):
        peers.look({"a": f"{number} *"})
    assert not peers.is_living("gone-1")


def test_a_name_that_stands_for_several_names_those_that_there_are(
    tmp_path: Path, monkeypatch: Any
):
    monkeypatch.delenv("LEDGER_LEASES", raising=False)
    for name in ("abc-x", "abc-y"):
        (tmp_path / f"{name}.toml").write_text("")

    settings = read_settings(names="rus-ukr,abc-*", config_dir=tmp_path)

    assert settings.names == ("rus-ukr", "abc-x", "abc-y")
    assert settings.patterns == ("rus-ukr", "abc-*")
    assert settings.is_sharing
    assert not read_settings(names="rus-ukr,abc-x", config_dir=tmp_path).is_sharing
    assert read_settings(names="rus-ukr", leases=True).is_sharing
    assert read_settings(names="no-*", config_dir=tmp_path).names == ("no-*",)


@pytest.mark.parametrize("sign", ["*", "?", "[ab]"])
def test_each_sign_of_a_pattern_makes_workers_share(sign):
    assert read_settings(names=f"rus-{sign}").is_sharing


def test_who_was_halted_asks_about_its_leases_before_others_hold_it_for_dead():
    # Its last word may have been said a whole look before it was halted.
    assert leasing.LOOK_SECONDS < leasing.HALTED_SECONDS
    assert leasing.HALTED_SECONDS < (SILENT_LOOKS - 1) * presence.LOOK_SECONDS
