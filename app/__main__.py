"""`python -m app COMMAND`: see app/cli.py.

Serving takes a short cut: the database is on its way before the rest of the program is even read.
"""

import sys

if sys.argv[1:] == ["serve"]:
    from app.serve import serve

    serve()
else:
    from app.cli import app

    app()
