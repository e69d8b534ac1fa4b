"""The application as a whole: served by itself (`serve`) or mounted in another one (`opened`)."""

from palaver.app.composition import DIALECTS, Application
from palaver.app.mounting import opened
from palaver.app.process import serve

__all__ = ["DIALECTS", "Application", "opened", "serve"]
