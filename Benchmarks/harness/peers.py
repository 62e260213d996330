"""Sets up what is measured and what it is measured against."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "Benchmarks"
BUILD = ROOT / ".build"
APT = {"nginx": "nginx-light", "wrk": "wrk", "cc": "gcc"}


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command):
    """Runs a command of the set-up; its output goes to standard error, so that ours stays clean."""
    say("+ " + " ".join(str(word) for word in command))
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        raise SystemExit("The set-up failed; see above.")


def require_programs(*programs):
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    packages = sorted({APT[program] for program in missing})
    if shutil.which("apt-get") is None:
        raise SystemExit(f"Install {', '.join(missing)} and run again.")
    root = [] if os.geteuid() == 0 else ["sudo"]
    # In run level 1 no package starts a service; the benchmark runs its own nginx.
    run([*root, "env", "RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends", *packages])


class Environment:
    """A virtual environment with packages from PyPI."""

    def __init__(self, name, packages, reported):
        self.home, self.packages, self.reported = BUILD / name, packages, reported
        self.python = self.home / "bin" / "python"

    def require(self):
        if not self.python.exists():
            run([sys.executable, "-m", "venv", self.home])
        if self._versions() is None:
            run([self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *self.packages])

    def versions(self):
        return dict(zip(self.reported, self._versions()))

    def _versions(self):
        """Of what is reported; None where something is missing."""
        code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
        result = subprocess.run([self.python, "-c", code, *self.reported], capture_output=True, text=True)
        return result.stdout.split() if result.returncode == 0 else None


# One each where what they ask of others conflicts.
PYTHON = Environment("bench-venv", ["PyJWT[crypto]", "fluxlit", "streamlit"], ["PyJWT", "cryptography", "fluxlit", "uvicorn"])
FABRIC = Environment("fabric-venv", ["fastapi-fabric-auth"], ["fastapi-fabric-auth", "fastapi", "SQLAlchemy"])
FLARCHITECT = Environment("flarchitect-venv", ["flarchitect", "gunicorn"], ["flarchitect", "Flask", "gunicorn"])


def build(product):
    """The binary of a product of Benchmarks or of the package itself, built as scripts/release does; one build folder serves all."""
    flags = ["-c", "release", "--static-swift-stdlib", "-Xlinker", "--no-export-dynamic"]
    command = ["swift", "build", *flags, "--package-path", str(PACKAGE)]
    # A kept plan does not notice when the package above loses a file.
    run([*command, "--disable-build-manifest-caching", "--product", product])
    binaries = subprocess.run([*command, "--show-bin-path"], capture_output=True, text=True, check=True).stdout.strip()
    return Path(binaries) / product


def malloc_counter():
    library = BUILD / "malloc_count.so"
    BUILD.mkdir(exist_ok=True)
    run(["cc", "-O2", "-shared", "-fPIC", "-o", library, PACKAGE / "MallocCount" / "malloc_count.c"])
    return library
