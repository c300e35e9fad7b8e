// Benchmark client, Java mapping. Prints one JSON line per measure; see ../README.md.
import Bench.*;
import com.zeroc.Ice.*;
import java.lang.Exception;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

public final class Client
{
    interface Call
    {
        void run() throws Exception;
    }

    // calls and seconds
    record Run(long n, double s)
    {
        double rate()
        {
            return n / s;
        }
    }

    static String transport = "tcp";

    static void emit(String measure, double value, String unit, long n)
    {
        System.out.println(String.format(Locale.ROOT,
            "{\"client\":\"java\",\"transport\":\"%s\",\"measure\":\"%s\",\"value\":%.5f,\"unit\":\"%s\",\"n\":%d}",
            transport, measure, value, unit, n));
        System.out.flush();
    }

    static double since(long t)
    {
        return (System.nanoTime() - t) / 1e9;
    }

    static double cpuSeconds()
    {
        return ((com.sun.management.OperatingSystemMXBean)ManagementFactory.getOperatingSystemMXBean())
                   .getProcessCpuTime() / 1e9;
    }

    static long rssBytes() throws Exception
    {
        String[] f = Files.readString(Paths.get("/proc/self/statm")).split(" ");
        return Long.parseLong(f[1]) * 4096;
    }

    static long liveHeapBytes()
    {
        for(int i = 0; i < 2; ++i)
        {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    static double pct(List<Double> v, double q)
    {
        double[] a = v.stream().mapToDouble(x -> x).toArray();
        Arrays.sort(a);
        return a[Math.min(a.length - 1, (int)(q * a.length))];
    }

    static void check(boolean ok, String what)
    {
        if(!ok)
        {
            throw new IllegalStateException("wrong answer: " + what);
        }
    }

    // Calls c until maxCount calls or maxSeconds.
    static Run loop(long maxCount, double maxSeconds, Call c) throws Exception
    {
        long t = System.nanoTime();
        long limit = (long)(maxSeconds * 1e9);
        long n = 0;
        while(n < maxCount && System.nanoTime() - t < limit)
        {
            c.run();
            ++n;
        }
        return new Run(n, since(t));
    }

    // Like loop, but returns the seconds of each call.
    static List<Double> timed(int maxCount, double maxSeconds, Call c) throws Exception
    {
        List<Double> v = new ArrayList<>(maxCount);
        long start = System.nanoTime();
        while(v.size() < maxCount && since(start) < maxSeconds)
        {
            long t = System.nanoTime();
            c.run();
            v.add(since(t));
        }
        return v;
    }

    // Keeps `width` futures outstanding, any completion admits the next.
    static Run windowed(int width, long maxCount, double maxSeconds, Supplier<CompletableFuture<?>> call)
        throws Exception
    {
        Semaphore room = new Semaphore(width);
        AtomicBoolean failed = new AtomicBoolean();
        long t = System.nanoTime();
        Run r = loop(maxCount, maxSeconds, () ->
        {
            room.acquire();
            call.get().whenComplete((v, ex) ->
            {
                if(ex != null)
                {
                    failed.set(true);
                }
                room.release();
            });
        });
        room.acquire(width);
        check(!failed.get(), "an asynchronous call failed");
        return new Run(r.n(), since(t));
    }

    static void verify(EchoPrx p)
    {
        String s = "h\u00e9llo \u2713";
        check(p.echoString(s).equals(s), "echoString");
        byte[] b = p.getBytes(1000);
        check(b.length == 1000 && b[999] == (byte)(999 * 31 + (999 >> 8)), "getBytes");
        p.putBytes(b);
        Point[] pts = p.getPoints(10);
        check(pts.length == 10 && pts[3].x == 3.25 && pts[3].y == 6 && pts[3].z == -1, "getPoints");
        for(EncodingVersion enc : new EncodingVersion[]{Util.Encoding_1_0, Util.Encoding_1_1})
        {
            Image[] l = p.ice_encodingVersion(enc).findImages(20);
            check(l.length == 20 && l[5].id.val == 6 && l[5].name.val.equals("image-5.ome.tiff") &&
                  l[5].version == null && l[5].pixels.length == 1 && l[5].pixels[0].owner == l[5] &&
                  l[5].details.owner == l[6].pixels[0].details.owner, "findImages");
        }
        try
        {
            p.fail();
            check(false, "fail");
        }
        catch(BenchError e)
        {
            check(e.reason.equals("as asked"), "fail");
        }
    }

    static void warm(EchoPrx p) throws Exception
    {
        loop(20000, 3, p::ping);
    }

    static void start(EchoPrx p) throws Exception
    {
        List<Double> v = new ArrayList<>();
        loop(200, 5, () ->
        {
            EchoPrx q = p.ice_connectionId("c" + v.size());
            long t = System.nanoTime();
            q.ping();
            v.add(since(t));
            q.ice_getConnection().close(ConnectionClose.GracefullyWithWait);
        });
        emit("connect_first_call_p50", pct(v, .5) * 1e6, "us", v.size());
    }

    static void ping(EchoPrx p) throws Exception
    {
        warm(p);
        List<Double> v = timed(20000, 10, p::ping);
        emit("ping_p50", pct(v, .5) * 1e6, "us", v.size());
        emit("ping_p99", pct(v, .99) * 1e6, "us", v.size());
        double c = cpuSeconds();
        Run r = loop(200000, 2, p::ping);
        emit("ping_sync_rate", r.rate(), "1/s", r.n());
        emit("ping_sync_cpu", (cpuSeconds() - c) / r.n() * 1e6, "us/op", r.n());
    }

    static void async(EchoPrx p) throws Exception
    {
        warm(p);
        for(int k : new int[]{100, 1000})
        {
            windowed(k, 20000, 1, p::pingAsync);
            double c = cpuSeconds();
            Run r = windowed(k, 2000000, 2, p::pingAsync);
            emit("ping_async" + k + "_rate", r.rate(), "1/s", r.n());
            emit("ping_async" + k + "_cpu", (cpuSeconds() - c) / r.n() * 1e6, "us/op", r.n());
        }
    }

    static void sleep(EchoPrx p) throws Exception
    {
        int n = 10000;
        List<Double> wall = new ArrayList<>();
        List<Double> peak = new ArrayList<>();
        for(int rep = 0; rep < 3; ++rep)
        {
            AtomicInteger done = new AtomicInteger();
            CompletableFuture<?>[] fs = new CompletableFuture<?>[n];
            long t = System.nanoTime();
            for(int i = 0; i < n; ++i)
            {
                fs[i] = p.sleepAsync(200);
                fs[i].whenComplete((v, ex) -> done.incrementAndGet());
            }
            peak.add((double)(n - done.get()));
            for(CompletableFuture<?> f : fs)
            {
                f.get();
            }
            wall.add(since(t) * 1e3);
        }
        emit("sleep10k_wall", pct(wall, .5), "ms", n);
        emit("sleep10k_peak", pct(peak, .5), "calls", n);
    }

    static void mem(EchoPrx p) throws Exception
    {
        int n = 10000;
        loop(1000, 2, p::ping);
        windowed(100, 1000, 2, p::pingAsync);
        long heap = liveHeapBytes();
        long before = rssBytes();
        CompletableFuture<?>[] fs = new CompletableFuture<?>[n];
        for(int i = 0; i < n; ++i)
        {
            fs[i] = p.sleepAsync(4000);
        }
        Thread.sleep(300);
        long after = rssBytes();
        long heapAfter = liveHeapBytes();
        for(CompletableFuture<?> f : fs)
        {
            check(!f.isDone(), "calls ended before memory was read");
        }
        for(CompletableFuture<?> f : fs)
        {
            f.get();
        }
        emit("call_rss", (after - before) / (double)n, "B/call", n);
        emit("call_heap", (heapAfter - heap) / (double)n, "B/call", n);
    }

    static void futures(EchoPrx p) throws Exception
    {
        int n = 100000;
        loop(1000, 2, p::ping);
        long heap = liveHeapBytes();
        CompletableFuture<?>[] fs = new CompletableFuture<?>[n];
        double cpu = cpuSeconds();
        long t = System.nanoTime();
        for(int i = 0; i < n; ++i)
        {
            fs[i] = p.sleepAsync(5000);
        }
        double issued = (System.nanoTime() - t) / 1e9;
        int outstanding = 0;
        for(CompletableFuture<?> f : fs)
        {
            outstanding += f.isDone() ? 0 : 1;
        }
        long heapAfter = liveHeapBytes();
        for(CompletableFuture<?> f : fs)
        {
            f.get();
        }
        emit("futures100k_outstanding", outstanding, "calls", n);
        emit("futures100k_issue", issued / n * 1e6, "us/op", n);
        emit("futures100k_cpu", (cpuSeconds() - cpu) / n * 1e6, "us/op", n);
        emit("futures100k_heap", (heapAfter - heap) / (double)n, "B/call", n);
    }

    static void bytes(EchoPrx p) throws Exception
    {
        for(int size : new int[]{64 << 10, 1 << 20})
        {
            String name = size == 64 << 10 ? "64K" : "1M";
            byte[] buf = new byte[size];
            Arrays.fill(buf, (byte)7);
            double mb = size / 1e6;
            Call get = () -> check(p.getBytes(size).length == size, "getBytes size");
            Call put = () -> p.putBytes(buf);
            loop(2000, 1, get);
            Run r = loop(50000, 1, get);
            emit("get" + name + "_sync", r.rate() * mb, "MB/s", r.n());
            loop(2000, 1, put);
            r = loop(50000, 1, put);
            emit("put" + name + "_sync", r.rate() * mb, "MB/s", r.n());
            r = windowed(6, 50000, 1, () -> p.getBytesAsync(size));
            emit("get" + name + "_win6", r.rate() * mb, "MB/s", r.n());
            r = windowed(6, 50000, 1, () -> p.putBytesAsync(buf));
            emit("put" + name + "_win6", r.rate() * mb, "MB/s", r.n());
        }
    }

    static void graph(EchoPrx p) throws Exception
    {
        Communicator ic = p.ice_getCommunicator();
        for(int minor = 0; minor < 2; ++minor)
        {
            EncodingVersion enc = minor == 0 ? Util.Encoding_1_0 : Util.Encoding_1_1;
            String e = "_e1" + minor;
            EchoPrx q = p.ice_encodingVersion(enc);
            loop(100, 3, () -> check(q.findImages(1000).length == 1000, "findImages size"));
            double c = cpuSeconds();
            Run r = loop(2000, 2, () -> check(q.findImages(1000).length == 1000, "findImages size"));
            emit("images1000" + e + "_rate", r.rate(), "1/s", r.n());
            emit("images1000" + e + "_cpu", (cpuSeconds() - c) / r.n() * 1e3, "ms/op", r.n());

            OutputStream os = new OutputStream(ic, enc, false);
            os.startEncapsulation(enc, FormatType.DefaultFormat);
            os.writeInt(1000);
            os.endEncapsulation();
            byte[] in = os.finished();
            byte[][] out = new byte[1][];
            Call raw = () ->
            {
                com.zeroc.Ice.Object.Ice_invokeResult res = q.ice_invoke("findImages", OperationMode.Normal, in);
                check(res.returnValue, "raw");
                out[0] = res.outParams;
            };
            loop(50, 1, raw);
            r = loop(1000, 1, raw);
            emit("images1000" + e + "_raw", r.s() / r.n() * 1e3, "ms", r.n());
            emit("images1000" + e + "_size", out[0].length, "B", 1);

            Call local = () ->
            {
                InputStream is = new InputStream(ic, enc, out[0]);
                is.startEncapsulation();
                Image[] l = ImageListHelper.read(is);
                is.readPendingValues();
                is.endEncapsulation();
                check(l.length == 1000, "local size");
            };
            loop(50, 1, local);
            r = loop(1000, 1, local);
            emit("images1000" + e + "_decode", r.s() / r.n() * 1e3, "ms", r.n());

            check(q.findImages(10000).length == 10000, "findImages size");
            List<Double> v = timed(7, 20, () -> check(q.findImages(10000).length == 10000, "findImages size"));
            emit("images10000" + e + "_time", pct(v, .5) * 1e3, "ms", v.size());
        }
    }

    static void points(EchoPrx p) throws Exception
    {
        Call call = () -> check(p.getPoints(100000).length == 100000, "getPoints size");
        loop(50, 3, call);
        List<Double> v = timed(50, 3, call);
        emit("points100k_time", pct(v, .5) * 1e3, "ms", v.size());
    }

    static void oneway(EchoPrx p) throws Exception
    {
        EchoPrx o = p.ice_oneway();
        EchoPrx b = p.ice_batchOneway();
        loop(100000, 1, o::ping);
        p.ping();
        long t = System.nanoTime();
        Run r = loop(2000000, 2, o::ping);
        p.ping(); // the server reads in order: everything before has arrived
        emit("oneway_rate", r.n() / since(t), "1/s", r.n());

        Call batch = () ->
        {
            for(int i = 0; i < 1000; ++i)
            {
                b.ping();
            }
            b.ice_flushBatchRequests();
        };
        loop(100, 1, batch);
        p.ping();
        t = System.nanoTime();
        r = loop(5000, 2, batch);
        p.ping();
        emit("batch_oneway_rate", r.n() * 1000 / since(t), "1/s", r.n() * 1000);
    }

    static void fail(EchoPrx p) throws Exception
    {
        Call call = () ->
        {
            try
            {
                p.fail();
            }
            catch(BenchError e)
            {
            }
        };
        loop(5000, 1, call);
        List<Double> v = timed(5000, 2, call);
        emit("fail_p50", pct(v, .5) * 1e6, "us", v.size());
    }

    public static void main(String[] args)
    {
        String endpoint = "";
        String certs = "";
        String groups = "start,ping,async,sleep,bytes,graph,points,oneway,fail";
        for(int i = 0; i + 1 < args.length; i += 2)
        {
            switch(args[i])
            {
                case "--endpoint" -> endpoint = args[i + 1];
                case "--transport" -> transport = args[i + 1];
                case "--certs" -> certs = args[i + 1];
                default -> groups = args[i + 1];
            }
        }
        InitializationData id = new InitializationData();
        id.properties = Util.createProperties();
        id.properties.setProperty("Ice.MessageSizeMax", "1048576");
        id.properties.setProperty("Ice.ACM.Client.Timeout", "0");
        id.properties.setProperty("Ice.AcceptClassCycles", "1");
        // With the default (2), and with 1, byte throughput fell five- to twenty-fold once the process had
        // had 10,000 calls outstanding: the time went into the kernel clearing fresh pages.
        id.properties.setProperty("Ice.CacheMessageBuffers", "0");
        if(transport.equals("ssl"))
        {
            id.properties.setProperty("Ice.Plugin.IceSSL", "com.zeroc.IceSSL.PluginFactory");
            id.properties.setProperty("IceSSL.DefaultDir", certs);
            id.properties.setProperty("IceSSL.Truststore", "trust.p12");
            id.properties.setProperty("IceSSL.TruststoreType", "PKCS12");
            id.properties.setProperty("IceSSL.TruststorePassword", "benchpass");
        }
        int rc = 0;
        try(Communicator ic = Util.initialize(id))
        {
            EchoPrx p = EchoPrx.uncheckedCast(ic.stringToProxy("echo:" + endpoint));
            p.ping();
            String t0 = System.getenv("BENCH_T0");
            double first = t0 == null ? -1 : System.currentTimeMillis() - Double.parseDouble(t0) * 1e3;
            verify(p);
            for(String g : groups.split(","))
            {
                switch(g)
                {
                    case "start" ->
                    {
                        emit("startup_first_call", first, "ms", 1);
                        start(p);
                    }
                    case "mem" -> mem(p);
                    case "futures" -> futures(p);
                    case "ping" -> ping(p);
                    case "async" -> async(p);
                    case "sleep" -> sleep(p);
                    case "bytes" -> bytes(p);
                    case "graph" -> graph(p);
                    case "points" -> points(p);
                    case "oneway" -> oneway(p);
                    case "fail" -> fail(p);
                    default -> throw new IllegalArgumentException("no such group: " + g);
                }
            }
        }
        catch(Exception e)
        {
            System.err.println("java client: " + e);
            e.printStackTrace();
            rc = 1;
        }
        System.exit(rc);
    }
}
