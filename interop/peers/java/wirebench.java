// Measures how long Ice for Java takes to decode and encode from and to memory. See peers/cpp/wirebench.cpp.

import com.zeroc.Ice.Communicator;
import com.zeroc.Ice.EncodingVersion;
import com.zeroc.Ice.FormatType;
import com.zeroc.Ice.InitializationData;
import com.zeroc.Ice.InputStream;
import com.zeroc.Ice.OutputStream;
import com.zeroc.Ice.Util;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.function.BiConsumer;
import java.util.function.Function;

final class wirebench {
    private static double seconds;
    private static Object sink; // keeps the compiler from leaving the work out

    private static long median(Runnable f) {
        // The second half counts: the first is for the compiler.
        ArrayList<Long> rounds = new ArrayList<>();
        long half = System.nanoTime() + (long) (seconds * 1e9);
        long end = half + (long) (seconds * 1e9);
        while (System.nanoTime() < end || rounds.size() < 5) {
            long start = System.nanoTime();
            f.run();
            long now = System.nanoTime();
            if (now > half) {
                rounds.add(now - start);
            }
        }
        Collections.sort(rounds);
        return rounds.get(rounds.size() / 2);
    }

    private static <T> void run(Communicator c, String job, byte[] data, boolean classes, Function<InputStream, T> read,
            BiConsumer<OutputStream, T> write) {
        EncodingVersion version = new EncodingVersion(data[4], data[5]);
        FormatType format = job.contains("sliced") ? FormatType.SlicedFormat : FormatType.CompactFormat;
        Runnable decode = () -> {
            InputStream in = new InputStream(c, Util.Encoding_1_0, data);
            in.startEncapsulation();
            T v = read.apply(in);
            if (classes) {
                in.readPendingValues();
            }
            in.endEncapsulation();
            sink = v;
        };
        System.out.println(job + " decode " + median(decode));
        decode.run();
        @SuppressWarnings("unchecked")
        T value = (T) sink;
        int[] size = new int[1];
        System.out.println(job + " encode " + median(() -> {
            OutputStream out = new OutputStream(c, Util.Encoding_1_0);
            out.startEncapsulation(version, format);
            write.accept(out, value);
            if (classes) {
                out.writePendingValues();
            }
            out.endEncapsulation();
            size[0] = out.size();
        }));
        if (size[0] != data.length) {
            throw new IllegalStateException(job + ": " + size[0] + " bytes written, " + data.length + " read");
        }
    }

    private static void all(Communicator c, String[] args) throws java.io.IOException {
        seconds = Double.parseDouble(args[0]);
        for (int i = 1; i + 1 < args.length; i += 2) {
            String job = args[i];
            byte[] data = Files.readAllBytes(Paths.get(args[i + 1]));
            if (job.startsWith("images")) {
                // The list's references are set when its instances have come, so it is complete after readPendingValues.
                run(c, job, data, true, Bench.ImageListHelper::read, Bench.ImageListHelper::write);
            } else if (job.startsWith("points")) {
                run(c, job, data, false, Bench.PointSeqHelper::read, Bench.PointSeqHelper::write);
            } else if (job.startsWith("bytes")) {
                run(c, job, data, false, InputStream::readByteSeq, OutputStream::writeByteSeq);
            } else {
                run(c, job, data, false, InputStream::readStringSeq, OutputStream::writeStringSeq);
            }
        }
    }

    public static void main(String[] args) {
        InitializationData id = new InitializationData();
        id.properties = Util.createProperties();
        id.properties.setProperty("Ice.MessageSizeMax", "0");
        id.properties.setProperty("Ice.CacheMessageBuffers", "0");
        try (Communicator c = Util.initialize(id)) {
            Thread t = new Thread(null, () -> {
                try {
                    all(c, args);
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }, "bench", 1 << 28);
            t.start();
            t.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
