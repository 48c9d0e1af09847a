"""Writes what goes out beside the image: the manifest for rpi-imager and the SPDX list of what is in it.

    image-papers.py CARD.img CARD.img.zst PACKAGES.txt WHEELS VERSION EPOCH KERNEL.version

Formats: rpi-imager's os_list JSON (its README, "custom repository"), SPDX 2.3.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

WHERE = "https://example.org/dyzurka"  # whoever publishes the image writes the address of theirs
DEVICES = ["pi5-64bit", "pi4-64bit", "pi3-64bit"]
CHUNK = 1 << 20


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            found.update(piece)
    return found.hexdigest()


def manifest(card: Path, packed: Path, version: str, moment: datetime) -> dict[str, Any]:
    """What rpi-imager is told: sizes in bytes, SHA-256 of both forms."""
    return {
        "os_list": [
            {
                "name": f"Dyżurka {version}",
                "description": "Dyżurka telefoniczna budynku / the telephone duty room of a residential building",
                "url": f"{WHERE}/{packed.name}",
                "icon": f"{WHERE}/icon.svg",
                "release_date": f"{moment:%Y-%m-%d}",
                "extract_size": card.stat().st_size,
                "extract_sha256": digest(card),
                "image_download_size": packed.stat().st_size,
                "image_download_sha256": digest(packed),
                "devices": DEVICES,
                "init_format": "none",  # what rpi-imager would set lies in files of the first partition: docs/box.md
            }
        ]
    }


def package(name: str, version: str, url: str, supplier: str) -> dict[str, Any]:
    """One entry of SPDX."""
    return {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{supplier}-{name}"),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url}],
    }


def debian(lines: list[str]) -> list[dict[str, Any]]:
    """From `dpkg-query`: name, version, architecture, source and its version."""
    found = []
    for line in lines:
        name, version, architecture, *_ = line.split()
        found.append(package(name, version, f"pkg:deb/debian/{name}@{version}?arch={architecture}", "debian"))
    return found


def wheels(folder: Path) -> list[dict[str, Any]]:
    """From the names of the wheels (PEP 427)."""
    parts = [each.name.split("-") for each in sorted(folder.glob("*.whl"))]
    return [package(name, version, f"pkg:pypi/{name}@{version}", "pypi") for name, version, *_ in parts]


def main() -> None:
    """Write both beside the packed image."""
    card, packed, packages, folder = (Path(each) for each in sys.argv[1:5])
    version, moment = sys.argv[5], datetime.fromtimestamp(int(sys.argv[6]), UTC)
    kernel = Path(sys.argv[7]).read_text().strip()
    stem = packed.name.removesuffix(".img.zst")
    to_imager = packed.with_name(f"{stem}.rpi-imager.json")
    to_imager.write_text(json.dumps(manifest(card, packed, version, moment), ensure_ascii=False, indent=2) + "\n")
    listed = [
        *debian(packages.read_text().splitlines()),
        package("linux-image-arm64", kernel, f"pkg:deb/debian/linux-image-arm64@{kernel}?arch=arm64", "debian"),
        *wheels(folder),
        package("dyzurka", version, f"pkg:generic/dyzurka@{version}", "dyzurka"),
    ]
    told = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": stem,
        "documentNamespace": f"{WHERE}/{packed.name}-{digest(packed)[:16]}",
        "creationInfo": {"created": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "creators": ["Tool: dyzurka-build"]},
        "packages": listed,
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": listed[-1]["SPDXID"],
            }
        ],
    }
    packed.with_name(f"{stem}.spdx.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
