"""What a notebook says: its seeds, its answer, and what it claims about its own numbers."""

import os

SAMPLE = os.environ.get("VIVARIUM_SAMPLE", "") not in ("", "0")


def seeds(count, first=1):
    """`count` seeds, printed. On a sample (VIVARIUM_SAMPLE=1) only two: enough to see that everything still runs."""
    count = min(count, 2) if SAMPLE else count
    print(f"seeds {first}..{first + count - 1}")
    return range(first, first + count)


def claim(holds, what):
    """What the text says of the data, checked against them. A sample is too small to be held to it."""
    if not holds and not SAMPLE:
        raise AssertionError(f"the data say otherwise: {what}")


def answer(text):
    """The notebook's answer, with its numbers as computed."""
    from IPython.display import Markdown, display

    display(Markdown(text))


def headline(text):
    """The answer in a line: notebooks/README.md has it in these very words (tests/notebooks sees to it)."""
    print(f"in a line: {text}")
