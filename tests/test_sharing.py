"""What several processes share out: the tests of a file, and of a folder with one `up`, stay in one of them."""

import os

import pytest


def test_each_test_is_shared_out_with_its_group(request):
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("one process runs them all")

    (mark,) = request.node.iter_markers("xdist_group")

    assert mark.args == ("tests/test_sharing.py",)
    # By this the plugin knows it: a release of pytest once left it without effect, and nothing failed.
    assert request.node.nodeid.endswith("@tests/test_sharing.py")
