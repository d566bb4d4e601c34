"""How pages are looked at: on a screen, in the dark, on a telephone, in each language."""

import os
import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page


_NAMED = os.environ.get("LEDGER_TEST_PICTURES")
#: Where pictures are kept, null for nowhere.
PICTURES = Path(_NAMED) if _NAMED else None
#: Colours that a picture is kept with.
COLOURS = 64


class Look(NamedTuple):
    """One way to look at a page.

    Attributes:
        name: How its pictures are called.
        options: Those of the browser's context.
        rules: The rules of axe that are tried, null for all: what a page is made of is the same in every
            look, so that only colours are tried again in the dark, and only sizes on a telephone.
        language: What pages are written in.
    """

    name: str
    options: dict[str, object]
    rules: Sequence[str] | None
    language: str = "en"


_PHONE: dict[str, object] = {"viewport": {"width": 390, "height": 1100}, "device_scale_factor": 1.5}
_WIDE: dict[str, object] = {"viewport": {"width": 1280, "height": 1400}}
LOOKS = (
    Look("wide", _WIDE, None),
    Look("dark", _WIDE | {"color_scheme": "dark"}, ["color-contrast"]),
    Look("phone", _PHONE, ["target-size", "scrollable-region-focusable"]),
    # Words are longest there.
    Look("phone-uk", _PHONE, ["target-size", "html-has-lang", "valid-lang"], "uk"),
    Look("phone-ru", _PHONE, ["target-size", "html-has-lang", "valid-lang"], "ru"),
    # What is wider or darker is the same in each language: these are for people who look at the pictures.
    *(
        Look(f"{name}-{language}", options, ["color-contrast"], language)
        for language in ("uk", "ru")
        for name, options in (("wide", _WIDE), ("dark", _WIDE | {"color_scheme": "dark"}))
        if PICTURES is not None
    ),
)


class Looks:
    """Pages in each look, in contexts that are kept: one is opened once and goes from page to page."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._pages: dict[str, Page] = {}
        self._said: dict[str, list[str]] = {}

    def page(self, look: Look) -> Page:
        """Return the page of a look."""
        if look.name not in self._pages:
            context = self._browser.new_context(
                reduced_motion="reduce",
                locale={"en": "en-GB"}.get(look.language, look.language),
                **look.options,  # type: ignore[arg-type]  # options by their name
            )
            self._contexts.append(context)
            self._pages[look.name] = context.new_page()
            self._said[look.name] = listen(self._pages[look.name])
        return self._pages[look.name]

    def open(self, look: Look, address: str) -> Page:
        """Open a page in a look."""
        page = self.page(look)
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == look.language
        return page

    def picture(self, look: Look, name: str, *, is_full: bool = False) -> None:
        """Take a picture of what is seen, and write it to the directory that LEDGER_TEST_PICTURES names."""
        taken = self.page(look).screenshot(full_page=is_full)
        assert len(taken) > 4_000
        if PICTURES is not None:
            # A page has few colours, and pictures are kept.
            image = Image.open(BytesIO(taken)).convert("RGB")
            few = image.quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(PICTURES / f"{name}-{look.name}.png", optimize=True)

    def faults(self, look: Look) -> list[tuple[str, object]]:
        """Return what is wrong with what is seen: too wide, unreadable for somebody, errors of scripts."""
        page = self.page(look)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        # What is folded is read too.
        page.evaluate(
            "for (const one of document.querySelectorAll('details')) { one.open = true; }"
        )
        options: dict[str, object] = {"resultTypes": ["violations"]}
        if look.rules is not None:
            options["runOnly"] = {"type": "rule", "values": list(look.rules)}
        violations = Axe().run(page, options=options).response["violations"]
        found: list[tuple[str, object]] = [
            (look.name, (one["id"], [node["html"][:300] for node in one["nodes"]][:3]))
            for one in violations
        ]
        found += [(look.name, f"{wider} too wide")] if wider > 0 else []
        found += [(look.name, said) for said in self._said[look.name]]
        self._said[look.name].clear()
        return found

    def close(self) -> None:
        """Close all of them."""
        for context in self._contexts:
            context.close()


def listen(page: Page) -> list[str]:
    """Collect what a page complains of: console errors, refused files, exceptions, dialogs."""
    said: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # A page that is not there, or asks for a key, says so in its status, which the browser repeats.
        is_status = re.search("status of 40[14]", message.text)
        if message.type in ("error", "warning") and not is_status:
            said.append(message.text)

    def on_dialog(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("console", on_console)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", on_dialog)
    return said
