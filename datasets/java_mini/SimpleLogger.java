package org.example.logging;

import java.io.PrintStream;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;

public class SimpleLogger {

    public enum Level { DEBUG, INFO, WARN, ERROR }

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private final String name;
    private final PrintStream out;
    private volatile Level threshold = Level.INFO;

    public SimpleLogger(Class<?> owner, PrintStream out) {
        this.name = owner.getSimpleName();
        this.out = out;
    }

    public void setThreshold(Level threshold) {
        this.threshold = threshold;
    }

    public void debug(String message, Object... args) {
        log(Level.DEBUG, message, args);
    }

    public void info(String message, Object... args) {
        log(Level.INFO, message, args);
    }

    public void warn(String message, Object... args) {
        log(Level.WARN, message, args);
    }

    public void error(String message, Throwable cause) {
        log(Level.ERROR, "%s", message);
        synchronized (out) {
            cause.printStackTrace(out);
        }
    }

    private void log(Level level, String message, Object... args) {
        if (level.compareTo(threshold) < 0) {
            return;
        }
        // Only run the formatter when there is something to fill in: messages may contain a bare %.
        String text = args.length == 0 ? message : String.format(message, args);
        out.printf("%s %-5s [%s] %s%n", LocalTime.now().format(TIME), level, name, text);
    }
}
