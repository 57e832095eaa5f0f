"""What every shelf does, and what S3 says when it does not; against a real server."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from clawtui.deploy.s3.client import bucket
from clawtui.deploy.s3.parts import PART, send
from clawtui.deploy.s3.refusals import in_words
from clawtui.deploy.shelf import SHELVES
from clawtui.deploy.shelf.s3 import S3Shelf
from clawtui.deploy.shelf_port import Shelf
from clawtui.errors import ShelfError
from tests.deploy.shelf.s3_server import SECRET, S3Server, free_port


async def test_what_is_put_there_is_read_from_there(shelf: Shelf, tmp_path: Path) -> None:
    source = tmp_path / "model"
    source.write_bytes(os.urandom(100_000))
    assert await shelf.size("a/ü model.onnx") is None
    assert await shelf.upload("a/ü model.onnx", source) == 100_000
    assert await shelf.size("a/ü model.onnx") == 100_000
    assert await shelf.read("a/ü model.onnx", 99_000, 1000) == source.read_bytes()[99_000:]
    await shelf.write("a/empty", b"")
    assert await shelf.size("a/empty") == 0


async def test_a_file_in_parts_goes_on_where_an_earlier_attempt_stopped(s3: S3Shelf, tmp_path: Path) -> None:
    source = tmp_path / "model"
    source.write_bytes(content := os.urandom(3 * PART + 5))
    ours = bucket("shelf")
    upload = ours.ask("create_multipart_upload", Key="resumed")["UploadId"]
    # what an attempt that was killed leaves: a part that is right, and one of a file that has changed since
    for number, data in ((1, content[:PART]), (2, os.urandom(PART))):
        ours.ask("upload_part", Key="resumed", UploadId=upload, PartNumber=number, Body=data)
    assert send(ours, "resumed", source) == 2 * PART + 5
    assert await s3.size("resumed") == len(content)
    assert await s3.read("resumed", 0, len(content)) == content
    assert not ours.ask("list_multipart_uploads", Prefix="resumed").get("Uploads")


async def test_a_signed_url_is_read_by_anybody_until_it_is_tampered_with(s3: S3Shelf) -> None:
    await s3.write("signed", b"weights")
    url = await s3.url("signed", 60)
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.read() == b"weights"
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(url.replace("signed", "other"), timeout=30)
    refused.value.close()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("AWS_ACCESS_KEY_ID", "somebody", "the access key is not known there"),
        ("AWS_SECRET_ACCESS_KEY", "wrong", "the secret key does not belong to the access key"),
        ("AWS_PROFILE", "missing", "AWS_PROFILE names a profile that ~/.aws does not have"),
    ],
)
async def test_who_is_refused_is_told_why(
    s3: S3Shelf, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, words: str
) -> None:
    monkeypatch.setenv(setting, value)
    with pytest.raises(ShelfError, match=f"^s3://shelf.*: {words}") as refused:
        await s3.size("model.onnx")
    assert SECRET not in str(refused.value)


async def test_the_wrong_region_is_found_out_also_for_a_url(s3: S3Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    await s3.write("regional", b"weights")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    elsewhere = S3Shelf("shelf")
    assert await elsewhere.size("regional") == 7
    with urllib.request.urlopen(await elsewhere.url("regional", 60), timeout=30) as answer:
        assert answer.read() == b"weights"


@pytest.mark.parametrize(
    ("told", "headers", "words"),
    [
        (
            {"Code": "PermanentRedirect"},
            {"x-amz-bucket-region": "eu-west-1"},
            "in the region eu-west-1 and was asked for",
        ),
        (
            {"Code": "AuthorizationHeaderMalformed", "Message": "…; expecting 'eu-west-2'"},
            {},
            "in the region eu-west-2",
        ),
        ({"Code": "301"}, {}, "in another region and was asked for in us-east-1; set AWS_DEFAULT_REGION"),
        ({"Code": "Odd\x1b[2J", "Message": "x\ny"}, {}, "the server answered Odd\ufffd[2J: x y"),
    ],
)
def test_answers_that_no_server_here_gives_are_sentences_too(
    told: dict[str, str], headers: dict[str, str], words: str
) -> None:
    answer = {"Error": told, "ResponseMetadata": {"HTTPHeaders": headers}}
    error = ClientError(answer, "GetObject")  # type: ignore[arg-type]  # made by hand: as Amazon's servers answer
    assert words in str(in_words(error, "shelf", "m", "us-east-1"))


async def test_without_credentials_it_says_where_they_belong(s3: S3Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(key)
    with pytest.raises(ShelfError, match=r"s3://shelf/model: there are no credentials here; .*AWS_ACCESS_KEY_ID"):
        await s3.size("model")


async def test_a_bucket_an_object_and_a_server_that_are_not_there(s3: S3Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ShelfError, match="s3://elsewhere/model: there is no such bucket"):
        await S3Shelf("elsewhere").size("model")
    with pytest.raises(ShelfError, match="s3://shelf/model: there is no such object"):
        await s3.read("model", 0, 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ShelfError, match=r"http://127.0.0.1:\d+/shelf/model cannot be reached"):
        await S3Shelf("shelf").size("model")


def test_boto3_is_loaded_when_the_first_object_is_asked_for(server: S3Server) -> None:
    code = "import sys, clawtui.deploy.shelf, clawtui.deploy.artifacts; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


async def test_a_local_shelf_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ShelfError, match="file/model: Not a directory"):
        await SHELVES[""](str(tmp_path / "file")).size("model")
