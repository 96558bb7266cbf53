import numpy as np
import pytest

from core.descriptors import DESCRIPTORS, load_descriptor
from core.imaging.decode import read_image
from core.storage import artifacts
from tests.near_duplicates import tell_again


@pytest.fixture
def described(toy_catalogue):
    """Give the toy catalogue vectors of the descriptors, and twins: 101 is 100 once more."""
    picture = toy_catalogue / "images" / "100.jpg"
    vectors = {name: np.load(toy_catalogue / "embeddings" / f"{name}.npy") for name in ("vgg16",)}
    pictures = [
        read_image(path)
        for path in sorted((toy_catalogue / "images").iterdir(), key=lambda path: int(path.stem))
    ]
    for name in DESCRIPTORS:
        vectors[name] = load_descriptor(name).extract(pictures)
    twin = picture.read_bytes()
    with artifacts.write_folder(toy_catalogue, force=True, manifest={"source": "toy garments"}) as work:
        for folder in ("images", "embeddings"):
            (work / folder).mkdir()
        for path in (toy_catalogue / "images").iterdir():
            (work / "images" / path.name).write_bytes(twin if path.stem == "101" else path.read_bytes())
        (work / "products.csv").write_bytes((toy_catalogue / "products.csv").read_bytes())
        for name, rows in vectors.items():
            rows[1] = rows[0]
            np.save(work / "embeddings" / f"{name}.npy", rows)
    tell_again(toy_catalogue)
    return toy_catalogue
