"""Files that come to the desk from somebody's computer: taken where they are texts of the line, refused by name else."""

import io
import zipfile

import pytest
from test_desk import words
from test_edit import APPLES, Line, Operator, audio, edits, fields, line, says  # noqa: F401 - fixtures
from werkzeug.test import TestResponse

from ivr.drafts import upload as upload_module
from ivr.drafts.files import DraftError, refuse
from ivr.drafts.upload import read_upload

KNOWN = {"prompts/1-apples.md": b"a", "locales/en/language.toml": b"b", "locales/pl/language.toml": b"c"}


def zipped(files: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return whole.getvalue()


REFUSED = [
    ("prompts/../../etc/passwd", "none that a text can have"),
    ("../prompts/1-apples.md", "none that a text can have|neither prompts/ nor locales/"),
    ("/etc/passwd.md", "neither"),
    ("prompts//x.md", "none that a text can have"),
    ("prompts/a\nb.md", "none that a text can have"),
    ("prompts/1-$(x).md", "none that a text can have"),
    ("prompts/1-x.exe", "no file that prompts/ can have"),
    ("prompts/1-x", "no file that prompts/ can have"),
    ("locales/pl/voice.md", "no file that locales/ can have"),
    ("prompts/recordings/en/1.wav", "recording"),
    ("prompts/recordings/recordings.toml", "recording"),
    ("prompts/5-x/sound.mp3", "recording"),
    ("ivr/app.py", "neither"),
    ("prompts", "neither"),
    ("prompts/a/b/c/d/e/f.md", "none that a text can have"),
]


@pytest.mark.parametrize(("path", "told"), REFUSED)
def test_what_is_no_text_of_the_line_is_refused_by_name_and_with_what_to_do(path: str, told: str) -> None:
    came = read_upload("x.zip", zipped({path: b"x", APPLES: b"y"}), "", KNOWN)
    assert list(came.files) == [APPLES]
    [(name, reason)] = came.refused.items()
    assert name.strip("/").endswith(path.strip("/")[-5:])
    assert any(part in reason for part in told.split("|"))
    assert refuse(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_could_unpack_without_a_bound_is_not_unpacked(method: int) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        archive.writestr("prompts/1-bomb.md", b"a" * 50_000_000)
        archive.getinfo("prompts/1-bomb.md").file_size = 1000
    came = read_upload("x.zip", whole.getvalue(), "", KNOWN)
    assert came.files == {}
    assert "unusual way" in came.refused["prompts/1-bomb.md"]


def test_a_damaged_zip_is_told_and_no_fault_of_ours() -> None:
    data = bytearray(zipped({APPLES: b"apples and pears, " * 200}))
    data[60:70] = b"\xff" * 10
    with pytest.raises(DraftError, match="no whole zip file"):
        read_upload("x.zip", bytes(data), "", KNOWN)


@pytest.mark.parametrize(
    "path", [*KNOWN, "prompts/8-symptoms/5-fatigue.md", "locales/pt-BR/LC_MESSAGES/leaflet.po"]
)
def test_a_text_of_the_line_is_taken(path: str) -> None:
    assert read_upload("x.zip", zipped({path: b"x"}), "", {}).files == {path: b"x"}
    assert read_upload("x.zip", zipped({f"my line/{path}": b"x"}), "", {}).files == {path: b"x"}


def test_what_tools_leave_behind_is_passed_over() -> None:
    left = {"__MACOSX/prompts/._1.md": b"x", "prompts/.DS_Store": b"x", "prompts/1-a.md~": b"x", APPLES: b"y"}
    came = read_upload("x.zip", zipped(left), "", {})
    assert (list(came.files), came.refused) == ([APPLES], {})


def test_a_file_that_is_not_utf8_or_too_large_is_named_with_its_line() -> None:
    came = read_upload("x.zip", zipped({APPLES: b"one\ntwo \xff", "prompts/2-b.md": b"a\0"}), "", {})
    assert came.files == {}
    assert "prompts/1-apples.md:2: this is not UTF-8" in came.refused[APPLES]
    assert "prompts/2-b.md:1" in came.refused["prompts/2-b.md"]
    came = read_upload("x.zip", zipped({APPLES: b"x" * 2_200_000}), "", {})
    assert "2.2 MB, and 2 is the most" in came.refused[APPLES]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({f"prompts/{number}-x.md": b"\0" * 1_900_000 for number in range(20)})
    assert len(bomb) < 100_000
    with pytest.raises(DraftError, match="unpacked it has over 32 MB"):
        read_upload("bomb.zip", bomb, "", {})
    monkeypatch.setattr(upload_module, "MOST", 3)
    with pytest.raises(DraftError, match="it has 4 files, and 3 is the most"):
        read_upload("many.zip", zipped({f"prompts/{number}-x.md": b"x" for number in range(4)}), "", {})


def test_an_entry_that_says_it_is_smaller_than_it_is_is_refused() -> None:
    data = bytearray(zipped({APPLES: b"x" * 3_000_000}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + offset
        data[at : at + 4] = (100).to_bytes(4, "little")
    try:
        came = read_upload("liar.zip", bytes(data), "", {})
    except DraftError:
        return
    assert came.files == {} or len(came.files[APPLES]) <= 100


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500, zipped({"prompts/1-a.md": b"x"})[:-9]]
)
def test_half_a_zip_file_is_told(data: bytes) -> None:
    with pytest.raises(DraftError, match=r"x\.zip is no whole zip file"):
        read_upload("x.zip", data, "", {})


def test_a_locked_entry_is_told() -> None:
    data = bytearray(zipped({APPLES: b"x"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert "password" in read_upload("x.zip", bytes(data), "", {}).refused[APPLES]


def test_a_single_file_finds_its_place_by_its_name_or_is_told_it() -> None:
    assert read_upload(r"C:\texts\1-apples.md", b"x", "", KNOWN).files == {APPLES: b"x"}
    assert read_upload("new.md", b"x", "prompts/2-new.md", KNOWN).files == {"prompts/2-new.md": b"x"}
    for name, told in (
        ("language.toml", "2 files are called so"),
        ("x.md", "no file of the line is called so"),
    ):
        with pytest.raises(DraftError, match=told):
            read_upload(name, b"x", "", KNOWN)
    with pytest.raises(DraftError, match="recording"):
        read_upload("1.wav", b"x", "", KNOWN)
    with pytest.raises(DraftError, match="No file came"):
        read_upload("", b"", "", KNOWN)
    assert "none that a text can have" in read_upload("a.md", b"x", "prompts/../a.md", KNOWN).refused["a.md"]


# --- At the desk


def sends(operator: Operator, name: str, data: bytes, **form: str) -> TestResponse:
    token = fields(operator.get("/desk/files").text)["token"]
    return operator.post("/desk/files", token=token, file=(io.BytesIO(data), name), who="Ada", **form)  # type: ignore[arg-type]


def test_what_was_downloaded_is_changed_and_uploaded_again(line: Line) -> None:  # noqa: F811
    operator = line.operator()
    live = operator.get("/desk/files/all?of=live")
    assert 'filename="live-1.zip"' in live.headers["Content-Disposition"]
    files = {
        name: zipfile.ZipFile(io.BytesIO(live.data)).read(name)
        for name in zipfile.ZipFile(io.BytesIO(live.data)).namelist()
    }
    assert "holds the same already" in sends(operator, "live-1.zip", live.data).text
    files[APPLES] = files[APPLES].replace(b"This is about apples.", b"Uploaded apples.")
    files["prompts/recordings/en/1.wav"] = b"RIFF"
    page = words(sends(operator, "live-1.zip", zipped(files)).text)
    assert "1 file went into the draft" in page
    assert "prompts/recordings/en/1.wav : it is a recording" in page
    assert "Uploaded apples." in fields(operator.get(f"/desk/edit/file?path={APPLES}").text)["text"]
    assert b"Uploaded apples." in operator.get(f"/desk/files/one?path={APPLES}").data
    assert len(operator.get("/desk/files/all?of=draft").data) > 0


def test_an_upload_overwrites_no_change_in_the_draft_unless_told_to(line: Line) -> None:  # noqa: F811
    operator = line.operator()
    original = operator.get(f"/desk/files/one?path={APPLES}").data
    edits(operator, APPLES, says("Ben's words."), who="Ben")
    other = original.replace(b"This is about apples.", b"Uploaded apples.")
    refused = sends(operator, "1-apples.md", other)
    assert refused.status_code == 400
    assert "the draft has a change of it by Ben" in words(refused.text)
    assert "Ben's words." in fields(operator.get(f"/desk/edit/file?path={APPLES}").text)["text"]
    assert sends(operator, "1-apples.md", other, replace="yes").status_code == 200
    assert "Uploaded apples." in fields(operator.get(f"/desk/edit/file?path={APPLES}").text)["text"]
