// A client for the tests of idle connections: acm_client PROXY and --Ice.* options. For each line of its standard input it calls
// sleep() and prints "call answered" or "call" with the exception; it prints "beat" for heartbeats and "closed" for the end of its connection.

#include <Core.h>
#include <Ice/Ice.h>

#include <iostream>
#include <mutex>
#include <string>

using namespace std;

namespace
{

void say(const string& line)
{
    static mutex m;
    lock_guard<mutex> lock(m);
    cout << line << endl;
}

}

int main(int argc, char* argv[])
{
    Ice::CommunicatorHolder holder(argc, argv);
    auto peer = Ice::uncheckedCast<CoreTest::PeerPrx>(holder->stringToProxy(argv[1]));
    auto connection = peer->ice_getConnection();
    connection->setHeartbeatCallback([](const shared_ptr<Ice::Connection>&) { say("beat"); });
    connection->setCloseCallback([](const shared_ptr<Ice::Connection>&) { say("closed"); });
    say("ready");
    string line;
    while (getline(cin, line))
    {
        try
        {
            peer->sleep(0);
            say("call answered");
        }
        catch (const Ice::Exception& e)
        {
            say("call " + e.ice_id());
        }
    }
    return 0;
}
