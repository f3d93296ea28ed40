"""Meetings as a hand-made client sees them; the client itself is deploy/lab.d/c3pclient.py, which `deploy/lab demo`
uses too."""
from clients import rawsip  # noqa: F401: makes deploy/lab.d importable
from c3pclient import *  # noqa: F401,F403
from c3pclient import C3P, CI, MSCI, MSCP  # noqa: F401
