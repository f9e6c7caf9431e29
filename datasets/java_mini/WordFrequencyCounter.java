package org.example.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

public class WordFrequencyCounter {

    private final Map<String, Integer> counts = new HashMap<>();
    private final int minLength;

    public WordFrequencyCounter(int minLength) {
        this.minLength = minLength;
    }

    public void read(Reader source) throws IOException {
        BufferedReader reader = new BufferedReader(source);
        String line;
        while ((line = reader.readLine()) != null) {
            for (String word : line.toLowerCase(Locale.ENGLISH).split("[^\\p{L}']+")) {
                if (word.length() >= minLength) {
                    counts.merge(word, 1, Integer::sum);
                }
            }
        }
    }

    public int count(String word) {
        return counts.getOrDefault(word.toLowerCase(Locale.ENGLISH), 0);
    }

    /** The most frequent words first; ties are broken alphabetically. */
    public List<String> top(int limit) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(limit)
                .map(Map.Entry::getKey)
                .collect(Collectors.toList());
    }
}
