"""PDFs that mean harm, or came to it: written by hand, object by object, and real ones spoilt by a seed."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Mapping

from made_pdfs import made, paper

Objects = Mapping[int, bytes]


def assembled(objects: Objects, tail: bytes = b"", count: int | None = None) -> bytes:
    """A file of these objects, with a true table of their places; object 1 is the catalogue."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 %s \n" % (places.get(number, 0), b"n" if number in places else b"f")
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (count or size, tail, start)
    return bytes(out)


def stream(data: bytes, more: bytes = b"", packed: bool = False) -> bytes:
    if packed:
        data, more = zlib.compress(data, 9), more + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)


def one_page(
    content: bytes, page: bytes = b"", box: bytes = b"0 0 612 792", resources: bytes = b"", **more: bytes
) -> bytes:
    """A page with this content stream and the font /F; `more`: o6=… for object 6 and so on."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] %s /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> %s >> >>" % (box, page, resources),
        4: content,
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
    }
    return assembled(objects | {int(k[1:]): v for k, v in more.items()})


def lines(count: int = 30) -> bytes:
    """Operators that print lines of text with results."""
    out = [b"BT /F 10 Tf 72 720 Td 12 TL"]
    out += [
        b"(We reach an accuracy of %d.%d%% on the Iris data set, line %d.) Tj T*" % (60 + i, i, i)
        for i in range(count)
    ]
    return b"\n".join([*out, b"ET"])


def bomb() -> bytes:
    """A stream of 4 MB that unpacks twice to 4 GB of blanks."""
    inner = zlib.compress(b" " * (64 << 20), 9) * 64
    return one_page(stream(zlib.compress(inner, 9), b"/Filter [/FlateDecode /FlateDecode]"))


def wide_bomb() -> bytes:
    """300 MB of text operators in 300 kB."""
    return one_page(stream(b"BT /F 10 Tf 72 700 Td (9) Tj ET\n" * (300_000_000 // 32), packed=True))


def image_bomb() -> bytes:
    """A picture of 60,000 by 60,000 pixels in a few kB."""
    data = zlib.compress(zlib.compress(bytes(60_000) * 2000, 9), 9)
    about = b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceGray /BitsPerComponent 8"
    picture = stream(data, about + b" /Filter [/FlateDecode /FlateDecode]")
    return one_page(
        stream(lines() + b"\nq 500 0 0 500 50 50 cm /I Do Q"),
        resources=b"/XObject << /I 6 0 R >>",
        o6=picture,
    )


def many_words() -> bytes:
    """100,000 words on one page."""
    out = [b"BT /F 2 Tf"]
    out += [
        b"1 0 0 1 %d %d Tm (w%d 9.%d) Tj" % (i % 250 * 2, i // 250 * 2, i, i % 97) for i in range(100_000)
    ]
    return one_page(stream(b"\n".join([*out, b"ET"]), packed=True))


def many_fonts() -> bytes:
    """Every word in a font of its own, 5000 of them."""
    numbers = range(10, 5010)
    fonts = b" ".join(b"/F%d %d 0 R" % (i, i) for i in numbers)
    content = (
        b"BT\n"
        + b"\n".join(
            b"/F%d 8 Tf 1 0 0 1 %d %d Tm (x%d) Tj" % (i, i % 60 * 10, i // 60 * 9, i) for i in numbers
        )
        + b"\nET"
    )
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << %s >> >> >>"
        % fonts,
        4: stream(content),
    }
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /N%d /FirstChar 0 /LastChar 255 /Widths [%s] >>"
    return assembled(objects | {i: font % (i, b"500 " * 256) for i in numbers})


def tree(kids: bytes, count: int, more: Objects | None = None) -> bytes:
    """A document whose pages hang as told."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        4: stream(lines()),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
    }
    return assembled(objects | dict(more or {}))


def deep_tree() -> bytes:
    """A page below 5000 others."""
    more = {
        i: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 /Parent %d 0 R >>" % (i + 1, i - 1)
        for i in range(10, 5010)
    }
    return tree(
        b"10 0 R",
        1,
        more | {5010: b"<< /Type /Page /Parent 5009 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>"},
    )


def self_drawing() -> bytes:
    """A form that draws itself twice, and so on."""
    form = stream(
        b"/X Do /X Do",
        b"/Type /XObject /Subtype /Form /BBox [0 0 600 700] /Resources << /XObject << /X 6 0 R >> >>",
    )
    return one_page(stream(lines() + b" /X Do"), resources=b"/XObject << /X 6 0 R >>", o6=form)


def forms_in_forms() -> bytes:
    """A billion laughs: each of ten forms draws the next ten times."""
    more = {
        f"o{6 + i}": stream(
            b"/X Do " * 10 if i < 9 else b"0 0 1 1 re f",
            b"/Type /XObject /Subtype /Form /BBox [0 0 600 700] /Resources << /XObject << /X %d 0 R >> >>"
            % (7 + i),
        )
        for i in range(10)
    }
    return one_page(stream(lines() + b" /X Do"), resources=b"/XObject << /X 6 0 R >>", **more)


def fine_pattern() -> bytes:
    """A page filled with a pattern of a hair's step, dear to render."""
    tile = stream(
        b"0 0 .01 .01 re f",
        b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 .02 .02] /XStep .02 /YStep .02 /Resources << >>",
    )
    return one_page(
        stream(lines() + b" /Pattern cs /P scn 0 0 612 792 re f"),
        resources=b"/Pattern << /P 6 0 R >>",
        o6=tile,
    )


