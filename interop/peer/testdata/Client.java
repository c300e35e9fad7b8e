import com.zeroc.Ice.Communicator;
import com.zeroc.Ice.Util;
import Hello.GreeterPrx;

/** A client for the tests of package peer: greets through the proxy in its first argument and prints the answer. */
public final class Client
{
    public static void main(String[] args)
    {
        try (Communicator communicator = Util.initialize())
        {
            System.out.println(GreeterPrx.checkedCast(communicator.stringToProxy(args[0])).greet("Java"));
        }
    }
}
