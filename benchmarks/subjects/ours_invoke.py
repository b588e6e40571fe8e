"""Ours: the audited handler of `order.py`, whole, without and with the event in the log."""

import sys

from order import act, serving
from timing import measure

measure([("plain", serving(logged=False)), ("logged", act)], rounds=int(sys.argv[1]), calls=200)
