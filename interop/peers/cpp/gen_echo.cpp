// Answers every operation of testdata/gen: what it gets it gives back. Objects have the category "echo".

#include <ByValue.h>
#include <Classes.h>
#include <Containers.h>
#include <Enums.h>
#include <Exceptions.h>
#include <Ice/Ice.h>
#include <Interfaces.h>
#include <Optionals.h>
#include <Structs.h>

#include <algorithm>
#include <iostream>
#include <string>

using namespace std;
using Ice::Current;
using Ice::optional;

namespace
{

// An operation that gives its parameter back twice.
#define ECHO(type, name) \
    type name(type v, type& again, const Current&) override \
    { \
        again = v; \
        return v; \
    }

class GalleryI : public Classes::Gallery
{
public:
    ECHO(shared_ptr<Classes::Shape>, echoShape)
    ECHO(shared_ptr<Classes::Node>, echoNode)
    ECHO(shared_ptr<Classes::Graph>, echoGraph)
    ECHO(Classes::Pair, echoPair)
    ECHO(shared_ptr<Classes::Compact>, echoCompact)
    ECHO(shared_ptr<Classes::Kept>, echoKept)
    ECHO(shared_ptr<Classes::Empty>, echoEmpty)
    ECHO(shared_ptr<Ice::Value>, echoObject)
};

class MuseumI : public ByValue::Museum
{
public:
    ECHO(shared_ptr<Ice::Value>, echoShape)
    ECHO(ByValue::Shapes, echoShapes)
    ECHO(ByValue::ShapesByName, echoByName)
    ECHO(ByValue::Pair, echoPair)
    ECHO(shared_ptr<ByValue::Frame>, echoFrame)
    ECHO(optional<shared_ptr<Ice::Value>>, echoMaybe)
    void lose(shared_ptr<Ice::Value> s, const Current&) override { throw ByValue::Lost(s, s); }
};

class MirrorI : public Structs::Mirror
{
public:
    ECHO(Structs::All, echoAll)
    ECHO(Structs::Point, echoPoint)
    ECHO(Structs::Points, echoPoints)
    ECHO(Structs::PointsByKey, echoByKey)
};

class PaletteI : public Enums::Palette
{
public:
    ECHO(Enums::Color, echoColor)
    ECHO(Enums::Gaps, echoGaps)
    ECHO(Enums::Wide, echoWide)
    ECHO(Enums::Colors, echoColors)
    ECHO(Enums::GapsSeq, echoGapsSeq)
    ECHO(Enums::GapsByColor, echoGapsByColor)
    ECHO(Enums::Names, echoNames)
    ECHO(Enums::Painted, echoPainted)
};

class StoreI : public Containers::Store
{
public:
    ECHO(Containers::Bools, echoBools)
    ECHO(Containers::Bytes, echoBytes)
    ECHO(Containers::Shorts, echoShorts)
    ECHO(Containers::Ints, echoInts)
    ECHO(Containers::Longs, echoLongs)
    ECHO(Containers::Floats, echoFloats)
    ECHO(Containers::Doubles, echoDoubles)
    ECHO(Containers::Strings, echoStrings)
    ECHO(Containers::StringsSeqSeq, echoStringsSeqSeq)
    ECHO(Containers::Blobs, echoBlobs)
    ECHO(Containers::Stores, echoStores)
    ECHO(Containers::Proxies, echoProxies)
    ECHO(Containers::Context, echoContext)
    ECHO(Containers::ByBool, echoByBool)
    ECHO(Containers::ByByte, echoByByte)
    ECHO(Containers::ByShort, echoByShort)
    ECHO(Containers::ByInt, echoByInt)
    ECHO(Containers::ByLong, echoByLong)
    ECHO(Containers::BlobsByName, echoBlobsByName)
    ECHO(Containers::StoresByName, echoStoresByName)
    ECHO(Containers::Contexts, echoContexts)
    ECHO(Containers::ByInts, echoByInts)
};

class BoxI : public Optionals::Box
{
public:
    ECHO(shared_ptr<Optionals::Everything>, echoEverything)
    ECHO(optional<int>, echoInt)
    ECHO(optional<Optionals::Fixed>, echoFixed)
    ECHO(optional<Optionals::Variable>, echoVariable)
    ECHO(optional<shared_ptr<Optionals::Item>>, echoItem)
    ECHO(optional<Optionals::Size>, echoSize)
    ECHO(optional<shared_ptr<Optionals::BoxPrx>>, echoTyped)
    ECHO(optional<Optionals::Bytes>, echoBytes)
    ECHO(optional<Optionals::Shorts>, echoShorts)
    ECHO(optional<Optionals::Strings>, echoStrings)
    ECHO(optional<Optionals::Items>, echoItems)
    ECHO(optional<Optionals::Fixes>, echoFixes)
    ECHO(optional<Optionals::Variables>, echoVariables)

    optional<string>
    echoString(string must, optional<string> v, optional<string>& again, string& mustAgain, const Current&) override
    {
        again = v;
        mustAgain = must;
        return v;
    }

    void refuse(optional<int> code, const Current&) override
    {
        if (!code)
            throw Optionals::Refused("no code", Ice::nullopt, Ice::nullopt);
        throw Optionals::Refused("refused", code, static_pointer_cast<Optionals::Item>(make_shared<Optionals::SpecialItem>("special", string("remark"))));
    }

