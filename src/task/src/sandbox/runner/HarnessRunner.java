import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

// Names of java.lang stand in full: a program may have classes of the same names.
final class HarnessRunner {
    private static boolean started;

    public static void main(java.lang.String[] arguments) throws java.lang.Exception {
        if (started) {
            throw new java.lang.IllegalStateException("a program does not run itself");
        }
        started = true;
        byte[] nonce = java.lang.System.in.readAllBytes();
        java.lang.System.setIn(InputStream.nullInputStream());
        java.lang.System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        FileOutputStream result = openResult();
        // Its threads inherit the group, whatever handler the program sets for all threads.
        java.lang.ThreadGroup group = new java.lang.ThreadGroup("main") {
            @java.lang.Override
            public void uncaughtException(java.lang.Thread thread, java.lang.Throwable error) {
                lose(result, error);
            }
        };
        java.lang.Runnable program = () -> {
            try {
                Main.main(new java.lang.String[0]);
            } catch (java.lang.Throwable error) {
                lose(result, error);
            }
        };
        java.lang.Thread first = new java.lang.Thread(group, program, "main");
        first.start();
        first.join();
        // As the virtual machine does before it ends.
        while (joinedOne()) {
        }
        result.write(nonce);
        java.lang.Runtime.getRuntime().halt(0);
    }

    /** The descriptor of the result, which no public constructor opens. */
    private static FileOutputStream openResult() throws java.lang.ReflectiveOperationException {
        Constructor<FileDescriptor> open = FileDescriptor.class.getDeclaredConstructor(int.class);
        open.setAccessible(true);
        return new FileOutputStream(open.newInstance(3));
    }

    /** Whether there was a thread to wait for. */
    private static boolean joinedOne() throws java.lang.InterruptedException {
        java.lang.ThreadGroup all = java.lang.Thread.currentThread().getThreadGroup();
        while (all.getParent() != null) {
            all = all.getParent();
        }
        // More than there may be.
        java.lang.Thread[] threads = new java.lang.Thread[1024];
        int count = all.enumerate(threads);
        for (java.lang.Thread thread : Arrays.copyOf(threads, count)) {
            if (!thread.isDaemon() && thread != java.lang.Thread.currentThread()) {
                thread.join();
                return true;
            }
        }
        return false;
    }

    private static void lose(FileOutputStream result, java.lang.Throwable error) {
        java.lang.String text;
        try {
            text = error.toString().split("\n", 2)[0];
        } catch (java.lang.Throwable other) {
            text = error.getClass().getName();
        }
        try {
            text = "raised " + text.substring(0, java.lang.Math.min(500, text.length()));
            result.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException other) {
            // Nobody listens any more.
        }
        java.lang.Runtime.getRuntime().halt(1);
    }
}
