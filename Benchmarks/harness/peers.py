"""Sets up what is measured and what it is measured against."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "Benchmarks"
BUILD = ROOT / ".build"
PYTHON = BUILD / "bench-venv" / "bin" / "python"
APT = {"nginx": "nginx-light", "wrk": "wrk", "cc": "gcc"}
PYPI = ["PyJWT[crypto]", "fluxlit", "streamlit"]


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


def require_python_packages():
    if not PYTHON.exists():
        run([sys.executable, "-m", "venv", BUILD / "bench-venv"])
    if subprocess.run([PYTHON, "-c", "import fluxlit, jwt, streamlit"], capture_output=True).returncode != 0:
        run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYPI])


def python_versions():
    code = "from importlib.metadata import version; print(*map(version, ['PyJWT', 'cryptography', 'fluxlit', 'uvicorn']))"
    words = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(["PyJWT", "cryptography", "fluxlit", "uvicorn"], words))


def build(product):
    """The release binary of a product of Benchmarks or of the package itself; one build folder serves all."""
    command = ["swift", "build", "-c", "release", "--package-path", str(PACKAGE)]
    # A kept plan does not notice when the package above loses a file.
    run([*command, "--disable-build-manifest-caching", "--product", product])
    binaries = subprocess.run([*command, "--show-bin-path"], capture_output=True, text=True, check=True).stdout.strip()
    return Path(binaries) / product


def malloc_counter():
    library = BUILD / "malloc_count.so"
    BUILD.mkdir(exist_ok=True)
    run(["cc", "-O2", "-shared", "-fPIC", "-o", library, PACKAGE / "MallocCount" / "malloc_count.c"])
    return library
