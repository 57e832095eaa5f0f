"""The certificate that nginx shows for the service, and when it ends."""

from clawtui_runner import pem
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place


def gather(place: Place, asked: Params) -> Record:
    """Under "certificate", None where there is none."""
    found = pem.read(place.folder / "tls" / "live" / "fullchain.pem")
    return {"certificate": {"names": found.names, "until": found.until} if found else None}
