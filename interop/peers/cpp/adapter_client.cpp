// Calls every operation of a Tester and compares what comes back.
//
// Usage: adapter_client PROXY [--Ice.X=Y ...]
//
// Prints a line for each check that fails, then "checks N failed M". The exit
// status is 0 if all hold.

#include "AdapterTest.h"
#include <Ice/Ice.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <iostream>
#include <limits>
#include <thread>

using namespace std;
using namespace AdapterTest;

namespace
{

int checks = 0;
int failures = 0;

void check(const string& what, bool condition, const string& detail = "")
{
    ++checks;
    if (!condition)
    {
        ++failures;
        cout << "FAILED " << what << " " << detail << endl;
    }
}

template<class E, class F> bool throws(F call, function<bool(const E&)> is = nullptr)
{
    try
    {
        call();
    }
    catch (const E& e)
    {
        return !is || is(e);
    }
    catch (const std::exception& e)
    {
        cout << "not the expected exception: " << e.what() << endl;
    }
    return false;
}

// echo calls one echo operation with one value.
template<class T, class F> void echo(const string& name, F op, const T& v)
{
    T same;
    T got = op(v, same);
    check(name, got == v && same == v);
}

#define ECHO(NAME, TYPE, ...) \
    for (const TYPE& v : vector<TYPE> __VA_ARGS__) \
        echo<TYPE>(#NAME, [&](const TYPE& in, TYPE& out) { return t->NAME(in, out); }, v)

void echoes(const shared_ptr<TesterPrx>& t)
{
    const Point point{1.5, -2.25};
    const Named named{"\xc3\xa4", point, Color::blue};
    for (bool v : {true, false})
    {
        bool same = !v;
        check("echoBool", t->echoBool(v, same) == v && same == v);
    }
    ECHO(echoByte, Ice::Byte, {0, 127, 255});
    ECHO(echoShort, short, {numeric_limits<short>::min(), -1, 0, numeric_limits<short>::max()});
    ECHO(echoInt, int, {numeric_limits<int>::min(), 0, numeric_limits<int>::max()});
    ECHO(echoLong, long long, {numeric_limits<long long>::min(), 0, numeric_limits<long long>::max()});
    ECHO(echoFloat, float, {0.0f, 1.5f, -0.25f});
    ECHO(echoDouble, double, {0.0, 1e300, -0.1});
    ECHO(echoString, string, {"", "plain", "Gr\xc3\xbc\xc3\x9f" "e \xf0\x9f\x98\x80", string(300, 'x'), string("nul\0inside", 10)});
    ECHO(echoColor, Color, {Color::red, Color::green, Color::blue});
    ECHO(echoPoint, Point, {point});
    ECHO(echoNamed, Named, {named});
    ECHO(echoBytes, ByteSeq, {{}, {0, 1, 255}, ByteSeq(100000, 7)});
    ECHO(echoBools, BoolSeq, {{}, {true, false, true}});
    ECHO(echoInts, IntSeq, {{}, {1, -2, numeric_limits<int>::max()}});
    ECHO(echoDoubles, DoubleSeq, {{}, DoubleSeq(300, 0.5)});
    ECHO(echoStrings, StringSeq, {{}, {"", "a", string(200, 'b')}});
    ECHO(echoPoints, PointSeq, {{}, PointSeq(3, point)});
    ECHO(echoNameds, NamedSeq, {{}, {named, Named{"", {0, 0}, Color::red}}});
    ECHO(echoColors, ColorSeq, {{}, {Color::green, Color::red}});
    ECHO(echoNested, StringSeqSeq, {{}, {{"a"}, {}, {"b", "c"}}});
    ECHO(echoCounts, Counts, {{}, {{"a", 1}, {"", -5}}});
    ECHO(echoNames, Names, {{}, {{3, "drei"}, {-1, ""}}});
    ECHO(echoPlaces, Places, {{}, {{Color::green, point}}});
}

void classes(const shared_ptr<TesterPrx>& t, bool optionals)
{
    auto node = make_shared<Node>("a", nullptr, nullptr, 5);
    auto leaf = make_shared<Leaf>("b", node, nullptr, IceUtil::None, Color::blue, Counts{{"x", 1}});
    node->next = leaf;
    node->other = leaf;
    for (int sliced = 0; sliced < 2; ++sliced)
    {
        shared_ptr<Node> same;
        auto got = sliced ? t->echoSliced(node, same) : t->echoNode(node, same);
        check("node fields", got && got->name == "a" && (!optionals || (got->weight && *got->weight == 5 && !got->next->weight)));
        auto next = dynamic_pointer_cast<Leaf>(got->next);
        check("node derived", next && next->color == Color::blue && next->counts == Counts{{"x", 1}});
        check("node identity", got->next == got->other && got->next->next == got && same == got);
        check("node null", !(sliced ? t->echoSliced(nullptr, same) : t->echoNode(nullptr, same)) && !same);
        got->next->next = nullptr; // ends the circle, for the counted pointers
    }
    NodeSeq sames;
    auto nodes = t->echoNodes({node, nullptr, node}, sames);
    check("nodes", nodes.size() == 3 && nodes[0] == nodes[2] && !nodes[1] && dynamic_pointer_cast<Leaf>(nodes[0]->next));
    nodes[0]->next->next = nullptr;
    leaf->next = nullptr;
}

void optionals(const shared_ptr<TesterPrx>& t)
{
    for (int set = 0; set < 8; ++set)
    {
        Ice::optional<string> v;
        Ice::optional<Point> p;
        Ice::optional<int> n;
        if (set & 1) v = string("text");
        if (set & 2) p = Point{1, 2};
        if (set & 4) n = 42;
        Ice::optional<Point> same;
        int count = -1;
        auto got = t->echoOptional(v, p, n, same, count);
        bool pointHolds = bool(same) == bool(p) && (!p || *same == *p);
        check("echoOptional", got == v && pointHolds && count == bool(v) + bool(p) + bool(n));
    }
}

void proxies(const shared_ptr<TesterPrx>& t)
{
    auto other = t->ice_identity(Ice::stringToIdentity("other/one"))->ice_facet("side");
    shared_ptr<TesterPrx> self;
    auto got = t->echoProxy(other, self);
    check("echoProxy", got && got->ice_toString() == other->ice_toString(), got ? got->ice_toString() : "null");
    check("echoProxy of itself", self && self->ice_getIdentity() == t->ice_getIdentity() && self->total() >= 0);
    check("echoProxy(null)", !t->echoProxy(nullptr, self));
}

void exceptions(const shared_ptr<TesterPrx>& t)
{
    check("Failure", throws<Failure>([&] { t->fail("plain"); }, [](const Failure& e) { return e.ice_id() == "::AdapterTest::Failure" && e.reason == "plain" && e.code == 7; }));
    check("DetailedFailure", throws<DetailedFailure>([&] { t->fail("detailed"); }, [](const DetailedFailure& e) {
        return e.details == StringSeq{"a", "b"} && e.hint && *e.hint == "try" && e.code == 8; }));
    for (int sliced = 0; sliced < 2; ++sliced)
    {
        check("NodeFailure", throws<NodeFailure>([&] { sliced ? t->failSliced("node") : t->fail("node"); }, [](const NodeFailure& e) {
            bool holds = e.node && e.node->next == e.node && e.node->name == "self";
            if (e.node) e.node->next = nullptr;
            return holds; }));
    }
    check("UnknownUserException", throws<Ice::UnknownUserException>([&] { t->fail("undeclared"); }, [](const Ice::UnknownUserException& e) {
        return e.unknown.find("::AdapterTest::Undeclared") != string::npos; }));
    check("UnknownException of an error", throws<Ice::UnknownException>([&] { t->fail("error"); }, [](const Ice::UnknownException& e) {
        return e.unknown.find("broken") != string::npos; }));
    check("UnknownException of a panic", throws<Ice::UnknownException>([&] { t->fail("panic"); }));
    check("ObjectNotExist from the servant", throws<Ice::ObjectNotExistException>([&] { t->fail("notexist"); }));
    check("ObjectNotExist", throws<Ice::ObjectNotExistException>([&] { t->ice_identity(Ice::stringToIdentity("no/body"))->ice_ping(); }, [](const Ice::ObjectNotExistException& e) {
        return e.id.name == "body" && e.id.category == "no" && e.operation == "ice_ping"; }));
    check("FacetNotExist", throws<Ice::FacetNotExistException>([&] { t->ice_facet("nothing")->ice_ping(); }, [](const Ice::FacetNotExistException& e) { return e.facet == "nothing"; }));
    vector<Ice::Byte> none{6, 0, 0, 0, 1, 1}, out;
    check("OperationNotExist", throws<Ice::OperationNotExistException>([&] { t->ice_invoke("unheard", Ice::OperationMode::Normal, none, out); }, [](const Ice::OperationNotExistException& e) {
        return e.operation == "unheard"; }));
    check("bad parameters are an unknown local exception", throws<Ice::UnknownException>([&] { t->ice_invoke("echoString", Ice::OperationMode::Normal, none, out); }));
    t->ice_ping();
}

void builtins(const shared_ptr<TesterPrx>& t)
{
    check("ice_ids", t->ice_ids() == vector<string>{"::AdapterTest::Base", "::AdapterTest::Tester", "::Ice::Object"});
    check("ice_id", t->ice_id() == "::AdapterTest::Tester");
    check("ice_isA", t->ice_isA("::AdapterTest::Base") && !t->ice_isA("::AdapterTest::Callback"));
    check("checkedCast", Ice::checkedCast<BasePrx>(t) && !Ice::checkedCast<CallbackPrx>(t));
    check("checkedCast without the facet", throws<Ice::FacetNotExistException>([&] { Ice::checkedCast<TesterPrx>(t->ice_facet("nothing")); }));
    check("operation of a base", t->baseName() == "base");
}

void currents(const shared_ptr<TesterPrx>& t)
{
    auto at = [&](const string& name, const string& category) { return Ice::uncheckedCast<TesterPrx>(t->ice_identity(Ice::Identity{name, category})); };
    auto o = t->where(Ice::Context{{"a", "1"}, {"b", "2"}});
    check("where", o.name == t->ice_getIdentity().name && o.facet.empty() && o.operation == "where" && o.context == Counts{{"a", 1}, {"b", 2}} && o.mode == "idempotent");
    check("where: transport", o.transport == t->ice_getConnection()->type(), o.transport);
    check("facet", Ice::uncheckedCast<TesterPrx>(t->ice_facet("second"))->where().facet == "second");
    o = at("someone", "default")->where();
    check("default servant", o.name == "someone" && o.category == "default");
    o = at("someone", "located")->where();
    check("servant locator", o.name == "someone" && o.category == "located");
    check("servant locator without", throws<Ice::ObjectNotExistException>([&] { at("missing", "located")->where(); }));
}

void oneways(const shared_ptr<TesterPrx>& t)
{
    int before = t->total();
    auto oneway = t->ice_oneway();
    for (int i = 0; i < 100; ++i) oneway->add(1);
    auto batch = t->ice_batchOneway();
    for (int i = 0; i < 250; ++i) batch->add(2);
    batch->ice_flushBatchRequests();
    for (int i = 0; i < 200 && t->total() != before + 600; ++i) t->sleep(20); // what goes one way is counted some time later
    check("oneway and batch", t->total() == before + 600, to_string(t->total() - before));
}

void concurrency(const shared_ptr<TesterPrx>& t)
{
    auto slow = t->sleepAsync(3000);
    int same = 0;
    check("a slow dispatch holds up no other", t->echoInt(1, same) == 1 && slow.wait_for(chrono::seconds(0)) != future_status::ready);
    vector<future<Tester::EchoIntResult>> futures;
    for (int i = 0; i < 1000; ++i) futures.push_back(t->echoIntAsync(i));
    bool all = true;
    for (int i = 0; i < 1000; ++i) all = futures[i].get().returnValue == i && all;
    check("many at once", all);
    slow.get();
}

class CallbackI : public Callback
{
public:
    int twice(int n, const Ice::Current&) override { return 2 * n; }
    void note(string, const Ice::Current&) override {}
};

void callbacks(const shared_ptr<TesterPrx>& t, const shared_ptr<Ice::Communicator>& communicator)
{
    auto adapter = communicator->createObjectAdapterWithEndpoints("back", "tcp -h 127.0.0.1");
    auto servant = make_shared<CallbackI>();
    auto back = Ice::uncheckedCast<CallbackPrx>(adapter->addWithUUID(servant));
    adapter->activate();
    check("callback on a connection of its own", t->askBack(back, 21) == 42);
    adapter->add(servant, Ice::stringToIdentity("back"));
    t->ice_getConnection()->setAdapter(adapter);
    check("callback on the same connection", t->askBackOnConnection("back", 21) == 42);
}

}

int main(int argc, char* argv[])
{
    try
    {
        Ice::InitializationData init;
        init.properties = Ice::createProperties(argc, argv);
        init.properties->setProperty("Ice.AcceptClassCycles", "1");
        Ice::CommunicatorHolder holder(init);
        auto base = holder->stringToProxy(argv[1]);
        auto tester = Ice::checkedCast<TesterPrx>(base);
        check("checkedCast", bool(tester));
        echoes(tester);
        optionals(tester);
        classes(tester, true);
        proxies(tester);
        exceptions(tester);
        builtins(tester);
        currents(tester);
        auto old = tester->ice_encodingVersion(Ice::Encoding_1_0);
        echoes(old);
        classes(old, false);
        proxies(old);
        oneways(tester);
        concurrency(tester);
        callbacks(tester, holder.communicator());
        ByteSeq sent(200000, 'c'), same;
        check("compressed", tester->ice_compress(true)->echoBytes(sent, same) == sent && same == sent);
        if (!holder->getProperties()->getProperty("Test.Shutdown").empty()) tester->shutdown();
    }
    catch (const std::exception& e)
    {
        check(string("no exception: ") + e.what(), false);
    }
    cout << "checks " << checks << " failed " << failures << endl;
    return failures ? 1 : 0;
}
