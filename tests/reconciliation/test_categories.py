"""Who is counted: categories as reports word them, in their languages."""

import pytest

from services.ledgers import parse_ledger
from services.reconciliation.claims.categories import NOT_KNOWN, read_category
from services.reconciliation.claims.lexicon import lexicon_of
from tests.reconciliation.given import LEDGER, MINISTRY, PRESIDENT, given, numbers, said


NEUTRAL = """\
name = "a-b"
title = "Exchanges between A and B"
policy = "latest"
{more}
[[sides]]
code = "A"
name = "Arland"
competent_roles = ["mod"]
demonyms = {{ en = ["Arlandic"] }}

[[sides]]
code = "B"
name = "Berland"
competent_roles = ["ombudsman"]
"""


def place(category: str) -> str:
    return read_category(category, LEDGER).place


@pytest.mark.parametrize(
    "category",
    [
        "soldiers and civilians",
        "Civilians as well as servicemen",
        "both military personnel and civilian hostages",
        "soldiers/civilians",
        "military & civilian prisoners",
        "Ukrainian soldiers and civilians",
        "військовослужбовців та цивільних",
        "военнослужащие и гражданские лица",
        "جنود ومدنيون",
        "الجنود والمدنيين",
        "Soldaten und Zivilisten",
        "des soldats et des civils",
        "soldados y civiles",
        "חיילים ואזרחים",
    ],
)
def test_who_counts_soldiers_and_civilians_counts_everybody(category):
    assert read_category(category, LEDGER)[:2] == ("all", "all")


@pytest.mark.parametrize(
    "category",
    [
        "wounded soldiers and civilians",
        "soldiers and civilians from the south",
        "women and children",
    ],
)
def test_some_of_both_are_part_of_everybody(category):
    assert place(category) == "cross-cut"


@pytest.mark.parametrize(
    "category",
    [
        "killed soldiers",
        "soldiers killed in action",
        "soldiers’ bodies",
        "remains of the fallen",
        "1,000 bodies",
        "a group of bodies",
        "тіла загиблих",
        "полеглі захисники",
        "останки военнослужащих",
        "погибшие",
        "جثث",
        "رفات الشهداء",
        "القَتلى",
        "gefallene Soldaten",
        "sterbliche Überreste",
        "corps de soldats",
        "dépouilles",
        "soldados muertos",
        "zwłoki",
        "ceset",
        "גופות חללים",
        "اجساد",
    ],
)
def test_the_dead_are_known_in_every_language(category):
    assert read_category(category, LEDGER).is_dead


@pytest.mark.parametrize(
    "category",
    [
        "employees of law enforcement bodies",
        "Law-Enforcement bodies",
        "staff of investigative bodies",
        "employees of bodies of inquiry",
        "officials of state bodies",
        "bodyguards",
        "relatives of killed soldiers",
        "children of the fallen",
        "родичі загиблих",
        "семьи погибших",
        "عائلات الشهداء",
        "soldiers presumed dead",
        "soldiers from the list of the dead",
        "телефоністи",
        "remaining prisoners",
    ],
)
def test_the_living_are_not_taken_for_dead_by_a_word_near_them(category):
    assert not read_category(category, LEDGER).is_dead


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("private citizens", "civilian"),
        ("private individuals", "civilian"),
        ("civilian sailors", "within-civilian"),
        ("military medics", "within-military"),
        ("privates", "within-military"),
        ("National Guard of Ukraine", "service"),
        ("people from the national guard", "service"),
        ("national guard and border guards", "within-military"),
        ("military police officers", "within-military"),
        ("journalists", "within-civilian"),
        ("servicewomen", "within-military"),
        ("in-service training staff", "within-civilian"),
        ("service personnel", "military"),
        ("поранені військові", "within-military"),
    ],
)
def test_whole_words_place_a_category_and_parts_of_words_do_not(category, expected):
    assert place(category) == expected


@pytest.mark.parametrize(
    "category", ["POWs", "Captives", "our people", "військовополонені", "Gefangene"]
)
def test_people_without_more_leave_open_who_they_are(category):
    assert read_category(category, LEDGER).name == "unspecified"


def test_an_unknown_category_is_part_of_everybody_and_is_said_to_be_unknown():
    ledger = given(
        said("a", 40, category="military"),
        said("b", 7, category="frobnicators"),
        said("c", 3, category="civilian"),
    )

    assert numbers(ledger.figure("2024-01-03:returned:UA:frobnicators"))[:3] == (7, 7, 7)
    assert numbers(ledger.figure("2024-01-03:returned:UA:military"))[:3] == (40, 40, 40)
    assert ledger.figure("2024-01-03:returned:UA:all").low == 43
    assert (ledger.claim("b").state, ledger.claim("b").reason) == ("active", NOT_KNOWN)
    assert ledger.claim("a").reason is None


def test_who_counts_both_says_nothing_of_either_alone():
    ledger = given(
        said("a", 195, category="military"),
        said(
            "p",
            200,
            quantity={"bound": "more_than", "value": 200},
            category="soldiers and civilians",
            claimant=PRESIDENT,
        ),
    )

    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (201, 201, None)


def test_the_dead_come_back_to_nobody():
    ledger = given(said("a", 1212, category="тіла загиблих", claimant=MINISTRY))

    assert ledger.claim("a").reason == "bodies-are-not-counted"
    assert not ledger.models.figures


def test_a_ledgers_own_words_hold_before_those_that_every_ledger_has():
    more = '[vocabulary.military]\nen = ["zouaves"]\n[vocabulary.civilian]\nen = ["police"]'
    ledger = parse_ledger(NEUTRAL.format(more=more), origin="a-b.toml")

    assert read_category("Zouaves", ledger).place == "military"
    assert read_category("police", ledger).place == "civilian"
    assert read_category("soldiers", ledger).place == "military"
    assert read_category("Arlandic zouaves and Berland police", ledger).place == "all"


def test_the_place_of_a_category_may_stand_in_the_ledgers_file():
    more = (
        '[category_aliases]\n"old guard" = "service"\n"shades" = "dead"\n"the lot" = "unspecified"'
    )
    ledger = parse_ledger(NEUTRAL.format(more=more), origin="a-b.toml")

    assert read_category("Old  Guard", ledger)[:2] == ("old guard", "service")
    assert read_category("shades", ledger).is_dead
    assert read_category("the lot", ledger).name == "unspecified"


def test_a_category_of_marks_alone_says_nothing_and_stops_nobody():
    ledger = given(said("a", 40), said("b", 3, category="—"))

    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (40, 40, 40)
    assert ledger.claim("b").state == "active"


def test_ledgers_without_words_of_their_own_share_the_vocabulary():
    first, second = (
        parse_ledger(NEUTRAL.replace('"a-b"', f'"{name}"').format(more=""), origin="a test")
        for name in ("a-b", "a-c")
    )
    other = parse_ledger(
        NEUTRAL.format(more="[vocabulary.military]\nen = ['sappers']\n"), origin="a test"
    )

    assert first.vocabulary is second.vocabulary
    assert other.vocabulary is not first.vocabulary
    assert read_category("sappers", other).place == "military"
    assert read_category("sappers", first).place == "cross-cut"


def test_a_process_of_many_ledgers_keeps_what_the_words_of_each_say():
    ledgers = [
        parse_ledger(NEUTRAL.replace('"a-b"', f'"a-{number}"').format(more=""), origin="a test")
        for number in range(100)
    ]
    before = [lexicon_of(ledger) for ledger in ledgers]

    assert all(lexicon_of(ledger) is known for ledger, known in zip(ledgers, before, strict=True))
