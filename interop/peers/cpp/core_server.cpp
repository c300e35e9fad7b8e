// A server for the tests and benchmarks of the client runtime. Arguments: endpoints and --Ice.* options.

#include <Core.h>
#include <Ice/Ice.h>

#include <chrono>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>

using namespace std;

namespace
{

class PeerI : public CoreTest::Peer
{
public:
    string say(string text, const Ice::Current&) override { return text; }
    CoreTest::Bytes get(int size, const Ice::Current&) override { return CoreTest::Bytes(static_cast<size_t>(size)); }
    void put(CoreTest::Bytes, const Ice::Current&) override {}

    void fail(string kind, const Ice::Current& current) override
    {
        if (kind == "failure")
            throw CoreTest::Failure("failed");
        if (kind == "special")
            throw CoreTest::Special("failed", 7);
        if (kind == "undeclared")
            throw CoreTest::Undeclared("nobody said so");
        if (kind == "object")
            throw Ice::ObjectNotExistException(__FILE__, __LINE__, current.id, current.facet, current.operation);
        if (kind == "facet")
            throw Ice::FacetNotExistException(__FILE__, __LINE__, current.id, current.facet, current.operation);
        if (kind == "operation")
            throw Ice::OperationNotExistException(__FILE__, __LINE__, current.id, current.facet, current.operation);
        if (kind == "local")
            throw Ice::TimeoutException(__FILE__, __LINE__);
        throw runtime_error("unexpected");
    }

    void sleep(int milliseconds, const Ice::Current&) override
    {
        this_thread::sleep_for(chrono::milliseconds(milliseconds));
    }

    void rest(int milliseconds, const Ice::Current& current) override { sleep(milliseconds, current); }
    void mark(string name, const Ice::Current&) override { note(name); }
    void markAgain(string name, const Ice::Current&) override { note(name); }

    int count(string name, const Ice::Current&) override
    {
        lock_guard<mutex> lock(_mutex);
        return _counts[name];
    }

    void markAndDrop(string name, const Ice::Current& current) override
    {
        if (note(name) == 1)
            current.con->close(Ice::ConnectionClose::Forcefully);
    }

    void markAgainAndDrop(string name, const Ice::Current& current) override { markAndDrop(name, current); }

    CoreTest::Entries context(const Ice::Current& current) override { return current.ctx; }
    string facet(const Ice::Current& current) override { return current.facet; }

    string peerAddress(const Ice::Current& current) override
    {
        auto info = current.con->getInfo();
        while (info->underlying)
            info = info->underlying;
        auto ip = dynamic_pointer_cast<Ice::IPConnectionInfo>(info);
        return ip->remoteAddress + ":" + to_string(ip->remotePort);
    }

    shared_ptr<Ice::ObjectPrx> reflect(shared_ptr<Ice::ObjectPrx> proxy, const Ice::Current&) override { return proxy; }

    void leave(const Ice::Current& current) override { current.con->close(Ice::ConnectionClose::Gracefully); }

    void hold(int milliseconds, const Ice::Current& current) override
    {
        auto adapter = current.adapter;
        adapter->hold();
        thread([=] {
            this_thread::sleep_for(chrono::milliseconds(milliseconds));
            adapter->activate();
        }).detach();
    }

    void shutdown(const Ice::Current& current) override { current.adapter->getCommunicator()->shutdown(); }

private:
    int note(const string& name)
    {
        lock_guard<mutex> lock(_mutex);
        return ++_counts[name];
    }

    mutex _mutex;
    map<string, int> _counts;
};

}

int main(int argc, char* argv[])
{
    Ice::CommunicatorHolder holder(argc, argv);
    auto adapter = holder->createObjectAdapterWithEndpoints("Core", argv[1]);
    auto peer = make_shared<PeerI>();
    adapter->add(peer, Ice::stringToIdentity("peer"));
    adapter->add(peer, Ice::stringToIdentity("cat/peer"));
    adapter->addFacet(peer, Ice::stringToIdentity("peer"), "side");
    adapter->activate();
    for (const auto& endpoint : adapter->getEndpoints())
    {
        auto info = endpoint->getInfo();
        while (info->underlying)
            info = info->underlying;
        auto text = endpoint->toString();
        cout << text.substr(0, text.find(' ')) << " " << dynamic_pointer_cast<Ice::IPEndpointInfo>(info)->port << endl;
    }
    thread([communicator = holder.communicator()] {
        string line;
        while (getline(cin, line))
            ;
        communicator->shutdown();
    }).detach();
    cout << "ready" << endl;
    holder->waitForShutdown();
    return 0;
}
