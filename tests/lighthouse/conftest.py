"""The demo that is measured, as the tests in a browser have it."""

from tests.browser.conftest import demo


__all__ = ["demo"]
