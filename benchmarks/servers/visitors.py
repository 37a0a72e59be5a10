"""Visitors of the public pages: ``visitors PORT PRODUCTS SECONDS`` prints how they were answered.

A line is printed when they have begun to come, and one of JSON in the end.
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
from pathlib import Path

from benchmarks.load import open_loop
from benchmarks.public import LANES, RATE, SETTLE_SECONDS, paths, request


def main() -> None:
    """Open pages at a fixed rate."""
    port, products, seconds = sys.argv[1:]
    known = Path(products).read_text(encoding="utf-8").split()
    many = int(float(seconds) * RATE)
    asked = [request(path, at) for at, path in enumerate(itertools.islice(paths(known), many))]
    begun = threading.Timer(SETTLE_SECONDS, lambda: print("coming", flush=True))
    begun.start()
    found = open_loop(int(port), [asked[at::LANES] for at in range(LANES)], RATE)
    begun.join()
    p99 = found.percentile(0.99)
    print(json.dumps({"per_second": found.per_second, "p99_ms": p99}))


if __name__ == "__main__":
    main()
