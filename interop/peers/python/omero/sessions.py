"""Logging in, and what a session gives access to."""

import uuid

import Glacier2
import Ice
import omero
import omero.api
import omero.cmd
import omero.grid
import omero.model
import omero.sys

import commands
from grid import ScriptI, SharedResourcesI
from services import STATELESS, Service
from stores import STATEFUL
from world import USERS, fail

STATELESS["omero.api.IScript"] = (ScriptI, omero.api.IScriptPrx)


class Registry:
    """All sessions, by uuid."""

    def __init__(self, world, adapter, idle_seconds):
        self.world = world
        self.adapter = adapter
        self.idle_seconds = idle_seconds
        self.sessions = {}

    def find(self, key):
        with self.world.lock:
            session = self.sessions.get(key)
            if session and self.world.now() - session.used > self.idle_seconds:
                session.expired = "SessionTimeoutException"
                session.remove()
                return None
            return session

    def join(self, user):
        """The session that user names, or a new one for a user's name."""
        with self.world.lock:
            session = self.find(user)
            if session is None:
                session = Session(self, user)
                self.sessions[session.uuid] = session
            session.references += 1
            return session

    def reference_count(self, key):
        session = self.find(key)
        if session is None:
            raise fail("RemovedSessionException", "the session is gone")
        return session.references

    def drop_reference(self, key):
        """What ISession.closeSession does: the count that is left, the session going with the last."""
        with self.world.lock:
            left = self.reference_count(key) - 1
            session = self.sessions[key]
            session.references = left
            if left <= 0:
                session.remove()
            return left


class Session:
    """One OMERO session, which any number of clients may have joined."""

    def __init__(self, registry, user):
        self.registry = registry
        self.world = registry.world
        self.uuid = str(uuid.uuid4())
        self.user = user
        self.references = 0
        self.used = self.world.now()
        self.expired = None            # the exception that later calls get
        self.close_on_destroy = True
        self.services = {}             # name in the identity -> servant

    def touch(self):
        """Counts as use; fails once the session is gone."""
        self.registry.find(self.uuid)
        if self.expired:
            raise fail(self.expired, "the session is gone")
        self.used = self.world.now()

    def remove(self, reason="RemovedSessionException"):
        with self.world.lock:
            self.expired = self.expired or reason
            self.registry.sessions.pop(self.uuid, None)

    def add_service(self, name, servant, prx):
        """Puts a servant in this session's category, which outlives connections."""
        with self.world.lock:
            ident = Ice.Identity(name, self.uuid)
            if name not in self.services:
                self.services[name] = servant
                servant.identity = ident
                self.registry.adapter.add(servant, ident)
            return prx.uncheckedCast(self.registry.adapter.createProxy(ident))

    def close_service(self, servant):
        with self.world.lock:
            if self.services.pop(servant.identity.name, None):
                self.registry.adapter.remove(servant.identity)

    def event_context(self, group):
        ctx = omero.sys.EventContext()
        ctx.sessionUuid, ctx.userName, ctx.userId = self.uuid, self.user, sorted(USERS).index(self.user)
        ctx.groupId, ctx.groupName, ctx.eventType = group, "group-%d" % group, "User"
        ctx.memberOfGroups, ctx.leaderOfGroups, ctx.isAdmin = [1, 3], [], self.user == "root"
        return ctx


