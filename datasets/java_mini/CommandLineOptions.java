package org.example.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses arguments of the form {@code --key=value}, {@code --flag} and {@code -x}.
 * Everything after a lone {@code --} counts as a positional argument.
 */
public class CommandLineOptions {

    private final Map<String, String> options = new HashMap<>();
    private final List<String> positional = new ArrayList<>();

    public static CommandLineOptions parse(String... args) {
        CommandLineOptions result = new CommandLineOptions();
        boolean optionsEnded = false;
        for (String arg : args) {
            if (optionsEnded || !arg.startsWith("-") || arg.equals("-")) {
                result.positional.add(arg);
            } else if (arg.equals("--")) {
                optionsEnded = true;
            } else {
                result.addOption(arg.startsWith("--") ? arg.substring(2) : arg.substring(1));
            }
        }
        return result;
    }

    private void addOption(String body) {
        int equals = body.indexOf('=');
        if (equals < 0) {
            options.put(body, "true");
        } else {
            options.put(body.substring(0, equals), body.substring(equals + 1));
        }
    }

    public boolean has(String name) {
        return options.containsKey(name);
    }

    public int getInt(String name, int defaultValue) {
        String value = options.get(name);
        try {
            return value == null ? defaultValue : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " expects a number, got " + value, e);
        }
    }

    public List<String> positional() {
        return positional;
    }
}
