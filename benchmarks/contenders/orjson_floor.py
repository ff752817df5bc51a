"""The floor: orjson decodes the bytes, and nothing else happens."""

import orjson


class OrjsonFloor:
    """Keeps no book and knows no cost, so there is nothing to hold it against."""

    name = "orjson"

    def start(self, snapshot: bytes) -> None:
        """Nothing to remember."""

    def tick(self, frame: bytes) -> object:
        """Decode only."""
        return orjson.loads(frame)
