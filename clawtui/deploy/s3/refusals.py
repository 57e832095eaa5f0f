"""Why S3 says no, as a sentence that says what to do."""

import re
from collections.abc import Mapping
from typing import cast

from clawtui.clean import clean
from clawtui.errors import ShelfError

WHO = "the environment (AWS_ACCESS_KEY_ID, AWS_PROFILE) or ~/.aws names who we are there"
CODES: Mapping[str, str] = {
    "InvalidAccessKeyId": f"the access key is not known there; {WHO}",
    "SignatureDoesNotMatch": f"the secret key does not belong to the access key; {WHO}",
    "AccessDenied": "access is denied; the key needs s3:GetObject on it (and s3:ListBucket to be told of what is missing)",
    "AllAccessDisabled": "all access to the bucket is switched off",
    "ExpiredToken": f"the session has ended; log in again (aws sso login), or: {WHO}",
    "InvalidToken": f"the session token is not valid; log in again (aws sso login), or: {WHO}",
    "RequestTimeTooSkewed": "the clock of this machine is off by more than 15 minutes; set it",
    "NoSuchBucket": "there is no such bucket at this endpoint; AWS_ENDPOINT_URL_S3 names one that is not Amazon's",
    "NoSuchKey": "there is no such object",
    "SlowDown": "the server asks to slow down; try again later",
    "EntityTooLarge": "the object is larger than the server allows",
}
REGION = ("AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException", "301")
EXPECTED = re.compile(r"expecting '?([a-z0-9-]+)'?")
EXCEPTIONS: Mapping[str, str] = {
    "NoCredentialsError": f"there are no credentials here; {WHO}",
    "PartialCredentialsError": f"the credentials here are not complete; {WHO}",
    "ProfileNotFound": "AWS_PROFILE names a profile that ~/.aws does not have",
    "TokenRetrievalError": "the login has ended; log in again (aws sso login)",
    "SSOTokenLoadError": "nobody has logged in; log in first (aws sso login)",
    "UnauthorizedSSOTokenError": "the login has ended; log in again (aws sso login)",
}


def in_words(error: Exception, bucket: str, key: str, region: str) -> ShelfError:
    """Place, reason, remedy; never an address with a signature in it."""
    where = f"s3://{bucket}/{key}" if key else f"s3://{bucket}"
    found: object = getattr(error, "response", None)
    answer = cast("Mapping[str, object]", found if isinstance(found, dict) else {})
    told = cast("Mapping[str, object]", answer.get("Error") or {})
    code = str(told.get("Code", ""))
    words = _answered(answer, told, code, region) if answer else _failed(error)
    return ShelfError(f"{clean(where, limit=300)}: {words}", code=code)


def _answered(answer: Mapping[str, object], told: Mapping[str, object], code: str, region: str) -> str:
    message = str(told.get("Message", ""))
    if code in REGION:
        return _elsewhere(answer, told, message, region)
    if code in CODES:
        return CODES[code]
    return f"the server answered {clean(code, limit=60)}: {clean(message, limit=200)}"


def _elsewhere(answer: Mapping[str, object], told: Mapping[str, object], message: str, region: str) -> str:
    meta = cast("Mapping[str, Mapping[str, str]]", answer.get("ResponseMetadata") or {})
    found = EXPECTED.search(message)
    right = meta.get("HTTPHeaders", {}).get("x-amz-bucket-region") or told.get("Region") or (found[1] if found else "")
    lies = f"in the region {clean(str(right), limit=40)}" if right else "in another region"
    return f"it lies {lies} and was asked for in {region or 'none'}; set AWS_DEFAULT_REGION, or region in ~/.aws/config"


def _failed(error: Exception) -> str:
    """What boto3 and what is below it raise without an answer."""
    name = type(error).__name__
    if name in EXCEPTIONS:
        return EXCEPTIONS[name]
    endpoint = str(getattr(error, "kwargs", {}).get("endpoint_url", "")).partition("?")[0]
    if name in (
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "ProxyConnectionError",
        "SSLError",
    ):
        place = clean(endpoint, limit=200) or "the server"
        return f"{place} cannot be reached ({name}); is it the right endpoint, and is there a way?"
    return f"{name}: {clean(str(error).partition('?')[0], limit=200)}"
