"""Inputs as no publisher should send them: real claims changed at random, and what is no claim at all.

The same seed gives the same inputs, one by one, so that a number found in a report can be looked at:
`python -m tests.fuzz --seed 1 --show 4711`.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from services.ledgers import demo_claims


LEDGER = "rus-ukr"
SEED_CLAIMS = Path(__file__).parents[1] / "data" / "seed.claims.jsonl"
#: Where most inputs end, and the few that fill a whole entry.
BYTES_MAX, FULL_BYTES = 4_096, 1_000_000
#: How many of so many inputs fill an entry.
FULL_SHARE = 5_000
HOSTILE_TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "\x1b[2J",
        "\x07",
        "\x9b31m",
        "\u202e\u2066",
        "\ufeff",
        "\U000e0041",
        "\ud800",
    ),
    *("'; DROP TABLE", "{{7*7}}", "<script>", "../../etc/passwd", "=1+1", "%00", "\r\nX: y", "𝟚𝟛𝟘"),
    *(
        "9999-12-31T23:59:59.999999-23:59",
        "0001-01-01",
        "2024-02-30",
        "2024-01-03\x1b10:00",
        "2024-W01",
    ),
    *("exchange.claim.retracted.v1", "rus-ukr", "yem-hou", "both", "UA", "military", "x" * 600),
)
NUMBERS = (0, -1, 1, 230, 10**9, 10**9 + 1, 2**53, 2**63, 2**64, 10**30, 1.5, -0.0, 1e300)
#: As JSON that Python would not write itself.
RAW_NUMBERS = (
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "9" * 5_000,
    "0" * 50,
    "1.",
    ".5",
    "0x1F",
    "١٢٣",
)
UNITS = (
    "1e999",
    "0",
    "[]",
    "{}",
    '{"a":1}',
    '"a"',
    "[[[[]]]]",
    '"\\u0000"',
    "9" * 400,
    '{"":[{}]}',
)
ENCODINGS = ("utf-16", "utf-32", "utf-8-sig", "latin-1", "utf-7", "cp1251")


def claims() -> list[bytes]:
    """Real claims: those of the seed, and some of those that are shipped."""
    return [*SEED_CLAIMS.read_bytes().splitlines(), *demo_claims(LEDGER).splitlines()[:200]]


def inputs(seed: int, count: int) -> Iterator[bytes]:
    """Yield inputs, the same ones for the same seed."""
    random = Random(seed)
    known = claims()
    sent: list[bytes] = list(known[:1])
    for _ in range(count):
        if random.randrange(FULL_SHARE) == 0:
            yield _full(random, known)
            continue
        raw = random.choice(MAKERS)(random, random.choice(known), sent)[:BYTES_MAX]
        # Some come again, as a publisher repeats them.
        if len(sent) < 1_000:
            sent.append(raw)
        else:
            sent[random.randrange(1_000)] = raw
        yield raw


def _another(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    """A claim as it should be, of its own."""
    event = json.loads(raw)
    event["id"] = f"{random.getrandbits(64):x}"
    return json.dumps(event).encode()


def _again(random: Random, _raw: bytes, sent: list[bytes]) -> bytes:
    return random.choice(sent)


def _other_content(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    """Another claim under an id that was sent before."""
    event = json.loads(raw)
    event["data"]["wording"] = f"{random.randrange(50)} people"
    return json.dumps(event).encode()


def _changed(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    event = json.loads(raw)
    for _ in range(random.randint(1, 3)):
        place = random.choice(list(_places(event)))
        _put(random, event, place, _value(random))
    text = json.dumps(event, ensure_ascii=random.random() < 0.5)
    return text.encode(errors="surrogatepass")


def _raw_number(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    event = json.loads(raw)
    _put(random, event, random.choice(list(_places(event))), "@")
    return json.dumps(event).replace('"@"', random.choice(RAW_NUMBERS)).encode()


def _damaged(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    damaged = bytearray(raw)
    for _ in range(random.randint(1, 8)):
        at = random.randrange(len(damaged))
        if random.random() < 0.5:
            damaged[at] = random.randrange(256)
        else:
            del damaged[at : at + random.randint(1, 9)]
            damaged += b" "
    return bytes(damaged)


def _cut(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    return raw[: random.randrange(len(raw))]


def _encoded(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    return raw.decode().encode(random.choice(ENCODINGS), errors="replace")


def _nested(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    depth = random.choice((1, 60, 64, 65, 120, 199, 400))
    opening, closing = random.choice((("[", "]"), ('{"a":', "}")))
    inner = opening * depth + "0" + closing * random.choice((depth, depth, depth - 1))
    return raw.replace(b'"data":', f'"note": {inner}, "data":'.encode(), 1)


def _twice(random: Random, raw: bytes, _sent: list[bytes]) -> bytes:
    name = random.choice(("id", "source", "type", "subject", "data"))
    return raw.replace(
        b"{", f'{{"{name}": {json.dumps(_value(random))}, '.encode("utf-8", "replace"), 1
    )


def _junk(random: Random, _raw: bytes, _sent: list[bytes]) -> bytes:
    if random.random() < 0.5:
        return random.randbytes(random.randrange(200))
    return json.dumps(_value(random)).encode()


MAKERS: tuple[Callable[[Random, bytes, list[bytes]], bytes], ...] = (
    *(_another, _again, _other_content, _changed, _changed, _changed, _raw_number),
    *(_damaged, _cut, _encoded, _nested, _twice, _junk),
)


def _full(random: Random, known: list[bytes]) -> bytes:
    """An input of a megabyte: many values, much text, or no end."""
    unit = random.choice(UNITS)
    many = ",".join([unit] * (FULL_BYTES // (len(unit) + 1)))
    inner = random.choice(
        (
            f"[{many}]",
            f'"{"x" * FULL_BYTES}"',
            "[" * FULL_BYTES,
            '"' + "\\u202e" * (FULL_BYTES // 6) + '"',
        )
    )
    name = random.choice(("note", "data", "id", "source", "subject", "type"))
    return random.choice(known).replace(b"{", f'{{"{name}": {inner}, '.encode(), 1)[: 2**20]


def _places(event: object, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value of an event, the event itself left out."""
    items = (
        event.items()
        if isinstance(event, dict)
        else enumerate(event if isinstance(event, list) else ())
    )
    for name, inner in items:
        yield (*way, name)
        yield from _places(inner, (*way, name))


def _put(random: Random, event: Any, way: tuple[Any, ...], value: object) -> None:
    for name in way[:-1]:
        if not isinstance(event, dict | list):
            return
        event = event[name] if isinstance(event, list) else event.get(name)
    if isinstance(event, dict):
        if random.random() < 0.1:
            event.pop(way[-1], None)
        else:
            event[way[-1]] = value
    elif isinstance(event, list):
        event[way[-1] if way[-1] < len(event) else 0 :] = [value]


def _value(random: Random, depth: int = 0) -> object:
    kind = random.randrange(7 if depth < 3 else 5)
    match kind:
        case 0:
            return random.choice((None, True, False))
        case 1:
            return random.choice(NUMBERS)
        case 2 | 3:
            return random.choice(HOSTILE_TEXTS)
        case 4:
            return "".join(
                map(chr, (random.randrange(0xD800) for _ in range(random.randrange(12))))
            )
        case 5:
            return [_value(random, depth + 1) for _ in range(random.randrange(4))]
        case _:
            return {
                random.choice(HOSTILE_TEXTS): _value(random, depth + 1)
                for _ in range(random.randrange(4))
            }
