"""Pages in the language that the address or the browser names, and in the time zone that a reader picks."""

import pytest

from services.api.pages.fault_sentences import translated_fault
from services.api.pages.language import Spoken, speaking
from tests.api.test_pages import BROWSER, EXCHANGE, PAGES, Document, read


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

UKRAINIAN = BROWSER | {"Accept-Language": "uk-UA,uk;q=0.9,ru;q=0.8,en-US;q=0.7"}
RUSSIAN = BROWSER | {"Accept-Language": "de, ru;q=0.5"}


def test_the_address_goes_before_what_the_browser_prefers(http):
    by_address = http.get("/", params={"lang": "ru"}, headers=UKRAINIAN)
    by_browser = http.get("/", headers=UKRAINIAN)
    by_nobody = http.get("/", headers=BROWSER)

    found = [Document(answer.text) for answer in (by_address, by_browser, by_nobody)]
    assert [page.all("html")[0]["lang"] for page in found] == ["ru", "uk", "en"]
    for answer, heading in (
        (by_address, "Обмены пленными между Россией и Украиной"),
        (by_browser, "Обміни полоненими між Росією та Україною"),
        (by_nobody, "Prisoner exchanges between Russia and Ukraine"),
    ):
        assert heading in Document(answer.text).text


@pytest.mark.parametrize("path", ["/", "/exchanges", "/charts/totals.svg", "/report-error"])
def test_an_address_in_a_language_that_no_page_is_in_leads_to_one_without(http, path):
    asked = {"lang": "tlh", "as_asserted_by": "2199-01-01"}
    for method in ("GET", "HEAD"):
        answer = http.request(method, path, params=asked, headers=UKRAINIAN)

        assert answer.status_code == 307
        assert answer.headers["location"] == f"{path}?as_asserted_by=2199-01-01"


def test_caches_are_told_what_an_answer_depends_on(http):
    answers = [http.get("/how", headers=headers) for headers in (UKRAINIAN, RUSSIAN, BROWSER)]
    again = http.get("/how", headers=UKRAINIAN | {"If-None-Match": answers[0].headers["etag"]})
    other = http.get("/how", headers=RUSSIAN | {"If-None-Match": answers[0].headers["etag"]})

    assert [answer.headers["content-language"] for answer in answers] == ["uk", "ru", "en"]
    assert len({answer.headers["etag"] for answer in answers}) == 3
    for answer in (*answers, again):
        assert "accept-language" in answer.headers["vary"].lower()
    assert (again.status_code, again.headers["content-language"]) == (304, "uk")
    assert other.status_code == 200


def test_what_the_api_answers_is_the_same_in_all_languages(http):
    path = "/v1/figures"

    assert http.get(path, headers=UKRAINIAN).content == http.get(path).content


@pytest.mark.parametrize("path", PAGES)
def test_every_page_leads_to_itself_in_the_other_languages_and_keeps_the_one_it_is_in(http, path):
    page = read(http, f"{path}{'&' if '?' in path else '?'}lang=uk")

    links = [link["href"] for link in page.all("a")]
    ours = [
        link
        for link in links
        # A permalink has no language, so that each reader gets their own.
        if link.startswith("/") and not link.startswith("/v1/") and "as_known_on" not in link
    ]
    switch = [link for link in page.all("a") if "hreflang" in link]
    assert [(link["hreflang"], link["lang"]) for link in switch] == [
        (code, code) for code in ("en", "uk", "ru")
    ]
    stay = set(ours) - {link["href"] for link in switch}
    assert stay
    assert [link for link in stay if "lang=uk" not in link] == []
    alternates = [
        link for link in page.all("link") if link["rel"] == "alternate" and "hreflang" in link
    ]
    assert {link["hreflang"] for link in alternates} == {"en", "uk", "ru", "x-default"}
    [anybody] = [link["href"] for link in alternates if link["hreflang"] == "x-default"]
    assert "lang=" not in anybody


def test_figures_reasons_and_arithmetic_are_told_in_the_language(http):
    page = read(http, EXCHANGE, lang="uk")

    assert "Україна: усі щонайменше 230" in page.text
    assert "Росія: військові 248" in page.text
    assert "Не сходиться" in page.text
    assert "взято для сторони" in page.text
    assert "3 січня 2024" in page.text
    assert "Дмитро Лубінець" in page.text


def test_quotes_bear_their_language_and_days_without_an_hour_are_marked(http):
    page = read(http, EXCHANGE, lang="ru")
    rows = http.get("/v1/claims", params={"exchange": "2024-01-03"}).json()["items"]

    quotes = page.all("q")
    assert quotes
    assert all(quote["lang"] for quote in quotes)
    untimed = [row for row in rows if row["asserted_at"] and len(row["published_at"] or "") == 10]
    assert page.text.count("только день") >= len(untimed) > 0


