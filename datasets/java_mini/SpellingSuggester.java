package org.example.spelling;

import java.util.Collection;

/** Guesses which known word a user meant to type. */
public class SpellingSuggester {

    private final Collection<String> vocabulary;
    private final int maxDistance;

    public SpellingSuggester(Collection<String> vocabulary, int maxDistance) {
        this.vocabulary = vocabulary;
        this.maxDistance = maxDistance;
    }

    public String closest(String typed) {
        String best = null;
        int bestDistance = maxDistance + 1;
        for (String candidate : vocabulary) {
            if (Math.abs(candidate.length() - typed.length()) >= bestDistance) {
                continue; // the length difference alone rules it out
            }
            int distance = levenshtein(typed, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best;
    }

    static int levenshtein(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[b.length()];
    }
}
