"""Lines of a file that may be compressed; what is wrong with it is said with its place."""

import gzip
import json
import os
import shutil
import subprocess

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class BadFile(ValueError):
    """A file that is not what it should be: `file:line: what`."""

    def __init__(self, path, line, what):
        super().__init__(f"{path}:{line}: {what}")
        self.path, self.line, self.what = str(path), line, what


def lines(path):
    """Yields (number, line without its end, whether it has an end). Compression is known by its bytes, not by the name."""
    path = os.fspath(path)
    with open(path, "rb") as file:
        magic = file.read(4)
    if magic.startswith(_GZIP):
        yield from _numbered(path, gzip.open(path, "rb"))
    elif magic == _ZSTD:
        yield from _zstd_lines(path)
    else:
        yield from _numbered(path, open(path, "rb"))


def _numbered(path, stream):
    number = 0
    with stream:
        try:
            for number, line in enumerate(stream, 1):
                yield number, _text(path, number, line.rstrip(b"\r\n")), line.endswith(b"\n")
        except EOFError:  # gzip: the end is missing; what follows says so better, if it cares
            pass
        except gzip.BadGzipFile as error:
            raise BadFile(path, number + 1, f"the file cannot be decompressed: {error}") from None


def _text(path, number, line):
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise BadFile(path, number, f"the line is no text: byte {error.start + 1} of it is no UTF-8") from None


def _zstd_lines(path):
    try:
        import zstandard  # a module, where there is one
    except ImportError:
        pass
    else:
        with open(path, "rb") as file:
            yield from _numbered(path, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
        return
    if not shutil.which("zstd"):
        raise BadFile(path, 1, "the file is compressed with zstd, and there is neither the program zstd nor the module zstandard")
    process = subprocess.Popen(["zstd", "-dcq", "--", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        number = 0
        for number, text, ended in _numbered(path, process.stdout):
            yield number, text, ended
        said = process.stderr.read().decode(errors="replace").strip()
        # A file that was cut gives what it has; who reads it sees that its end is missing.
        if process.wait() != 0 and number == 0:
            raise BadFile(path, 1, f"the file cannot be decompressed: {said}")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def value(path, number, text):
    """A line of JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadFile(path, number, f"the line is no JSON: {error}") from None
