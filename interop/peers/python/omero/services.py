"""The stateless services."""

import re
import time

import Ice
import omero
import omero.api
import omero.model
import omero.sys

from world import fail, images, sparse


class Service:
    """What every servant of a session has. Each operation starts with enter."""

    def __init__(self, session, world):
        self.session = session
        self.world = world

    def enter(self, current):
        kind = next(base for base in type(self).__mro__ if base.__module__.startswith("omero")).__name__
        self.world.count(kind + "." + current.operation)
        if not current.ctx.get("omero.client.uuid") or current.ctx.get("omero.session.uuid") != self.session.uuid:
            with self.world.lock:
                self.world.without_context += 1
        self.session.touch()

    def group(self, current):
        return int(current.ctx.get("omero.group", "3"))


class QueryI(Service, omero.api.IQuery):
    """Takes a few words of query: "raise X" raises the exception X, "crash"
    fails in the server, "from OriginalFile" finds one by the parameter "id", anything else returns
    images. What is not named behind "fetch" comes unloaded; "fetch all" fetches everything. The parameters "delay"
    (milliseconds) and "count" say how long it takes and how many there are;
    "null" puts a null in between."""

    def run(self, query, params, current):
        named = (params.map if params else None) or {}
        with self.world.lock:
            self.world.running += 1
            self.world.peak = max(self.world.peak, self.world.running)
        if "delay" in named:
            time.sleep(named["delay"]._val / 1000)
        with self.world.lock:
            self.world.running -= 1
        raising = re.match(r"raise (\w+)(?: (.*))?$", query)
        if raising:
            raise fail(raising[1], raising[2] or "asked for")
        if query == "crash":
            raise ValueError("crashed in the server")
        group = self.group(current)
        fetched = re.findall(r"fetch (?:\w+\.)?(\w+)", query)
        if "from OriginalFile " in query:
            ident = named["id"]._val
            found = self.world.visible("OriginalFile", ident, group)
            return [sparse(found, self.world.groups[("OriginalFile", ident)], fetched)] if found else []
        found = images(named["count"]._val if "count" in named else 3, group)
        if "all" not in fetched:
            found = [sparse(image, group, fetched) for image in found]
        if "null" in named:
            found.insert(1, None)
        return page(found, params.theFilter if params else None)

    def findAllByQuery(self, query, params, current):
        self.enter(current)
        return self.run(query, params, current)

    def findByQuery(self, query, params, current):
        self.enter(current)
        found = self.run(query, params, current)
        return found[0] if found else None

    def findAll(self, klass, filter, current):
        self.enter(current)
        with self.world.lock:
            keys = sorted(k for k in self.world.objects if k[0] == klass.split(".")[-1])
            return page([sparse(self.world.objects[k], self.world.groups[k]) for k in keys], filter)

    def find(self, klass, ident, current):
        self.enter(current)
        return self.look(klass, ident, current)

    def look(self, klass, ident, current):
        found = self.world.visible(klass, ident, self.group(current))
        return sparse(found, self.world.groups[(klass.split(".")[-1], ident)]) if found else None

    def get(self, klass, ident, current):
        self.enter(current)
        found = self.look(klass, ident, current)
        if found is None:
            raise fail("ValidationException", "Couldn't find %s:%d" % (klass, ident))
        return found

    def refresh(self, obj, current):
        self.enter(current)
        return self.look(type(obj).__name__, obj._id._val, current)

    def projection(self, query, params, current):
        self.enter(current)
        rows = []
        for image in self.run(query, params, current):
            if image is None:
                rows.append([])
                continue
            rows.append([
                image._id, image._name, image._description, image._acquisitionDate,
                omero.RDouble(0.5), omero.RBool(True), omero.RFloat(1.5),
                omero.RList([omero.RInt(1), None, omero.RList([omero.RInt(2)])]),
                omero.RMap({"id": image._id, "null": None}), omero.RObject(image), None,
            ])
        return rows


def page(found, wanted):
    """The part of a result that a sys::Filter asks for."""
    if wanted is None:
        return found
    start = wanted.offset._val if wanted.offset else 0
    end = start + wanted.limit._val if wanted.limit else None
    return found[start:end]


class UpdateI(Service, omero.api.IUpdate):
    """Keeps what it is given, and gives it back with ids."""

    def saveObject(self, obj, current):
        self.enter(current)
        self.world.save([obj], self.group(current))

    def saveCollection(self, objs, current):
        self.enter(current)
        self.world.save(objs, self.group(current))

    def saveAndReturnObject(self, obj, current):
        self.enter(current)
        self.world.save([obj], self.group(current))
        return obj

    def saveArray(self, graph, current):
        self.enter(current)
        self.world.save(graph, self.group(current))

    def saveAndReturnArray(self, graph, current):
        self.enter(current)
        self.world.save(graph, self.group(current))
        return graph

    def saveAndReturnIds(self, graph, current):
        self.enter(current)
        self.world.save(graph, self.group(current))
        return [o._id._val for o in graph]

    def deleteObject(self, row, current):
        self.enter(current)
        with self.world.lock:
            if self.world.objects.pop((type(row).__name__, row._id._val), None) is None:
                raise fail("ValidationException", "there is no such row")


class AdminI(Service, omero.api.IAdmin):
    """Says who the caller is."""

    def getEventContext(self, current):
        self.enter(current)
        return self.session.event_context(self.group(current))


class ConfigI(Service, omero.api.IConfig):
    """A few settings."""

    def getVersion(self, current):
        self.enter(current)
        return "5.6.15"

    def getConfigValue(self, key, current):
        self.enter(current)
        return {"omero.db.version": "OMERO5.4"}.get(key, "")

    def getServerTime(self, current):
        self.enter(current)
        return omero.RTime(int(time.time() * 1000))


class SessionsI(Service, omero.api.ISession):
    """Tells of sessions and closes them."""

    def getSession(self, uuid, current):
        self.enter(current)
        found = omero.model.Session()
        found._loaded, found._uuid = True, omero.RString(uuid)
        found._timeToIdle = omero.RLong(int(self.session.registry.idle_seconds * 1000))
        return found

    def getReferenceCount(self, uuid, current):
        self.enter(current)
        return self.session.registry.reference_count(uuid)

    def closeSession(self, obj, current):
        self.enter(current)
        return self.session.registry.drop_reference(obj._uuid._val)


STATELESS = {
    "omero.api.IQuery": (QueryI, omero.api.IQueryPrx),
    "omero.api.IUpdate": (UpdateI, omero.api.IUpdatePrx),
    "omero.api.IAdmin": (AdminI, omero.api.IAdminPrx),
    "omero.api.IConfig": (ConfigI, omero.api.IConfigPrx),
    "omero.api.ISession": (SessionsI, omero.api.ISessionPrx),
}