def many_strokes() -> bytes:
    """Half a million drawn lines."""
    out = b"\n".join(
        b"%d %d m %d %d l S" % (i % 612, i % 792, (i * 7) % 612, (i * 11) % 792) for i in range(500_000)
    )
    return one_page(stream(lines() + b"\n" + out, packed=True))


def active() -> bytes:
    """JavaScript when opened, an embedded file, a launch action."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R /Names << /EmbeddedFiles << /Names [(a.exe) 7 0 R] >> "
        b"/JavaScript << /Names [(j) 6 0 R] >> >> >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> "
        b"/AA << /O << /S /Launch /F (/bin/sh) >> >> >>",
        4: stream(lines()),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
        6: b"<< /S /JavaScript /JS (while(true){app.alert(1)}) >>",
        7: b"<< /Type /Filespec /F (a.exe) /EF << /F 8 0 R >> >>",
        8: stream(b"MZ" * 500, b"/Type /EmbeddedFile"),
    }
    return assembled(objects)


def nested(depth: int) -> bytes:
    return one_page(stream(lines()), page=b"/X " + b"[" * depth + b"]" * depth)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a stream that unpacks to 4 GB": bomb,
    "300 MB of operators": wide_bomb,
    "a picture of 3.6 gigapixels": image_bomb,
    "100,000 words": many_words,
    "5000 fonts": many_fonts,
    "pages in a loop": lambda: tree(b"2 0 R", 1),
    "pages in a longer loop": lambda: tree(
        b"6 0 R", 5, {6: b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 5 /Parent 2 0 R >>"}
    ),
    "two billion pages": lambda: tree(b"3 0 R", 2**31 - 1),
    "less than no pages": lambda: tree(b"3 0 R", -5),
    "1200 pages": lambda: tree(b"3 0 R " * 1200, 1200),
    "no kids": lambda: tree(b"", 0),
    "a page 5000 deep": deep_tree,
    "arrays 100,000 deep": lambda: nested(100_000),
    "operators 100,000 deep": lambda: one_page(stream(b"q " * 100_000 + lines() + b"[" * 100_000)),
    "a form that draws itself": self_drawing,
    "forms in forms": forms_in_forms,
    "a pattern of hairs": fine_pattern,
    "500,000 strokes": many_strokes,
    "JavaScript and files": active,
    "a page of 14,000 km": lambda: one_page(stream(lines()), box=b"0 0 40000000000 40000000000"),
    "a page a mile wide": lambda: one_page(stream(lines()), box=b"0 0 4000000 1"),
    "a page upside down": lambda: one_page(stream(lines()), box=b"612 792 0 0"),
    "a page of no size": lambda: one_page(stream(lines()), box=b"0 0 0 0"),
    "a page below zero": lambda: one_page(stream(lines()), box=b"-900 -900 -100 -100"),
    "a page that is not a number": lambda: one_page(stream(lines()), box=b"nan inf 1e400 -1e400"),
    "a crop outside the page": lambda: one_page(stream(lines()), page=b"/CropBox [5000 5000 6000 6000]"),
    "a page turned by 37": lambda: one_page(stream(lines()), page=b"/Rotate 37 /UserUnit 1e9"),
    "text at infinity": lambda: one_page(
        stream(b"BT /F 1e30 Tf 1e38 0 0 1e38 1e38 1e38 Tm (91.25 is here) Tj ET")
    ),
    "a page without content": lambda: one_page(stream(b"")),
    "a xref that comes back": lambda: assembled(
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}, b"/Prev 15"
    ),
    "a password": lambda: made(paper, encrypt="secret"),
}


def spoilt(data: bytes, seed: int) -> bytes:
    """The same file after an accident that the seed chooses."""
    chance = random.Random(seed)
    return chance.choice(ACCIDENTS)(data, chance)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(20, len(data))]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 5, 50, 500))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _written_over(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randrange(1, 200)):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def _gap(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + bytes(chance.randrange(1, 4000)) + data[start:]


def _lost(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randrange(1, 4000) :]


def _numbers(data: bytes, chance: random.Random) -> bytes:
    """Numbers in dictionaries become others: sizes, counts, references, boxes."""
    odd = (
        b"0",
        b"-1",
        b"1",
        b"7",
        b"99999999999",
        b"2147483647",
        b"-2147483648",
        b"1e308",
        b"0.00001",
        b"nan",
    )

    def other(match: re.Match[bytes]) -> bytes:
        return match[1] + (chance.choice(odd) if chance.random() < 0.05 else match[2])

    return re.sub(rb"([ \[/A-Za-z] )(-?\d+(?:\.\d+)?)(?=[ \]/>\r\n])", other, data)


def _objects(data: bytes, chance: random.Random) -> bytes:
    """Two objects change places, or one is doubled."""
    found = [m.span() for m in re.finditer(rb"\d+ 0 obj.*?endobj", data, re.DOTALL)]
    if len(found) < 2:
        return _lost(data, chance)
    (a, b), (c, d) = sorted(chance.sample(found, 2))
    if chance.random() < 0.5:
        return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]
    return data[:a] + data[a:b] + b"\n" + data[a:]


def _names(data: bytes, chance: random.Random) -> bytes:
    """Names change places: /Kids becomes /Parent, /Length /Font, and so on."""
    names = sorted(set(re.findall(rb"/[A-Z][A-Za-z]{2,}", data)))
    if len(names) < 2:
        return _flipped(data, chance)
    a, b = chance.sample(names, 2)
    return data.replace(a, b"\0").replace(b, a).replace(b"\0", b)


ACCIDENTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut,
    _flipped,
    _written_over,
    _gap,
    _lost,
    _numbers,
    _objects,
    _names,
)