    optional<int> later(optional<string> last, optional<string>, int plain, const Current&) override
    {
        if (!last)
            return Ice::nullopt;
        return plain + static_cast<int>(last->size());
    }
};

class ThrowerI : public Exceptions::Thrower
{
public:
    void throwBase(string message, const Current&) override { throw Exceptions::Base(message); }
    void throwDerived(string message, int code, const Current&) override { throw Exceptions::Derived(message, code); }
    int throwNothing(const Current&) override { throw Exceptions::Nothing(); }
    void throwKept(string a, string b, const Current&) override { throw Exceptions::Kept(a, b); }
    void throwUndeclared(string message, const Current&) override { throw Exceptions::Base(message); }

    void throwMostDerived(string message, int code, shared_ptr<Exceptions::Detail> detail, const Current&) override
    {
        throw Exceptions::MostDerived(message, code, detail);
    }
};

class EverythingI : public Interfaces::Everything
{
public:
    string name(const Current&) override { return "c++"; }
    void goLeft(int, const Current&) override {}
    long long int sum(long long int a, long long int b, const Current&) override { return a + b; }
    void outOnly(int& one, const Current&) override { one = 11; }
    void ping(const Current&) override {}
    shared_ptr<Interfaces::BasePrx> asBase(shared_ptr<Interfaces::BasePrx> b, const Current&) override { return b; }

    int goRight(string what, bool& really, string& how, const Current&) override
    {
        really = true;
        how = what;
        transform(how.begin(), how.end(), how.begin(), [](unsigned char c) { return toupper(c); });
        return static_cast<int>(what.size());
    }

    void divide(int dividend, int divisor, int& quotient, int& remainder, const Current&) override
    {
        quotient = dividend / divisor;
        remainder = dividend % divisor;
    }

    shared_ptr<Ice::ObjectPrx> itself(const Current& current) override { return current.adapter->createProxy(current.id); }

    shared_ptr<Interfaces::DiamondPrx>
    asDiamond(shared_ptr<Interfaces::DiamondPrx> d, shared_ptr<Interfaces::EverythingPrx>& e, const Current&) override
    {
        e = Ice::uncheckedCast<Interfaces::EverythingPrx>(d);
        return d;
    }
};

class SlicedI : public Interfaces::Sliced
{
public:
    shared_ptr<Ice::Value> echo(shared_ptr<Ice::Value> o, const Current&) override { return o; }
};

// Servants of classes with operations, which are reached through proxies of the classes.
class WorkerI : public Interfaces::WorkerDisp
{
public:
    int work(int hours, const Current&) override { return 10 * hours; }
};

class ForemanI : public Interfaces::ForemanDisp
{
public:
    // Has the other side's servant work, for as long as the request context says, and compares what it has done.
    void boss(shared_ptr<Interfaces::WorkerPrx> worker, const Current& current) override
    {
        int done = worker->work(stoi(current.ctx.at("hours")));
        if (done != stoi(current.ctx.at("done")))
            throw runtime_error("the worker has done " + to_string(done));
        worker->ice_ping();
    }

    void ping(const Current&) override {}
    int work(int hours, const Current&) override { return hours; }
};

class OfficeI : public Interfaces::Office
{
public:
    shared_ptr<Interfaces::WorkerPrx> hire(const Current& current) override
    {
        return Ice::uncheckedCast<Interfaces::WorkerPrx>(current.adapter->addWithUUID(make_shared<WorkerI>()));
    }

    shared_ptr<Interfaces::ForemanPrx> promote(shared_ptr<Interfaces::WorkerPrx> worker, const Current& current) override
    {
        if (!worker)
            return nullptr;
        return Ice::uncheckedCast<Interfaces::ForemanPrx>(current.adapter->addWithUUID(make_shared<ForemanI>()));
    }
};

} // namespace

int main(int argc, char* argv[])
{
    Ice::CommunicatorHolder holder(argc, argv);
    auto adapter = holder->createObjectAdapterWithEndpoints("gen", "tcp -h 127.0.0.1 -p 0");
    adapter->add(make_shared<GalleryI>(), Ice::Identity{"Classes", "echo"});
    adapter->add(make_shared<MuseumI>(), Ice::Identity{"ByValue", "echo"});
    adapter->add(make_shared<MirrorI>(), Ice::Identity{"Structs", "echo"});
    adapter->add(make_shared<PaletteI>(), Ice::Identity{"Enums", "echo"});
    adapter->add(make_shared<StoreI>(), Ice::Identity{"Containers", "echo"});
    adapter->add(make_shared<BoxI>(), Ice::Identity{"Optionals", "echo"});
    adapter->add(make_shared<ThrowerI>(), Ice::Identity{"Exceptions", "echo"});
    adapter->add(make_shared<EverythingI>(), Ice::Identity{"Interfaces", "echo"});
    adapter->add(make_shared<SlicedI>(), Ice::Identity{"Sliced", "echo"});
    adapter->add(make_shared<OfficeI>(), Ice::Identity{"Office", "echo"});
    adapter->activate();
    auto info = dynamic_pointer_cast<Ice::IPEndpointInfo>(adapter->getEndpoints()[0]->getInfo());
    cout << "tcp " << info->port << endl << "ready" << endl;
    string line;
    while (getline(cin, line))
        ;
    return 0;
}