def test_a_page_that_is_not_there_says_so_in_the_language_and_leads_on(http):
    answer = http.get("/exchanges/1999-01-01", params={"lang": "uk"}, headers=BROWSER)
    page = Document(answer.text)

    assert answer.status_code == 404
    assert answer.headers["content-language"] == "uk"
    assert "Тут нічого немає" in page.text
    links = {link["href"] for link in page.all("a")}
    assert {"/?lang=uk", "/disagreements?lang=uk", "/claimants?lang=uk"} <= links


def test_hours_are_those_of_the_zone_that_was_picked(http):
    asked = {"as_asserted_by": "2024-01-03", "as_asserted_by_hour": "19:50", "zone": "Europe/Kyiv"}
    kyiv = read(http, EXCHANGE, **asked)
    utc = read(http, EXCHANGE, as_asserted_by="2024-01-03", as_asserted_by_hour="17:50")

    assert "Shown as said by 3 January 2024, 19:50 Kyiv" in kyiv.text
    for page in (kyiv, utc):
        assert "To Ukraine, everybody at least 201" in page.text
    hours = [field["value"] for field in kyiv.all("input") if field["type"] == "time"]
    assert hours == ["19:50", ""]
    assert {"UTC", "Europe/Kyiv", "Europe/Moscow"} <= {one["value"] for one in kyiv.all("option")}
    ours = [link["href"] for link in kyiv.all("a") if link["href"].startswith("/claimants?")]
    assert ours
    assert all("zone=Europe%2FKyiv" in link for link in ours)


def test_a_day_alone_is_the_whole_day_there_and_a_zone_must_be_known(http):
    page = read(http, "/", as_known_on="2199-01-01", zone="Europe/Moscow", lang="ru")
    wrong = http.get("/", params={"zone": "Mars/Base"}, headers=BROWSER)

    assert "на конец дня 1 января 2199" in page.text
    data = [link["href"] for link in page.all("a") if link["href"].startswith("/v1/exchanges?")]
    assert "as_known_on=2199-01-01T20%3A59%3A59.999999%2B00%3A00" in data[0]
    assert wrong.status_code == 400
    assert "Days and hours of" in Document(wrong.text).text


def test_an_embed_is_in_the_language_of_its_reader(http):
    embed = http.get("/embed/totals", headers=RUSSIAN)

    assert embed.headers["content-language"] == "ru"
    assert Document(embed.text).all("html")[0]["lang"] == "ru"
    assert "Сколько людей вернулось всего, день за днём" in embed.text


def test_forms_and_what_is_wrong_with_them_are_in_the_language_of_the_address(http):
    asked = {"lang": "uk"}
    form = http.get("/report-error", params=asked, headers=RUSSIAN)
    empty = http.post("/report-error", params=asked, headers=RUSSIAN, data={"number": "many"})
    words = {"words": "Число 231, а не 230."}
    sent = http.post("/report-error", params=asked, headers=RUSSIAN, data=words)

    assert "Повідомити про помилку" in Document(form.text).text
    [action] = [one["action"] for one in Document(form.text).all("form")]
    assert action == "/report-error?lang=uk"
    assert empty.status_code == 400
    assert "очікується: ціле число без слів" in Document(empty.text).text.lower()
    assert "слова; є: нічого" in Document(empty.text).text
    assert sent.status_code == 303
    assert sent.headers["location"].endswith("&lang=uk")
    assert "Дякуємо" in read(http, sent.headers["location"]).text


def test_an_editor_who_signs_in_goes_on_in_the_same_language(http):
    page = http.get("/editors/parked", params={"lang": "ru"}, headers=UKRAINIAN)

    assert page.status_code == 401
    assert "Вход для редакторов" in Document(page.text).text
    [back] = [one["value"] for one in Document(page.text).all("input") if one["name"] == "back"]
    assert back == "/editors/parked"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("expected words, found nothing", "очікується: слова; є: нічого"),
        (
            "/data/side: expected one of RU, UA, found 'XX'",
            "/data/side: очікується: одне з: RU, UA; є: 'XX'",
        ),
        (
            "expected at most 4,000 characters, found more",
            "очікується: щонайбільше символів: 4\N{NO-BREAK SPACE}000; є: більше",
        ),
        ("nobody said this", "nobody said this"),
    ],
)
def test_what_was_expected_is_told_in_the_language_of_the_page(fault, told):
    with speaking(Spoken("uk")):
        assert translated_fault(fault) == told
    assert translated_fault(fault) == fault
