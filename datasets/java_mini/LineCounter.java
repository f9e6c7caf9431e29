package org.example.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.stream.Stream;

/** Command line tool that prints the number of non-blank lines in each file given. */
public class LineCounter {

    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println("usage: LineCounter FILE...");
            System.exit(2);
        }
        long total = 0;
        int unreadable = 0;
        for (String arg : args) {
            try {
                long lines = countLines(Paths.get(arg));
                System.out.printf("%8d %s%n", lines, arg);
                total += lines;
            } catch (IOException | UncheckedIOException e) {
                System.err.println(arg + ": " + e.getMessage());
                unreadable++;
            }
        }
        if (args.length > 1) {
            System.out.printf("%8d total%n", total);
        }
        System.exit(unreadable > 0 ? 1 : 0);
    }

    static long countLines(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
            return lines.filter(line -> !line.trim().isEmpty()).count();
        }
    }
}
