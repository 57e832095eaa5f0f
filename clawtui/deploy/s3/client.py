"""boto3's client behind one typed call; its manifold exceptions come out as ShelfError. All of this blocks: for threads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, cast

from clawtui.deploy.s3.refusals import in_words
from clawtui.errors import ShelfError

CONNECT_S, READ_S, TRIES = 5, 30, 3
AT_ONCE = 4
Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket with the credentials, region and endpoint that the environment and ~/.aws name."""

    name: str
    client: object
    regions: list[str] = field(default_factory=list[str])
    # that its requests were signed for; boto3 finds the right one by itself when it was wrong

    def ask(self, operation: str, **words: object) -> Answer:
        """One request; ShelfError says what is wrong in words."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            asked = cast("Callable[..., Answer]", getattr(self.client, operation))
            return asked(Bucket=self.name, **words)
        except (BotoCoreError, ClientError) as error:
            raise self.refused(error, str(words.get("Key", ""))) from error

    def body(self, key: str, span: str) -> tuple[bytes, str]:
        """A range, whole, and which of how many bytes it is: `bytes 0-0/12`."""
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

        answer = self.ask("get_object", Key=key, Range=span)
        try:
            return cast("BinaryIO", answer["Body"]).read(), str(answer.get("ContentRange", ""))
        except (BotoCoreError, ClientError, HTTPClientError, OSError) as error:
            raise self.refused(error, key) from error

    def signed(self, key: str, seconds: int) -> str:
        """A URL that reads the object for so long; ShelfError where we may not read it ourselves."""
        from botocore.exceptions import BotoCoreError

        self.body(key, "bytes=0-0")  # a signature for the wrong region is made without a word, and refused everywhere
        client = bucket(self.name, self.regions[-1]).client
        try:
            make = cast("Callable[..., str]", getattr(client, "generate_presigned_url"))  # noqa: B009 - made at run time
            return make("get_object", Params={"Bucket": self.name, "Key": key}, ExpiresIn=seconds)
        except BotoCoreError as error:
            raise self.refused(error, key) from error

    def noted(self, request: "_Request", region_name: str, **_: object) -> None:
        """Called by boto3 before it signs a request."""
        signing = cast("Mapping[str, str]", request.context.get("signing") or {})
        self.regions[:] = [signing.get("region", region_name)]

    def refused(self, error: Exception, key: str) -> ShelfError:
        """The sentence for it."""
        region = str(getattr(getattr(self.client, "meta", None), "region_name", "") or "")
        return in_words(error, self.name, key, region)


def bucket(name: str, region: str | None = None) -> Bucket:
    """Connects to nothing yet; a third of a second, most of it boto3's import."""
    from boto3.session import Session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(
        signature_version="s3v4",
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        max_pool_connections=2 * AT_ONCE,
        # everything is hashed by us, and servers other than Amazon's stumble over the checksums of its own
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        # boto3 has no types
        client = cast("object", Session().client("s3", region_name=region, config=config))  # pyright: ignore[reportUnknownMemberType]
    except (BotoCoreError, ValueError) as error:
        raise in_words(error, name, "", "") from error
    found = Bucket(name, client)
    cast("_Client", client).meta.events.register("before-sign.s3", found.noted)
    return found


class _Request(Protocol):
    context: Mapping[str, object]


class _Events(Protocol):
    def register(self, event: str, handler: Callable[..., None]) -> None: ...


class _Meta(Protocol):
    events: _Events


class _Client(Protocol):
    meta: _Meta
