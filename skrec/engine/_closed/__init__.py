"""Training in compiled code, of nets whose gradient is known in closed form."""

from skrec.engine._closed._train import train_closed
from skrec.engine._closed._when import closed_form

__all__ = ["closed_form", "train_closed"]
