"""What the server holds: users, objects, files, and what it counted."""

import copy
import threading
import time

import Ice
import omero
import omero.api
import omero.model
import omero.model.enums

USERS = {"root": "omero", "user": "secret"}


def fail(kind, message, **fields):
    """An OMERO exception of the given Slice name."""
    error = getattr(omero, kind)("", "ome.conditions." + kind, message)
    for name, value in fields.items():
        setattr(error, name, value)
    return error


class World:
    """Everything that outlives a session. Guarded by its lock."""

    def __init__(self):
        self.lock = threading.RLock()
        # "clock": seconds at which time stands still for sessions; None lets it pass
        self.settings = {"busy": 0, "busy_class": "WrappedCreateSessionException", "lose_callbacks": False, "clock": None,
                         "tables": True, "processors": True}
        self.counts = {}
        self.without_context = 0
        self.running = self.peak = 0  # queries at work now, and at most so far
        self.objects = {}   # (class name, id) -> object
        self.groups = {}    # (class name, id) -> id of the group that it is in
        self.tables = {}    # id of an OriginalFile -> columns
        self.files = {}     # id of an OriginalFile -> bytearray
        self.planes = {}    # (pixels id, z, c, t) -> bytearray
        self.saved = []     # the graph that arrived last, described
        self.next_id = 1000

    def now(self):
        """The time that sessions grow idle by."""
        clock = self.settings["clock"]
        return time.monotonic() if clock is None else clock

    def count(self, operation):
        with self.lock:
            self.counts[operation] = self.counts.get(operation, 0) + 1

    def find(self, klass, ident):
        with self.lock:
            return self.objects.get((klass.split(".")[-1], ident))

    def visible(self, klass, ident, group):
        """The object, unless it is in another group than -1, which stands for all."""
        with self.lock:
            found = self.find(klass, ident)
            if found is None or group not in (-1, self.groups[(klass.split(".")[-1], ident)]):
                return None
            return found

    def save(self, roots, group):
        """Gives every object of the graph that has none an id, and keeps it."""
        nodes = walk(roots)
        for node in nodes:
            if isinstance(node, omero.model.Image) and node._loaded and node._name is None:
                raise fail("ValidationException",
                           "not-null property references a null value: ome.model.core.Image.name")
        with self.lock:
            self.saved = describe(roots, nodes)
            for node in nodes:
                if not isinstance(node, omero.model.IObject):
                    continue
                if node._id is None:
                    node._id = omero.RLong(self.next_id)
                    self.next_id += 1
                self.objects[(type(node).__name__, node._id._val)] = node
                self.groups.setdefault((type(node).__name__, node._id._val), group)
                if isinstance(node, omero.model.OriginalFile):
                    self.files.setdefault(node._id._val, bytearray())


def fields(node):
    """The data members of a class instance by Slice name, in sorted order."""
    return [(name.lstrip("_"), node.__dict__[name]) for name in sorted(node.__dict__) if not name.startswith("__")]


def walk(roots):
    """Every class instance that can be reached, each once, breadth first."""
    seen, nodes, queue = set(), [], list(roots)
    while queue:
        v = queue.pop(0)
        if isinstance(v, Ice.Value):
            if id(v) in seen:
                continue
            seen.add(id(v))
            nodes.append(v)
            queue += [value for _, value in fields(v)]
        elif isinstance(v, (list, tuple)):
            queue += v
        elif isinstance(v, dict):
            queue += [v[k] for k in sorted(v)]
    return nodes


def describe(roots, nodes):
    """The graph as data: a list of nodes, references being numbers in it."""
    index = {id(n): i for i, n in enumerate(nodes)}

    def plain(v):
        if isinstance(v, Ice.Value):
            return {"ref": index[id(v)]}
        if isinstance(v, (list, tuple)):
            return [plain(x) for x in v]
        if isinstance(v, dict):
            return {str(k): plain(v[k]) for k in v}
        if isinstance(v, Ice.EnumBase):
            return v.name
        if isinstance(v, Ice.ObjectPrx):
            return str(v)
        return v

    out = []
    for n in nodes:
        node = {"type": n.ice_id()}
        node.update((k, plain(v)) for k, v in fields(n) if v not in (None, False, [], {}))
        out.append(node)
    return {"roots": [plain(r) for r in roots], "nodes": out}


def sparse(node, group, fetched=()):
    """The object as a query returns it: what was not fetched by name is only
    referred to, and collections are not there at all."""
    node = copy.copy(node)
    for name, value in fields(node):
        if isinstance(value, omero.model.IObject) and name not in fetched:
            reference = type(value)()
            reference._id = value._id
            setattr(node, "_" + name, reference)
        elif name.endswith("Loaded") and name[:-len("Loaded")] not in fetched:
            setattr(node, "_" + name, False)
            setattr(node, "_" + name[:-len("Loaded")] + "Seq", None)
    node._details = omero.model.Details()
    node._details._group = omero.model.ExperimenterGroup()
    node._details._group._id = omero.RLong(group)
    return node


def images(n, group):
    """n images as a query returns them. They share a dataset, which knows
    them all, and every image and its pixels know each other."""
    pixels_type = omero.model.PixelsType()
    pixels_type._id, pixels_type._loaded, pixels_type._value = omero.RLong(6), True, omero.RString("uint16")
    dataset = omero.model.Dataset()
    dataset._id, dataset._loaded, dataset._name = omero.RLong(7), True, omero.RString("dataset")
    dataset._imageLinksLoaded, dataset._imageLinksSeq = True, []
    out = []
    for i in range(1, n + 1):
        image = omero.model.Image()
        image._id, image._loaded, image._name = omero.RLong(i), True, omero.RString("image-%d" % i)
        if i % 2 == 0:
            image._description = omero.RString("even")
        image._acquisitionDate = omero.RTime(1000 * i)
        image._details = omero.model.Details()
        image._details._group = omero.model.ExperimenterGroup()
        image._details._group._id = omero.RLong(group)

        pixels = omero.model.Pixels()
        pixels._id, pixels._loaded, pixels._image = omero.RLong(100 + i), True, image
        pixels._pixelsType = pixels_type
        for name, size in (("X", 64), ("Y", 48), ("Z", 2), ("C", 2), ("T", 1)):
            setattr(pixels, "_size" + name, omero.RInt(size))
        pixels._physicalSizeX = omero.model.Length()
        pixels._physicalSizeX._value = 0.25
        pixels._physicalSizeX._unit = omero.model.enums.UnitsLength.MICROMETER
        image._pixelsSeq, image._pixelsLoaded = [pixels], True

        link = omero.model.DatasetImageLink()
        link._id, link._loaded, link._parent, link._child = omero.RLong(200 + i), True, dataset, image
        dataset._imageLinksSeq.append(link)
        image._datasetLinksSeq, image._datasetLinksLoaded = [link, None], True
        out.append(image)
    return out
