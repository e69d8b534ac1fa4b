"""The application as a whole: served by itself (`run`) or mounted in another one (`opened`)."""

from palaver.app.composition import DIALECTS, Application
from palaver.app.mounting import opened
from palaver.app.process import run, serve

__all__ = ["DIALECTS", "Application", "opened", "run", "serve"]
