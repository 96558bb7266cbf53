import pytest

from tests.catalogue_folders import HEADER, put_pictures


@pytest.fixture
def make(tmp_path):
    """Build a folder in Kaggle's layout; the pictures are empty files, for none is opened here."""

    def build(
        *rows,
        images=("1.jpg", "2.jpg", "3.jpg"),
        header=HEADER,
        raw=None,
        end="\n",
        folder=tmp_path,
        table="styles.csv",
    ):
        (folder / "images").mkdir(parents=True, exist_ok=True)
        put_pictures(folder / "images", *images)
        data = raw if raw is not None else "".join(line + end for line in (header, *rows)).encode()
        (folder / table).write_bytes(data)
        return folder

    return build
