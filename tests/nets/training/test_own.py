"""Your own labelled pictures: a folder, a ZIP and an NPZ say the same, and what is wrong is said in a sentence."""

import io
import shutil
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from manifold.nets.training import own
from manifold.nets.training.own import read_images


def picture(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def test_a_folder_of_folders_a_zip_of_it_and_an_npz_say_the_same(tmp_path):
    rng = np.random.default_rng(0)
    pixels, labels = rng.integers(0, 256, (6, 5, 4, 3), dtype=np.uint8), np.array(["a", "b"] * 3)
    for number, label in enumerate(labels):
        picture(tmp_path / "own" / label / f"{number}.png", pixels[number])
    (tmp_path / "own" / "a" / "notes.txt").write_text("what lies beside the pictures is left out")
    np.savez(tmp_path / "own.npz", images=pixels, labels=labels)
    shutil.make_archive(str(tmp_path / "own"), "zip", tmp_path, "own")
    with zipfile.ZipFile(tmp_path / "own.zip", "a") as archive:
        archive.writestr("__MACOSX/own/a/._0.png", b"what a Mac knows of a picture")
    folder, table = read_images(tmp_path / "own"), read_images(tmp_path / "own.npz")
    packed = read_images(io.BytesIO((tmp_path / "own.zip").read_bytes()), name="own.zip")
    assert folder.names == table.names == packed.names == ("a", "b")
    assert torch.equal(packed.images, folder.images)
    assert torch.equal(packed.labels, folder.labels)
    order = torch.tensor([0, 2, 4, 1, 3, 5])
    assert torch.equal(folder.images, table.images[order])
    assert torch.equal(folder.labels, table.labels[order])
    np.testing.assert_allclose(table.images, np.moveaxis(pixels, -1, 1) / 255.0, atol=1e-7)


def test_wrong_pictures_are_refused(tmp_path):
    grey = np.zeros((4, 4), np.uint8)
    with pytest.raises(FileNotFoundError, match="there is no folder or file"):
        read_images(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="must hold a folder of pictures for each class, and holds none"):
        read_images(tmp_path / "empty")
    picture(tmp_path / "sizes" / "a" / "1.png", grey)
    picture(tmp_path / "sizes" / "a" / "2.png", grey[:3])
    with pytest.raises(ValueError, match=r"all pictures must have one size; '1.png' has 4 x 4 pixels, '2.png' has 4 x 3"):
        read_images(tmp_path / "sizes")
    (tmp_path / "text.npz").write_text("no arrays")
    with pytest.raises(ValueError, match=r"text.npz must be an NPZ of two arrays, .* be read as one \(File is not a zip"):
        read_images(tmp_path / "text.npz")
    for value in (7.0, -0.1, np.nan):
        np.savez(tmp_path / "wrong.npz", images=np.full((2, 3, 3), value), labels=[0, 1])
        with pytest.raises(ValueError, match="pixels must be whole numbers from 0 to 255, or lie between 0 and 1"):
            read_images(tmp_path / "wrong.npz")
    np.savez(tmp_path / "code.npz", images=np.array([{}] * 2), labels=[0, 1])
    with pytest.raises(ValueError, match=r"code.npz holds Python objects, which could run code when read"):
        read_images(tmp_path / "code.npz")


def packed(**entries):
    """A ZIP, opened, of entries by their paths."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries.items():
            archive.writestr(path, content)
    return file


def npy(shape, kind="<f4", numbers=b""):
    """An NPY file that announces an array, and holds some bytes."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": kind})
    return file.getvalue() + numbers


def png():
    file = io.BytesIO()
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


TWO = npy((2, 3, 3), "|u1", bytes(18))
LABELS = npy((2,), "|u1", bytes(2))


@pytest.mark.parametrize("shape", [(1, 2, 9, 3), (1, 3, 2, 9)])
def test_colours_may_stand_first_or_last_do_not_count_as_pixels_and_are_dropped_where_they_agree(shape):
    archive = packed(**{"images.npy": npy(shape, "|u1", bytes(54)), "labels.npy": npy((1,), "|u1", bytes(1))})
    assert read_images(archive, most_pixels=18).images.shape == (1, 1, 2, 9)


def test_a_set_has_not_more_pictures_than_can_be_trained_on(monkeypatch):
    monkeypatch.setattr(own, "MOST_PICTURES", 1)
    with pytest.raises(ValueError, match="a set may have at most 1 pictures, got 2"):
        read_images(packed(**{"images.npy": TWO, "labels.npy": LABELS}))


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"../a/1.png": b""}, r"own must hold nothing that lies outside of it, got '../a/1.png'; pack the folders again"),
        ({"/etc/1.png": b""}, r"got '/etc/1.png'"),
        ({"C:\\a\\1.png": b""}, r"got 'C:"),
        ({"1.png": b"", "a/1.txt": b""}, r"'own' must hold a folder of pictures for each class, and holds none"),
        ({"a/1.png": b"no picture"}, r"1.png must be a picture"),
        ({"images.npy": npy((10**9, 10**6, 3)), "labels.npy": npy((2,), "<i8", bytes(16))}, "own is cut off or padded"),
        ({"images.npy": npy((2, 3, 3), "|O"), "labels.npy": npy((2,), "<i8", bytes(16))}, "own holds Python objects"),
        (
            {"images.npy": TWO, "labels.npy": npy((3,), "<i8", bytes(24))},
            r"got \(2, 3, 3\) and \(3,\)",
        ),
        (
            {"images.npy": TWO, "labels.npy": npy((2,), "<U101", bytes(808))},
            "words of at most 100",
        ),
        ({"images.npy": TWO, "labels.npy": LABELS}, "2 pictures of 3 x 3 pixels have more than 17 in all"),
        ({"a/1.png": png(), "b/2.png": png()}, "2 pictures of 3 x 3 pixels have more than 17 in all"),
        ({"images.npy": npy((2, 0, 3), "|u1"), "labels.npy": LABELS}, r"images must be \(N, H, W\), .* got \(2, 0, 3\)"),
        ({"images.npy": npy((2, 1, 1), "<c8", bytes(16)), "labels.npy": LABELS}, r"images must be \(N, H, W\)"),
    ],
)
def test_an_archive_that_is_not_what_it_should_be_is_refused_before_it_is_unpacked(entries, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_images(packed(**entries), name="own", most_pixels=17 if "in all" in sentence else 18)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(monkeypatch):
    monkeypatch.setattr(own, "MAX_BYTES", 1_000_000)
    bomb = packed(**{"a/1.png": bytes(1_000_001)})
    assert len(bomb.getvalue()) < 2000
    with pytest.raises(ValueError, match="own unpacks to more than 1 MB; pack fewer pictures"):
        read_images(bomb, name="own")
