"""Load the named queries of the .sql file that stands beside a module.

-- name: nearest_faces
-- Best match first.
select ...
"""

import re
from pathlib import Path
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: ([a-z_]+)\n(?:-- .*\n)*", re.MULTILINE)


def load(module_file: str) -> dict[str, LiteralString]:
    """Return the queries beside `module_file`, by name. Raises ValueError where a name stands twice."""
    _, *parts = _NAME.split(Path(module_file).with_suffix(".sql").read_text("utf-8"))
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        msg = f"a query name stands twice beside {module_file}"
        raise ValueError(msg)
    # These files are vouched for as code is: no caller's text is in them.
    return {name: cast("LiteralString", body.strip()) for name, body in zip(names, bodies, strict=True)}
