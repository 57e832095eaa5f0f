"""A container image of busybox alone."""

import io
import tarfile


def tree(words: str) -> bytes:
    """For `docker import`: a file system with sh, httpd and a page that says these words."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        tar.add("/bin/busybox", "bin/busybox")
        for name in ("sh", "httpd"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        page = tarfile.TarInfo("www/index.html")
        page.size = len(words) + 1
        tar.addfile(page, io.BytesIO(f"{words}\n".encode()))
    return data.getvalue()
