"""Ours: the audited handler of `order.py`, whole."""

import sys

from order import act
from timing import measure

measure([("full", act)], rounds=int(sys.argv[1]), calls=300)
