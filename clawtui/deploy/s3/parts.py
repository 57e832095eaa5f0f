"""A file sent in parts, some at once; parts that an earlier attempt sent are used where their digest says that they are right."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from clawtui.deploy.s3.client import AT_ONCE, Answer, Bucket
from clawtui.errors import ShelfError

PART = 8 * 1024 * 1024
MOST = 10_000
# parts of one object


def send(bucket: Bucket, key: str, source: Path, part: int = PART) -> int:
    """How many bytes went over the line; the object is there wholly or not at all. Blocks."""
    size = source.stat().st_size
    part = max(part, -(-size // MOST))
    if size <= part:
        data = source.read_bytes()
        bucket.ask("put_object", Key=key, Body=data, ContentMD5=_base64(_md5(data)))
        return size
    upload, there = _begun(bucket, key)
    if not upload:
        upload = str(bucket.ask("create_multipart_upload", Key=key)["UploadId"])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [
            pool.submit(_part, bucket, key, source, upload, number, part, there)
            for number in range(1, -(-size // part) + 1)
        ]
        try:
            sent = [job.result() for job in jobs]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    parts = [{"PartNumber": number, "ETag": etag} for number, (etag, _) in enumerate(sent, 1)]
    bucket.ask("complete_multipart_upload", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    return sum(size for _, size in sent)


def _part(
    bucket: Bucket, key: str, source: Path, upload: str, number: int, part: int, there: Mapping[int, str]
) -> tuple[str, int]:
    with source.open("rb") as file:
        file.seek((number - 1) * part)
        data = file.read(part)
    digest = _md5(data)
    if there.get(number, "").strip('"') == digest.hex():
        return there[number], 0
    words = {"Key": key, "UploadId": upload, "PartNumber": number, "Body": data, "ContentMD5": _base64(digest)}
    return str(bucket.ask("upload_part", **words)["ETag"]), len(data)


def _begun(bucket: Bucket, key: str) -> tuple[str, dict[int, str]]:
    """The newest upload of this key that was not ended, and its parts' ETags; whoever may not list begins anew."""
    try:
        answer = bucket.ask("list_multipart_uploads", Prefix=key)
    except ShelfError:
        return "", {}
    uploads = [one for one in _listed(answer, "Uploads") if one.get("Key") == key]
    if not uploads:
        return "", {}
    newest = str(max(uploads, key=lambda one: str(one.get("Initiated", "")))["UploadId"])
    return newest, {int(str(one["PartNumber"])): str(one["ETag"]) for one in _parts(bucket, key, newest)}


def _parts(bucket: Bucket, key: str, upload: str) -> Iterator[Answer]:
    marker = 0
    while True:
        answer = bucket.ask("list_parts", Key=key, UploadId=upload, PartNumberMarker=marker)
        yield from _listed(answer, "Parts")
        if not answer.get("IsTruncated"):
            return
        marker = int(str(answer["NextPartNumberMarker"]))


def _listed(answer: Answer, what: str) -> Sequence[Answer]:
    return cast("Sequence[Answer]", answer.get(what) or ())


def _md5(data: bytes) -> bytes:
    """S3's own check of what came over the line; what counts is the SHA-256 of what is read back."""
    return hashlib.md5(data, usedforsecurity=False).digest()


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
