"""The committed notebooks: executed, with figures, small, and README tells their answers in their own words."""

import json
import pathlib
import re
import unittest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "notebooks"
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def notebooks():
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.ipynb"))}


def faults(name, notebook, readme):
    """What is wrong with it, as sentences."""
    found, outputs = [], []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        if cell["execution_count"] is None:
            found.append(f"{name}: cell {number} was not executed: ./dev notebooks")
        outputs += cell["outputs"]
    if any(output["output_type"] == "error" for output in outputs):
        found.append(f"{name}: a cell has failed")
    if any(output.get("name") == "stderr" for output in outputs):
        found.append(f"{name}: a cell says something on stderr")
    if not any("image/png" in output.get("data", {}) for output in outputs):
        found.append(f"{name}: there is no figure")
    said = "".join("".join(output.get("text", [])) for output in outputs)
    if not re.search(r"^seeds 1\.\.\d{2,}$", said, re.MULTILINE):
        found.append(f"{name}: its seeds are not printed, or are those of a sample")
    headline = re.search(r"^in a line: (.*)$", said, re.MULTILINE)
    if not headline:
        found.append(f"{name}: there is no answer in a line")
    elif headline.group(1) not in readme:
        found.append(f"{name}: notebooks/README.md does not say: {headline.group(1)}")
    if f"({name})" not in readme:
        found.append(f"{name}: notebooks/README.md has no link to it")
    return found


class Pages(unittest.TestCase):
    def test_each_is_executed_and_told(self):
        pages = notebooks()
        self.assertGreaterEqual(len(pages), 5)
        self.assertEqual([fault for name, page in pages.items() for fault in faults(name, page, README)], [])

    def test_they_are_small(self):
        self.assertLess(sum(path.stat().st_size for path in FOLDER.rglob("*.*") if path.is_file()), 2_000_000)

    def test_what_is_wrong_is_found(self):
        name, page = next(iter(notebooks().items()))
        code = next(cell for cell in page["cells"] if cell["cell_type"] == "code")
        code["execution_count"] = None
        self.assertIn("was not executed", faults(name, page, README)[0])
        stderr = {"output_type": "stream", "name": "stderr", "text": ["x\n"]}
        code["execution_count"], code["outputs"] = 1, [{"output_type": "error"}, stderr]
        told = " ".join(faults(name, page, ""))
        for what in ("has failed", "on stderr", "no link", "does not say"):
            self.assertIn(what, told)
        for cell in page["cells"]:
            cell["outputs"] = []
        told = " ".join(faults(name, page, README))
        for what in ("no figure", "seeds are not printed", "no answer"):
            self.assertIn(what, told)


if __name__ == "__main__":
    unittest.main()
