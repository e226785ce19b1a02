#!/usr/bin/env python3
"""Executes the notebooks: in place, or (--sample) a few seeds of each into a folder of its own, the committed ones untouched.

Needs Debian's python3-nbclient, python3-ipykernel, python3-pandas and python3-matplotlib; exit code 77: they are not here.
"""

import argparse
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent

try:
    import ipykernel  # noqa: F401
    import matplotlib  # noqa: F401
    import nbclient
    import nbformat
    import pandas  # noqa: F401
except ImportError as missing:
    print(f"Skipped: the notebooks' sample: there is no {missing.name} for {sys.executable} (./dev notebooks installs what is needed)")
    sys.exit(77)


def execute(path, to):
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(HERE)}}
    nbclient.NotebookClient(
        notebook, kernel_name="python3", timeout=1800, startup_timeout=300, record_timing=False, resources=place
    ).execute()
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        }
    )
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        cell["metadata"] = nbformat.from_dict({})
    nbformat.validate(notebook)
    to.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, to)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vivarium", help="the program that runs scenarios")
    parser.add_argument("--sample", metavar="DIR", help="execute a few seeds only, and write the notebooks there")
    parser.add_argument("names", nargs="*", help="some notebooks; without any: all")
    arguments = parser.parse_args()
    # A kernel finds Debian's packages, the program, and this folder's package.
    os.environ.update(PYTHONDONTWRITEBYTECODE="1", PYDEVD_DISABLE_FILE_VALIDATION="1", NO_COLOR="1")
    if arguments.vivarium:
        os.environ["VIVARIUM"] = os.path.abspath(arguments.vivarium)
    os.environ["VIVARIUM_SAMPLE"] = "1" if arguments.sample else ""
    paths = [HERE / name for name in arguments.names] or sorted(HERE.glob("*.ipynb"))
    failed = 0
    for path in paths:
        began = time.monotonic()
        try:
            execute(path, (pathlib.Path(arguments.sample) if arguments.sample else HERE) / path.name)
        except nbclient.exceptions.CellExecutionError as error:
            failed += 1
            print(f"{path.name}: FAILED: {error.ename}: {error.evalue}\n{error}", flush=True)
        else:
            print(f"{path.name}: {time.monotonic() - began:.1f} s", flush=True)
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
