"""Where the product's own files stand: the checkout, or the copies inside an installed package."""

from __future__ import annotations

from pathlib import Path


def product() -> Path:
    """The folder that holds notebooks/, params/, data/ and expectations/."""
    checkout = Path(__file__).resolve().parents[3]
    return checkout if (checkout / "notebooks").is_dir() else Path(__file__).resolve().parents[1] / "_shipped"
