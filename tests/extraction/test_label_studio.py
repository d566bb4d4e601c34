"""Drafts as tasks of Label Studio, and back: nothing is lost on the way, and what is no claim is said."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from schemas.draft import DraftEvent
from services.extraction.drafts import drafts_of, extract
from services.extraction.label_studio import (
    annotated_reports,
    for_review_of,
    labelling_config,
    stands_in,
    task_of,
)
from tests.extraction.made_up import made_up_ledger, made_up_reports


LEDGER = made_up_ledger()
REPORTS = [one.report for one in made_up_reports()]
#: As `reports show` reads them in the test's ledger.
FIRST = REPORTS[0]


def said(draft: DraftEvent) -> str:
    """What a draft says and rests on, whoever made it."""
    claim = draft.data.model_dump_json(exclude={"extraction"})
    return claim + repr(sorted(one.model_dump_json() for one in draft.draft.evidence))


def annotated(**changed: Any) -> dict[str, Any]:
    """The first report's task as a person annotated it."""
    task = task_of(FIRST, (), extract(FIRST, LEDGER))
    return task | changed


def test_drafts_come_back_from_label_studio_as_they_went():
    drafts = [extract(report, LEDGER) for report in REPORTS]
    tasks = [task_of(report, some, some) for report, some in zip(REPORTS, drafts, strict=True)]

    back = annotated_reports(json.dumps(tasks), ledger=LEDGER.name)

    again = [drafts_of(one.drafted, one.report, LEDGER) for one in back]
    assert [one.report.text for one in back] == [report.text for report in REPORTS]
    assert [sorted(map(said, some)) for some in again] == [
        sorted(map(said, some)) for some in drafts
    ]
    assert [draft.draft.faults for some in again for draft in some if draft.draft.faults] == []


def test_every_region_and_control_of_a_task_is_one_of_the_configuration():
    root = ET.fromstring(labelling_config(LEDGER))
    controls = {one.get("name"): one.tag for one in root if one.get("toName") == "text"}
    kinds = {"Labels": "labels", "Choices": "choices", "Number": "number", "TextArea": "textarea"}
    values = {one.get("name"): {each.get("value") for each in one} for one in root if len(one)}
    # Words of all fields that rules give can be marked, and others of a model's stay as they are.
    for report in REPORTS:
        task = task_of(report, extract(report, LEDGER))
        for prediction in task["predictions"]:
            for one in prediction["result"]:
                if one["type"] == "relation":
                    continue
                assert kinds[controls[one["from_name"]]] == one["type"]
                chosen = one["value"].get("choices") or one["value"].get("labels") or ()
                assert set(chosen) <= values.get(one["from_name"], set(chosen))
                quoted = report.text[one["value"]["start"] : one["value"]["end"]]
                assert quoted


def test_a_person_may_move_words_and_change_a_number():
    [task] = json.loads(json.dumps([annotated()]))
    results = task["annotations"][0]["result"]
    for one in results:
        value = one.get("value", {})
        if one["from_name" if "from_name" in one else "type"] == "value":
            value["number"] = float(value["number"] + 1)
        if "start" in value:
            value["start"] += 7

    [found] = for_review_of(json.dumps(task), LEDGER, _now())

    first = found.drafts[0]
    assert [one.field for one in first.draft.faults] == ["quantity.value"]
    assert all(FIRST.text[one.start : one.end] == one.quote for one in first.draft.evidence)
    assert first.data.extraction
    assert first.data.extraction.method == "hand"


def test_of_several_annotations_the_last_one_counts_that_was_not_cancelled():
    [full] = annotated()["annotations"]
    task = annotated(annotations=[full, {"result": []}, full | {"was_cancelled": True}])

    [found] = annotated_reports(json.dumps([task]), ledger=LEDGER.name)

    assert found.drafted == ()
    assert annotated_reports(json.dumps([annotated(annotations=[])]), ledger=LEDGER.name) == []


def test_a_draft_whose_words_do_not_stand_is_left_out():
    draft = extract(FIRST, LEDGER)[0]

    assert stands_in(draft, FIRST.text)
    assert not stands_in(draft, "Another text")
    other = FIRST.model_copy(update={"text": "Another text"})
    assert task_of(other, [draft])["predictions"][0]["result"] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no JSON", "expected JSON of Label Studio"),
        ("[1]", "task 1: expected an object with `data`"),
        (json.dumps(annotated(data={"url": "x"})), "task 1: /data/text"),
        (json.dumps(annotated(data={"text": "", "subject": "another"})), "found another"),
        (
            json.dumps(
                annotated(
                    annotations=[
                        {
                            "result": [
                                {"id": "r", "from_name": "measure", "value": {"labels": ["x"]}}
                            ]
                        }
                    ]
                )
            ),
            "task 1: region r: /measure",
        ),
        ("[]", "expected a task that somebody annotated"),
    ],
)
def test_what_is_no_export_is_said(text: str, found: str):
    with pytest.raises(ValueError, match=found):
        for_review_of(text, LEDGER, _now())


def _now() -> datetime:
    return datetime(2031, 5, 10, tzinfo=UTC)