class ServiceFactoryI(Service, omero.api.ServiceFactory):
    """The session as one client sees it."""

    def __init__(self, session, world, client, identity):
        super().__init__(session, world)
        self.client = client
        self.identity = identity

    def stateless(self, name, current):
        self.enter(current)
        if name not in STATELESS:
            raise fail("ApiUsageException", "this server has no %s" % name)
        servant, prx = STATELESS[name]
        return self.session.add_service(self.client + name, servant(self.session, self.world), prx)

    def stateful(self, name, current):
        self.enter(current)
        if name not in STATEFUL:
            raise fail("ApiUsageException", "this server has no %s" % name)
        servant, prx = STATEFUL[name]
        return self.session.add_service(str(uuid.uuid4()) + name, servant(self.session, self.world), prx)

    def getQueryService(self, current):
        return self.stateless("omero.api.IQuery", current)

    def getUpdateService(self, current):
        return self.stateless("omero.api.IUpdate", current)

    def getAdminService(self, current):
        return self.stateless("omero.api.IAdmin", current)

    def getConfigService(self, current):
        return self.stateless("omero.api.IConfig", current)

    def getSessionService(self, current):
        return self.stateless("omero.api.ISession", current)

    def getScriptService(self, current):
        return self.stateless("omero.api.IScript", current)

    def sharedResources(self, current):
        self.enter(current)
        return self.session.add_service(self.client + "SharedResources", SharedResourcesI(self.session, self.world),
                                        omero.grid.SharedResourcesPrx)

    def getByName(self, name, current):
        return self.stateless(name, current)

    def createRawFileStore(self, current):
        return self.stateful("omero.api.RawFileStore", current)

    def createRawPixelsStore(self, current):
        return self.stateful("omero.api.RawPixelsStore", current)

    def createByName(self, name, current):
        return self.stateful(name, current)

    def setCallback(self, callback, current):
        self.enter(current)  # and forgets it, like OMERO

    def activeServices(self, current):
        self.enter(current)
        with self.world.lock:
            return sorted(self.session.services)

    def keepAlive(self, proxy, current):
        self.enter(current)
        return proxy is None or proxy.ice_getIdentity().name in self.session.services

    def keepAllAlive(self, proxies, current):
        self.enter(current)
        if not proxies:
            return -1
        dead = [p is not None and p.ice_getIdentity().name not in self.session.services for p in proxies]
        return sum(1 << i for i, d in enumerate(dead) if d)

    def closeOnDestroy(self, current):
        self.enter(current)
        self.session.close_on_destroy = True

    def detachOnDestroy(self, current):
        self.enter(current)
        self.session.close_on_destroy = False

    def submit(self, request, current):
        self.enter(current)
        if not commands.handles(request):
            return None
        handle = commands.HandleI(self.session, self.world, request, self.group(current))
        return self.session.add_service(str(uuid.uuid4()) + "Handle", handle, omero.cmd.HandlePrx)

    def destroy(self, current=None):
        """The router calls this when the client's connection is lost or its session ends."""
        self.world.count("ServiceFactory.destroy")
        with self.world.lock:
            try:
                self.session.registry.adapter.remove(self.identity)
            except Ice.NotRegisteredException:
                return
            self.session.references -= 1
            if self.session.references <= 0 and self.session.close_on_destroy:
                self.session.remove()


class SessionManagerI(Glacier2.SessionManager):
    """Creates sessions and joins them."""

    def __init__(self, world, registry):
        self.world = world
        self.registry = registry

    def create(self, user, control, current):
        self.world.count("SessionManager.create")
        client = current.ctx.get("omero.client.uuid")
        if not client:
            raise wrapped("No omero.client.uuid in the context", "ome.conditions.ApiUsageException")
        if not current.ctx.get("omero.agent"):
            raise wrapped("No omero.agent in the context", "ome.conditions.ApiUsageException")
        with self.world.lock:
            if self.world.settings["busy"] > 0:
                self.world.settings["busy"] -= 1
                if self.world.settings["busy_class"] == "CannotCreateSessionException":
                    raise Glacier2.CannotCreateSessionException("the manager is out of sessions")
                raise wrapped("the database is busy", "omero.DatabaseBusyException", True, 50)
            session = self.registry.join(user)
            session.used = self.world.now()
            identity = Ice.Identity(session.uuid, "session-" + client)
            if self.registry.adapter.find(identity):
                self.registry.adapter.remove(identity)
                session.references -= 1
            factory = ServiceFactoryI(session, self.world, client, identity)
            self.registry.adapter.add(factory, identity)
        if control:
            control.categories().add([identity.category, session.uuid, "ProcessCallback", "ProcessorCallback"])
        return Glacier2.SessionPrx.uncheckedCast(self.registry.adapter.createProxy(identity))


def wrapped(message, kind, concurrency=False, back_off=-1):
    return omero.WrappedCreateSessionException(message, concurrency, back_off, kind)


class VerifierI(Glacier2.PermissionsVerifier):
    """Knows the users' passwords. A session's uuid is its own password."""

    def __init__(self, world, registry):
        self.world = world
        self.registry = registry

    def checkPermissions(self, user, password, current):
        self.world.count("PermissionsVerifier.checkPermissions")
        if self.registry.find(user):
            return (user == password, "")
        if USERS.get(user) == password:
            return (True, "")
        return (False, "Password check failed")
