"""Small images that torchvision knows: IDX files (the MNIST family) and CIFAR's binary records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .base import listed, quoted
from .fetched import NOT_STATED, FetchedData
from .sources import Sources

_MD5 = "MD5 of each file, as torchvision states it"
_DIGITS = tuple(str(digit) for digit in range(10))


@dataclass(frozen=True, kw_only=True)
class IdxImages(FetchedData):
    """Four gzipped IDX files: images and labels, for training and for testing. `md5` in this order."""

    source_name: str
    md5: tuple[str, str, str, str]

    @property
    def names(self) -> tuple[str, ...]:
        kinds = ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz")
        return tuple(f"{part}-{kind}" for part in ("train", "t10k") for kind in kinds)

    def steps(self, sources: Sources) -> list[dict[str, Any]]:
        base = sources.base(self.source_name)
        return [
            {"kind": "file", "url": f"{base}/{name}", "name": name, "md5": md5, "most": self.most_bytes}
            for name, md5 in zip(self.names, self.md5, strict=True)
        ]

    def imports(self) -> tuple[str, ...]:
        return ("import gzip", "import os", "import numpy as np", "from pathlib import Path")

    def load_cell(self, positive: str | None) -> str:
        assert self.image is not None
        lines = [
            self.folder_line(),
            "",
            "",
            "def read_idx(name):",
            '    """An IDX file: its fourth byte tells how many sizes follow, then come the bytes."""',
            "    content = gzip.decompress((folder / name).read_bytes())",
            '    sizes = np.frombuffer(content, ">u4", count=content[3], offset=4)',
            "    return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(sizes)",
            "",
            "",
            'images = np.concatenate([read_idx(f"{part}-images-idx3-ubyte.gz") for part in ("train", "t10k")])',
            'labels = [read_idx(f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k")]',
            "# one row per image, its bytes as numbers from 0 to 1",
            "X = images.reshape(len(images), -1) / np.float32(255)",
            "y = np.concatenate(labels).astype(int)",
            f"assert X.shape == ({self.rows}, {self.columns}), X.shape",
            f"assert len(labels[0]) == {self.train_rows}, len(labels[0])",
            *listed("CLASSES", self.classes),
        ]
        return "\n".join([*lines, *self.classes_lines(positive)])


@dataclass(frozen=True, kw_only=True)
class CifarImages(FetchedData):
    """CIFAR's archive "for C programs": records of label bytes and 3072 pixels. Its pickles are not touched."""

    filename: str
    md5: str
    bytes_exactly: int
    records: tuple[str, ...]
    label_bytes: int

    def steps(self, sources: Sources) -> list[dict[str, Any]]:
        return [
            {
                "kind": "file",
                "url": f"{sources.base('cifar')}/{self.filename}",
                "name": self.filename,
                "md5": self.md5,
                "size": self.bytes_exactly,
                "most": self.most_bytes,
            }
        ]

    def imports(self) -> tuple[str, ...]:
        return ("import os", "import tarfile", "import numpy as np", "from pathlib import Path")

    def load_cell(self, positive: str | None) -> str:
        size = self.label_bytes + self.columns
        lines = [
            self.folder_line(),
            "# the last file holds the test images",
            *listed("FILES", self.records),
            f"with tarfile.open(folder / {quoted(self.filename)}) as archive:",
            '    content = b"".join(archive.extractfile(name).read() for name in FILES)',
            f"# a record: {'the label' if self.label_bytes == 1 else 'the coarse and the fine label'}, then all red, green"
            " and blue bytes, row by row",
            f"records = np.frombuffer(content, np.uint8).reshape(-1, {size})",
            f"X = records[:, {self.label_bytes}:] / np.float32(255)",
            f"y = records[:, {self.label_bytes - 1}].astype(int)",
            f"assert X.shape == ({self.rows}, {self.columns}), X.shape",
        ]
        if len(self.classes) <= 10:
            lines += listed("CLASSES", self.classes)
        else:
            lines.append(f"CLASSES = [str(code) for code in range({len(self.classes)})]")
        return "\n".join([*lines, *self.classes_lines(positive)])


