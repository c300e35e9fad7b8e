"""Loads the shipped Slice definitions, all files at once: a class whose file
is missing would stay declared but undefined."""

import os
import tempfile

import Ice
import Glacier2  # noqa: F401  The installed module, before OMERO's definitions refer to it.

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                     "..", "..", "..", "..", "slice", "definitions"))


def load():
    """Makes the modules omero, omero.model, ... importable."""
    files = []
    for folder, _, names in os.walk(os.path.join(ROOT, "omero")):
        files += [os.path.relpath(os.path.join(folder, n), ROOT) for n in names if n.endswith(".ice")]
    with tempfile.NamedTemporaryFile("w", suffix=".ice") as all_files:
        all_files.writelines("#include <%s>\n" % f.replace(os.sep, "/") for f in sorted(files))
        all_files.flush()
        # Ice 3.7 warns of every class with operations, on the descriptor itself.
        stderr = os.dup(2)
        with tempfile.TemporaryFile("w+") as warnings:
            os.dup2(warnings.fileno(), 2)
            try:
                Ice.loadSlice("", ["--underscore", "--all", "-I" + ROOT, all_files.name])
            except RuntimeError:
                warnings.seek(0)
                os.write(stderr, warnings.read().encode())
                raise
            finally:
                os.dup2(stderr, 2)
                os.close(stderr)
