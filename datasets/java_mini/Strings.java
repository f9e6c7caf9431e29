package org.example.text;

import java.util.Locale;

/**
 * Small helpers that the JDK does not offer. All of them treat {@code null} as an empty string.
 */
public final class Strings {

    private static final String ELLIPSIS = "...";

    private Strings() {
    }

    public static boolean isBlank(String s) {
        return s == null || s.trim().isEmpty();
    }

    /** Shortens the text so that, ellipsis included, it fits into {@code width} characters. */
    public static String abbreviate(String text, int width) {
        if (text == null) {
            return "";
        }
        if (text.length() <= width) {
            return text;
        }
        if (width <= ELLIPSIS.length()) {
            return text.substring(0, width);
        }
        return text.substring(0, width - ELLIPSIS.length()) + ELLIPSIS;
    }

    /** Turns {@code maxRetryCount} into {@code max_retry_count}. */
    public static String toSnakeCase(String camel) {
        return camel == null ? "" : camel.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    public static int countMatches(String haystack, String needle) {
        if (haystack == null || needle == null || needle.isEmpty()) {
            return 0;
        }
        int found = 0;
        for (int at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + needle.length())) {
            found++;
        }
        return found;
    }
}
