"""Tables and scripts: what OMERO's grid does beside its main server."""

import operator
import re
import threading
import uuid

import omero
import omero.api
import omero.grid
import omero.model

from services import Service
from world import fail

OPERATORS = {"==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class SharedResourcesI(Service, omero.grid.SharedResources):
    """Leads to tables. One repository, with the id 1."""

    identity = None

    def repositories(self, current):
        self.enter(current)
        row = omero.model.OriginalFile()
        row._id, row._loaded = omero.RLong(1), True
        return omero.grid.RepositoryMap([row], [None])

    def areTablesEnabled(self, current):
        self.enter(current)
        return self.world.settings["tables"]

    def newTable(self, repoId, path, current):
        self.enter(current)
        if repoId != 1:
            raise fail("ValidationException", "there is no repository %d" % repoId)
        row = omero.model.OriginalFile()
        row._loaded, row._name = True, omero.RString(path)
        self.world.save([row], self.group(current))
        self.world.tables[row._id._val] = []
        return self.table(row)

    def openTable(self, file, current):
        self.enter(current)
        if file._id._val not in self.world.tables:
            raise fail("ValidationException", "OriginalFile:%d is no table" % file._id._val)
        return self.table(self.world.find("OriginalFile", file._id._val))

    def table(self, row):
        return self.session.add_service(str(uuid.uuid4()) + "Table", TableI(self.session, self.world, row),
                                        omero.grid.TablePrx)


class TableI(Service, omero.grid.Table):
    """Columns in memory, in world.tables."""

    identity = None

    def __init__(self, session, world, row):
        super().__init__(session, world)
        self.row = row

    @property
    def columns(self):
        return self.world.tables[self.row._id._val]

    def cut(self, numbers, rows):
        """Copies of columns, with these rows only."""
        data = omero.grid.Data()
        data.lastModification, data.rowNumbers, data.columns = 0, rows, []
        for n in numbers if numbers else range(len(self.columns)):
            column = self.columns[n]
            copy = type(column)()
            copy.__dict__.update(column.__dict__)
            copy.values = [column.values[r] for r in rows]
            data.columns.append(copy)
        return data

    def getOriginalFile(self, current):
        self.enter(current)
        return self.row

    def initialize(self, cols, current):
        self.enter(current)
        for column in cols:
            column.values = list(column.values or [])
        self.world.tables[self.row._id._val] = cols

    def getHeaders(self, current):
        self.enter(current)
        return self.cut(None, []).columns

    def getNumberOfRows(self, current):
        self.enter(current)
        return len(self.columns[0].values)

    def addData(self, cols, current):
        self.enter(current)
        if [c.ice_id() for c in cols] != [c.ice_id() for c in self.columns]:
            raise fail("ApiUsageException", "the columns are others than the table's")
        for column, more in zip(self.columns, cols):
            column.values += list(more.values)

    def read(self, colNumbers, start, stop, current):
        self.enter(current)
        return self.cut(colNumbers, list(range(self.getNumberOfRows(current))[start:stop]))

    def readCoordinates(self, rowNumbers, current):
        self.enter(current)
        return self.cut(None, list(rowNumbers))

    def slice(self, colNumbers, rowNumbers, current):
        self.enter(current)
        return self.cut(colNumbers, list(rowNumbers))

    def getWhereList(self, condition, variables, start, stop, step, current):
        self.enter(current)
        parts = re.match(r"\((\w+) (==|<=?|>=?) (\w+)\)$", condition)
        if not parts:
            raise fail("ApiUsageException", "no condition: " + condition)
        column = next(c for c in self.columns if c.name == parts[1])
        limit = variables[parts[3]]._val if parts[3] in variables else float(parts[3])
        rows = [i for i, v in enumerate(column.values) if OPERATORS[parts[2]](v, limit)]
        return [i for i in rows if start <= i and (stop == 0 or i < stop)]

    def update(self, modifiedData, current):
        self.enter(current)
        for column, changed in zip(self.columns, modifiedData.columns):
            for row, value in zip(modifiedData.rowNumbers, changed.values):
                column.values[row] = value

    def close(self, current):
        self.enter(current)
        self.session.close_service(self)


class ScriptI(Service, omero.api.IScript):
    """Three scripts: 1 greets at once, 2 fails at once, 3 runs until
    setMessage is called on its process."""

    def getScriptID(self, path, current):
        self.enter(current)
        return {"/greet.py": 1, "/fail.py": 2, "/wait.py": 3}.get(path, -1)

    def getParams(self, scriptID, current):
        self.enter(current)
        params, param = omero.grid.JobParams(), omero.grid.Param()
        param.description, param.optional, param.prototype = "Who", False, omero.RString("")
        params.name, params.inputs = "script %d" % scriptID, {"name": param}
        return params

    def runScript(self, scriptID, inputs, waitSecs, current):
        self.enter(current)
        if scriptID not in (1, 2, 3):
            raise fail("ResourceError", "there is no script %d" % scriptID)
        if not self.world.settings["processors"]:
            raise fail("NoProcessorAvailable", "nobody runs scripts", processorCount=0)
        process = ProcessI(self.session, self.world, scriptID, inputs)
        return self.session.add_service(str(uuid.uuid4()) + "Process", process, omero.grid.ScriptProcessPrx)


class ProcessI(Service, omero.grid.ScriptProcess):
    """A script that runs."""

    identity = None

    def __init__(self, session, world, script, inputs):
        super().__init__(session, world)
        self.lock = threading.Lock()
        self.code = None
        self.message = None
        self.callbacks = []
        if script == 1:
            self.end(0, "hello " + inputs["name"]._val)
        elif script == 2:
            self.end(1, "it does not work")

    def end(self, code, message, call=lambda cb, code: cb.processFinished(code)):
        with self.lock:
            if self.code is not None:
                return False
            self.code, self.message = code, message
            callbacks = list(self.callbacks)
        for cb in callbacks:
            try:
                call(cb, code)
            except Exception:  # The client is gone: that is its own affair.
                pass
        return True

    def poll(self, current):
        self.enter(current)
        return None if self.code is None else omero.RInt(self.code)

    def setMessage(self, message, current):
        self.enter(current)
        self.end(0, message)
        return message

    def cancel(self, current):
        self.enter(current)
        return self.end(143, "cancelled", lambda cb, code: cb.processCancelled(True))

    def getResults(self, waitSecs, current):
        self.enter(current)
        if self.code is None:
            raise fail("ApiUsageException", "the script is running")
        return {"Message": omero.RString(self.message), "code": omero.RInt(self.code)}

    def registerCallback(self, cb, current):
        self.enter(current)
        with self.lock:
            self.callbacks.append(omero.grid.ProcessCallbackPrx.uncheckedCast(cb.ice_oneway()))

    def close(self, detach, current):
        self.enter(current)
        if not detach:
            self.end(137, "killed", lambda cb, code: cb.processKilled(True))
        self.session.close_service(self)
