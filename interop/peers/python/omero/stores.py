"""The stateful services: files and pixels, in memory."""

import hashlib

import omero
import omero.api
import omero.model

from services import Service
from world import fail, sparse


class Stateful(Service):
    """A service that lives until it is closed or its session ends."""

    identity = None  # set when it is added to the adapter

    def enter(self, current):
        super().enter(current)

    def close(self, current):
        self.enter(current)
        self.session.close_service(self)

    def getCurrentEventContext(self, current):
        self.enter(current)
        return self.session.event_context(self.group(current))

    def activate(self, current):
        self.enter(current)

    def passivate(self, current):
        self.enter(current)


class RawFileStoreI(Stateful, omero.api.RawFileStore):
    """The bytes of one OriginalFile at a time."""

    ident = None

    def data(self):
        if self.ident is None:
            raise fail("ApiUsageException", "This RawFileStore has not been properly initialized: call setFileId")
        return self.world.files[self.ident]

    def setFileId(self, ident, current):
        self.enter(current)
        if self.world.visible("OriginalFile", ident, self.group(current)) is None:
            raise fail("ValidationException", "Couldn't find OriginalFile:%d" % ident)
        self.ident = ident

    def getFileId(self, current):
        self.enter(current)
        return None if self.ident is None else omero.RLong(self.ident)

    def size(self, current):
        self.enter(current)
        return len(self.data())

    def exists(self, current):
        self.enter(current)
        return len(self.data()) > 0

    def read(self, position, length, current):
        self.enter(current)
        return bytes(self.data()[position:position + length])

    def write(self, buf, position, length, current):
        self.enter(current)
        with self.world.lock:
            data = self.data()
            if len(data) < position:
                data.extend(bytes(position - len(data)))
            data[position:position + length] = buf[:length]

    def truncate(self, length, current):
        self.enter(current)
        with self.world.lock:
            data = self.data()
            if len(data) <= length:
                return False
            del data[length:]
            return True

    def save(self, current):
        self.enter(current)
        with self.world.lock:
            data = self.data()
            row = self.world.find("OriginalFile", self.ident)
            row._size = omero.RLong(len(data))
            row._hash = omero.RString(hashlib.sha1(data).hexdigest())
            row._hasher = omero.model.ChecksumAlgorithm()
            row._hasher._id, row._hasher._loaded = omero.RLong(4), True
            row._hasher._value = omero.RString("SHA1-160")
            return sparse(row, self.world.groups[("OriginalFile", self.ident)])


SIZE_X, SIZE_Y, SIZE_Z, SIZE_C, SIZE_T, WIDTH = 64, 48, 2, 2, 1, 2


class RawPixelsStoreI(Stateful, omero.api.RawPixelsStore):
    """Pixels of 16 bits without sign, big endian. Where nothing was set, the
    value of a pixel is 10000 t + 4000 c + 2000 z + 64 y + x, modulo 65536."""

    ident = None

    def plane(self, z, c, t):
        if self.ident is None:
            raise fail("ApiUsageException", "RawPixelsStore is not initialized: call setPixelsId")
        for name, value, size in (("z", z, SIZE_Z), ("c", c, SIZE_C), ("t", t, SIZE_T)):
            if not 0 <= value < size:
                raise fail("ApiUsageException", "%s=%d is out of bounds [0,%d)" % (name, value, size))
        with self.world.lock:
            key = (self.ident, z, c, t)
            if key not in self.world.planes:
                values = ((10000 * t + 4000 * c + 2000 * z + i) & 0xffff for i in range(SIZE_X * SIZE_Y))
                self.world.planes[key] = bytearray(b"".join(v.to_bytes(WIDTH, "big") for v in values))
            return self.world.planes[key]

    def rows(self, x, y, w, h):
        if w < 1 or h < 1 or x < 0 or y < 0 or x + w > SIZE_X or y + h > SIZE_Y:
            raise fail("ApiUsageException", "the tile %d,%d %dx%d does not lie in the plane" % (x, y, w, h))
        for row in range(y, y + h):
            start = (row * SIZE_X + x) * WIDTH
            yield slice(start, start + w * WIDTH)

    def setPixelsId(self, ident, bypass, current):
        self.enter(current)
        self.ident = ident

    def getPixelsId(self, current):
        self.enter(current)
        return self.ident or 0

    def getByteWidth(self, current):
        self.enter(current)
        return WIDTH

    def isSigned(self, current):
        self.enter(current)
        return False

    def isFloat(self, current):
        self.enter(current)
        return False

    def getPlaneSize(self, current):
        self.enter(current)
        return SIZE_X * SIZE_Y * WIDTH

    def getRowSize(self, current):
        self.enter(current)
        return SIZE_X * WIDTH

    def getTileSize(self, current):
        self.enter(current)
        return [32, 32]

    def getPlane(self, z, c, t, current):
        self.enter(current)
        return bytes(self.plane(z, c, t))

    def setPlane(self, buf, z, c, t, current):
        self.enter(current)
        with self.world.lock:
            self.plane(z, c, t)[:] = buf

    def getTile(self, z, c, t, x, y, w, h, current):
        self.enter(current)
        plane = self.plane(z, c, t)
        return b"".join(bytes(plane[row]) for row in self.rows(x, y, w, h))

    def setTile(self, buf, z, c, t, x, y, w, h, current):
        self.enter(current)
        with self.world.lock:
            plane = self.plane(z, c, t)
            for i, row in enumerate(self.rows(x, y, w, h)):
                plane[row] = buf[i * w * WIDTH:(i + 1) * w * WIDTH]


STATEFUL = {
    "omero.api.RawFileStore": (RawFileStoreI, omero.api.RawFileStorePrx),
    "omero.api.RawPixelsStore": (RawPixelsStoreI, omero.api.RawPixelsStorePrx),
}
