"""Where artifacts lie that are not on this machine's own disk by a plain path: one file a technology, all of them one port."""

from collections.abc import Callable, Mapping

from clawtui.deploy.shelf.local import LocalShelf
from clawtui.deploy.shelf.s3 import S3Shelf
from clawtui.deploy.shelf_port import Shelf

SHELVES: Mapping[str, Callable[[str], Shelf]] = {"": LocalShelf, "s3": S3Shelf}
# by the scheme of an address: s3://BUCKET/KEY; without one it is a path
