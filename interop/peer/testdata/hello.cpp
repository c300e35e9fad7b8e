// A peer for the tests of package peer: serves Hello::Greeter until its
// standard input is closed.
#include <Hello.h>
#include <Ice/Ice.h>
#include <iostream>

class GreeterI : public Hello::Greeter
{
    std::string greet(std::string name, const Ice::Current&) override { return "hello, " + name; }
};

int main(int argc, char* argv[])
{
    Ice::CommunicatorHolder ich(argc, argv);
    auto adapter = ich->createObjectAdapterWithEndpoints("hello", "tcp -h 127.0.0.1 -p 0");
    adapter->add(std::make_shared<GreeterI>(), Ice::stringToIdentity("greeter"));
    adapter->activate();
    auto info = std::dynamic_pointer_cast<Ice::TCPEndpointInfo>(adapter->getEndpoints()[0]->getInfo());
    std::cout << "tcp " << info->port << std::endl << "ready" << std::endl;
    std::string line;
    while (std::getline(std::cin, line))
    {
    }
}
