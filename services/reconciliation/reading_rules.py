"""How a claim is read: the first rules of `services.reconciliation.catalogue`, as data."""

from services.reconciliation.claims.canonical_text import canonical_text, canonical_url
from services.reconciliation.claims.categories import category_of_remains, place_of, read_category
from services.reconciliation.claims.instants import day_of
from services.reconciliation.claims.interval import interval_of
from services.reconciliation.claims.reading import ClaimReader
from services.reconciliation.claims.speakers import speaker_name
from services.reconciliation.procedure import is_of_a_day, loose_standing, stock_key
from services.reconciliation.rule import Rule
from services.reconciliation.rules.dead_within import find_living


READING_RULES = (
    Rule(
        "§2",
        "bounds",
        "A claim is read as the numbers it allows: “more than 200” allows 201 or more, “about 448” a "
        "few either way.",
        "What a bound means",
        (interval_of,),
    ),
    Rule(
        "§3",
        "scope",
        "Who is counted, where a speaker does not say, is what the ledger's configuration says that "
        "speaker counts.",
        "Categories",
        (ClaimReader.read,),
    ),
    Rule(
        "§3",
        "category",
        "Every category has its place, found by its words in the ledger's vocabulary: everybody is "
        "military, civilian and unspecified; ranks, sex, places and what is not known cut across and are "
        "added to nothing.",
        "Categories",
        (place_of, read_category),
        reasons=("category-not-known",),
    ),
    Rule(
        "§3",
        "bodies",
        "The dead are nobody's return and are never counted among people; what is said of remains handed "
        "over is a series of its own, from which a total since another day is set aside.",
        "Categories",
        (read_category, category_of_remains, stock_key, is_of_a_day, loose_standing),
        reasons=("bodies-are-not-counted", "counted-since-another-day"),
    ),
    Rule(
        "§3",
        "dead-within",
        "Where a speaker says how many in a number were dead, that number is read without them, and so is "
        "the same number of others; the dead are a figure of their own.",
        "Categories",
        (find_living,),
        reasons=("counts-the-dead",),
    ),
    Rule(
        "§9",
        "spelling",
        "Names, outlets, categories, codes and addresses that a reader cannot tell apart are one, however "
        "they are written.",
        "One speaker, one spelling",
        (canonical_text, canonical_url, speaker_name),
    ),
    Rule(
        "§9",
        "days-of-instants",
        "An instant is on one day, that of the ledger's time zone, however its offset is written.",
        "One day or two",
        (day_of,),
    ),
    Rule(
        "§5.3",
        "tier",
        "Who counts heads goes before who does not: bodies of the receiving side, its other officials, "
        "mediators, the other side, outlets, nobody named.",
        "Tier",
        (ClaimReader.read,),
    ),
)