MNIST = IdxImages(
    key="mnist",
    title="MNIST",
    task="classification",
    rows=70_000,
    columns=784,
    classes=_DIGITS,
    input="image",
    image=(1, 28, 28),
    train_rows=60_000,
    source="LeCun, Cortes and Burges, from the copy that torchvision fetches",
    licence="CC BY-SA 3.0 (as Keras's documentation states for LeCun and Cortes)",
    license_compliant=True,
    licence_note="no statement by LeCun or Cortes themselves was found",
    size_bytes=11_594_722,
    checksum=_MD5,
    source_name="mnist",
    md5=(
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    aliases=("mnist", "mnist_784", "mnist 784"),
    qualifiers=("handwritten", "digits?", "lecun s?", "original", "standard", "10k", "images"),
)
FASHION_MNIST = IdxImages(
    key="fashion_mnist",
    title="Fashion-MNIST",
    task="classification",
    rows=70_000,
    columns=784,
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    input="image",
    image=(1, 28, 28),
    train_rows=60_000,
    source="Zalando Research",
    licence="MIT (as its repository states)",
    license_compliant=True,
    licence_note="arXiv:1708.07747; the repository holds the data itself, under this licence",
    size_bytes=30_878_645,
    checksum=_MD5,
    source_name="fashion_mnist",
    md5=(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    aliases=("fashion ?mnist", "f ?mnist"),
    qualifiers=("zalando s?", "images", "clothing"),
)
KMNIST = IdxImages(
    key="kmnist",
    title="Kuzushiji-MNIST",
    task="classification",
    rows=70_000,
    columns=784,
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    input="image",
    image=(1, 28, 28),
    train_rows=60_000,
    source="Center for Open Data in the Humanities (ROIS-DS)",
    licence="CC BY-SA 4.0 (as its repository states)",
    license_compliant=True,
    licence_note="doi:10.20676/00000341; the repository says so of the dataset itself",
    size_bytes=21_240_893,
    checksum=_MD5,
    source_name="kmnist",
    md5=(
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ),
    aliases=("kmnist", "k mnist", "kuzushiji(?: mnist)?"),
    qualifiers=("images",),
)
_CIFAR_NOTE = "no statement of one was found; the authors' page asks for a citation of Krizhevsky (2009)"
CIFAR10 = CifarImages(
    key="cifar10",
    title="CIFAR-10",
    task="classification",
    rows=60_000,
    columns=3072,
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    input="image",
    image=(3, 32, 32),
    train_rows=50_000,
    source="Krizhevsky, University of Toronto (binary version)",
    licence=NOT_STATED,
    license_compliant=False,
    licence_note=_CIFAR_NOTE,
    size_bytes=170_052_171,
    checksum="MD5 of the archive, as the authors' page states it, and its size",
    filename="cifar-10-binary.tar.gz",
    md5="c32a1d4ab5d03f1284b67883e8d87530",
    bytes_exactly=170_052_171,
    records=(
        *(f"cifar-10-batches-bin/data_batch_{number}.bin" for number in range(1, 6)),
        "cifar-10-batches-bin/test_batch.bin",
    ),
    label_bytes=1,
    aliases=("cifar ?10",),
    doubtful=("c10",),
    signs=(r"\bCIFAR",),
    qualifiers=("images", "without data augmentation"),
)
CIFAR100 = CifarImages(
    key="cifar100",
    title="CIFAR-100",
    task="classification",
    rows=60_000,
    columns=3072,
    classes=tuple(str(code) for code in range(100)),
    input="image",
    image=(3, 32, 32),
    train_rows=50_000,
    source="Krizhevsky, University of Toronto (binary version)",
    licence=NOT_STATED,
    license_compliant=False,
    licence_note=_CIFAR_NOTE,
    size_bytes=168_513_733,
    checksum="MD5 of the archive, as the authors' page states it, and its size",
    filename="cifar-100-binary.tar.gz",
    md5="03b5dce01913d631647c71ecec9e9cb8",
    bytes_exactly=168_513_733,
    records=("cifar-100-binary/train.bin", "cifar-100-binary/test.bin"),
    label_bytes=2,
    aliases=("cifar ?100",),
    doubtful=("c100",),
    signs=(r"\bCIFAR",),
    qualifiers=("images", "fine", "without data augmentation"),
)
ALL: tuple[FetchedData, ...] = (MNIST, FASHION_MNIST, KMNIST, CIFAR10, CIFAR100)
